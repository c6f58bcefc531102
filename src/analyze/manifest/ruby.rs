//! Bundler's `Gemfile`, read and never run.

use super::requirement::{Manifest, Requirement, Scope, is_for_development};

pub(super) fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    // One entry for each open block: the groups, if it is a `group` block.
    let mut blocks: Vec<Option<String>> = Vec::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let (word, rest) = line.split_once([' ', '(']).unwrap_or((line, ""));
        match word {
            "gem" => {
                let group =
                    option(rest, "group").or_else(|| blocks.iter().rev().flatten().next().cloned());
                if let Some(requirement) = gem(rest, group) {
                    manifest.need(requirement);
                }
            }
            "group" if rest.ends_with("do") => {
                blocks.push(Some(symbols(rest.trim_end_matches("do"))));
            }
            "if" | "unless" | "case" | "begin" | "def" => blocks.push(None),
            "end" => {
                blocks.pop();
            }
            _ if line.ends_with(" do") || line.ends_with('|') && line.contains(" do ") => {
                blocks.push(None);
            }
            _ => {}
        }
    }
    manifest
}

/// `'name', '~> 1.0', '>= 1.2', require: false`
fn gem(rest: &str, group: Option<String>) -> Option<Requirement> {
    let mut arguments = rest.trim_end_matches(')').split(',').map(str::trim);
    let name = unquoted(arguments.next()?)?;
    let versions: Vec<&str> = arguments.map_while(unquoted).collect();
    let development = group
        .as_deref()
        .is_some_and(|group| group.split(' ').all(is_for_development));
    let scope = if development {
        Scope::Dev
    } else {
        Scope::Direct
    };
    let mut requirement = Requirement::new(name, versions.join(", "), scope);
    requirement.local = option(rest, "path").is_some();
    requirement.group = group;
    Some(requirement)
}

fn unquoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text.strip_prefix(quote)?.strip_suffix(quote)
}

/// The value of `key: value` or `:key => value`.
fn option(rest: &str, key: &str) -> Option<String> {
    let position = rest
        .find(&format!(" {key}:"))
        .or_else(|| rest.find(&format!(":{key} =>")))?;
    let value = rest.get(position..)?;
    let value = value.split_once("=>").map_or_else(
        || value.split_once(':').map(|(_, value)| value),
        |(_, value)| Some(value),
    )?;
    let end = if value.trim_start().starts_with('[') {
        ']'
    } else {
        ','
    };
    Some(symbols(value.split(end).next().unwrap_or_default()))
}

/// `:a, :b` as `a b`.
fn symbols(text: &str) -> String {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
