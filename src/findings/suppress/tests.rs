#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use globset::Glob;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::findings::{Place, Severity};

fn at(tool: &str, rule: &str, path: &str, line: u32) -> Finding {
    Finding {
        id: format!("{tool}{rule}{path}{line}"),
        place: Some(Place {
            path: path.to_owned(),
            line: Some(line),
            ..Place::default()
        }),
        ..Finding::new(tool, rule, Severity::Low, "wrong".to_owned())
    }
}

fn suppression(line: u32) -> Suppression {
    Suppression {
        reason: format!("reason {line}"),
        written: Written {
            file: "tend.toml".to_owned(),
            line,
        },
        ..Suppression::default()
    }
}

fn glob(text: &str) -> GlobMatcher {
    Glob::new(text).unwrap().compile_matcher()
}

struct World {
    tools: BTreeSet<String>,
    is_all: bool,
    files: Vec<&'static str>,
}

impl World {
    fn whole() -> Self {
        Self {
            tools: ["ruff", "bandit"].map(str::to_owned).into(),
            is_all: true,
            files: vec!["a.py", "b.py"],
        }
    }

    fn apply(
        &self,
        findings: &[Finding],
        suppressions: &[Suppression],
        files: &[(&str, &str)],
    ) -> (Vec<String>, Vec<String>) {
        let markers: Vec<(String, Markers)> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Markers::of(text.as_bytes())))
            .collect();
        let checked = Checked {
            tools: &self.tools,
            has_all_tools: self.is_all,
            has_file: &|path| self.files.contains(&path),
            has_all_files: self.is_all,
        };
        let applied = apply(
            findings,
            suppressions,
            &markers,
            &checked,
            date(2026, 11, 21),
        );
        let states = applied.states.into_iter().map(|state| match state {
            State::Active => "active".to_owned(),
            State::Suppressed { by, reason } => format!("{}:{} {reason}", by.file, by.line),
        });
        let faults = applied
            .faults
            .into_iter()
            .map(|(at, fault)| format!("{}:{} {fault}", at.file, at.line));
        (states.collect(), faults.collect())
    }
}

#[test]
fn the_configuration_suppresses() {
    let findings = [
        at("ruff", "E501", "src/a.py", 1),
        at("ruff", "F401", "src/a.py", 2),
        at("bandit", "B602", "b.py", 3),
    ];
    let suppressions = [
        Suppression {
            tool: Some("ruff".to_owned()),
            rule: Some("E501".to_owned()),
            ..suppression(1)
        },
        Suppression {
            path: Some(glob("b.*")),
            until: Some(date(2026, 11, 21)),
            ..suppression(2)
        },
        Suppression {
            id: Some("ruffF401src/a.py2".to_owned()),
            ..suppression(3)
        },
    ];
    let (states, faults) = World::whole().apply(&findings, &suppressions, &[]);
    assert_eq!(
        states,
        [
            "tend.toml:1 reason 1",
            "tend.toml:3 reason 3",
            "tend.toml:2 reason 2"
        ]
    );
    assert_eq!(faults, [""; 0]);
}

#[test]
fn all_that_is_named_must_fit() {
    let finding = [at("ruff", "E501", "a.py", 1)];
    for wrong in [
        Suppression {
            tool: Some("bandit".to_owned()),
            rule: Some("E501".to_owned()),
            ..suppression(1)
        },
        Suppression {
            tool: Some("ruff".to_owned()),
            rule: Some("E502".to_owned()),
            ..suppression(1)
        },
        Suppression {
            rule: Some("E501".to_owned()),
            path: Some(glob("b.py")),
            ..suppression(1)
        },
        Suppression {
            rule: Some("E501".to_owned()),
            id: Some("other".to_owned()),
            ..suppression(1)
        },
        suppression(1),
    ] {
        let (states, faults) = World::whole().apply(&finding, &[wrong], &[]);
        assert_eq!(states, ["active"]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].ends_with("is not found any more"), "{faults:?}");
    }
    let nowhere = [Finding::new("ruff", "E501", Severity::Low, String::new())];
    let by_path = Suppression {
        path: Some(glob("**")),
        ..suppression(1)
    };
    assert_eq!(
        World::whole().apply(&nowhere, &[by_path], &[]).0,
        ["active"]
    );
}

#[test]
fn what_has_expired_counts_again() {
    let over = Suppression {
        rule: Some("E501".to_owned()),
        until: Some(date(2026, 11, 20)),
        ..suppression(7)
    };
    let (states, faults) = World::whole().apply(&[at("ruff", "E501", "a.py", 1)], &[over], &[]);
    assert_eq!(states, ["active"]);
    assert_eq!(faults, ["tend.toml:7 it held until 2026-11-20"]);
}

#[test]
fn comments_suppress() {
    let text = "f()  # tend: ignore[S101] at the line\n# tend: ignore[bandit:B602, E501] above\ng()\nh()\n";
    let findings = [
        at("ruff", "S101", "a.py", 1),
        at("ruff", "E501", "a.py", 1),
        at("ruff", "E501", "a.py", 2),
        at("ruff", "E501", "a.py", 3),
        at("bandit", "B602", "a.py", 3),
        at("ruff", "B602", "a.py", 3),
        at("ruff", "E501", "a.py", 4),
        at("ruff", "S101", "b.py", 1),
    ];
    let (states, faults) = World::whole().apply(&findings, &[], &[("a.py", text)]);
    assert_eq!(
        states,
        [
            "a.py:1 at the line",
            "active",
            "a.py:2 above",
            "a.py:2 above",
            "a.py:2 above",
            "active",
            "active",
            "active"
        ]
    );
    assert_eq!(faults, [""; 0]);
}

#[test]
fn a_comment_is_stronger_and_neither_is_stale() {
    let both = [
        Suppression {
            rule: Some("E501".to_owned()),
            ..suppression(1)
        },
        Suppression {
            tool: Some("ruff".to_owned()),
            ..suppression(2)
        },
    ];
    let (states, faults) = World::whole().apply(
        &[at("ruff", "E501", "a.py", 1)],
        &both,
        &[("a.py", "x # tend: ignore[E501, ruff:E501] why")],
    );
    assert_eq!(states, ["a.py:1 why"]);
    assert_eq!(faults, [""; 0]);
}

#[test]
fn stale_only_where_it_was_looked() {
    let text = "x # tend: ignore[E501, ruff:F401, semgrep:x, clippy::y]\n# tend: ignore\n";
    let suppressions = [
        Suppression {
            tool: Some("ruff".to_owned()),
            ..suppression(1)
        },
        Suppression {
            tool: Some("semgrep".to_owned()),
            ..suppression(2)
        },
        Suppression {
            rule: Some("E501".to_owned()),
            ..suppression(3)
        },
        Suppression {
            tool: Some("ruff".to_owned()),
            path: Some(glob("b.py")),
            ..suppression(4)
        },
    ];
    let told = |world: &World| {
        world
            .apply(&[], &suppressions, &[("a.py", text), ("c.py", text)])
            .1
    };
    let no_rule = "a.py:2 it names no rule: write tend: ignore[RULE] reason";
    assert_eq!(
        told(&World::whole()),
        [
            "a.py:1 E501 is not found any more",
            "a.py:1 clippy::y is not found any more",
            "a.py:1 ruff:F401 is not found any more",
            no_rule,
            "tend.toml:1 ruff is not found any more",
            "tend.toml:3 E501 is not found any more",
            "tend.toml:4 ruff b.py is not found any more",
        ]
    );
    let part = World {
        is_all: false,
        ..World::whole()
    };
    assert_eq!(
        told(&part),
        [
            "a.py:1 ruff:F401 is not found any more",
            no_rule,
            "tend.toml:4 ruff b.py is not found any more"
        ]
    );
    let nothing = World {
        tools: BTreeSet::new(),
        is_all: false,
        files: vec![],
    };
    assert_eq!(told(&nothing), [""; 0]);
}

proptest! {
    /// Whether findings count does not depend on their order, and a suppression that is used is not stale.
    #[test]
    fn each_finding_is_judged_by_itself(lines in proptest::collection::vec((0..2, 1_u32..5), 0..9), rules in proptest::collection::vec(0..3, 0..5)) {
        let rule = |number: &i32| format!("R{number}");
        let findings: Vec<Finding> = lines.iter().map(|(number, line)| at("ruff", &rule(number), "a.py", *line)).collect();
        let text: String = rules.iter().fold(String::new(), |text, number| text + &format!("x # tend: ignore[{}]\n", rule(number)));
        let suppressions = [Suppression { rule: Some("R1".to_owned()), ..suppression(1) }];
        let world = World::whole();
        let (states, faults) = world.apply(&findings, &suppressions, &[("a.py", &text)]);
        for (finding, state) in findings.iter().zip(&states) {
            let (alone, _) = world.apply(std::slice::from_ref(finding), &suppressions, &[("a.py", &text)]);
            prop_assert_eq!(&alone[0], state);
        }
        let is_used = findings.iter().any(|finding| finding.rule == "R1");
        prop_assert_eq!(faults.iter().any(|fault| fault.starts_with("tend.toml")), !is_used);
    }
}
