//! Twins: one row for what is wanted twice.

use bstr::BString;

use super::*;
use crate::queue::{How, Paths, State};

fn paths(names: &[&str]) -> Paths {
    Paths::Some(names.iter().map(|name| BString::from(*name)).collect())
}

fn about(commit: &str, base: &str, names: &[&str]) -> NewJob {
    NewJob {
        input: Input {
            commit: Some(commit.to_owned()),
            base: Some(base.to_owned()),
            paths: paths(names),
            worktree: Some(PathBuf::from("/work")),
        },
        ..job("lint")
    }
}

#[test]
fn the_waiting_twin_takes_over_the_newest_input_and_keeps_its_place() {
    let (_dir, mut queue) = queue();
    let first = add_id(&mut queue, about("c1", "b1", &["a", "b"]));
    let newer = NewJob {
        priority: Priority::High,
        spec: json!({ "new": true }),
        run_at: at(500),
        ..about("c2", "b2", &["b", "c"])
    };
    let second = queue.enqueue(&[newer], LIMIT, at(5)).unwrap().remove(0);
    assert_eq!(second.how, How::Coalesced);
    assert_eq!(second.id.as_ref(), Some(&first));
    let row = get(&queue, &first);
    assert_eq!(row.input.commit.as_deref(), Some("c2"));
    assert_eq!(row.input.base.as_deref(), Some("b2"));
    assert_eq!(row.input.paths, paths(&["a", "b", "c"]));
    assert_eq!(row.spec, json!({ "new": true }));
    assert_eq!(row.priority, Priority::High);
    assert_eq!(row.queued_at, at(0));
    assert_eq!(row.state, State::Queued { run_at: at(0) });
}

#[test]
fn a_worse_band_does_not_demote_and_promises_stick() {
    let (_dir, mut queue) = queue();
    let promised = NewJob {
        user_triggered: true,
        acknowledged: true,
        trigger: Trigger::Manual,
        priority: Priority::Low,
        ..job("lint")
    };
    let id = add_id(&mut queue, promised);
    assert_eq!(get(&queue, &id).priority, Priority::Critical);
    add(
        &mut queue,
        NewJob {
            priority: Priority::Deferred,
            ..job("lint")
        },
    );
    let row = get(&queue, &id);
    assert_eq!(row.priority, Priority::Critical);
    assert!(row.user_triggered && row.acknowledged);
    assert_eq!(row.trigger, Trigger::Manual);
}

#[test]
fn everything_absorbs_a_set_of_paths() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, about("c1", "b1", &["a"]));
    add(&mut queue, job("lint"));
    assert_eq!(get(&queue, &id).input.paths, Paths::All);
}

#[test]
fn a_further_change_restarts_the_wait_for_quiet() {
    let (_dir, mut queue) = queue();
    let change = |second| NewJob {
        trigger: Trigger::Change,
        run_at: at(second),
        ..job("lint")
    };
    let id = add_id(&mut queue, change(1));
    add(&mut queue, change(3));
    assert_eq!(get(&queue, &id).state, State::Queued { run_at: at(3) });
    add(&mut queue, job("lint"));
    assert_eq!(get(&queue, &id).state, State::Queued { run_at: at(0) });
}

#[test]
fn without_a_key_nothing_coalesces() {
    let (_dir, mut queue) = queue();
    let free = NewJob {
        unique_key: None,
        ..job("adhoc")
    };
    let first = add_id(&mut queue, free.clone());
    assert_ne!(first, add_id(&mut queue, free));
}

#[test]
fn twins_of_one_batch_coalesce() {
    let (_dir, mut queue) = queue();
    let entered = queue
        .enqueue(&[job("lint"), job("lint")], LIMIT, at(0))
        .unwrap();
    assert_eq!(entered[0].id, entered[1].id);
    assert_eq!(entered[1].how, How::Coalesced);
}

#[test]
fn another_commit_has_all_its_attempts() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("lint"));
    run(&mut queue, &id, retry());
    assert_eq!(get(&queue, &id).attempt, 1);
    add(&mut queue, job("lint"));
    assert_eq!(get(&queue, &id).attempt, 1, "the same commit");
    add(&mut queue, commit(job("lint"), "c2"));
    let row = get(&queue, &id);
    assert_eq!((row.attempt, row.error), (0, None));
    assert_eq!(row.priority, Priority::Normal);
}

#[test]
fn a_newcomer_that_needs_approval_holds_its_twin_and_an_approved_one_releases_it() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("lint"));
    let held = NewJob {
        held: Some("changed".to_owned()),
        ..job("lint")
    };
    assert_eq!(add(&mut queue, held).state, StateKind::Held);
    assert_eq!(state(&queue, &id), StateKind::Held);
    assert_eq!(add(&mut queue, job("lint")).state, StateKind::Queued);
}

#[test]
fn what_is_wanted_while_its_twin_runs_follows_it() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, about("c1", "b1", &["a"]));
    let lease = claim(&mut queue, &id);
    for (commit, name) in [("c2", "x"), ("c3", "y")] {
        let wanted = add(&mut queue, about(commit, "c1", &[name]));
        assert_eq!(wanted.how, How::Rerun);
        assert_eq!(wanted.id.as_ref(), Some(&id));
    }
    assert_eq!(
        get(&queue, &id).input.commit.as_deref(),
        Some("c1"),
        "a running job's input is fixed"
    );
    let Settled::Applied {
        rerun: Some(rerun), ..
    } = finish(&mut queue, &lease, Next::Done)
    else {
        panic!("no rerun");
    };
    let row = get(&queue, &rerun);
    assert_eq!(row.trigger, Trigger::Rerun);
    assert_eq!(row.input.commit.as_deref(), Some("c3"));
    assert_eq!(row.input.paths, paths(&["x", "y"]));
    assert_eq!(row.input.worktree, Some(PathBuf::from("/work")));
    assert_eq!(state(&queue, &rerun), StateKind::Queued);
    assert_eq!(state(&queue, &id), StateKind::Done);
}

#[test]
fn a_job_that_comes_back_takes_over_what_was_wanted_meanwhile() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, about("c1", "b1", &["a"]));
    let lease = claim(&mut queue, &id);
    add(&mut queue, about("c2", "c1", &["x"]));
    let settled = finish(&mut queue, &lease, retry());
    assert!(matches!(settled, Settled::Applied { rerun: None, .. }));
    let row = get(&queue, &id);
    assert_eq!(row.input.commit.as_deref(), Some("c2"));
    assert_eq!(row.input.paths, paths(&["a", "x"]));
    assert_eq!(row.attempt, 0);
    assert_eq!(row.state, State::Queued { run_at: at(0) });
    assert_eq!(row.priority, Priority::Normal, "the newcomer is no retry");
}

#[test]
fn whoever_cancels_a_running_job_cancels_what_would_follow_it() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("lint"));
    let lease = claim(&mut queue, &id);
    add(&mut queue, commit(job("lint"), "c2"));
    queue.cancel(&id, "typed", at(11)).unwrap();
    assert_eq!(finish(&mut queue, &lease, Next::Done), Settled::Stale);
    assert!(queue.ready(at(100)).unwrap().is_empty());
}

#[test]
fn paths_and_worktrees_need_not_be_text() {
    use std::os::unix::ffi::OsStringExt;
    let (_dir, mut queue) = queue();
    let odd = PathBuf::from(std::ffi::OsString::from_vec(b"/w\xff".to_vec()));
    let wanted = NewJob {
        input: Input {
            paths: Paths::Some([BString::from(&b"\xfe\n"[..])].into()),
            worktree: Some(odd.clone()),
            ..Input::default()
        },
        ..job("lint")
    };
    let id = add_id(&mut queue, wanted.clone());
    assert_eq!(get(&queue, &id).input, wanted.input);
    let lease = claim(&mut queue, &id);
    add(&mut queue, wanted.clone());
    let Settled::Applied {
        rerun: Some(rerun), ..
    } = finish(&mut queue, &lease, Next::Done)
    else {
        panic!("no rerun");
    };
    assert_eq!(get(&queue, &rerun).input, wanted.input);
}

#[test]
fn keys_frame_their_parts() {
    assert_ne!(unique_key("a", &["bc"]), unique_key("ab", &["c"]));
    assert_ne!(unique_key("a", &["b", "c"]), unique_key("a", &["bc"]));
    assert_eq!(unique_key("a", &["b"]), unique_key("a", &[b"b".to_vec()]));
}
