//! Files that are damaged, or made to do harm.

use proptest::prelude::*;

use super::super::{LARGEST, Times, github_actions, gitlab_ci, justfile, makefile};
use super::*;

/// Something of everything that the readers know.
const SEEDS: [&str; 4] = [
    "on: push\njobs:\n  a: &x\n    needs: [b]\n    strategy:\n      matrix: {os: [u, m], include: [{os: w}]}\n    steps:\n      - uses: actions/upload-artifact@v4\n        with: {name: \"x-${{ matrix.os }}\"}\n  b:\n    <<: *x\n    needs: []\n",
    "stages: [a, b]\n.x: {script: [!reference [y, script]]}\ny:\n  extends: .x\n  stage: a\n  parallel: {matrix: [{A: [1, 2]}]}\n  needs: [{job: z}]\nz: {stage: a, script: ls}\n",
    "A := $(subst a,b,c) \\\n  d\nifeq ($(A),x)\nall: $(A:.c=.o) | e ; ls\nelse\nall:: ${A}\n\t@ls $@ $(shell x)\nendif\ndefine M\nx\nendef\na b: %: %.c\n",
    "alias x := a\nv := '''\n b'''\n[private]\n@a p='1' *q: (b 'c' + d) && e\n    #!/bin/sh\nb $x:\n    ls \\\n    x\ne:\nimport 'y'\n",
];

fn all(text: &str) {
    let _ = github_actions(text, "a");
    let _ = gitlab_ci(text, "a");
    let _ = makefile(text, "a");
    let _ = justfile(text, "a");
    let _ = Times::read(text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_a_reader_fall(text in "(?s).{0,200}") {
        all(&text);
    }

    #[test]
    fn no_damage_does(
        seed in 0..SEEDS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, "[-\\[\\]{}():=&*!|>'\"%@`,#\\\\ \t\n$a~<?.é+;]{1,3}"), 1..12),
    ) {
        let mut text: Vec<char> = SEEDS[seed].chars().collect();
        for (at, how, with) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + with.chars().count()).min(text.len());
            match how {
                0 => { text.splice(at..at, with.chars()); }
                1 => { text.splice(at..end, with.chars()); }
                _ => { text.drain(at..end); }
            }
        }
        all(&text.into_iter().collect::<String>());
    }
}

#[test]
fn what_aliases_repeat_is_bounded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let before = at - 1;
        text.push_str(&format!(
            "a{at}: &a{at} [{}]\n",
            vec![format!("*a{before}"); 8].join(", ")
        ));
    }
    assert!(refused(gitlab_ci(&text, "x")).contains("too large"));
}

#[test]
fn what_is_extended_is_bounded() {
    let mut text = ".x:\n  variables:\n".to_owned();
    for at in 0..2000 {
        text.push_str(&format!("    V{at}: {at}\n"));
    }
    for at in 0..1000 {
        text.push_str(&format!("j{at}: {{extends: .x, script: ls}}\n"));
    }
    assert!(refused(gitlab_ci(&text, "x")).contains("too large"));
}

#[test]
fn what_variables_repeat_is_bounded() {
    let mut text = "A0 = x y\n".to_owned();
    for at in 1..39 {
        text.push_str(&format!("A{at} = $(A{0}) $(A{0})\n", at - 1));
    }
    text.push_str("a: $(A38)\n\tls $@\nR = $(R)\nb: $(R)\n\tls $@\n");
    let reading = makefile(&text, "x").unwrap();
    assert_eq!(touched(named(&reading, "make:a"), "a"), (None, None));
    assert_eq!(touched(named(&reading, "make:b"), "b"), (None, None));
}

#[test]
fn crowds_are_refused() {
    let jobs = |count: usize| {
        let mut text = "jobs:\n".to_owned();
        (0..count).for_each(|at| text.push_str(&format!("  j{at}: {{}}\n")));
        text
    };
    assert!(github_actions(&jobs(2000), "x").is_ok());
    assert_eq!(
        refused(github_actions(&jobs(2001), "x")),
        "it has more than 2000 steps"
    );
    let words = "w ".repeat(2000);
    let rules = format!("{words}: {words}\n").repeat(2);
    assert!(
        refused(makefile(
            &rules.replace("w ", "ww ").replacen("ww", "v", 1),
            "x"
        ))
        .contains("steps")
    );
    let mut chain = String::new();
    (0..30_000).for_each(|at| chain.push_str(&format!("r{at}: r{}\n", at + 1)));
    assert!(refused(justfile(&format!("{chain}r30000:\n"), "x")).contains("more than 500 recipes"));
    assert_eq!(
        refused(makefile(&format!("{chain}r30000:\n"), "x")),
        "it has more than 2000 steps"
    );
    let large = "#".repeat(LARGEST + 1);
    for said in [
        github_actions(&large, "x"),
        gitlab_ci(&large, "x"),
        makefile(&large, "x"),
        justfile(&large, "x"),
    ] {
        assert_eq!(refused(said), "it is larger than 1024 KiB");
    }
    assert!(refused(gitlab_ci(&"[".repeat(100_000), "x")).starts_with("line 1"));
    assert!(refused(gitlab_ci(&"- ".repeat(100_000), "x")).starts_with("line 1"));
}
