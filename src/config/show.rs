//! The effective configuration, and where each of its values comes from.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::layers::Loaded;
use super::locate::{Index, Origin, Step};

/// The version of the JSON form.
const SCHEMA: u32 = 1;

/// Why a configuration cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// A value has no form in JSON.
    #[error("show the configuration: {0}")]
    Json(#[from] serde_json::Error),
    /// A value has no form in TOML.
    #[error("show the configuration: {0}")]
    Toml(#[from] toml::ser::Error),
}

/// One value of the effective configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The keys from the top to it.
    pub path: Vec<String>,
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// Every value of the effective configuration, in the order of the documentation.
pub fn settings(loaded: &Loaded) -> Result<Vec<Setting>, ShowError> {
    let index = Index::of(loaded);
    let mut settings = Vec::new();
    collect(
        &index,
        &mut Vec::new(),
        serde_json::to_value(&loaded.config)?,
        &mut settings,
    );
    Ok(settings)
}

fn collect(index: &Index<'_>, path: &mut Vec<String>, value: Value, settings: &mut Vec<Setting>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                path.push(key);
                collect(index, path, value, settings);
                path.pop();
            }
        }
        value => {
            let steps: Vec<_> = path.iter().map(|key| Step::from(key.as_str())).collect();
            settings.push(Setting {
                path: path.clone(),
                value,
                origin: index.origin(&steps),
            });
        }
    }
}

/// The effective configuration as TOML, with the origin of each value in a comment.
pub fn to_toml(loaded: &Loaded) -> Result<String, ShowError> {
    let mut text = String::new();
    // A table's own values come before its tables: in TOML what follows a header belongs to that header.
    let mut groups: Vec<(Vec<String>, Vec<Setting>)> = Vec::new();
    for setting in settings(loaded)? {
        let section = setting.path.split_last().map_or(&[][..], |(_, rest)| rest);
        match groups.iter_mut().find(|(known, _)| known == section) {
            Some((_, group)) => group.push(setting),
            None => groups.push((section.to_vec(), vec![setting])),
        }
    }
    for (section, group) in groups {
        if !text.is_empty() {
            text.push('\n');
        }
        let header: Vec<_> = section.iter().map(|key| quoted(key)).collect();
        if !header.is_empty() {
            let _ = writeln!(text, "[{}]", header.join("."));
        }
        for setting in group {
            let key = setting.path.last().map_or("", String::as_str);
            let value = toml::Value::try_from(&setting.value)?;
            let _ = writeln!(
                text,
                "{} = {value} # {}",
                quoted(key),
                origin(&setting.origin)
            );
        }
    }
    Ok(text)
}

fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        toml::Value::from(key).to_string()
    }
}

/// `default`, or the file with the line.
fn origin(origin: &Origin) -> String {
    match &origin.place {
        // A path may contain a line break, which would end the comment.
        Some((document, position)) => format!(
            "{}:{}",
            document.path.to_string_lossy().escape_debug(),
            position.line
        ),
        None => origin.layer.name().to_owned(),
    }
}

/// The effective configuration as JSON, with the origin of each value.
pub fn to_json(loaded: &Loaded) -> Result<Value, ShowError> {
    #[derive(Serialize)]
    struct Place<'a> {
        layer: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<std::borrow::Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        column: Option<usize>,
    }
    let files: Vec<_> = loaded
        .files
        .iter()
        .map(|file| {
            json!({ "layer": file.layer.name(), "file": file.document.path.to_string_lossy() })
        })
        .collect();
    let mut values = Vec::new();
    for setting in settings(loaded)? {
        let place = setting.origin.place.as_ref();
        let origin = Place {
            layer: setting.origin.layer.name(),
            file: place.map(|(document, _)| document.path.to_string_lossy()),
            line: place.map(|(_, position)| position.line),
            column: place.map(|(_, position)| position.column),
        };
        values.push(json!({
            "key": setting.path.join("."),
            "path": setting.path,
            "value": setting.value,
            "origin": serde_json::to_value(&origin)?,
        }));
    }
    Ok(json!({ "schema": SCHEMA, "files": files, "settings": values }))
}
