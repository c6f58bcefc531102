//! A bill of materials in `CycloneDX` 1.6 JSON (ECMA-424).
//!
//! The same repository gives the same bytes but for the timestamp: the serial number is made from the content. Licences
//! are left out: manifests and lock files do not know them.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use jiff::Timestamp;
use serde::Serialize;

use super::dependency_map::{Component, Inventory, Node, ProjectNode};
use super::lockfile::{Algorithm, Hash, LockedScope};
use super::manifest::Ecosystem;

/// What a bill says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The repository's name.
    pub name: &'a str,
    /// Its version, tag or commit.
    pub version: Option<&'a str>,
    /// The version of git-tend.
    pub tool_version: &'a str,
    /// When the bill is made.
    pub timestamp: Timestamp,
}

/// The reference of the repository.
const REPOSITORY: &str = "repository";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'b> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "bomFormat")]
    format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'b>,
    components: Vec<Part<'b>>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata<'b> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    tools: Tools<'b>,
    component: Part<'b>,
}

#[derive(Serialize)]
struct Tools<'b> {
    components: [Part<'b>; 1],
}

/// A component, with the fields in the order of the standard.
#[derive(Default, Serialize)]
struct Part<'b> {
    r#type: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'b str>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Digest<'b>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'b str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Part<'b>>,
}

#[derive(Serialize)]
struct Digest<'b> {
    alg: &'static str,
    content: &'b str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    r#ref: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

/// Writes a bill of materials, indented, with a line feed at the end.
pub fn bill(inventory: &Inventory, about: &About<'_>) -> Result<String, serde_json::Error> {
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: None,
            tools: Tools {
                components: [Part {
                    r#type: "application",
                    name: "git-tend".to_owned(),
                    version: Some(about.tool_version),
                    ..Part::default()
                }],
            },
            component: repository(inventory, about),
        },
        components: inventory
            .components
            .iter()
            .map(|(purl, component)| package(purl, component))
            .collect(),
        dependencies: dependencies(inventory),
    };
    bom.serial_number = serial_number(&serde_json::to_vec(&bom)?);
    bom.metadata.timestamp = Some(about.timestamp.to_string());
    let mut text = serde_json::to_string_pretty(&bom)?;
    text.push('\n');
    Ok(text)
}

/// The repository with its projects in it.
fn repository<'b>(inventory: &'b Inventory, about: &About<'b>) -> Part<'b> {
    let project = |project: &'b ProjectNode| Part {
        r#type: "application",
        reference: Some(reference_of(&project.path)),
        name: match project.title() {
            title if title.is_empty() => about.name.to_owned(),
            title => title,
        },
        ..Part::default()
    };
    Part {
        r#type: "application",
        reference: Some(REPOSITORY.to_owned()),
        name: about.name.to_owned(),
        version: about.version,
        components: inventory.projects.iter().map(project).collect(),
        ..Part::default()
    }
}

fn reference_of(path: &[u8]) -> String {
    format!("project:/{}", path.to_str_lossy())
}

fn package<'b>(purl: &'b str, component: &'b Component) -> Part<'b> {
    let (group, name) = match component.ecosystem {
        Ecosystem::Maven => split(&component.name, ':'),
        Ecosystem::Npm | Ecosystem::Composer => split(&component.name, '/'),
        _ => (None, component.name.as_str()),
    };
    Part {
        r#type: "library",
        reference: Some(purl.to_owned()),
        group,
        name: name.to_owned(),
        version: Some(component.version.as_str()).filter(|version| !version.is_empty()),
        scope: Some(match component.scope {
            LockedScope::Runtime => "required",
            LockedScope::Optional => "optional",
            // "Component usage for test and other non-runtime purposes", in the standard's words.
            LockedScope::Dev => "excluded",
        }),
        hashes: component.hashes.iter().filter_map(digest).collect(),
        purl: Some(purl),
        components: Vec::new(),
    }
}

fn split(name: &str, at: char) -> (Option<&str>, &str) {
    match name.split_once(at) {
        Some((group, name)) => (Some(group), name),
        None => (None, name),
    }
}

fn digest(hash: &Hash) -> Option<Digest<'_>> {
    let alg = match hash.algorithm {
        Algorithm::Md5 => "MD5",
        Algorithm::Sha1 => "SHA-1",
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Sha384 => "SHA-384",
        Algorithm::Sha512 => "SHA-512",
        // Of no file.
        Algorithm::H1 => return None,
    };
    Some(Digest {
        alg,
        content: &hash.hex,
    })
}

fn dependencies(inventory: &Inventory) -> Vec<Dependency> {
    let projects = inventory.projects.iter();
    let top = Dependency {
        r#ref: REPOSITORY.to_owned(),
        depends_on: projects
            .clone()
            .map(|project| reference_of(&project.path))
            .collect(),
    };
    let projects = projects.map(|project| Dependency {
        r#ref: reference_of(&project.path),
        depends_on: references(&project.depends_on),
    });
    let packages = inventory
        .components
        .iter()
        .map(|(purl, component)| Dependency {
            r#ref: purl.clone(),
            depends_on: references(&component.depends_on),
        });
    std::iter::once(top)
        .chain(projects)
        .chain(packages)
        .collect()
}

fn references(nodes: &BTreeSet<Node>) -> Vec<String> {
    let references = nodes.iter().map(|node| match node {
        Node::Package(purl) => purl.clone(),
        Node::Project(path) => reference_of(path),
    });
    references.collect()
}

/// A UUID of version 8 (RFC 9562, 5.8): BLAKE3 of the content, with the bits that say so.
fn serial_number(content: &[u8]) -> String {
    let hex = blake3::hash(content).to_hex();
    let digits = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let variant = match digits(16, 17) {
        "0" | "4" | "8" | "c" => '8',
        "1" | "5" | "9" | "d" => '9',
        "2" | "6" | "a" | "e" => 'a',
        _ => 'b',
    };
    format!(
        "urn:uuid:{}-{}-8{}-{variant}{}-{}",
        digits(0, 8),
        digits(8, 12),
        digits(13, 16),
        digits(17, 20),
        digits(20, 32)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    fn inventory() -> Inventory {
        let mut inventory = Inventory::default();
        let purl = "pkg:npm/%40s/a@1.0.0".to_owned();
        inventory.projects.push(ProjectNode {
            path: "web".into(),
            name: None,
            depends_on: BTreeSet::from([Node::Package(purl.clone())]),
        });
        inventory.components.insert(
            purl,
            Component {
                ecosystem: Ecosystem::Npm,
                name: "@s/a".to_owned(),
                version: "1.0.0".to_owned(),
                scope: LockedScope::Runtime,
                hashes: Vec::new(),
                depends_on: BTreeSet::new(),
            },
        );
        inventory
    }

    fn written(second: i64) -> Value {
        let about = About {
            name: "repo",
            version: None,
            tool_version: "0.1.0",
            timestamp: Timestamp::from_second(second).unwrap(),
        };
        serde_json::from_str(&bill(&inventory(), &about).unwrap()).unwrap()
    }

    #[test]
    fn a_small_bill() {
        let bill = written(0);
        assert_eq!(bill["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(
            bill["components"],
            json!([{
                "type": "library", "bom-ref": "pkg:npm/%40s/a@1.0.0", "group": "@s", "name": "a",
                "version": "1.0.0", "scope": "required", "purl": "pkg:npm/%40s/a@1.0.0",
            }])
        );
        assert_eq!(
            bill["dependencies"],
            json!([
                {"ref": "repository", "dependsOn": ["project:/web"]},
                {"ref": "project:/web", "dependsOn": ["pkg:npm/%40s/a@1.0.0"]},
                {"ref": "pkg:npm/%40s/a@1.0.0"},
            ])
        );
    }

    #[test]
    fn the_serial_number_is_the_contents_and_not_the_times() {
        let (one, other) = (written(0), written(1));
        assert_eq!(one["serialNumber"], other["serialNumber"]);
        let number = one["serialNumber"].as_str().unwrap();
        assert_eq!(number.len(), "urn:uuid:".len() + 36);
        assert_eq!(number.get(23..24), Some("8"));
    }
}
