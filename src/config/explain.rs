//! Finds everything that is wrong with one file. It runs only when something is, so that it may be thorough.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, Document, MOST};
use super::json_schema::{self, Shape};
use super::layers::{Layer, LayerFile, USER_FILE};
use super::locate::Step;
use super::schema::{Config, USER_ONLY};
use super::text::{HINT, listed, nearest};

/// Everything that is wrong with a file.
pub(super) fn explain(file: &LayerFile) -> Vec<Diagnostic> {
    let document = &file.document;
    let (mut table, errors) = DeTable::parse_recoverable(&document.text);
    if !errors.is_empty() {
        return errors
            .iter()
            .take(MOST)
            .map(|error| syntax(document, error))
            .collect();
    }
    let table = table.get_mut();
    let mut problems = Vec::new();
    if file.layer != Layer::User {
        take_user_sections(document, table, &mut problems);
    }
    let schema = json_schema::schema();
    let shape = Shape::of(&schema);
    take_unknown_keys(document, table, shape, &mut Vec::new(), &mut problems);
    while problems.len() < MOST {
        let whole = toml::Spanned::new(0..document.text.len(), table.clone());
        let Err(error) = Config::deserialize(toml::Deserializer::from(whole)) else {
            break;
        };
        let span = error.span().unwrap_or_default();
        // What is wrong is taken out, and the rest is looked at again.
        let Some(taken) = take(table, &span) else {
            problems.push(with_hints(document, span, error.message()));
            break;
        };
        problems.push(value(document, shape, &taken, &error));
    }
    problems.truncate(MOST);
    problems
}

fn syntax(document: &Arc<Document>, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or_default();
    let problem = Diagnostic::at(document, span.clone(), error.message());
    if error.message().starts_with("duplicate key") {
        return problem.hint("write it once");
    }
    problem
}

/// A message that passed through serde, with its hints apart again.
fn with_hints(document: &Arc<Document>, span: Range<usize>, message: &str) -> Diagnostic {
    let mut parts = message.split(HINT);
    let problem = Diagnostic::at(document, span, parts.next().unwrap_or_default());
    parts.fold(problem, Diagnostic::hint)
}

/// Takes out the sections that only the user's own file may have.
fn take_user_sections(
    document: &Arc<Document>,
    table: &mut DeTable<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    for section in USER_ONLY {
        if let Some((key, _)) = table.remove_entry(section) {
            problems.push(
                Diagnostic::at(
                    document,
                    key.span(),
                    format!("`{section}` is read from your own configuration only, never from a repository"),
                )
                .hint(format!(
                    "move it to git-tend/{USER_FILE} in your configuration folder, usually ~/.config"
                )),
            );
        }
    }
}

/// What to write for `interval_minutes`, the name that intervals have in other schedulers' configurations.
fn interval_of(value: Option<&DeValue<'_>>) -> String {
    let minutes = value.and_then(DeValue::as_integer);
    let minutes = minutes.map_or("30", |minutes| minutes.as_str());
    format!("write `every = \"{minutes}m\"`")
}

/// Takes out the keys that mean nothing, at every depth.
fn take_unknown_keys(
    document: &Arc<Document>,
    table: &mut DeTable<'_>,
    shape: Shape<'_>,
    path: &mut Vec<Step>,
    problems: &mut Vec<Diagnostic>,
) {
    if let Some(known) = shape.known_keys() {
        let unknown: Vec<_> = table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
            .cloned()
            .collect();
        for key in unknown {
            if problems.len() >= MOST {
                return;
            }
            // Hooks have an error of their own, which knows their names.
            if matches!(path.as_slice(), [Step::Key(section)] if section == "hooks") {
                continue;
            }
            let problem = Diagnostic::at(
                document,
                key.span(),
                format!("unknown key `{}`{}", key.get_ref(), within(path)),
            );
            let value = table.get(&key).map(toml::Spanned::get_ref);
            let hint = match nearest(key.get_ref(), known.iter().copied()) {
                _ if key.get_ref() == "interval_minutes" && known.contains(&"every") => {
                    interval_of(value)
                }
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("the choices are {}", listed(known.clone())),
            };
            problems.push(problem.hint(hint));
            table.remove(&key);
        }
    }
    for (key, value) in table.iter_mut() {
        if let (Some(shape), DeValue::Table(inner)) = (shape.key(key.get_ref()), value.get_mut()) {
            path.push(Step::Key(key.get_ref().clone().into_owned()));
            take_unknown_keys(document, inner, shape, path, problems);
            path.pop();
        }
    }
}

/// ` in [task.docs]`, or nothing at the top.
fn within(path: &[Step]) -> String {
    let keys: Vec<_> = path
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
        .collect();
    if keys.is_empty() {
        String::new()
    } else {
        format!(" in [{}]", keys.join("."))
    }
}

/// What was taken out, since something in it is wrong.
struct Taken<'a> {
    /// Where: through lists too, down to the innermost value that the error's span covers.
    path: Vec<Step>,
    /// That value, unless the key is what is wrong.
    value: Option<toml::Spanned<DeValue<'a>>>,
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Takes the innermost entry that covers a span out of a table.
fn take<'a>(table: &mut DeTable<'a>, span: &Range<usize>) -> Option<Taken<'a>> {
    // The spans of tables cover their headers only, so that every table is looked into.
    for (key, value) in table.iter_mut() {
        if let DeValue::Table(inner) = value.get_mut()
            && let Some(mut taken) = take(inner, span)
        {
            taken
                .path
                .insert(0, Step::Key(key.get_ref().clone().into_owned()));
            return Some(taken);
        }
    }
    let key = table
        .iter()
        .find(|(key, value)| contains(&key.span(), span) || contains(&value.span(), span))
        .map(|(key, _)| key.clone())?;
    let (key, value) = table.remove_entry(&key)?;
    let mut path = vec![Step::Key(key.get_ref().clone().into_owned())];
    if contains(&key.span(), span) && !contains(&value.span(), span) {
        return Some(Taken { path, value: None });
    }
    let mut value = value;
    while let DeValue::Array(array) = value.get_ref() {
        let found = array
            .iter()
            .enumerate()
            .find(|(_, element)| contains(&element.span(), span));
        let Some((index, element)) = found else { break };
        path.push(Step::Index(index));
        value = element.clone();
    }
    Some(Taken {
        path,
        value: Some(value),
    })
}

/// The problem with a value, in terms of what the schema wants in its place.
fn value(
    document: &Arc<Document>,
    shape: Shape<'_>,
    taken: &Taken<'_>,
    error: &toml::de::Error,
) -> Diagnostic {
    let span = error.span().unwrap_or_default();
    let plain = || with_hints(document, span.clone(), error.message());
    let (Some(found), Some(wanted)) = (&taken.value, shape.walk(&taken.path)) else {
        return plain();
    };
    let span = found.span();
    let found = found.get_ref();
    if let (Some(words), Some(word)) = (wanted.words(), found.as_str()) {
        let problem = Diagnostic::at(document, span, format!("`{word}` is not known here"));
        return match nearest(word, words.iter().copied()) {
            Some(name) => problem.hint(format!("did you mean `{name}`?")),
            None => problem.hint(format!("the choices are {}", listed(words))),
        };
    }
    let source = document.text.get(span.clone()).unwrap_or_default();
    if wanted.only("integer") {
        return integer(document, span, wanted, found);
    }
    if wanted.only("boolean") {
        let problem = Diagnostic::at(document, span, "expected true or false");
        return match found.as_str().map(str::to_lowercase).as_deref() {
            Some("true" | "yes" | "on") => problem.hint("write true, without quotes"),
            Some("false" | "no" | "off") => problem.hint("write false, without quotes"),
            _ => problem,
        };
    }
    if wanted.only("array") && !found.is_array() {
        let problem = Diagnostic::at(document, span, "expected a list");
        return match found.as_str() {
            Some(text) if taken.path.last() == Some(&Step::from("run")) => {
                let words: Vec<_> = text
                    .split_whitespace()
                    .map(|word| format!("{word:?}"))
                    .collect();
                problem.hint(format!(
                    "no shell splits words here: write [{}]",
                    words.join(", ")
                ))
            }
            Some(_) => problem.hint(format!("write [{source}]")),
            None => problem,
        };
    }
    if wanted.only("object") && !found.is_table() {
        return Diagnostic::at(document, span, format!("expected a table{}", keys(wanted)));
    }
    plain()
}

fn integer(
    document: &Arc<Document>,
    span: Range<usize>,
    wanted: Shape<'_>,
    found: &DeValue<'_>,
) -> Diagnostic {
    let message = match (wanted.minimum(), wanted.maximum()) {
        (Some(minimum), Some(maximum)) => {
            format!("expected a whole number from {minimum} to {maximum}")
        }
        (Some(minimum), None) => format!("expected a whole number of at least {minimum}"),
        _ => "expected a whole number".to_owned(),
    };
    let problem = Diagnostic::at(document, span, message);
    match found.as_str() {
        Some(text) if text.parse::<u32>().is_ok() => {
            problem.hint(format!("write {text}, without quotes"))
        }
        _ => problem,
    }
}

fn keys(wanted: Shape<'_>) -> String {
    match wanted.known_keys() {
        Some(known) if !known.is_empty() && known.len() <= 8 => {
            format!(" with {}", listed(known))
        }
        _ => String::new(),
    }
}
