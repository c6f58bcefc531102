//! setuptools' declarative `setup.cfg`.

use super::pep508;
use super::requirement::{Manifest, Scope, is_for_development};

pub(super) fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut section = String::new();
    let mut key = String::new();
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        // An indented line continues the value above it.
        if line.starts_with([' ', '\t']) && !key.is_empty() {
            value(&mut manifest, &section, &key, content);
            continue;
        }
        if let Some(header) = content.strip_prefix('[') {
            header
                .split(']')
                .next()
                .unwrap_or_default()
                .trim()
                .clone_into(&mut section);
            key.clear();
        } else if let Some((name, first)) = content.split_once(['=', ':']) {
            key = name.trim().replace('-', "_");
            value(&mut manifest, &section, &key, first.trim());
        }
    }
    manifest
}

fn value(manifest: &mut Manifest, section: &str, key: &str, text: &str) {
    let (scope, group) = match (section, key) {
        ("metadata", "name") => {
            manifest.name = Some(text.to_owned());
            return;
        }
        ("options", "install_requires") => (Scope::Direct, None),
        ("options", "setup_requires") => (Scope::Dev, Some("build")),
        ("options", "tests_require") => (Scope::Dev, Some("test")),
        ("options.extras_require", extra) if is_for_development(extra) => (Scope::Dev, Some(extra)),
        ("options.extras_require", extra) => (Scope::Direct, Some(extra)),
        _ => return,
    };
    // `file: requirements.txt` is read on its own, `%(extra)s` stands for another list.
    if text.is_empty() || text.starts_with("file:") || text.contains("%(") {
        return;
    }
    // A list has one item a line; setuptools takes semicolons between items too, which are markers as well.
    let text = text.split(" #").next().unwrap_or_default();
    match (pep508::parse(text, scope), group) {
        (Some(requirement), Some(group)) => manifest.need(requirement.in_group(group)),
        (Some(requirement), None) => manifest.need(requirement),
        (None, _) => manifest
            .problems
            .push(format!("{text:?} is not a requirement")),
    }
}
