//! The repository's scripts that a command names: their contents belong to what is approved.
//!
//! It is a net, not a proof: a program may load any file, which is why commits that were not made here need trust of
//! their own.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::approvals::Scripts;
use crate::system::filesystem;

/// Programs that run the files they are given; others merely read them.
const INTERPRETERS: [&str; 24] = [
    "sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "env", "python", "pypy", "node",
    "nodejs", "deno", "bun", "tsx", "ts-node", "ruby", "perl", "php", "lua", "pwsh", "make",
    "just", "task",
];

/// Words before the command of a shell's line.
const PREFIXES: [&str; 16] = [
    "if", "then", "else", "elif", "while", "until", "do", "!", "exec", "command", "nohup", "time",
    "nice", "sudo", "env", "eval",
];

/// What a name of an interpreter may be followed by: `python3.12`.
fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.contains(&name)
}

/// Paths of the repository that the arguments of a command may name when it runs in `folder`, relative to its top.
pub fn candidates(argv: &[String], folder: &str) -> Vec<String> {
    // Shells and `--flag=PATH` hide paths within an argument.
    let between = |c: char| c.is_whitespace() || "\"'`;|&()<>=,$".contains(c);
    let words = argv.iter().flat_map(|argument| {
        // An argument with blanks may also be a path as it is.
        std::iter::once(argument.as_str()).chain(argument.split(between))
    });
    let mut found = BTreeSet::new();
    for word in words {
        if word.starts_with('/') || word.starts_with('-') {
            continue;
        }
        // Programs read most arguments relative to their folder, some relative to the top.
        found.extend(normal(word));
        if !folder.is_empty() {
            found.extend(normal(&format!("{folder}/{word}")));
        }
    }
    found.into_iter().collect()
}

/// A relative path without `.` and `..`; `None` if it names nothing inside the repository.
fn normal(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The words of a command that are run, not read: programs, and whatever an interpreter is given.
pub fn run_words(argv: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Some((program, arguments)) = argv.split_first() else {
        return found;
    };
    found.insert(program.clone());
    if !is_interpreter(program) {
        return found;
    }
    let is_line = arguments
        .iter()
        .any(|word| word.starts_with('-') && word.ends_with('c'));
    for argument in arguments {
        if is_line && argument.contains(char::is_whitespace) {
            found.extend(run_in_line(argument));
        } else {
            found.insert(argument.clone());
        }
    }
    found
}

/// The same of a shell's line: what stands where a command does, and what follows an interpreter.
fn run_in_line(line: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for command in line.split([';', '&', '|', '(', ')', '\n', '`', '{', '}']) {
        let words = command
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '\'']))
            .skip_while(|word| word.contains('=') || PREFIXES.contains(word));
        let mut runs = true;
        for word in words {
            if runs {
                found.insert(word.to_owned());
                runs = is_interpreter(word) || word == "." || word == "source";
                if !runs {
                    break;
                }
            }
        }
    }
    found
}

/// The hashes of the scripts that a command names, as they are below `top`.
///
/// A file that a linter is given is no script: one is what is run, what is executable, and what names its interpreter.
pub fn present(argv: &[String], folder: &str, top: &Path) -> Scripts {
    let run: BTreeSet<String> = run_words(argv)
        .iter()
        .flat_map(|word| [normal(word), normal(&format!("{folder}/{word}"))])
        .flatten()
        .collect();
    let hashed = candidates(argv, folder).into_iter().filter_map(|path| {
        let file = filesystem::open_regular(&top.join(&path)).ok()?;
        let executable = file.metadata().ok()?.permissions().mode() & 0o111 != 0;
        let mut text = Vec::new();
        std::io::BufReader::new(file).read_to_end(&mut text).ok()?;
        let is_script = run.contains(&path) || executable || text.starts_with(b"#!");
        is_script.then(|| (path, blake3::hash(&text).to_hex().to_string()))
    });
    hashed.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn scripts_are_found_in_arguments_and_in_shell_lines() {
        let line = "./ci/build.sh && python3 tools/x.py --config=ci/a.toml";
        let found = candidates(&words(&["sh", "-c", line]), "");
        for script in ["ci/build.sh", "tools/x.py", "ci/a.toml"] {
            assert!(
                found.iter().any(|path| path == script),
                "{script} in {found:?}"
            );
        }
        let argv = words(&["../run.sh", "/usr/bin/env", "--flag", "a b.sh"]);
        assert_eq!(
            candidates(&argv, "web"),
            [
                "a",
                "a b.sh",
                "b.sh",
                "run.sh",
                "web/a",
                "web/a b.sh",
                "web/b.sh"
            ]
        );
    }

    #[test]
    fn what_runs_is_a_script_and_what_is_read_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path();
        fs::write(top.join("plain.py"), "x").unwrap();
        fs::write(top.join("named"), "#!/bin/sh\n").unwrap();
        fs::write(top.join("tool"), "x").unwrap();
        fs::set_permissions(top.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(top.join("folder")).unwrap();
        let found =
            |argv: &[&str]| -> Vec<String> { present(&words(argv), "", top).into_keys().collect() };
        assert_eq!(found(&["pylint", "plain.py", "folder", "gone"]), [""; 0]);
        assert_eq!(found(&["/usr/bin/python3.12", "plain.py"]), ["plain.py"]);
        assert_eq!(found(&["sh", "-c", "python3 plain.py"]), ["plain.py"]);
        // What a shell's line reads or writes is none either.
        let line = "pylint plain.py < plain.py >> plain.py; cat plain.py | sort";
        assert_eq!(found(&["sh", "-c", line]), [""; 0]);
        for line in [
            "if true; then X=1 . plain.py; fi",
            "cd folder && (exec \"plain.py\")",
        ] {
            assert_eq!(found(&["bash", "-ec", line]), ["plain.py"], "{line}");
        }
        assert_eq!(found(&["./named"]), ["named"]);
        assert_eq!(found(&["./tool", "plain.py"]), ["tool"]);
    }

    proptest! {
        #[test]
        fn no_argument_makes_the_search_panic_or_leave_the_repository(
            argv in proptest::collection::vec(".*", 0..4),
            folder in "[a-z/.]{0,8}",
        ) {
            for path in candidates(&argv, &folder) {
                prop_assert!(!path.starts_with('/'));
                prop_assert!(path.split('/').all(|part| part != ".."));
            }
        }
    }
}
