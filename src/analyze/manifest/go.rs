//! Go's `go.mod`.

use super::requirement::{Manifest, Requirement, Scope};

pub(super) fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut block: Option<String> = None;
    let mut local = Vec::new();
    for line in text.lines() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words = code
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '`']));
        let Some(first) = words.next() else { continue };
        if first == ")" {
            block = None;
            continue;
        }
        let mut rest: Vec<&str> = words.collect();
        if rest == ["("] {
            block = Some(first.to_owned());
            continue;
        }
        let directive = block.as_deref().unwrap_or(first);
        if block.is_some() {
            rest.insert(0, first);
        }
        match (directive, rest.as_slice()) {
            ("module", [name, ..]) => manifest.name = Some((*name).to_owned()),
            ("require", [name, version]) => {
                let indirect = comment.trim_start().starts_with("indirect");
                let scope = if indirect {
                    Scope::Indirect
                } else {
                    Scope::Direct
                };
                manifest.need(Requirement::new(*name, version, scope));
            }
            ("replace", [name, .., target]) if target.starts_with('.') => {
                local.push((*name).to_owned());
            }
            _ => {}
        }
    }
    for requirement in &mut manifest.requirements {
        requirement.local = local.contains(&requirement.name);
    }
    manifest
}
