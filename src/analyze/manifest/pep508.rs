//! Python's dependency specifiers (PEP 508): `name[extra] >= 1, < 2 ; marker`, or `name @ url`.

use super::requirement::{Requirement, Scope};

/// Reads one specifier; `None` if it does not begin with a name.
pub(in crate::analyze) fn parse(text: &str, scope: Scope) -> Option<Requirement> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    rest = rest.trim_start();
    let mut features = Vec::new();
    if let Some((extras, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        features.extend(
            extras
                .split(',')
                .map(|extra| extra.trim().to_owned())
                .filter(|extra| !extra.is_empty()),
        );
        rest = after.trim_start();
    }
    let spec = if rest.starts_with('@') {
        // A marker after a URL needs a space before its semicolon.
        rest.split_once(" ;").map_or(rest, |(url, _)| url)
    } else {
        let spec = rest.split(';').next().unwrap_or_default().trim();
        let spec = spec
            .strip_prefix('(')
            .and_then(|spec| spec.strip_suffix(')'))
            .unwrap_or(spec);
        if !spec.is_empty() && !spec.starts_with(['<', '>', '=', '!', '~']) {
            return None;
        }
        spec
    };
    let mut requirement = Requirement::new(normal(name), spec, scope);
    requirement.local = spec.starts_with('@') && spec.contains("file:");
    requirement.features = features;
    Some(requirement)
}

/// A name as `PyPI` compares names (PEP 503): lower case, runs of `-`, `_` and `.` are one `-`.
pub(in crate::analyze) fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if matches!(c, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.push(c.to_ascii_lowercase());
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_part_of_a_specifier() {
        for (text, name, spec) in [
            ("Flask", "flask", "*"),
            ("zope.interface>=5,<6", "zope-interface", ">=5,<6"),
            (
                "psycopg[binary, pool] >= 3.1 ; python_version > '3'",
                "psycopg",
                ">= 3.1",
            ),
            ("a-._b (~=1.0)", "a-b", "~=1.0"),
            (
                "pip @ https://x/y.zip#sha1=1",
                "pip",
                "@ https://x/y.zip#sha1=1",
            ),
            ("x;os_name=='nt'", "x", "*"),
        ] {
            let found = parse(text, Scope::Direct).unwrap();
            assert_eq!(
                (found.name.as_str(), found.spec.as_str()),
                (name, spec),
                "{text}"
            );
        }
        for text in [
            "",
            "-r x",
            "./local",
            "git+https://x",
            "==1",
            "name with words",
            "[x]",
        ] {
            assert_eq!(parse(text, Scope::Direct), None, "{text}");
        }
        assert_eq!(parse("a[b,c]", Scope::Direct).unwrap().features, ["b", "c"]);
    }
}
