//! What certainly is apart is apart: globs against all files of a small world.

use proptest::prelude::*;

use super::super::touch::{Conflict, Touch};
use super::*;

/// All files there are.
const FILES: &[&str] = &[
    "a",
    "a-b",
    "src",
    "src/a.rs",
    "src/a.md",
    "src/gen/a.rs",
    "src/gen/b.rs",
    "src-old/a.rs",
    "srcs",
    "docs/a.md",
    "docs/b/a.md",
    "README.md",
    "target/a",
    "target/b/c",
];

/// What matches at least one of them.
const PATTERNS: &[&str] = &[
    "a",
    "src",
    "src/",
    "./src",
    "src/**",
    "src/**/*",
    "src/*",
    "src/*.rs",
    "src/gen",
    "src/gen/**",
    "src/gen/a.rs",
    "src*",
    "s*",
    "*.md",
    "**",
    "**/*.md",
    "docs",
    "docs/**",
    "docs/b/*",
    "SRC/Gen/*",
    "target",
    "./target/**",
    "target/?",
    "{src,docs}/**",
    "README.md",
    "src-old/**",
    "a-b",
    "src//gen",
    "*",
];

/// The files of a pattern; a folder's are all below it.
fn files(pattern: &str) -> Vec<&'static str> {
    let pattern = pattern.to_lowercase().replace("//", "/");
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let glob = globset::GlobBuilder::new(pattern)
        .build()
        .unwrap()
        .compile_matcher();
    let is_of = |file: &&&str| {
        let file = file.to_lowercase();
        let below = file
            .strip_prefix(pattern)
            .is_some_and(|rest| rest.starts_with('/'));
        glob.is_match(&file) || below
    };
    FILES.iter().filter(is_of).copied().collect()
}

fn lists() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(PATTERNS), 0..4)
}

fn conflict(reads: [&[&str]; 2], writes: [&[&str]; 2]) -> Conflict {
    let one = touching(step("one", 1.0, &[]), reads[0], writes[0]);
    let other = touching(step("other", 1.0, &[]), reads[1], writes[1]);
    Touch::of(&workflow(None, vec![one, other])).conflict(0, 1)
}

fn written(one: &str, other: &str) -> Conflict {
    conflict([&[], &[]], [&[one], &[other]])
}

#[test]
fn paths_and_globs() {
    use Conflict::{Certain, Never, Perhaps};
    for (one, other, expected) in [
        ("src", "src/a.rs", Certain),
        ("src", "src-old", Never),
        ("src/**", "src", Certain),
        ("src/*.rs", "src/*.md", Perhaps),
        ("src/*.rs", "src/*.rs", Certain),
        ("src/*.rs", "docs/**", Never),
        ("src*", "src-old/a", Perhaps),
        ("src/**", "src-old/a", Never),
        ("**", "src", Certain),
        ("*.md", "src/a.rs", Perhaps),
        ("./.*", ".git", Perhaps),
        ("a/../src", "docs", Perhaps),
        ("/etc", "src", Perhaps),
        ("!src", "docs", Perhaps),
        ("C:/x", "docs", Perhaps),
        ("%.o", "x.o", Perhaps),
        ("out/$@", "out/x", Perhaps),
        ("Src", "src/x", Certain),
        ("", "src", Certain),
    ] {
        assert_eq!(written(one, other), expected, "{one} {other}");
        assert_eq!(written(other, one), expected, "{other} {one}");
    }
    assert_eq!(
        conflict([&["a"], &["a"]], [&[], &[]]),
        Never,
        "both only read"
    );
    assert_eq!(conflict([&["a"], &[]], [&[], &["a"]]), Certain);
    assert_eq!(conflict([&[], &["a"]], [&["a"], &[]]), Certain);
    let blind = workflow(
        None,
        vec![
            step("one", 1.0, &[]),
            touching(step("other", 1.0, &[]), &[], &[]),
        ],
    );
    assert_eq!(Touch::of(&blind).conflict(0, 1), Conflict::Unknown);
}

#[test]
fn long_lists_are_told_by_their_folders() {
    let many: Vec<String> = (0..3_000)
        .map(|at| format!("lib/part{}/f{at}.c", at % 70))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let against = |path: &str| conflict([&[], &[path]], [&many, &[]]);
    assert_eq!(against("lib/part3/other.c"), Conflict::Perhaps);
    assert_eq!(against("lib/part3/f3.c"), Conflict::Perhaps);
    assert_eq!(against("lib/f3.c"), Conflict::Perhaps);
    assert_eq!(against("docs/f3.c"), Conflict::Never);
    let flat: Vec<String> = (0..100).map(|at| format!("f{at}")).collect();
    let flat: Vec<&str> = flat.iter().map(String::as_str).collect();
    assert_eq!(
        conflict([&[], &["docs/a"]], [&flat, &[]]),
        Conflict::Perhaps
    );
}

proptest! {
    #[test]
    fn what_never_meets_has_no_file_in_common(reads in (lists(), lists()), writes in (lists(), lists())) {
        let all = |patterns: &[&str]| patterns.iter().flat_map(|it| files(it)).collect::<Vec<_>>();
        // A folder and what is in it meet, which the files that a folder stands for tell.
        let meet = |one: &[&str], other: &[&str]| {
            let other = all(other);
            all(one).iter().any(|file| other.contains(file))
        };
        let truth = meet(&writes.0, &writes.1) || meet(&writes.0, &reads.1) || meet(&reads.0, &writes.1);
        match conflict([&reads.0, &reads.1], [&writes.0, &writes.1]) {
            Conflict::Unknown => prop_assert!(false),
            Conflict::Never => prop_assert!(!truth),
            Conflict::Perhaps => {}
            Conflict::Certain => prop_assert!(truth),
        }
    }

    #[test]
    fn any_paths_are_told(one in prop::collection::vec(any::<String>(), 0..80), other in prop::collection::vec(any::<String>(), 0..80)) {
        let one: Vec<&str> = one.iter().map(String::as_str).collect();
        let other: Vec<&str> = other.iter().map(String::as_str).collect();
        let (a, b) = (conflict([&one, &other], [&[], &one]), conflict([&other, &one], [&one, &[]]));
        prop_assert_eq!(a, b, "either way round");
        let same: Vec<&str> = one.iter().copied().filter(|it| !it.is_empty()).collect();
        if !same.is_empty() {
            prop_assert_ne!(conflict([&[], &same], [&same, &[]]), Conflict::Never);
        }
    }
}
