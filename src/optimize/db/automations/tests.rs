#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::optimize::automation::{Form, Placed, State};
use crate::optimize::generate::{Options, generate};
use crate::optimize::recipe::{Parameter, Piece, Recipe, Shape, Simple, SlotKind, Word};
use crate::store::{Access, OpenOptions};

pub(super) const LIMIT: usize = 100;

pub(super) fn open() -> (tempfile::TempDir, Optimize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Optimize::open(folder.path(), &OpenOptions::new(Access::ReadWrite)).unwrap();
    (folder, db)
}

pub(super) fn automation(word: &str, default: Option<&str>) -> Automation {
    let words = [
        Piece::Text("echo".into()),
        Piece::Text(word.into()),
        Piece::Slot(0),
    ];
    let recipe = Recipe {
        name: "say-it".to_owned(),
        steps: vec![Shape::Pipeline(vec![Simple {
            words: words.into_iter().map(|it| Word(vec![it])).collect(),
            redirects: Vec::new(),
        }])],
        parameters: vec![Parameter {
            name: "what".to_owned(),
            kind: SlotKind::Str,
            default: default.map(str::to_owned),
            observed: Vec::new(),
        }],
        repository: Some("/home/me/project".to_owned()),
        risky: false,
        interactive: false,
    };
    let generated = generate(&recipe, Form::GitAlias, &Options::default()).unwrap();
    Automation::new(generated, recipe, 1)
}

fn run(at: i64, kind: RunKind, ok: bool) -> Run {
    Run {
        at,
        kind,
        case: (kind == RunKind::Sandbox).then(|| format!("case {}", at % 10)),
        ok,
        exit: Some(i32::from(!ok)),
        ms: u64::try_from(at).unwrap(),
        cpu_ms: u64::try_from(at / 2).ok().filter(|ms| *ms > 0),
        peak_rss_kib: (kind == RunKind::Live).then_some(2048),
        error: (!ok).then(|| "it failed".to_owned()),
    }
}

const PASSED: Change = Change::Tried {
    success: 1.0,
    idempotent: true,
};

#[test]
fn an_automation_is_found_again_as_it_was() {
    let (_folder, mut db) = open();
    let mut it = automation("a", Some("it's"));
    it.placed = Some(Placed::File {
        path: "/home/me/project/Makefile".into(),
    });
    assert_eq!(db.put_automation(it.clone(), LIMIT).unwrap(), it);
    for prefix in [
        &it.id,
        &it.id[..1],
        &it.id[..6],
        &it.id.to_uppercase(),
        "say-it",
    ] {
        assert_eq!(db.automation(prefix).unwrap(), it, "{prefix}");
    }
    assert_eq!(db.automations().unwrap(), [it]);
    for prefix in ["", "say", "%", "_", "fffffffffffff"] {
        let error = db.automation(prefix).unwrap_err();
        assert!(
            matches!(error, AutomationsError::NoSuch(_)),
            "{prefix}: {error}"
        );
    }
}

#[test]
fn what_several_begin_with_names_none() {
    let (_folder, mut db) = open();
    let all: Vec<_> = (0..40).map(|n| automation(&n.to_string(), None)).collect();
    for it in &all {
        db.put_automation(it.clone(), LIMIT).unwrap();
    }
    // Of forty some share their first digit; and all have one name.
    let first: String = all
        .iter()
        .map(|it| it.id[..1].to_owned())
        .find(|digit| {
            all.iter()
                .filter(|it| it.id.starts_with(digit.as_str()))
                .count()
                > 1
        })
        .unwrap();
    for prefix in [first.as_str(), "say-it"] {
        let error = db.automation(prefix).unwrap_err();
        assert!(
            matches!(error, AutomationsError::Ambiguous { .. }),
            "{error}"
        );
    }
    for it in all.iter().skip(1) {
        db.change_automation(&it.id, Change::Retire, 2).unwrap();
    }
    assert_eq!(db.automation("say-it").unwrap().id, all[0].id);
}

#[test]
fn there_are_no_more_than_there_may_be() {
    let (_folder, mut db) = open();
    for word in ["a", "b"] {
        db.put_automation(automation(word, None), 2).unwrap();
    }
    let third = automation("c", None);
    let error = db.put_automation(third.clone(), 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are 2 automations already, as many as may be: remove one first"
    );
    assert_eq!(db.automations().unwrap().len(), 2);
    let first = automation("a", None);
    db.put_automation(first.clone(), 2).unwrap();
    db.change_automation(&first.id, Change::Retire, 5).unwrap();
    db.put_automation(third, 2).unwrap();
    assert!(
        db.put_automation(first, 2).is_err(),
        "what comes back needs room"
    );
}

#[test]
fn another_text_begins_again() {
    let (_folder, mut db) = open();
    let it = automation("a", Some("x"));
    db.put_automation(it.clone(), LIMIT).unwrap();
    db.change_automation(&it.id, PASSED, 5).unwrap();
    let same = db
        .put_automation(automation("a", Some("x")), LIMIT)
        .unwrap();
    assert_eq!((same.state, same.tested_at), (State::Tested, Some(5)));
    let other = automation("a", Some("y"));
    assert_eq!(other.id, it.id);
    let other = db.put_automation(other, LIMIT).unwrap();
    assert_eq!((other.state, other.tested_at), (State::Generated, None));
    db.change_automation(&it.id, PASSED, 6).unwrap();
    let edited = db
        .edit_automation(&it.id, |it| it.rewrite("#!/bin/sh\n".to_owned(), 7))
        .unwrap();
    assert_eq!(edited.state, State::Generated);
    assert_ne!(edited.digest, other.digest);
    let refused = db.change_automation(&it.id, Change::Enable, 8).unwrap_err();
    assert!(matches!(
        refused,
        AutomationsError::Illegal(IllegalChange::NotTested)
    ));
}

#[test]
fn live_runs_say_how_far_it_is_trusted() {
    let (_folder, mut db) = open();
    let it = automation("a", None);
    db.put_automation(it.clone(), LIMIT).unwrap();
    let note =
        |db: &mut Optimize, at, kind, ok| db.note_run(&it.id, &run(at, kind, ok)).unwrap().state;
    assert_eq!(note(&mut db, 1, RunKind::Live, false), State::Generated);
    db.change_automation(&it.id, PASSED, 5).unwrap();
    db.change_automation(&it.id, Change::Enable, 10).unwrap();
    for at in 11..15 {
        assert_eq!(note(&mut db, at, RunKind::Live, true), State::Enabled);
    }
    assert_eq!(note(&mut db, 15, RunKind::Sandbox, false), State::Enabled);
    assert_eq!(note(&mut db, 16, RunKind::Live, true), State::Stable);
    assert_eq!(note(&mut db, 17, RunKind::Live, false), State::Testing);
    assert_eq!(note(&mut db, 18, RunKind::Live, false), State::Testing);
    assert_eq!(note(&mut db, 19, RunKind::Live, false), State::Unstable);
    let live = db.run_statistics(&it.id, RunKind::Live).unwrap();
    assert_eq!((live.count, live.ok, live.failed), (9, 5, 4));
    assert_eq!(live.errors, [("it failed".to_owned(), 4)]);
    let sandbox = db.run_statistics(&it.id, RunKind::Sandbox).unwrap();
    assert_eq!((sandbox.count, sandbox.ok), (1, 0));
    let disabled = db.change_automation(&it.id, Change::Disable, 20).unwrap();
    assert_eq!(disabled.state, State::Tested);
    // Enabled anew, it is judged anew.
    db.change_automation(&it.id, Change::Enable, 30).unwrap();
    assert_eq!(note(&mut db, 31, RunKind::Live, true), State::Enabled);
}

#[test]
fn the_last_result_of_each_case_counts() {
    let (_folder, mut db) = open();
    let it = automation("a", Some("x"));
    db.put_automation(it.clone(), LIMIT).unwrap();
    assert_eq!(db.sandbox_success(&it).unwrap(), None);
    for (at, ok) in [
        (1, false),
        (2, true),
        (11, true),
        (12, true),
        (3, false),
        (4, true),
    ] {
        db.note_run(&it.id, &run(at, RunKind::Sandbox, ok)).unwrap();
    }
    assert_eq!(db.sandbox_success(&it).unwrap(), Some(0.75));
    let other = db
        .put_automation(automation("a", Some("y")), LIMIT)
        .unwrap();
    assert_eq!(
        db.sandbox_success(&other).unwrap(),
        None,
        "another text was not tried"
    );
}

#[test]
fn old_runs_are_summed() {
    let (_folder, mut db) = open();
    let it = automation("a", None);
    db.put_automation(it.clone(), LIMIT).unwrap();
    let runs = i64::try_from(KEPT_RUNS).unwrap() + 20;
    for at in 1..=runs {
        db.note_run(&it.id, &run(at, RunKind::Live, at % 2 == 0))
            .unwrap();
    }
    let kept = db.runs(&it.id, RunKind::Live).unwrap();
    assert_eq!(kept.len(), KEPT_RUNS);
    assert_eq!(kept[7], run(28, RunKind::Live, true));
    let all = db.run_statistics(&it.id, RunKind::Live).unwrap();
    assert_eq!((all.count, all.ok), (1020, 510));
    assert_eq!((all.min_ms, all.max_ms), (Some(1), Some(1020)));
    assert_eq!(all.average_ms, Some(510.5));
    assert_eq!(all.last_at, Some(1020));
    let case = run(1, RunKind::Sandbox, false);
    db.note_run(&it.id, &case).unwrap();
    assert_eq!(db.runs(&it.id, RunKind::Sandbox).unwrap(), [case]);
    assert!(db.remove_automation(&it.id).unwrap());
    assert!(!db.remove_automation(&it.id).unwrap());
    assert_eq!(
        db.run_statistics(&it.id, RunKind::Live).unwrap(),
        Statistics::default()
    );
    assert!(db.note_run(&it.id, &run(1, RunKind::Live, true)).is_err());
}
