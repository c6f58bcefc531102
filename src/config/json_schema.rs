//! The JSON Schema of the configuration: editors validate with it, and messages take the known names from it.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value};

use super::locate::Step;
use super::schema::Config;

/// Draft 2020-12.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12()
        .with_transform(WithoutNull)
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value()
}

/// TOML has no null: what may be left out is left out.
#[derive(Clone, Debug)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut schemars::Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        let Some(Value::Array(choices)) = object.get_mut("anyOf") else {
            return;
        };
        choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
        if choices.len() == 1
            && let Some(Value::Object(only)) = choices.pop()
        {
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

/// A schema within the whole, to walk along a configuration.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    root: &'a Value,
    here: &'a Value,
}

impl<'a> Shape<'a> {
    /// The whole.
    pub(super) const fn of(root: &'a Value) -> Self {
        Self { root, here: root }
    }

    fn at(self, here: &'a Value) -> Self {
        let mut here = here;
        // A reference to a reference does not occur; the bound makes a circle harmless.
        for _ in 0..8 {
            match here.get("$ref").and_then(Value::as_str) {
                Some(reference) => {
                    let target = reference
                        .strip_prefix('#')
                        .and_then(|path| self.root.pointer(path));
                    match target {
                        Some(target) => here = target,
                        None => break,
                    }
                }
                None => break,
            }
        }
        Self { here, ..self }
    }

    /// What `anyOf` and `oneOf` offer, or the schema itself.
    fn choices(self) -> Vec<Self> {
        ["anyOf", "oneOf"]
            .into_iter()
            .find_map(|key| self.here.get(key)?.as_array())
            .map_or_else(
                || vec![self],
                |choices| choices.iter().map(|choice| self.at(choice)).collect(),
            )
    }

    fn properties(self) -> Option<&'a Map<String, Value>> {
        self.here.get("properties")?.as_object()
    }

    /// The schema of a key's value.
    pub(super) fn key(self, key: &str) -> Option<Self> {
        self.choices().into_iter().find_map(|choice| {
            if let Some(found) = choice.properties().and_then(|known| known.get(key)) {
                return Some(choice.at(found));
            }
            // The patterns of keys are those of tasks' names, which are checked when they are read.
            let patterns = choice
                .here
                .get("patternProperties")
                .and_then(Value::as_object);
            let any = patterns
                .and_then(|patterns| patterns.values().next())
                .or_else(|| choice.here.get("additionalProperties"));
            any.filter(|any| any.is_object()).map(|any| choice.at(any))
        })
    }

    /// The schema of a list's elements.
    pub(super) fn element(self) -> Option<Self> {
        self.choices()
            .into_iter()
            .find_map(|choice| choice.here.get("items").map(|items| choice.at(items)))
    }

    /// The schema at the end of a path.
    pub(super) fn walk(self, path: &[Step]) -> Option<Self> {
        path.iter().try_fold(self, |shape, step| match step {
            Step::Key(key) => shape.key(key),
            Step::Index(_) => shape.element(),
        })
    }

    /// The keys that a table may have, if it may not have any other.
    pub(super) fn known_keys(self) -> Option<Vec<&'a str>> {
        let tables: Vec<_> = self
            .choices()
            .into_iter()
            .filter(|choice| choice.has_type("object"))
            .collect();
        let [table] = tables.as_slice() else {
            return None;
        };
        let closed = table.here.get("additionalProperties") == Some(&Value::Bool(false));
        let open = table.here.get("patternProperties").is_some();
        (closed && !open).then(|| {
            table
                .properties()
                .map(|known| known.keys().map(String::as_str).collect())
                .unwrap_or_default()
        })
    }

    fn has_type(self, name: &str) -> bool {
        self.here.get("type").and_then(Value::as_str) == Some(name)
    }

    /// Whether only values of this type fit.
    pub(super) fn only(self, name: &str) -> bool {
        self.choices()
            .into_iter()
            .all(|choice| choice.has_type(name))
    }

    /// The smallest number that fits.
    pub(super) fn minimum(self) -> Option<i64> {
        self.here.get("minimum")?.as_i64()
    }

    /// The largest number that fits.
    pub(super) fn maximum(self) -> Option<i64> {
        self.here.get("maximum")?.as_i64()
    }

    /// The words that fit, if nothing else does.
    pub(super) fn words(self) -> Option<Vec<&'a str>> {
        let mut words = Vec::new();
        for choice in self.choices() {
            if let Some(word) = choice.here.get("const").and_then(Value::as_str) {
                words.push(word);
            } else if let Some(all) = choice.here.get("enum").and_then(Value::as_array) {
                words.extend(all.iter().filter_map(Value::as_str));
            } else {
                return None;
            }
        }
        (!words.is_empty()).then_some(words)
    }
}
