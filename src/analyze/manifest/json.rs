//! npm's `package.json` and Composer's `composer.json`.

use serde_json::{Map, Value};

use super::requirement::{Manifest, Requirement, Scope};

pub(super) fn package(text: &str) -> Manifest {
    let sections = [
        ("dependencies", Scope::Direct, None),
        ("devDependencies", Scope::Dev, None),
        ("peerDependencies", Scope::Direct, Some("peer")),
        ("optionalDependencies", Scope::Direct, Some("optional")),
    ];
    read(text, &sections, |name, spec| {
        let mut requirement = Requirement::new(name, spec, Scope::Direct);
        let prefixes = ["workspace:", "file:", "link:", "portal:", "./", "../"];
        requirement.local = prefixes.iter().any(|prefix| spec.starts_with(prefix));
        // `catalog:` versions stand in the workspace's own file.
        requirement.inherited = spec.starts_with("catalog:");
        Some(requirement)
    })
}

pub(super) fn composer(text: &str) -> Manifest {
    let sections = [
        ("require", Scope::Direct, None),
        ("require-dev", Scope::Dev, None),
    ];
    read(text, &sections, |name, spec| {
        // Packages have a vendor; `php` and `ext-mbstring` are the platform.
        name.contains('/')
            .then(|| Requirement::new(name.to_lowercase(), spec, Scope::Direct))
    })
}

fn read(
    text: &str,
    sections: &[(&str, Scope, Option<&str>)],
    requirement: impl Fn(&str, &str) -> Option<Requirement>,
) -> Manifest {
    let object: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Manifest::broken("it is not an object"),
        Err(error) => return Manifest::broken(error.to_string()),
    };
    let mut manifest = Manifest {
        name: object
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned),
        ..Manifest::default()
    };
    for (section, scope, group) in sections {
        let listed = match object.get(*section) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(listed)) => listed,
            // PHP writes an empty object as an empty list.
            Some(Value::Array(list)) if list.is_empty() => continue,
            Some(_) => {
                manifest
                    .problems
                    .push(format!("{section} is not an object"));
                continue;
            }
        };
        for (name, spec) in listed {
            let Some(spec) = spec.as_str() else {
                manifest
                    .problems
                    .push(format!("the version of {name} is not a string"));
                continue;
            };
            if let Some(mut found) = requirement(name, spec) {
                found.scope = *scope;
                found.group = group.map(str::to_owned);
                manifest.need(found);
            }
        }
    }
    manifest
}
