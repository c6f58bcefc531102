//! The parts of SARIF's object model that are used. Everything is optional that some tool leaves out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::common::Number;
use super::super::json::{Texts, list};

#[derive(Deserialize)]
pub(super) struct Log {
    pub(super) runs: Option<Vec<Run>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) tool: Tool,
    #[serde(default, deserialize_with = "list")]
    pub(super) invocations: Vec<Invocation>,
    #[serde(default, deserialize_with = "list")]
    pub(super) artifacts: Vec<Artifact>,
    pub(super) original_uri_base_ids: Option<BTreeMap<String, ArtifactLocation>>,
    pub(super) results: Option<Vec<Outcome>>,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) driver: Component,
    #[serde(default, deserialize_with = "list")]
    pub(super) extensions: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    #[serde(default)]
    pub(super) name: String,
    pub(super) guid: Option<String>,
    pub(super) version: Option<String>,
    pub(super) semantic_version: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) rules: Vec<Rule>,
    pub(super) global_message_strings: Option<BTreeMap<String, Message>>,
}

/// A `reportingDescriptor`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    #[serde(default)]
    pub(super) id: String,
    pub(super) default_configuration: Option<Configuration>,
    pub(super) help_uri: Option<String>,
    pub(super) message_strings: Option<BTreeMap<String, Message>>,
    pub(super) short_description: Option<Message>,
    pub(super) properties: Option<Properties>,
    #[serde(default, deserialize_with = "list")]
    pub(super) relationships: Vec<Relationship>,
}

impl Rule {
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().flat_map(|it| it.tags.iter())
    }

    pub(super) fn weaknesses(&self) -> impl Iterator<Item = String> {
        self.relationships
            .iter()
            .filter_map(|relationship| relationship.target.as_ref()?.cwe())
    }
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) level: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Relationship {
    pub(super) target: Option<Reference>,
}

/// Of a rule, or of an entry of a taxonomy.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) id: Option<String>,
    pub(super) index: Option<i64>,
    pub(super) tool_component: Option<ComponentReference>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference {
    pub(super) name: Option<String>,
    pub(super) index: Option<i64>,
    pub(super) guid: Option<String>,
}

impl Reference {
    /// `CWE-78`, if it is an entry of the Common Weakness Enumeration.
    pub(super) fn cwe(&self) -> Option<String> {
        let id = self.id.as_deref()?;
        let taxonomy = self
            .tool_component
            .as_ref()
            .and_then(|it| it.name.as_deref());
        if taxonomy.is_some_and(|name| name.eq_ignore_ascii_case("CWE")) {
            let number = id.trim_start_matches(|c: char| !c.is_ascii_digit());
            return Some(format!("CWE-{number}"));
        }
        Some(id.to_owned())
    }
}

/// Of a rule and of a result; each tool has its own.
#[derive(Default, Deserialize)]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) tags: Texts,
    /// A CVSS score as text (GitHub's).
    #[serde(default, rename = "security-severity")]
    pub(super) security_severity: Texts,
    #[serde(default)]
    pub(super) precision: Texts,
    #[serde(default)]
    pub(super) confidence: Texts,
    /// Bandit's.
    #[serde(default)]
    pub(super) issue_severity: Texts,
    #[serde(default)]
    pub(super) issue_confidence: Texts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: Option<bool>,
    pub(super) exit_code_description: Option<String>,
    pub(super) process_start_failure_message: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) tool_execution_notifications: Vec<Notification>,
    #[serde(default, deserialize_with = "list")]
    pub(super) tool_configuration_notifications: Vec<Notification>,
}

#[derive(Deserialize)]
pub(super) struct Notification {
    pub(super) level: Option<String>,
    pub(super) message: Option<Message>,
    #[serde(default, deserialize_with = "list")]
    pub(super) locations: Vec<Location>,
}

#[derive(Deserialize)]
pub(super) struct Artifact {
    pub(super) location: Option<ArtifactLocation>,
    #[serde(default, deserialize_with = "list")]
    pub(super) roles: Vec<String>,
}

/// A result.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    pub(super) rule_id: Option<String>,
    pub(super) rule_index: Option<i64>,
    pub(super) rule: Option<Reference>,
    pub(super) level: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) baseline_state: Option<String>,
    pub(super) hosted_viewer_uri: Option<String>,
    pub(super) message: Option<Message>,
    #[serde(default, deserialize_with = "list")]
    pub(super) locations: Vec<Location>,
    #[serde(default, deserialize_with = "list")]
    pub(super) suppressions: Vec<Suppression>,
    #[serde(default, deserialize_with = "list")]
    pub(super) taxa: Vec<Reference>,
    #[serde(default, deserialize_with = "list")]
    pub(super) fixes: Vec<Fix>,
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
pub(super) struct Suppression {
    pub(super) status: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Fix {
    pub(super) description: Option<Message>,
}

/// A message, or a `multiformatMessageString`.
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) text: Option<String>,
    pub(super) markdown: Option<String>,
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) arguments: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) physical_location: Option<PhysicalLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: Option<ArtifactLocation>,
    pub(super) region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub(super) uri: Option<String>,
    pub(super) uri_base_id: Option<String>,
    pub(super) index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    #[serde(default)]
    pub(super) start_line: Number,
    #[serde(default)]
    pub(super) start_column: Number,
    #[serde(default)]
    pub(super) end_line: Number,
    #[serde(default)]
    pub(super) end_column: Number,
}
