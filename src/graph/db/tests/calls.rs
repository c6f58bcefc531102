//! The ledger of calls.

use std::thread;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::*;
use crate::graph::ledger::{Cap, Caps, DaySpending, Purpose, Spent};
use crate::sessions::Usage;

const CENT: u64 = 10_000_000;

fn caps() -> Caps {
    Caps {
        cost_per_day: 10 * CENT,
        cost_per_run: 8 * CENT,
        jobs_per_day: 5,
        jobs_per_run: 3,
    }
}

fn call<'a>(job: &'a str, run: &'a str) -> NewCall<'a> {
    NewCall {
        job,
        node: Some(NodeId(7)),
        purpose: Purpose::Analysis,
        model: "acme/m-1",
        run,
        expected_cost: CENT,
    }
}

fn begin(graph: &mut Graph, call: &NewCall<'_>) -> Begun {
    graph.begin_call(call, &caps(), day(0), day(0)).unwrap()
}

fn begun(graph: &mut Graph, call: &NewCall<'_>) -> CallId {
    match begin(graph, call) {
        Begun::Yes(id) => id,
        Begun::CapReached(cap) => panic!("{cap} reached"),
    }
}

fn usage(tokens: u64, cost: Option<f64>) -> Usage {
    Usage {
        input: tokens,
        cost,
        ..Usage::default()
    }
}

fn end(graph: &mut Graph, id: CallId, outcome: &str, usage: &Usage, kept: bool) -> bool {
    let ended = EndedCall {
        outcome,
        usage,
        wall: Duration::from_secs(3),
        kept,
    };
    graph.end_call(id, &ended, day(0)).unwrap()
}

#[test]
fn a_call_that_has_not_ended_counts_what_it_was_expected_to_cost() {
    let mut it = Temporary::new();
    let dear = NewCall {
        expected_cost: 7 * CENT,
        ..call("a", "night")
    };
    // Its process is killed here.
    begun(&mut it.graph, &dear);
    assert_eq!(
        it.graph.spent(day(0), "night").unwrap(),
        Spent {
            cost_today: 7 * CENT,
            cost_of_run: 7 * CENT,
            jobs_today: 1,
            jobs_of_run: 1,
        }
    );
    let next = NewCall {
        expected_cost: 2 * CENT,
        ..call("b", "night")
    };
    assert_eq!(
        begin(&mut it.graph, &next),
        Begun::CapReached(Cap::CostPerRun)
    );
    let another_run = NewCall {
        run: "tick",
        ..next
    };
    let second = begun(&mut it.graph, &another_run);
    // It was cheaper than expected; what is free by that may be spent.
    assert!(end(
        &mut it.graph,
        second,
        OK,
        &usage(100, Some(0.0)),
        false
    ));
    assert_eq!(it.graph.spent(day(0), "").unwrap().cost_today, 7 * CENT);
    let last = NewCall {
        expected_cost: 4 * CENT,
        run: "tick",
        ..call("c", "")
    };
    assert_eq!(
        begin(&mut it.graph, &last),
        Begun::CapReached(Cap::CostPerDay)
    );
}

#[test]
fn a_cost_that_nobody_told_is_what_was_expected_and_a_kept_answer_costs_nothing() {
    let mut it = Temporary::new();
    let id = begun(&mut it.graph, &call("a", "r"));
    assert!(end(&mut it.graph, id, TIMEOUT, &usage(0, None), false));
    assert_eq!(it.graph.spent(day(0), "r").unwrap().cost_today, CENT);
    let id = begun(&mut it.graph, &call("a", "r"));
    assert!(end(&mut it.graph, id, OK, &usage(900, Some(0.5)), true));
    assert_eq!(it.graph.spent(day(0), "r").unwrap().cost_today, CENT);
    assert!(
        !end(&mut it.graph, id, "unknown", &usage(1, Some(9.0)), false),
        "it has ended"
    );
    assert_eq!(it.graph.spent(day(0), "r").unwrap().cost_today, CENT);
    assert_eq!(it.graph.timeouts_of("a").unwrap(), 1);
    assert_eq!(it.graph.timeouts_of("b").unwrap(), 0);
}

#[test]
fn jobs_are_counted_once_and_what_was_begun_goes_on() {
    let mut it = Temporary::new();
    let graph = &mut it.graph;
    let free = |job, run| NewCall {
        expected_cost: 0,
        ..call(job, run)
    };
    for job in ["a", "a", "b", "c", "c"] {
        begun(graph, &free(job, "r1"));
    }
    assert_eq!(
        begin(graph, &free("d", "r1")),
        Begun::CapReached(Cap::JobsPerRun)
    );
    begun(graph, &free("a", "r1"));
    begun(graph, &free("d", "r2"));
    begun(graph, &free("e", "r2"));
    assert_eq!(
        begin(graph, &free("f", "r2")),
        Begun::CapReached(Cap::JobsPerDay)
    );
    begun(graph, &free("a", "r2"));
    // Questions are no analyses.
    let question = NewCall {
        purpose: Purpose::Question,
        ..free("q", "r2")
    };
    begun(graph, &question);
    let spent = graph.spent(day(0), "r2").unwrap();
    assert_eq!((spent.jobs_today, spent.jobs_of_run), (5, 3));
    // What was refused is not in the ledger; the next day all is new.
    let tomorrow = graph.begin_call(&free("f", "r3"), &caps(), day(1), day(1));
    assert!(matches!(tomorrow.unwrap(), Begun::Yes(_)));
    assert_eq!(graph.spent(day(1), "r3").unwrap().jobs_today, 1);
}

#[test]
fn processes_at_once_stay_within_the_caps_together() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let begun: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let dir = dir.path();
                scope.spawn(move || {
                    let mut graph = open(dir);
                    let run = format!("r{worker}");
                    let tries = (0..5).map(|_| begin(&mut graph, &call("a", &run)));
                    tries.filter(|begun| matches!(begun, Begun::Yes(_))).count()
                })
            })
            .collect();
        workers.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(begun, 10, "ten cents a day at one cent each");
}

#[test]
fn prices_are_learned_from_the_last_calls_that_told_them() {
    let mut it = Temporary::new();
    assert_eq!(it.graph.price("acme/m-1").unwrap(), None);
    let ended = |graph: &mut Graph, tokens, cost, kept, model| {
        let new = NewCall {
            model,
            ..call("a", "r")
        };
        let all = Caps {
            cost_per_day: u64::MAX,
            cost_per_run: u64::MAX,
            ..caps()
        };
        let Begun::Yes(id) = graph.begin_call(&new, &all, day(0), day(0)).unwrap() else {
            panic!("there is room")
        };
        end(graph, id, OK, &usage(tokens, cost), kept);
    };
    let graph = &mut it.graph;
    for _ in 0..3 {
        ended(graph, 1000, Some(1.0), false, "acme/m-1");
    }
    ended(graph, 1000, None, false, "acme/m-1");
    ended(graph, 0, Some(5.0), false, "acme/m-1");
    ended(graph, 1000, Some(9.0), true, "acme/m-1");
    ended(graph, 1000, Some(0.0), false, "acme/free");
    assert_eq!(graph.price("acme/m-1").unwrap(), Some(1_000_000));
    assert_eq!(graph.price("acme/free").unwrap(), Some(0));
    for _ in 0..50 {
        ended(graph, 3, Some(0.000_000_010), false, "acme/m-1");
    }
    assert_eq!(graph.price("acme/m-1").unwrap(), Some(4), "rounded up");
    // What no agent can have spent does not spoil the sums for ever.
    for _ in 0..20 {
        ended(graph, u64::MAX, Some(f64::MAX), false, "acme/m-1");
    }
    assert!(graph.spent(day(0), "r").is_ok());
    assert!(graph.price("acme/m-1").unwrap().is_some());
}

#[test]
fn spending_is_told_by_day_purpose_and_model() {
    let mut it = Temporary::new();
    let graph = &mut it.graph;
    assert_eq!(graph.last_analysis().unwrap(), None);
    let first = begun(graph, &call("a", "r"));
    end(graph, first, OK, &usage(10, Some(0.02)), false);
    let second = begun(graph, &call("a", "r"));
    end(graph, second, "rate_limit", &usage(5, None), false);
    begun(graph, &call("b", "r"));
    let question = NewCall {
        purpose: Purpose::Question,
        ..call("q", "r")
    };
    let tomorrow = graph
        .begin_call(&question, &caps(), day(1), day(1))
        .unwrap();
    let Begun::Yes(asked) = tomorrow else {
        panic!("there is room")
    };
    end(graph, asked, OK, &usage(1, Some(0.0)), true);
    let told = graph.spending(day(0), &TimeZone::UTC).unwrap();
    let date = |days| day(days).to_zoned(TimeZone::UTC).date();
    let expected = DaySpending {
        day: date(0),
        purpose: Purpose::Analysis,
        model: "acme/m-1".to_owned(),
        calls: 3,
        jobs: 2,
        failed: 1,
        open: 1,
        kept: 0,
        input: 15,
        output: 0,
        cache_read: 0,
        cache_write: 0,
        cost: 2 * CENT,
        expected_cost: 2 * CENT,
    };
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].day, told[0].kept, told[0].calls), (date(1), 1, 0));
    assert_eq!(told[1], expected);
    assert_eq!(graph.spending(day(2), &TimeZone::UTC).unwrap(), []);
    let last = graph.last_analysis().unwrap().unwrap();
    assert_eq!(
        (last.job.as_str(), last.outcome.as_str(), last.cost),
        ("a", "rate_limit", None)
    );
    assert_eq!(last.node, Some(NodeId(7)));
    assert_eq!(graph.forget_calls(day(1)).unwrap(), 3);
    assert_eq!(graph.last_analysis().unwrap(), None);
}
