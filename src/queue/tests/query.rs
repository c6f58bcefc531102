//! What is asked about jobs.

use std::slice::from_ref;

use super::*;
use crate::queue::{Filter, Found, NewResult, ResultFilter, Which};

#[test]
fn an_unambiguous_prefix_names_a_job() {
    let (_dir, mut queue) = queue();
    let ids: Vec<_> = (0..20)
        .map(|number| add_id(&mut queue, job(&number.to_string())))
        .collect();
    for id in &ids {
        assert_eq!(id.0.len(), 8);
        let upper = id.0.to_uppercase();
        assert!(matches!(queue.find(&upper).unwrap(), Found::One(job) if job.id == *id));
    }
    // Among twenty ids of sixteen first digits two share theirs.
    let digits = "0123456789abcdef".chars();
    let ambiguous = digits
        .filter(|digit| {
            matches!(queue.find(&digit.to_string()).unwrap(), Found::Ambiguous(ids) if ids.len() > 1)
        })
        .count();
    assert!(ambiguous > 0);
    for nothing in ["", "xyz", "%", "0123456789"] {
        assert_eq!(queue.find(nothing).unwrap(), Found::None, "{nothing}");
    }
}

#[test]
fn lists_show_what_runs_then_what_waits_then_what_ended() {
    let (_dir, mut queue) = queue();
    let ended = add_id(&mut queue, job("ended"));
    run(&mut queue, &ended, failed());
    let waiting = add_id(&mut queue, job("waiting"));
    let running = add_id(&mut queue, job("running"));
    claim(&mut queue, &running);
    let list = |queue: &Queue, which, task: Option<&str>, limit| -> Vec<JobId> {
        let filter = Filter {
            which,
            task: task.map(ToOwned::to_owned),
            limit,
            ..Filter::default()
        };
        let jobs = queue.list(&filter).unwrap();
        jobs.into_iter().map(|job| job.id).collect()
    };
    assert_eq!(
        list(&queue, Which::All, None, None),
        [running.clone(), waiting.clone(), ended.clone()]
    );
    assert_eq!(
        list(&queue, Which::Live, None, None),
        [running.clone(), waiting.clone()]
    );
    assert_eq!(list(&queue, Which::Finished, None, None), from_ref(&ended));
    assert_eq!(
        list(&queue, Which::In(StateKind::Failed), None, None),
        from_ref(&ended)
    );
    assert_eq!(
        list(&queue, Which::All, Some("waiting"), None),
        from_ref(&waiting)
    );
    assert_eq!(list(&queue, Which::All, None, Some(1)), [running]);
}

#[test]
fn counts_and_statistics_add_up() {
    let (_dir, mut queue) = queue();
    for (task, next) in [
        ("lint:web", Next::Done),
        ("lint:api", failed()),
        ("test", Next::Done),
    ] {
        let id = add_id(&mut queue, job(task));
        run(&mut queue, &id, next);
    }
    add_id(&mut queue, job("waiting"));
    let counts = queue.counts(at(12)).unwrap();
    assert_eq!((counts.done_today, counts.failed_today), (2, 1));
    assert_eq!(counts.by_state[&StateKind::Queued], 1);
    assert!(!counts.by_state.contains_key(&StateKind::Done));
    assert_eq!(counts.oldest_queued, Some(at(0)));
    assert_eq!(counts.average_duration, Some(Duration::from_secs(2)));
    let tomorrow = queue.counts(at(13)).unwrap();
    assert_eq!((tomorrow.done_today, tomorrow.failed_today), (0, 0));
    let statistics = queue.statistics().unwrap();
    assert_eq!(statistics.all.total, 3);
    let lint = &statistics.by_task["lint"];
    assert_eq!((lint.successful, lint.failed), (1, 1));
    assert_eq!(lint.success_rate, Some(0.5));
}

#[test]
fn results_are_found_by_what_they_are_about() {
    let (_dir, mut queue) = queue();
    for (task, commit) in [("a", "c1"), ("a", "c2"), ("b", "c2")] {
        let id = add_id(&mut queue, job(task));
        let lease = claim(&mut queue, &id);
        let with_result = Settlement {
            results: vec![NewResult {
                kind: "findings".to_owned(),
                commit: Some(commit.to_owned()),
                schema: 1,
                body: json!([task, commit]).to_string(),
            }],
            ..settlement(Next::Done)
        };
        queue.settle(&lease, &with_result, at(12)).unwrap();
    }
    let bodies = |filter: ResultFilter| -> Vec<Value> {
        let results = queue.results(&filter).unwrap();
        results.into_iter().map(|result| result.body).collect()
    };
    let of_a = ResultFilter {
        task: Some("a".to_owned()),
        ..ResultFilter::default()
    };
    assert_eq!(
        bodies(of_a.clone()),
        [json!(["a", "c2"]), json!(["a", "c1"])]
    );
    assert_eq!(
        bodies(ResultFilter {
            commit: Some("c1".to_owned()),
            ..of_a
        }),
        [json!(["a", "c1"])]
    );
    assert_eq!(
        bodies(ResultFilter {
            limit: Some(1),
            ..ResultFilter::default()
        }),
        [json!(["b", "c2"])]
    );
}
