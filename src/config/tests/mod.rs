#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod example;
mod init;
mod messages;
mod origins;
mod robust;

use std::sync::Arc;

use super::diagnostic::Document;
use super::layers::{Layer, LayerFile, Loaded};
use super::{Config, ConfigError, check};

/// As the table of built-in tasks would have it, which lies above this room.
const NAMES: check::TaskNames = check::TaskNames {
    canonical: |name| {
        let aliases = ["codebase_quick", "codebase", "quick_codebase_scan"];
        if name == "security_scan" {
            Some("security_scan")
        } else {
            aliases.contains(&name).then_some("codebase_quick")
        }
    },
    all: || vec!["codebase_quick", "security_scan"],
    runs_tools: |name| name == "security_scan",
    tools: || vec!["bandit", "ruff"],
    check_regex: |expression| {
        let named = expression.contains("(?<");
        named
            .then_some(())
            .ok_or_else(|| "it names no group".to_owned())
    },
};

const PROJECT: &str = include_str!("example.tend.toml");
const USER: &str = include_str!("example.config.toml");

fn file(layer: Layer, text: &str) -> LayerFile {
    let path = match layer {
        Layer::Default | Layer::User => "config.toml",
        Layer::Project => "tend.toml",
        Layer::Local => "tend.local.toml",
    };
    LayerFile {
        layer,
        document: Arc::new(Document {
            path: path.into(),
            text: text.to_owned(),
        }),
    }
}

fn load(layers: &[(Layer, &str)]) -> Result<Loaded, ConfigError> {
    Config::from_layers(
        layers
            .iter()
            .map(|(layer, text)| file(*layer, text))
            .collect(),
    )
}

fn project(text: &str) -> Result<Loaded, ConfigError> {
    load(&[(Layer::Project, text)])
}
