use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{NAMES, project};
use crate::config::check;
use crate::config::init::{Proposal, is_wanted, propose};

fn proposal(files: &[(&str, &str)]) -> Proposal {
    let manifests: BTreeMap<_, _> = files
        .iter()
        .filter(|(path, _)| is_wanted(path))
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    propose(files.iter().map(|(path, _)| *path), &manifests)
}

/// The file as it is, and with every suggestion taken.
fn is_valid(proposal: &Proposal) -> usize {
    let taken: Vec<_> = proposal
        .text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest,
            _ => line,
        })
        .collect();
    let mut tasks = 0;
    for text in [&proposal.text, &taken.join("\n")] {
        let loaded = project(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let problems = check::check(&loaded, NAMES);
        assert!(problems.is_empty(), "{problems:?}\n{text}");
        tasks = loaded.config.tasks.len();
    }
    tasks
}

#[test]
fn a_repository_with_several_languages() {
    let proposal = proposal(&[
        ("Cargo.toml", ""),
        ("crates/a/Cargo.toml", ""),
        ("src/lib.rs", ""),
        (
            "web/package.json",
            r#"{"scripts":{"lint":"eslint .","test":"echo \"Error: no test specified\" && exit 1"}}"#,
        ),
        ("web/pnpm-lock.yaml", ""),
        (
            "Makefile",
            "X := 1\n.PHONY: test\ntest all: build\n\tlint:\n",
        ),
    ]);
    assert_eq!(
        proposal.found,
        ["Rust (cargo)", "JavaScript (pnpm)", "make"]
    );
    assert_eq!(is_valid(&proposal), 5);
    insta::assert_snapshot!(proposal.text, @r#"
    # What git-tend does in this repository, and when. `git tend config check` says what is wrong with this file,
    # `git tend config show` where each value comes from. Overrides for this machine only go into tend.local.toml.
    #
    # Found: Rust (cargo), JavaScript (pnpm), make.

    # The built-in analysis of the code, for each commit; by itself it runs every hour.
    [hooks.post-commit]
    tasks = ["codebase_quick"]

    # Suggestions: take the `# ` away from what fits, then approve it with `git tend trust`.

    # [task.cargo_fmt]
    # run = ["cargo", "fmt", "--check"]
    # files = ["**/*.rs", "**/Cargo.toml", "Cargo.lock"]
    # workspace = "index"

    # [task.cargo_clippy]
    # run = ["cargo", "clippy", "--all-targets"]
    # files = ["**/*.rs", "**/Cargo.toml", "Cargo.lock"]
    # on = ["post-commit"]
    # workspace = "commit"

    # [task.cargo_test]
    # run = ["cargo", "test"]
    # files = ["**/*.rs", "**/Cargo.toml", "Cargo.lock"]
    # on = ["pre-push"]
    # workspace = "worktree"

    # [task.web_pnpm_lint]
    # run = ["pnpm", "run", "lint"]
    # root = "web"
    # files = ["web/**/*.{js,jsx,mjs,cjs,ts,tsx,vue,svelte}", "web/**/package.json"]
    # on = ["pre-push"]
    # workspace = "worktree"

    # [task.make_test]
    # run = ["make", "test"]
    # on = ["pre-push"]
    # workspace = "worktree"

    # Gates stop a commit; only quick ones belong here, and only findings that are new count.
    #
    # [hooks.pre-commit]
    # gates = ["cargo_fmt"]
    "#);
}

#[test]
fn an_empty_repository() {
    let proposal = proposal(&[]);
    assert!(proposal.found.is_empty());
    assert_eq!(is_valid(&proposal), 1);
}

#[test]
fn tests_of_python_are_found_by_their_names() {
    let proposal = proposal(&[
        ("api/pyproject.toml", "[tool.ruff]\n"),
        ("api/tests/test_a.py", ""),
        ("go.mod", ""),
        ("pom.xml", ""),
    ]);
    assert_eq!(is_valid(&proposal), 5);
    for command in [
        r#""ruff", "check""#,
        r#""pytest", "-q""#,
        r#""go", "test""#,
        r#""mvn""#,
    ] {
        assert!(proposal.text.contains(command), "{command}");
    }
    assert!(!proposal.text.contains("mypy"));
}

proptest! {
    #[test]
    fn no_names_of_files_make_an_invalid_file(
        folders in proptest::collection::vec(r#"[a-b_"'\[\]{}*?!é\\ \n#.]{1,5}(/[a-b"]{1,3})?"#, 0..8),
        manifest in prop_oneof![
            Just("{\"scripts\":{\"test\":\"x\",\"lint\":\"\"}}".to_owned()),
            ".{0,20}",
        ],
    ) {
        let kinds = ["Cargo.toml", "package.json", "setup.py", "go.mod", "pom.xml", "Makefile", "test_a.py"];
        let files: Vec<_> = folders
            .iter()
            .filter(|folder| !folder.split('/').any(|part| part == ".." || part == "."))
            .flat_map(|folder| kinds.map(|kind| (format!("{folder}/{kind}"), manifest.clone())))
            .collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        is_valid(&proposal(&files));
    }
}
