#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use proptest::prelude::*;

use super::*;
use crate::findings::{Dependency, LineIdentity, Place, Severity};

fn at(path: &str, line: u32, text: &str, message: &str) -> Finding {
    Finding {
        place: Some(Place {
            path: path.to_owned(),
            line: Some(line),
            ..Place::default()
        }),
        line: Some(LineIdentity {
            blob: Some("b10b".to_owned()),
            hash: super::super::source::line_hash(text.as_bytes()),
        }),
        ..Finding::new("ruff", "E501", Severity::Low, message.to_owned())
    }
}

fn about(subject: Subject, path: &str) -> Finding {
    Finding {
        subject,
        ..at(path, 1, "text", "message")
    }
}

fn vulnerable(advisory: &str, aliases: &[&str]) -> Finding {
    let dependency = Dependency {
        ecosystem: "npm".to_owned(),
        package: "lodash".to_owned(),
        advisory: advisory.to_owned(),
        aliases: aliases.iter().map(|it| (*it).to_owned()).collect(),
        ..Dependency::default()
    };
    about(Subject::Dependency(dependency), "package-lock.json")
}

fn covered(accepted: &[Finding], found: &[Finding]) -> (Vec<bool>, usize) {
    let coverage = Baseline::of(accepted).matches(found);
    let is_covered = coverage.covered.iter().map(Option::is_some).collect();
    (is_covered, coverage.stale.len())
}

#[test]
fn writes_a_finding_a_line() {
    let findings = [
        at("src/b.py", 7, "x = 1", "line too long (93 > 88)"),
        at("src/a.py", 70, "y = 1", "says\nmore than \"one\" line"),
        at("src/b.py", 99, "  x  =  1", "line too long (93 > 88)"),
        vulnerable("GHSA-1", &["CVE-2"]),
    ];
    let text = Baseline::of(&findings).write();
    insta::assert_snapshot!(text, @r#"
    {
    "version": 1,
    "findings": [
    {"path":"package-lock.json","tool":"ruff","rule":"E501","package":"npm/lodash","advisory":"GHSA-1","message":"message"},
    {"path":"src/a.py","tool":"ruff","rule":"E501","message":"says","line":"6d283d7a1066f95a"},
    {"path":"src/b.py","tool":"ruff","rule":"E501","message":"line too long (93 > 88)","line":"5bf2213bcf843bdb","count":2},
    null
    ]
    }
    "#);
    assert_eq!(Baseline::read(&text).unwrap().write(), text);
    assert_eq!(
        Baseline::default().write(),
        "{\n\"version\": 1,\n\"findings\": [\nnull\n]\n}\n"
    );
}

#[test]
fn a_new_entry_adds_a_line_and_changes_none() {
    let mut findings = vec![at("b.py", 1, "b", "m")];
    let before = Baseline::of(&findings).write();
    for path in ["a.py", "c.py"] {
        findings.push(at(path, 1, "x", "m"));
        let after = Baseline::of(&findings).write();
        assert!(
            before
                .lines()
                .all(|line| after.lines().any(|it| it == line))
        );
    }
}

#[test]
fn says_where_it_is_wrong() {
    let wrong = |text: &str| Baseline::read(text).unwrap_err();
    let error =
        wrong("{\n\"version\": 1,\n\"findings\": [\n{\"tool\": \"ruff\", \"rul\": \"E501\"}\n]}");
    assert_eq!((error.line, error.column), (4, 22));
    assert!(error.message.starts_with("unknown field `rul`"), "{error}");
    let shown = error.to_string();
    assert!(
        shown.starts_with("tend.baseline.json:4:22: unknown field"),
        "{shown}"
    );
    assert!(!shown.contains("at line"), "{shown}");
    let error = wrong("{\"version\": 2, \"findings\": []}");
    assert!(error.message.contains("this is version 2"), "{error}");
    let error = wrong("{\"version\": 1, \"findings\": [{\"tool\": \"ruff\", \"count\": 0}]}");
    assert!(error.message.contains("nonzero"), "{error}");
    let error = wrong("{\"version\": 1, \"findings\": [{\"path\": \"a\"}]}");
    assert!(error.message.contains("missing field `tool`"), "{error}");
    let error = wrong("{\n\"version\": 1,\n<<<<<<< HEAD\n");
    assert_eq!((error.line, error.column), (3, 1));
    assert!(error.message.contains("merge"), "{error}");
    assert!(wrong("").message.contains("EOF"));
}

#[test]
fn reads_what_a_merge_of_both_sides_leaves() {
    let merged = "{\"version\": 1, \"findings\": [
        {\"tool\": \"ruff\", \"path\": \"b\", \"count\": 3},
        {\"path\": \"a\", \"tool\": \"ruff\"},
        {\"tool\": \"ruff\", \"path\": \"b\"},
        {\"tool\": \"ruff\", \"path\": \"b\", \"count\": 2},
        null]}";
    let baseline = Baseline::read(merged).unwrap();
    let counts = baseline.entries().iter().map(Entry::accepted);
    assert_eq!(counts.collect::<Vec<_>>(), [1, 3]);
    assert_eq!(baseline.entries()[0].path, "a");
}

#[test]
fn covers_what_was_accepted() {
    let long = |line: u32, text: &str, message: &str| at("a.py", line, text, message);
    let accepted = [
        long(1, "x = 1", "too long (93 > 88)"),
        long(2, "y = 1", "too long (90 > 88)"),
    ];
    // Elsewhere in the file, with another message, edited.
    assert_eq!(
        covered(&accepted, &[long(80, "x = 1", "too long (93 > 88)")]),
        (vec![true], 1)
    );
    assert_eq!(
        covered(&accepted, &[long(80, "x = 1", "far too long")]),
        (vec![true], 1)
    );
    assert_eq!(
        covered(&accepted, &[long(80, "x = 22", "too long (94 > 88)")]),
        (vec![true], 1)
    );
    // In another file, once.
    let moved = at("b.py", 3, "y = 1", "too long (90 > 88)");
    assert_eq!(
        covered(&accepted, std::slice::from_ref(&moved)),
        (vec![true], 1)
    );
    assert_eq!(
        covered(&accepted, &[moved.clone(), moved]),
        (vec![false, false], 2)
    );
    // Something else; and one more of the same.
    assert_eq!(
        covered(&accepted, &[long(1, "z", "other")]),
        (vec![false], 2)
    );
    let three = [1, 2, 3].map(|line| long(line, "x = 1", "too long (93 > 88)"));
    assert_eq!(
        covered(&accepted[..1], &three),
        (vec![true, false, false], 0)
    );
    assert_eq!(covered(&three, &accepted[..1]), (vec![true], 1));
}

#[test]
fn covers_other_subjects_by_what_they_are() {
    let ghsa = vulnerable("GHSA-1", &["CVE-2"]);
    let renamed = Finding {
        rule: "CVE-2".to_owned(),
        message: "other words".to_owned(),
        ..vulnerable("PYSEC-3", &["cve-2", "ghsa-1"])
    };
    assert_eq!(
        covered(std::slice::from_ref(&ghsa), &[renamed]),
        (vec![true], 0)
    );
    assert_eq!(
        covered(std::slice::from_ref(&ghsa), &[vulnerable("GHSA-9", &[])]),
        (vec![false], 1)
    );
    assert_eq!(
        covered(std::slice::from_ref(&ghsa), &[ghsa.clone(), ghsa.clone()]),
        (vec![true, false], 0)
    );
    let name = || "n".to_owned();
    let kinds = [
        Subject::Function { name: name() },
        Subject::Secret { digest: name() },
        Subject::Test { name: name() },
    ];
    for kind in &kinds {
        let here = about(kind.clone(), "a.py");
        let there = about(kind.clone(), "b.py");
        assert_eq!(
            covered(std::slice::from_ref(&here), std::slice::from_ref(&there)),
            (vec![true], 0)
        );
        let others = kinds.iter().filter(|other| *other != kind);
        for other in others.map(|other| about(other.clone(), "a.py")) {
            assert_eq!(
                covered(std::slice::from_ref(&here), &[other]),
                (vec![false], 1)
            );
        }
    }
    let function = about(kinds[0].clone(), "a.py");
    let elsewhere = [
        about(kinds[0].clone(), "b.py"),
        about(kinds[0].clone(), "c.py"),
    ];
    assert_eq!(covered(&[function], &elsewhere), (vec![false, false], 1));
}

#[test]
fn large_counts_cost_nothing() {
    let entry = "{\"path\":\"a.py\",\"tool\":\"ruff\",\"rule\":\"E501\",\"message\":\"m\",\"count\":18446744073709551615}";
    let text = format!("{{\"version\": 1, \"findings\": [{entry}]}}");
    let baseline = Baseline::read(&text).unwrap();
    let coverage = baseline.matches(&vec![at("a.py", 1, "x", "m"); 1000]);
    assert!(coverage.covered.iter().all(Option::is_some));
    assert_eq!(coverage.stale, [(0, u64::MAX - 1000)]);
}

#[test]
fn the_first_base_there_is_holds() {
    let all = ["upstream", "origin", "parent"].map(Some);
    let choice = |upstream, origin, file, parent| {
        let base = choose(upstream, origin, file, parent)?;
        Some(format!(
            "{base}: {}",
            base.commit().copied().unwrap_or("none")
        ))
    };
    let [upstream, origin, parent] = all;
    let chosen = [
        choice(upstream, origin, Some(()), parent),
        choice(None, origin, Some(()), parent),
        choice(None, None, Some(()), parent),
        choice(None, None, None, parent),
    ];
    assert_eq!(
        chosen.map(Option::unwrap),
        [
            "the merge-base with the upstream: upstream",
            "the merge-base with origin/HEAD: origin",
            "tend.baseline.json: none",
            "the first parent: parent",
        ]
    );
    assert_eq!(choice(None, None, None, None), None);
}

fn findings() -> impl Strategy<Value = Vec<Finding>> {
    let finding =
        (0..3, 0_u32..9, 0..4, 0..4, 0..6).prop_map(|(path, line, text, message, kind)| {
            let finding = at(
                &format!("{path}.py"),
                line,
                &format!("{text}"),
                &format!("m{message}"),
            );
            let name = format!("{text}");
            match kind {
                0 => about(Subject::Function { name }, &format!("{path}.py")),
                1 => vulnerable(&name, &["CVE-1"]),
                _ => finding,
            }
        });
    proptest::collection::vec(finding, 0..20)
}

proptest! {
    #[test]
    fn any_text_is_read(text: String) {
        let _ = Baseline::read(&text);
    }

    #[test]
    fn what_is_written_is_read(findings in findings()) {
        let baseline = Baseline::of(&findings);
        let text = baseline.write();
        prop_assert_eq!(Baseline::read(&text).unwrap(), baseline);
    }

    /// A baseline covers what it was made of, and nothing of it is stale.
    #[test]
    fn covers_itself(findings in findings()) {
        let coverage = Baseline::of(&findings).matches(&findings);
        prop_assert!(coverage.covered.iter().all(Option::is_some));
        prop_assert_eq!(coverage.stale, vec![]);
    }

    #[test]
    fn order_does_not_count(accepted in findings(), (one, other) in findings().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))) {
        let baseline = Baseline::of(&accepted);
        let told = |findings: &[Finding]| {
            let coverage = baseline.matches(findings);
            let mut told: Vec<String> = coverage.covered.iter().zip(findings).map(|(entry, finding)| format!("{finding:?} {entry:?}")).collect();
            told.sort();
            (told, coverage.stale)
        };
        prop_assert_eq!(told(&one), told(&other));
    }

    /// Each entry accepts as many as it says.
    #[test]
    fn counts_are_kept(accepted in findings(), found in findings()) {
        let baseline = Baseline::of(&accepted);
        let coverage = baseline.matches(&found);
        for (number, entry) in baseline.entries().iter().enumerate() {
            let used = coverage.covered.iter().filter(|it| **it == Some(number)).count() as u64;
            let left = coverage.stale.iter().find(|(it, _)| *it == number).map_or(0, |(_, left)| *left);
            prop_assert_eq!(used + left, entry.accepted());
        }
    }
}
