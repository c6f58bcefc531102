//! What `npm test` runs.

use serde::Deserialize;

use super::folders::{join, text, topmost};
use crate::tools::project::{Planned, Project};

/// What a script of npm's runs tests with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    Jest,
    Vitest,
    Mocha,
    Node,
    Other,
}

#[derive(Deserialize, Default)]
struct Manifest {
    #[serde(default)]
    scripts: Option<Scripts>,
}

#[derive(Deserialize, Default)]
struct Scripts {
    #[serde(default)]
    test: Option<String>,
}

/// The topmost folders whose `package.json` has tests, as far as they run with this.
pub fn scripts<'p>(project: &'p Project<'_>, wanted: Runner) -> Vec<&'p str> {
    let script = |folder: &str| {
        let manifest = text(project, &join(folder, "package.json"))?;
        let manifest: Manifest = serde_json::from_str(&manifest).ok()?;
        let script = manifest.scripts?.test?;
        // npm init writes one that fails.
        Some(script).filter(|it| !it.trim().is_empty() && !it.contains("no test specified"))
    };
    let folders = project.folders_with(&["package.json"]).into_iter();
    let with_tests = topmost(folders.filter(|folder| script(folder).is_some()));
    let is_wanted = |folder: &&str| script(folder).is_some_and(|it| runner(&it) == wanted);
    with_tests.into_iter().filter(is_wanted).collect()
}

/// What a script runs tests with: its last command, since that is the one that npm gives further arguments to.
fn runner(script: &str) -> Runner {
    let commands = script.replace("&&", ";");
    if commands.contains(['|', '&', '>', '<', '`', '\n', '(']) {
        return Runner::Other;
    }
    let last = commands.rsplit(';').next().unwrap_or_default();
    let words: Vec<&str> = last.split_whitespace().collect();
    let mut is_node = false;
    for (at, word) in words.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or(word);
        let name = name.split('.').next().unwrap_or(name);
        let next = words.get(at + 1).copied().unwrap_or_default();
        match name {
            "jest" => return Runner::Jest,
            "vitest" if !["bench", "list", "init"].contains(&next) => return Runner::Vitest,
            "mocha" | "_mocha" => return Runner::Mocha,
            "react-scripts" if next == "test" => return Runner::Jest,
            "node" => is_node = true,
            // A reporter of the script's own would have to be given a destination too.
            "--test" if is_node && !script.contains("--test-reporter") => return Runner::Node,
            "npx" | "cross-env" | "env" | "c8" | "nyc" | "exec" | "yarn" | "pnpm" => {}
            _ if word.starts_with('-') || word.contains('=') => {}
            _ => return Runner::Other,
        }
    }
    Runner::Other
}

pub fn with_args(project: &Project<'_>, runner: Runner, args: &[&str]) -> Vec<Planned> {
    let args = [&["test", "--silent", "--"], args].concat();
    let folders = scripts(project, runner).into_iter();
    folders.map(|folder| call(folder, &args)).collect()
}

pub fn call(folder: &str, args: &[&str]) -> Planned {
    Planned {
        program: Some("npm".to_owned()),
        // No watching, no new snapshots.
        env: vec![("CI", "true".to_owned())],
        ..Planned::within(folder, args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_known_by_their_last_command() {
        for (script, expected) in [
            ("jest", Runner::Jest),
            ("jest --coverage src/", Runner::Jest),
            (
                "cross-env CI=1 NODE_ENV=test npx --no-install jest",
                Runner::Jest,
            ),
            (
                "node --experimental-vm-modules node_modules/jest/bin/jest.js",
                Runner::Jest,
            ),
            ("react-scripts test", Runner::Jest),
            ("npm run build && vitest run", Runner::Vitest),
            ("vitest bench", Runner::Other),
            ("nyc --reporter=lcov mocha --require x test/", Runner::Mocha),
            ("node --test", Runner::Node),
            ("c8 node --import tsx --test test/*.js", Runner::Other),
            ("node --enable-source-maps --test test/*.js", Runner::Node),
            ("node --test --test-reporter=spec", Runner::Other),
            ("node test.js", Runner::Other),
            ("jest && eslint .", Runner::Other),
            ("jest | tee log", Runner::Other),
            ("jest || true", Runner::Other),
            ("tap test/*.js", Runner::Other),
            ("make test", Runner::Other),
            ("", Runner::Other),
        ] {
            assert_eq!(runner(script), expected, "{script}");
        }
    }
}
