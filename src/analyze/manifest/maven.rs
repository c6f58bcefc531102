//! Maven's `pom.xml`: the project's own dependencies, with its own properties filled in.

use std::collections::BTreeMap;

use super::requirement::{Manifest, Requirement, Scope};

pub(super) fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut open: Vec<&str> = Vec::new();
    let mut properties = BTreeMap::new();
    let mut current: BTreeMap<&str, String> = BTreeMap::new();
    let mut saw_project = false;
    for event in Events(text) {
        match event {
            Event::Open(name) => {
                open.push(name);
                saw_project |= open == ["project"];
                if open == DEPENDENCY {
                    current.clear();
                }
            }
            Event::Close(name) => {
                if open == DEPENDENCY {
                    manifest.need(requirement(&current));
                }
                if open.pop() != Some(name) {
                    manifest
                        .problems
                        .push(format!("</{name}> closes nothing that is open"));
                    break;
                }
            }
            Event::Text(text) => match open.as_slice() {
                ["project", "artifactId"] => manifest.name = Some(text),
                ["project", "properties", name] => {
                    properties.insert((*name).to_owned(), text);
                }
                ["project", "dependencies", "dependency", field] => {
                    current.insert(field, text);
                }
                _ => {}
            },
        }
    }
    if !saw_project {
        return Manifest::broken("it has no <project>");
    }
    for requirement in &mut manifest.requirements {
        let named = requirement
            .spec
            .strip_prefix("${")
            .and_then(|spec| spec.strip_suffix('}'))
            .and_then(|name| properties.get(name));
        if let Some(value) = named {
            requirement.spec.clone_from(value);
        }
    }
    manifest
}

const DEPENDENCY: [&str; 3] = ["project", "dependencies", "dependency"];

fn requirement(fields: &BTreeMap<&str, String>) -> Requirement {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let scope = match field("scope") {
        "test" => Scope::Dev,
        _ => Scope::Direct,
    };
    let (group, artifact) = (field("groupId"), field("artifactId"));
    if artifact.is_empty() {
        return Requirement::default();
    }
    Requirement {
        local: field("scope") == "system",
        ..Requirement::new(format!("{group}:{artifact}"), field("version"), scope)
    }
}

enum Event<'t> {
    Open(&'t str),
    Close(&'t str),
    Text(String),
}

/// Elements and texts of an XML document; comments, declarations and attributes are passed over.
struct Events<'t>(&'t str);

impl<'t> Iterator for Events<'t> {
    type Item = Event<'t>;

    fn next(&mut self) -> Option<Event<'t>> {
        loop {
            let rest = self.0;
            if rest.is_empty() {
                return None;
            }
            let Some(tag) = rest.strip_prefix('<') else {
                let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                self.0 = after;
                if text.trim().is_empty() {
                    continue;
                }
                return Some(Event::Text(unescaped(text.trim())));
            };
            if let Some(comment) = tag.strip_prefix("!--") {
                self.0 = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            if let Some(data) = tag.strip_prefix("![CDATA[") {
                let (text, after) = data.split_once("]]>").unwrap_or((data, ""));
                self.0 = after;
                return Some(Event::Text(text.to_owned()));
            }
            let (inside, after) = tag.split_once('>').unwrap_or((tag, ""));
            self.0 = after;
            if inside.starts_with(['?', '!']) {
                continue;
            }
            if let Some(name) = inside.strip_prefix('/') {
                return Some(Event::Close(name.trim()));
            }
            if inside.ends_with('/') {
                continue;
            }
            let name = inside.split(char::is_whitespace).next().unwrap_or_default();
            return Some(Event::Open(name));
        }
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}
