//! Which tools a project is worked on with, told by the files it tracks.

use bstr::{BStr, ByteSlice};
use serde::Serialize;

use super::pattern::{Kind, Pattern};
use crate::analyze::files::{depth, file_name, is_left_out};

/// What stands at the top of the repository, and the tool that it is for: the four of the first analyser, then others.
const TOOLS: [(&str, &str); 10] = [
    (".vscode/settings.json", "vscode"),
    (".idea", "idea"),
    (".vim", "vim"),
    (".emacs", "emacs"),
    (".editorconfig", "editorconfig"),
    (".zed", "zed"),
    (".fleet", "fleet"),
    (".devcontainer", "devcontainer"),
    (".devcontainer.json", "devcontainer"),
    (".nova", "nova"),
];

/// Lock files, the first of which says the package manager: the five of the first analyser in its order, then others.
const MANAGERS: [(&str, &str); 18] = [
    ("package-lock.json", "npm"),
    ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"),
    ("Pipfile.lock", "pipenv"),
    ("poetry.lock", "poetry"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("uv.lock", "uv"),
    ("pdm.lock", "pdm"),
    ("Cargo.lock", "cargo"),
    ("go.sum", "go"),
    ("go.mod", "go"),
    ("Gemfile.lock", "bundler"),
    ("composer.lock", "composer"),
    ("pom.xml", "maven"),
    ("gradle.lockfile", "gradle"),
    ("build.gradle.kts", "gradle"),
    ("build.gradle", "gradle"),
];

#[derive(Serialize)]
struct Tools<'a> {
    tools: &'a [&'a str],
}

#[derive(Serialize)]
struct Manager<'a> {
    #[serde(rename = "manager")]
    name: &'a str,
    file: String,
    /// Others with files at the same depth.
    also: &'a [&'a str],
}

/// Editors and the like whose settings are tracked at the top of the repository.
pub fn development_tools<'p>(paths: impl IntoIterator<Item = &'p BStr>) -> Option<Pattern> {
    let mut found = [false; TOOLS.len()];
    for path in paths {
        // All of them are hidden.
        if path.first() != Some(&b'.') {
            continue;
        }
        for (found, (name, _)) in found.iter_mut().zip(TOOLS) {
            let rest = path.strip_prefix(name.as_bytes());
            *found |= rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"));
        }
    }
    let mut tools: Vec<&str> = Vec::new();
    for (_, (_, tool)) in found.into_iter().zip(TOOLS).filter(|(found, _)| *found) {
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    if tools.is_empty() {
        return None;
    }
    let description = format!("Settings are tracked for {}.", tools.join(", "));
    let data = Tools { tools: &tools };
    Some(Pattern::new(
        "development_tools",
        Kind::Tech,
        description,
        &data,
        1.0,
    ))
}

/// The package manager: that of the lock files at the top, the first by the table; without any, of those nearest to it.
///
/// Folders of other people's code do not count.
pub fn package_manager<'p>(paths: impl IntoIterator<Item = &'p BStr>) -> Option<Pattern> {
    let mut found: Vec<(usize, usize, &BStr)> = paths
        .into_iter()
        .filter_map(|path| {
            let name = file_name(path);
            let nth = MANAGERS
                .iter()
                .position(|(file, _)| file.as_bytes() == name)?;
            (!is_left_out(path)).then(|| (depth(path), nth, path))
        })
        .collect();
    found.sort_unstable();
    let (nearest, nth, file) = *found.first()?;
    let (_, manager) = *MANAGERS.get(nth)?;
    let mut others: Vec<&str> = found
        .iter()
        .filter(|(depth, _, _)| *depth == nearest)
        .filter_map(|(_, nth, _)| MANAGERS.get(*nth).map(|(_, manager)| *manager))
        .collect();
    others.dedup();
    others.retain(|other| *other != manager);
    let file = file.to_str_lossy().into_owned();
    let description = format!("Packages are managed with {manager}.");
    let data = Manager {
        name: manager,
        file,
        also: &others,
    };
    Some(Pattern::new(
        "package_manager",
        Kind::Tech,
        description,
        &data,
        1.0,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn paths<'a>(names: &'a [&'a str]) -> impl Iterator<Item = &'a BStr> {
        names.iter().map(|name| BStr::new(*name))
    }

    #[test]
    fn tools_are_those_at_the_top() {
        let found = development_tools(paths(&[
            ".idea/a.xml",
            ".ideas",
            ".vscode/launch.json",
            ".editorconfig",
            ".devcontainer/a",
            ".devcontainer.json",
            "a/.vim",
        ]));
        let found = found.unwrap();
        assert_eq!(
            found.data["tools"],
            serde_json::json!(["idea", "editorconfig", "devcontainer"])
        );
        assert!((found.confidence - 1.0).abs() < f64::EPSILON);
        assert_eq!(development_tools(paths(&["a"])), None);
    }

    #[test]
    fn the_first_lock_file_at_the_top_decides() {
        let manager = |names: &[&str]| package_manager(paths(names)).map(|found| found.data);
        let data = manager(&["Cargo.lock", "yarn.lock", "a/package-lock.json"]).unwrap();
        assert_eq!(
            (&data["manager"], &data["also"]),
            (&"yarn".into(), &serde_json::json!(["cargo"]))
        );
        let data = manager(&[
            "a/b/yarn.lock",
            "a/poetry.lock",
            "node_modules/package-lock.json",
        ]);
        assert_eq!(data.unwrap()["manager"], "poetry");
        assert_eq!(manager(&["x/package-lock.jsonx"]), None);
    }
}
