#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use std::collections::BTreeMap;

use super::*;
use crate::queue::Told;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn happening(second: i64, what: What) -> Happening {
    Happening {
        seq: second,
        at: at(second),
        task: "docs".to_owned(),
        title: "docs".to_owned(),
        job: "00000001".to_owned(),
        commit: None,
        what,
        run: None,
    }
}

fn ran() -> Ran {
    Ran {
        wall: Duration::from_secs(10),
        timeout: Duration::from_secs(600),
        timed_out: false,
        stopped: false,
        attempt: 1,
        memory: Some((100, 1000)),
        cpu: None,
    }
}

fn failed(second: i64, error: &str) -> Happening {
    let category = Category::Permanent;
    let error = error.to_owned();
    happening(second, What::Failed { category, error })
}

fn done(second: i64) -> Happening {
    happening(second, What::Done { found: None })
}

fn found(new: usize, worst: Severity) -> What {
    let found = Found {
        total: 9,
        worst,
        new: if new > 0 {
            vec![("high", new)]
        } else {
            Vec::new()
        },
        ..Found::default()
    };
    What::Done { found: Some(found) }
}

const ALL: Notices = Notices {
    start: true,
    complete: true,
    issues: true,
};
const LEAST: Notices = Notices {
    start: false,
    complete: false,
    issues: false,
};

/// The kinds of the notices, each with what is remembered from one happening to the next.
fn kinds(happenings: &[Happening], wanted: Notices) -> Vec<NoticeKind> {
    let mut ledger = Ledger::default();
    derive(happenings, |_| wanted, &mut ledger)
        .iter()
        .map(|draft| draft.event)
        .collect()
}

use NoticeKind::{
    DeadLetter, HighResourceUsage, IssuesFound, TaskCompleted, TaskFailed, TaskHeld, TaskRecovered,
    TaskStarted, TaskTimeout,
};

#[test]
fn a_task_says_what_it_was_asked_to_say() {
    let one = [happening(1, What::Started), done(2)];
    assert_eq!(kinds(&one, ALL), [TaskStarted, TaskCompleted]);
    assert_eq!(kinds(&one, LEAST), []);
    assert_eq!(
        kinds(&[failed(1, "boom")], LEAST),
        [TaskFailed],
        "a failure is always told"
    );
}

#[test]
fn the_same_failure_is_told_once_until_it_changes() {
    let all = [
        failed(1, "it exited with 3"),
        failed(2, "it exited with 4"),
        failed(3, "it took 12.5s in /tmp/x81/y"),
        failed(4, "it took 9.1s in /tmp/x7/y"),
        done(5),
        failed(6, "it exited with 3"),
    ];
    let told = [TaskFailed, TaskFailed, TaskRecovered, TaskFailed];
    assert_eq!(kinds(&all, LEAST), told, "numbers are no change");
}

#[test]
fn what_works_again_says_how_often_it_had_failed() {
    let all = [
        failed(1, "a"),
        failed(2, "a"),
        failed(3, "a"),
        done(4),
        done(5),
    ];
    let drafts = derive(&all, |_| LEAST, &mut Ledger::default());
    assert_eq!(drafts.len(), 2);
    assert_eq!(drafts[1].values["failures"], 3);
    assert_eq!(drafts[1].values["since"], json!(at(1)));
}

#[test]
fn memory_outlives_the_process() {
    let mut first = Ledger::default();
    derive(&[failed(1, "a")], |_| LEAST, &mut first);
    let known = first
        .changes()
        .into_iter()
        .filter_map(|(subject, told)| Some((subject, told?)));
    let mut second = Ledger::new(known.collect::<Vec<_>>());
    assert!(derive(&[failed(2, "a")], |_| LEAST, &mut second).is_empty());
    let again = derive(&[done(3)], |_| LEAST, &mut second);
    assert_eq!(again[0].event, TaskRecovered);
    assert!(second.changes().contains(&("task:docs".to_owned(), None)));
}

#[test]
fn findings_are_told_if_there_are_new_ones() {
    let new = [happening(1, found(2, Severity::Error))];
    let drafts = derive(&new, |_| ALL, &mut Ledger::default());
    assert_eq!(
        (drafts[0].event, drafts[0].severity),
        (IssuesFound, Severity::Error)
    );
    assert_eq!(drafts[0].values["new"], 2);
    assert_eq!(
        kinds(&[happening(1, found(0, Severity::Info))], ALL),
        [TaskCompleted]
    );
    let silent = Notices {
        complete: true,
        ..LEAST
    };
    assert_eq!(kinds(&new, silent), [TaskCompleted]);
}

#[test]
fn categories_have_their_kinds() {
    let of = |category| {
        let error = "x".to_owned();
        kinds(&[happening(1, What::Failed { category, error })], LEAST)
    };
    assert_eq!(of(Category::MaxRetries), [DeadLetter]);
    assert_eq!(of(Category::Lost), [DeadLetter]);
    assert_eq!(of(Category::Timeout), [TaskTimeout]);
    assert_eq!(of(Category::DependencyFailed), []);
}

#[test]
fn a_time_out_is_told_once_while_it_is_tried_again() {
    let timed_out = |second, what| Happening {
        run: Some(Ran {
            timed_out: true,
            stopped: true,
            ..ran()
        }),
        ..happening(second, what)
    };
    let again = || What::TriedAgain {
        error: "x".to_owned(),
    };
    let all = [timed_out(1, again()), timed_out(2, again()), done(3)];
    assert_eq!(kinds(&all, LEAST), [TaskTimeout, TaskRecovered]);
    let last = What::Failed {
        category: Category::Timeout,
        error: "x".to_owned(),
    };
    let all = [timed_out(1, again()), timed_out(2, last)];
    let drafts = derive(&all, |_| LEAST, &mut Ledger::default());
    let severities: Vec<_> = drafts.iter().map(|draft| draft.severity).collect();
    assert_eq!(severities, [Severity::Warning, Severity::Error]);
    // Another reason to be tried again is none to tell.
    assert_eq!(kinds(&[happening(1, again())], LEAST), []);
}

#[test]
fn waiting_for_approval_is_told_until_it_runs() {
    let held = |second| {
        happening(
            second,
            What::Held {
                reason: "new".to_owned(),
            },
        )
    };
    let all = [held(1), held(2), happening(3, What::Started), held(4)];
    assert_eq!(kinds(&all, LEAST), [TaskHeld, TaskHeld]);
}

#[test]
fn nearness_to_a_limit_is_told_hourly() {
    let near = |second, used| Happening {
        run: Some(Ran {
            memory: Some((used, 1000)),
            ..ran()
        }),
        ..done(second)
    };
    assert_eq!(kinds(&[near(1, 899)], LEAST), []);
    let all = [near(1, 900), near(3600, 950), near(3601, 950)];
    assert_eq!(kinds(&all, LEAST), [HighResourceUsage; 2]);
    let drafts = derive(&all, |_| LEAST, &mut Ledger::default());
    assert_eq!(drafts[0].values["percent"], 90.0);
    assert_eq!(drafts[0].values["resource"], "memory");
    // What was stopped by the limit says so itself.
    let mut stopped = near(1, 1000);
    stopped.run.as_mut().unwrap().stopped = true;
    assert_eq!(kinds(&[stopped], LEAST), []);
    let mut slow = near(1, 10);
    slow.run.as_mut().unwrap().wall = Duration::from_secs(541);
    slow.run.as_mut().unwrap().cpu = Some((Duration::from_secs(9), Duration::from_secs(10)));
    assert_eq!(kinds(&[slow], LEAST), [HighResourceUsage; 2]);
}

#[test]
fn a_busy_machine_is_told_after_ten_minutes_and_hourly() {
    let mut ledger = Ledger::default();
    let mut look = |second, busy| busy_machine(busy, (7, at(second)), &mut ledger).is_some();
    let busy = Some(("CPU", 93.21));
    assert!(!look(0, busy));
    assert!(!look(599, busy));
    assert!(look(600, busy));
    assert!(!look(1200, busy), "once an hour");
    assert!(!look(4199, busy));
    assert!(look(4200, busy));
    assert!(!look(4300, None));
    assert!(!look(9000, busy), "it begins anew");
    assert!(look(9600, busy));
}

proptest! {
    /// However often the same things happen, and wherever the audit trail is cut between two collectors.
    #[test]
    fn cutting_the_trail_changes_nothing(
        codes in prop::collection::vec(0_u8..6, 1..40),
        cuts in prop::collection::vec(1_usize..40, 0..4),
    ) {
        let happenings: Vec<Happening> = codes.iter().zip(1_i64..).map(|(code, second)| match code {
            0 => done(second),
            1 => failed(second, "a"),
            2 => failed(second, "b c"),
            3 => happening(second, What::Started),
            4 => happening(second, What::Held { reason: "r".to_owned() }),
            _ => happening(second, found(1, Severity::Warning)),
        }).collect();
        let whole = derive(&happenings, |_| ALL, &mut Ledger::default());
        let mut parts = Vec::new();
        let mut known: BTreeMap<String, Told> = BTreeMap::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(happenings.len())).collect();
        cuts.push(happenings.len());
        cuts.sort_unstable();
        let mut from = 0;
        for to in cuts {
            let part = &happenings[from..to];
            // Only what `subjects` names is read again.
            let needed = subjects(part);
            let mut ledger = Ledger::new(known.clone().into_iter().filter(|(subject, _)| needed.contains(subject)));
            parts.extend(derive(part, |_| ALL, &mut ledger));
            for (subject, told) in ledger.changes() {
                match told {
                    Some(told) => known.insert(subject, told),
                    None => known.remove(&subject),
                };
            }
            from = to;
        }
        prop_assert_eq!(whole, parts);
    }
}
