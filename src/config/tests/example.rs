use std::time::Duration;

use super::{PROJECT, USER, load};
use crate::config::layers::Layer;
use crate::config::pattern::Pattern;
use crate::config::schedule::Cron;
use crate::config::user::{Agent, Sessions};
use crate::config::{Config, HookName, check, json_schema};

/// The built-in tasks that the documented example names.
const NAMES: check::TaskNames = check::TaskNames {
    canonical: |name| TASKS.into_iter().find(|task| *task == name),
    all: || TASKS.to_vec(),
    ..super::NAMES
};
const TASKS: [&str; 6] = [
    "code_analysis",
    "security_scan",
    "test_runner",
    "performance_profile",
    "codebase_quick",
    "fmt",
];

#[test]
fn the_documented_example_is_valid() {
    let loaded = load(&[(Layer::User, USER), (Layer::Project, PROJECT)]).unwrap();
    assert_eq!(check::check(&loaded, NAMES), []);
    assert_eq!(check::check_schedules(&loaded), []);
    let config = &loaded.config;
    assert_eq!(config.queue.slots(64), 4);
    let hook = &config.hooks[&HookName::PreCommit];
    assert_eq!(hook.budget(HookName::PreCommit), Duration::from_secs(2));
    assert!(hook.detach);
    assert_eq!(config.tasks["docs"].run.as_deref().unwrap().len(), 3);
    assert!(!config.agent.enabled);
}

#[test]
fn the_example_shows_the_defaults() {
    let written = load(&[(Layer::User, USER)]).unwrap().config;
    let default = Config::default();
    // The example was written when only pi's sessions were read.
    let sessions = Sessions {
        dirs: default.sessions.dirs.clone(),
        ..written.sessions
    };
    assert_eq!(sessions, default.sessions);
    // What the example writes is the most that one would set: without it, the kind of the failure decides.
    let agent = Agent {
        retries: None,
        ..written.agent
    };
    assert_eq!(agent, default.agent);
    assert_eq!(written.nightly, default.nightly);
    assert_eq!(written.notify, default.notify);
    assert_eq!(written.trust, default.trust);
    assert_eq!(written.verdicts, default.verdicts);
    let written = load(&[(Layer::Project, PROJECT)]).unwrap().config;
    assert_eq!(written.retention, default.retention);
    assert_eq!(written.defaults.retries, default.defaults.retries);
    assert_eq!(written.defaults.retry_delay, default.defaults.retry_delay);
    assert_eq!(written.queue.max_jobs, default.queue.max_jobs);
    assert_eq!(written.queue.cpu_percent, default.queue.cpu_percent);
}

#[test]
fn the_defaults_are_what_reading_them_would_give() {
    let default = Config::default();
    let patterns = default
        .file_watch
        .paths
        .iter()
        .chain(&default.file_watch.exclude);
    for pattern in patterns {
        assert_eq!(pattern.as_str().parse::<Pattern>().as_ref(), Ok(pattern));
    }
    let nightly = default.nightly;
    for schedule in [nightly.reanalysis, nightly.connections, nightly.aggregation] {
        let cron = schedule.unwrap().cron;
        assert_eq!(cron.as_str().parse::<Cron>(), Ok(cron));
    }
    let text = toml::to_string(&Config::default()).unwrap();
    assert_eq!(
        load(&[(Layer::User, &text)]).unwrap().config,
        Config::default()
    );
}

#[test]
fn the_schema_knows_every_key_of_the_example() {
    let schema = json_schema::schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    for text in [PROJECT, USER] {
        let value: serde_json::Value = toml::from_str(text).unwrap();
        known(&schema, &schema, &value, "");
    }
    let text = schema.to_string();
    assert!(!text.contains("\"null\""), "TOML has no null");
}

/// A small part of JSON Schema: whether each key of a value is known, and each scalar of a type that fits.
fn known(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
    at: &str,
) {
    if let Some(reference) = schema.get("$ref").and_then(|it| it.as_str()) {
        return known(root, root.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(choices) = schema.get("anyOf").and_then(|it| it.as_array()) {
        let fits = choices
            .iter()
            .any(|choice| std::panic::catch_unwind(|| known(root, choice, value, at)).is_ok());
        assert!(fits, "{at}: nothing of {choices:?} fits {value}");
        return;
    }
    if let Some(choices) = schema.get("oneOf").and_then(|it| it.as_array()) {
        assert!(
            choices.iter().any(|it| it["const"] == *value),
            "{at}: {value}"
        );
        return;
    }
    if let Some(all) = schema.get("enum").and_then(|it| it.as_array()) {
        assert!(all.contains(value), "{at}: {value}");
    }
    match (
        schema["type"]
            .as_str()
            .unwrap_or_else(|| panic!("{at}: {schema}")),
        value,
    ) {
        ("object", serde_json::Value::Object(table)) => {
            for (key, value) in table {
                let at = format!("{at}.{key}");
                let schema = schema["properties"]
                    .get(key)
                    .or_else(|| schema["patternProperties"].as_object()?.values().next())
                    .or_else(|| {
                        schema
                            .get("additionalProperties")
                            .filter(|it| it.is_object())
                    })
                    .unwrap_or_else(|| panic!("{at} is not in the schema"));
                known(root, schema, value, &at);
            }
        }
        ("array", serde_json::Value::Array(elements)) => {
            for element in elements {
                known(root, &schema["items"], element, at);
            }
        }
        ("string", serde_json::Value::String(_))
        | ("integer" | "number", serde_json::Value::Number(_))
        | ("boolean", serde_json::Value::Bool(_)) => {}
        (wanted, found) => panic!("{at}: {found} is not of type {wanted}"),
    }
}
