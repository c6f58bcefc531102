//! Gradle's build files, read and never run: dependencies written as one literal coordinate.

use super::requirement::{Manifest, Requirement, Scope};

/// Configurations, matched by their end so that `debugImplementation` and `kaptTest` are known too.
const CONFIGURATIONS: [&str; 11] = [
    "implementation",
    "api",
    "compileonly",
    "runtimeonly",
    "annotationprocessor",
    "compile",
    "runtime",
    "kapt",
    "ksp",
    "developmentonly",
    "testfixturesapi",
];

pub(super) fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut catalog = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("//") || line.starts_with('*') {
            continue;
        }
        let end = line
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(line.len());
        let (configuration, rest) = line.split_at(end);
        let configuration = configuration.to_ascii_lowercase();
        if !CONFIGURATIONS
            .iter()
            .any(|known| configuration.ends_with(known))
        {
            continue;
        }
        let scope = if configuration.contains("test") || configuration == "developmentonly" {
            Scope::Dev
        } else {
            Scope::Direct
        };
        let rest = rest.trim_start_matches(['(', ' ', '\t']);
        // `platform("…")` is a list of versions, and no package.
        if rest.starts_with("platform") || rest.starts_with("enforcedPlatform") {
            continue;
        }
        catalog |= rest.starts_with("libs.");
        let quoted = |quote: char| {
            rest.strip_prefix(quote)?
                .split_once(quote)
                .map(|(inside, _)| inside)
        };
        let Some(coordinate) = quoted('"').or_else(|| quoted('\'')) else {
            continue;
        };
        let mut parts = coordinate.split(':');
        if let (Some(group), Some(artifact)) = (parts.next(), parts.next())
            && !group.is_empty()
            && !artifact.is_empty()
        {
            let version = parts.next().unwrap_or_default();
            manifest.need(Requirement::new(
                format!("{group}:{artifact}"),
                version,
                scope,
            ));
        }
    }
    if catalog {
        manifest
            .problems
            .push("its version catalog (libs.…) is not read".to_owned());
    }
    manifest
}
