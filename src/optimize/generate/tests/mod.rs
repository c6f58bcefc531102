#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod arrive;
mod checks;
mod refused;
mod texts;
mod typed;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::*;
use crate::optimize::recipe::{Parameter, Piece, Redirect, Shape, Simple, SlotKind, Word};
use crate::system::env;

/// A word with its parts: `{0}` is a parameter, `` `$HOME` `` is code.
pub(super) fn word(text: &str) -> Word {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '`']) {
        let end = if rest[at..].starts_with('{') {
            '}'
        } else {
            '`'
        };
        let Some(length) = rest[at + 1..].find(end) else {
            break;
        };
        let inner = &rest[at + 1..at + 1 + length];
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        pieces.push(match inner.parse() {
            Ok(slot) if end == '}' => Piece::Slot(slot),
            _ if end == '}' => Piece::Text(format!("{{{inner}}}")),
            _ => Piece::Code(inner.to_owned()),
        });
        rest = &rest[at + length + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Word(pieces)
}

pub(super) fn command(words: &[&str]) -> Simple {
    Simple {
        words: words.iter().map(|it| word(it)).collect(),
        redirects: Vec::new(),
    }
}

pub(super) fn redirected(words: &[&str], redirects: &[(Option<u32>, &str, &str)]) -> Simple {
    Simple {
        redirects: redirects
            .iter()
            .map(|(fd, operator, target)| Redirect {
                fd: *fd,
                operator: (*operator).to_owned(),
                target: word(target),
            })
            .collect(),
        ..command(words)
    }
}

pub(super) fn step(words: &[&str]) -> Shape {
    Shape::Pipeline(vec![command(words)])
}

pub(super) fn parameter(name: &str, kind: SlotKind, default: Option<&str>) -> Parameter {
    Parameter {
        name: name.to_owned(),
        kind,
        default: default.map(str::to_owned),
        observed: default.map(str::to_owned).into_iter().collect(),
    }
}

pub(super) fn recipe(steps: Vec<Shape>, parameters: Vec<Parameter>) -> Recipe {
    Recipe {
        name: "try-it".to_owned(),
        steps,
        parameters,
        repository: None,
        risky: false,
        interactive: false,
    }
}

pub(super) fn written(recipe: &Recipe, form: Form) -> Generated {
    generate(recipe, form, &Options::default()).unwrap()
}

/// A folder to run things in, with a program `probe` that writes down what it is given.
pub(super) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let probe = folder.path().join("probe");
        let text = "#!/bin/sh\nprintf '%s\\0' \"$#\" \"$@\" >>\"${0%/*}/given\"\n";
        fs::write(&probe, text).unwrap();
        fs::set_permissions(&probe, fs::Permissions::from_mode(0o700)).unwrap();
        Self { folder }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn probe(&self) -> String {
        self.path().join("probe").to_str().unwrap().to_owned()
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.path().join(name).symlink_metadata().is_ok()
    }

    /// What `probe` was given since the last time, call by call.
    pub(super) fn given(&self) -> Vec<Vec<Vec<u8>>> {
        let path = self.path().join("given");
        let bytes = fs::read(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        // Each call is its number of words, and these; each is ended by a NUL.
        let mut words = bytes.split(|c| *c == 0).map(<[u8]>::to_vec);
        let mut calls = Vec::new();
        while let Some(count) = words.next().filter(|count| !count.is_empty()) {
            let count = String::from_utf8(count).unwrap().parse().unwrap();
            calls.push(words.by_ref().take(count).collect());
        }
        calls
    }

    pub(super) fn run<S: AsRef<std::ffi::OsStr>>(&self, argv: &[S]) -> Output {
        self.run_with(argv, &[])
    }

    pub(super) fn run_with<S: AsRef<std::ffi::OsStr>>(
        &self,
        argv: &[S],
        env: &[(String, std::ffi::OsString)],
    ) -> Output {
        Command::new(&argv[0])
            .args(&argv[1..])
            .env("PATH", search_path())
            .envs(env.iter().map(|(name, value)| (name, value)))
            .env_remove("FORCE")
            .envs(
                env.iter()
                    .filter(|(name, _)| name == "FORCE")
                    .map(|(name, value)| (name, value)),
            )
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{:?}: {error}", argv[0].as_ref()))
    }

    /// Runs what was generated with these words.
    pub(super) fn exec(&self, generated: &Generated, words: &[&str]) -> Output {
        let file = self.write("text", &generated.text);
        let words: Vec<_> = words.iter().map(std::ffi::OsString::from).collect();
        let given = arguments(&generated.parameters, &words).unwrap();
        let it = invocation(
            generated.language,
            &generated.name,
            &file,
            &generated.parameters,
            &given,
        );
        self.run_with(&it.argv, &it.env)
    }
}

/// The search path, and behind it the tools that `.ci/tools` installs.
pub(super) fn search_path() -> std::ffi::OsString {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin");
    let mut path = env::raw("PATH").unwrap_or_default();
    path.push(":");
    path.push(tools);
    path
}

/// Whether a tool is here; where tools must be, its absence is a failure.
pub(super) fn has(tool: &str) -> bool {
    let found = std::env::split_paths(&search_path()).any(|folder| folder.join(tool).is_file());
    let required = env::raw("TEND_TEST_REAL").is_some_and(|value| value == "1");
    assert!(
        found || !required,
        "TEND_TEST_REAL=1 and {tool} is missing: .ci/tools installs it"
    );
    found
}

#[track_caller]
pub(super) fn succeeded(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every form, that its text can be looked at by the language itself.
#[track_caller]
pub(super) fn syntax(generated: &Generated) {
    let Some(check) = generated.language.syntax_check() else {
        return;
    };
    if !has(check[0]) {
        return;
    }
    let place = Place::new();
    let file = place.write("text", &generated.text);
    let mut argv: Vec<&str> = check.to_vec();
    argv.push(file.to_str().unwrap());
    let output = place.run(&argv);
    assert!(
        output.status.success(),
        "{}\n{}",
        generated.text,
        String::from_utf8_lossy(&output.stderr)
    );
}
