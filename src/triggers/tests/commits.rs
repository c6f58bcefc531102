//! Commits: every way in which HEAD moves.

use super::*;
use crate::git::Oid;

const LATEST: &str = r#"
    [hooks.post-commit]
    tasks = ["lint"]
    [task.lint]
    run = ["true"]
"#;

const EACH: &str = r#"
    [hooks.post-commit]
    tasks = ["lint"]
    [task.lint]
    run = ["true"]
    coalesce = "each"
"#;

/// One commit, seen.
fn watching(tend_toml: &str) -> World {
    let world = World::new(tend_toml);
    world.commit("one");
    world.reconcile();
    assert!(world.waiting().is_empty());
    world
}

#[test]
fn before_the_first_commit_nothing_happens_and_then_it_is_adopted() {
    let world = World::new(LATEST);
    assert_eq!(world.reconcile(), Reconciled::default());
    world.commit("one");
    let short = world.git.tip("HEAD").short().to_owned();
    assert_eq!(
        notes(&world.reconcile()),
        [format!(
            "main: watching from {short} on, without jobs for it (it is seen for the first time)"
        )]
    );
    assert!(world.waiting().is_empty());
    assert_eq!(world.reconcile(), Reconciled::default());
}

#[test]
fn a_hook_that_saw_the_first_commit_being_made_gets_its_job() {
    let world = World::new(LATEST);
    world.commit("one");
    world.hook(&HeadEvent::Made);
    assert_eq!(world.spans(), ["lint -..one"]);
}

#[test]
fn commits_made_without_our_hook_are_found_and_make_one_job() {
    let world = watching(LATEST);
    world.commit("two");
    world.commit("three");
    let seen = world.reconcile();
    assert_eq!(seen.enqueued.len(), 1);
    assert_eq!(world.spans(), ["lint one..three"]);
    let jobs = world.waiting();
    assert_eq!(world.paths(&jobs[0]), ["three", "two"]);
    assert_eq!(jobs[0].trigger, crate::queue::Trigger::Commit);
    // Seen again there is nothing to do.
    assert_eq!(world.reconcile(), Reconciled::default());
    // A further one coalesces.
    world.commit("four");
    world.reconcile();
    assert_eq!(world.spans(), ["lint three..four"]);
    assert_eq!(world.paths(&world.waiting()[0]), ["four", "three", "two"]);
}

#[test]
fn a_task_that_wants_each_commit_gets_each_oldest_first_and_bounded() {
    let mut world = watching(EACH);
    for message in ["two", "three", "four"] {
        world.commit(message);
    }
    let seen = world.reconcile();
    let order: Vec<_> = seen
        .enqueued
        .iter()
        .map(|one| one.id.clone().unwrap())
        .collect();
    let spans: Vec<_> = order
        .iter()
        .map(|id| {
            let input = world.queue.job(id).unwrap().unwrap().input;
            let subject = |oid: String| world.git.git(&["log", "-1", "--format=%s", &oid]);
            (subject(input.base.unwrap()), subject(input.commit.unwrap()))
        })
        .collect();
    let pair = |base: &str, commit: &str| (base.to_owned(), commit.to_owned());
    assert_eq!(
        spans,
        [
            pair("one", "two"),
            pair("two", "three"),
            pair("three", "four")
        ]
    );
    world.drain();
    for number in 0..60 {
        world.commit(&format!("n{number}"));
    }
    let seen = world.reconcile();
    assert_eq!(seen.enqueued.len(), 50);
    assert_eq!(
        notes(&seen),
        ["main: more commits arrived than are looked at; the newest 50 were taken"]
    );
    assert!(world.spans().contains(&"lint n58..n59".to_owned()));
}

#[test]
fn needs_stay_with_their_own_job_when_several_are_made_at_once() {
    let world = watching(
        r#"
        [hooks.post-commit]
        tasks = ["a", "b"]
        [task.a]
        run = ["true"]
        needs = ["base_a"]
        [task.b]
        run = ["true"]
        needs = ["base_b"]
        [task.base_a]
        run = ["true"]
        [task.base_b]
        run = ["true"]
        "#,
    );
    world.commit("two");
    world.reconcile();
    let jobs = world.waiting();
    let needed = |task: &str| -> Vec<String> {
        let job = jobs.iter().find(|job| job.task == task).unwrap();
        let needs = world.queue.needs(&job.id).unwrap();
        needs
            .into_iter()
            .map(|(id, _)| world.queue.job(&id).unwrap().unwrap().task)
            .collect()
    };
    assert_eq!(needed("a"), ["base_a"]);
    assert_eq!(needed("b"), ["base_b"]);
    assert_eq!(jobs.len(), 4);
}

#[test]
fn a_task_is_skipped_when_nothing_it_is_about_changed() {
    let mut world = watching(
        r#"
        [hooks.post-commit]
        tasks = ["docs", "web"]
        [task.docs]
        run = ["true"]
        files = ["docs/**"]
        [task.web]
        run = ["true"]
        for_each = "packages/*"
        "#,
    );
    world
        .git
        .commit_files(&[("src/a", "1"), ("packages/x/a", "1"), ("packages/y/a", "1")]);
    world.reconcile();
    let names = |world: &World| -> Vec<_> {
        let mut names: Vec<_> = world
            .waiting()
            .iter()
            .map(|job| job.name.clone().unwrap_or(job.task.clone()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&world), ["web (packages/x)", "web (packages/y)"]);
    world.drain();
    world
        .git
        .commit_files(&[("docs/a", "1"), ("packages/y/a", "2")]);
    world.reconcile();
    assert_eq!(names(&world), ["docs", "web (packages/y)"]);
}

#[test]
fn amending_enqueues_the_tip_alone_and_the_map_takes_the_old_jobs_out() {
    let world = watching(EACH);
    world.commit("two");
    world.commit("three");
    world.hook(&HeadEvent::Made);
    assert_eq!(world.waiting().len(), 2);
    let old = world.git.tip("HEAD");
    world
        .git
        .git(&["commit", "--quiet", "--amend", "-m", "better"]);
    // post-commit, then post-rewrite: as git calls them.
    world.hook(&HeadEvent::Made);
    let seen = world.hook(&HeadEvent::Rewritten {
        rebase: false,
        replaced: vec![old],
    });
    assert_eq!(
        notes(&seen),
        ["1 job dropped: its commit is gone or was replaced"]
    );
    let mut spans = world.spans();
    spans.sort();
    assert_eq!(spans, ["lint one..two", "lint two..better"]);
    assert_eq!(ended(&world, StateKind::Superseded), 1);
}

#[test]
fn an_amended_commit_is_recognised_without_a_hook_too() {
    let mut world = watching(LATEST);
    world.commit("two");
    world.reconcile();
    world.drain();
    world
        .git
        .git(&["commit", "--quiet", "--amend", "-m", "better"]);
    assert_eq!(notes(&world.reconcile()), [""; 0]);
    assert_eq!(world.spans(), ["lint one..better"]);
}

#[test]
fn a_reset_makes_no_jobs_and_is_said() {
    let mut world = watching(LATEST);
    world.commit("two");
    world.reconcile();
    world.drain();
    world.git.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let short = world.git.tip("HEAD").short().to_owned();
    assert_eq!(
        notes(&world.reconcile()),
        [format!(
            "main: watching from {short} on, without jobs for it (it was moved)"
        )]
    );
    assert!(world.waiting().is_empty());
    // What is made from there on is new, though it replaces what was reset away.
    world.commit("other");
    world.reconcile();
    assert_eq!(world.spans(), ["lint one..other"]);
}

/// What git shows to post-rewrite at the end of a rebase.
#[test]
fn a_rebase_is_looked_at_when_it_is_over() {
    let mut world = watching(LATEST);
    world.git.git(&["switch", "--quiet", "-c", "topic"]);
    world.commit("two");
    world.commit("three");
    world.reconcile();
    world.drain();
    world.git.git(&["switch", "--quiet", "main"]);
    world.commit("upstream");
    world.reconcile();
    world.drain();
    world.git.git(&["switch", "--quiet", "topic"]);
    world.reconcile();

    let seen = world.git.beside("seen");
    let hooks = world.git.top().join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    let script = |name: &str, text: &str| {
        let path = hooks.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
    };
    let log = seen.display();
    script(
        "post-commit",
        &format!("test -d .git/rebase-merge && echo during >> '{log}'"),
    );
    script(
        "post-rewrite",
        &format!(
            "{{ echo \"$1\"; ls -d .git/rebase-merge; git symbolic-ref HEAD; cat; }} >> '{log}'"
        ),
    );
    world.git.git(&["rebase", "--quiet", "main"]);
    let said = std::fs::read_to_string(&seen).unwrap();
    let mut lines = said.lines().filter(|line| *line != "during");
    // The folder is still there and HEAD is on the branch again: why `HeadEvent::Rewritten` says that it is a rebase.
    assert_eq!(lines.next(), Some("rebase"));
    assert_eq!(lines.next(), Some(".git/rebase-merge"));
    assert_eq!(lines.next(), Some("refs/heads/topic"));
    let replaced: Vec<Oid> = lines
        .filter_map(|line| line.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(replaced.len(), 2);

    std::fs::create_dir(world.git.top().join(".git/rebase-merge")).unwrap();
    assert_eq!(world.reconcile(), Reconciled::default());
    assert!(world.waiting().is_empty());
    world.hook(&HeadEvent::Rewritten {
        rebase: true,
        replaced,
    });
    assert_eq!(world.spans(), ["lint one..three"]);
    assert_eq!(
        world.paths(&world.waiting()[0]),
        ["three", "two", "upstream"]
    );
}

#[test]
fn a_rebase_that_no_hook_saw_is_found_afterwards() {
    let mut world = watching(LATEST);
    world.git.git(&["switch", "--quiet", "-c", "topic"]);
    world.commit("two");
    world.reconcile();
    world.git.git(&["switch", "--quiet", "main"]);
    world.commit("upstream");
    world.git.git(&["switch", "--quiet", "topic"]);
    world.git.git(&["rebase", "--quiet", "main"]);
    world.drain();
    world.reconcile();
    assert_eq!(world.spans(), ["lint one..two"]);
}

#[test]
fn switching_branches_is_no_news_and_a_commit_on_a_new_one_is() {
    let mut world = watching(LATEST);
    world.git.git(&["switch", "--quiet", "-c", "topic"]);
    assert_eq!(world.reconcile(), Reconciled::default());
    world.git.git(&["switch", "--quiet", "main"]);
    assert_eq!(world.reconcile(), Reconciled::default());
    // Begun and committed to between two looks.
    world.git.git(&["switch", "--quiet", "-c", "other"]);
    world.commit("two");
    assert_eq!(notes(&world.reconcile()), [""; 0]);
    assert_eq!(world.spans(), ["lint one..two"]);
    world.drain();
    // An old branch that was never seen: adopted, not worked through.
    world.git.git(&["branch", "--quiet", "old", "main"]);
    world.git.git(&["switch", "--quiet", "old"]);
    assert_eq!(world.reconcile().notes.len(), 1);
    assert!(world.waiting().is_empty());
}

#[test]
fn a_detached_head_makes_jobs_for_what_is_committed_there_only() {
    let mut world = watching(LATEST);
    world.commit("two");
    world.reconcile();
    world.drain();
    world
        .git
        .git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    assert_eq!(world.reconcile(), Reconciled::default());
    world.git.git(&["checkout", "--quiet", "--detach", "main"]);
    assert_eq!(world.reconcile(), Reconciled::default());
    world.commit("three");
    world.reconcile();
    assert_eq!(world.spans(), ["lint two..three"]);
}

#[test]
fn worktrees_share_branches_and_keep_their_detached_heads_apart() {
    let mut world = watching(LATEST);
    let linked = world.git.beside("linked");
    let folder = linked.to_str().unwrap();
    world
        .git
        .git(&["worktree", "add", "--quiet", "-b", "topic", folder]);
    let repo = open_in(&linked);
    world.reconcile_in(&repo, false);
    world.git.git_in(
        &linked,
        &["commit", "--quiet", "--allow-empty", "-m", "there"],
        b"",
    );
    world.reconcile_in(&repo, false);
    assert_eq!(world.spans(), ["lint one..there"]);
    assert_eq!(
        world.waiting()[0].input.worktree.as_deref(),
        Some(linked.as_path())
    );
    world.drain();
    // The branch was seen, wherever it is looked at from.
    world.git.git(&["worktree", "remove", folder]);
    world.git.git(&["switch", "--quiet", "topic"]);
    assert_eq!(world.reconcile(), Reconciled::default());
    assert!(world.waiting().is_empty());
}

#[test]
fn a_merge_counts_as_one_commit_and_a_walk_finds_the_watermark_on_a_side() {
    let mut world = watching(EACH);
    world.git.git(&["switch", "--quiet", "-c", "topic"]);
    world.commit("two");
    world.git.git(&["switch", "--quiet", "main"]);
    world.commit("three");
    world.reconcile();
    world.drain();
    // main is merged into the topic, and main fast-forwards to it: the watermark is a second parent.
    world.git.git(&["switch", "--quiet", "topic"]);
    world.git.git(&["merge", "--quiet", "-m", "merge", "main"]);
    world.git.git(&["switch", "--quiet", "main"]);
    world.git.git(&["merge", "--quiet", "--ff-only", "topic"]);
    world.reconcile();
    let mut spans = world.spans();
    spans.sort();
    assert_eq!(spans, ["lint one..two", "lint two..merge"]);
}

#[test]
fn a_job_whose_commit_was_collected_is_superseded_and_its_watermark_renewed() {
    let world = watching(LATEST);
    world.commit("two");
    world.reconcile();
    assert_eq!(world.waiting().len(), 1);
    world.git.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    world
        .git
        .git(&["reflog", "expire", "--expire=now", "--all"]);
    world.git.git(&["gc", "--quiet", "--prune=now"]);
    let seen = world.reconcile();
    assert!(world.waiting().is_empty(), "{seen:?}");
    assert_eq!(ended(&world, StateKind::Superseded), 1);
    let said = notes(&seen).join("\n");
    assert!(said.contains("the commit seen last is gone"), "{said}");
    assert!(said.contains("1 job dropped"), "{said}");
    assert_eq!(world.reconcile(), Reconciled::default());
}

#[test]
fn a_damaged_watermark_is_replaced() {
    let mut world = watching(LATEST);
    world
        .queue
        .set_watermark(&["refs/heads/main"], "not a commit", world.now)
        .unwrap();
    world
        .queue
        .set_watermark(
            &[&format!("HEAD {}", world.git.top().join(".git").display())],
            "",
            world.now,
        )
        .unwrap();
    world.git.git(&["switch", "--quiet", "-c", "x"]);
    world.git.git(&["switch", "--quiet", "main"]);
    let said = notes(&world.reconcile()).join("\n");
    assert!(said.contains("the commit seen last is gone"), "{said}");
    assert_eq!(world.reconcile(), Reconciled::default());
}

#[test]
fn a_shallow_clone_is_worked_with() {
    let mut world = watching(LATEST);
    world.commit("two");
    let from = format!("file://{}", world.git.top().display());
    let shallow = world.git.beside("shallow");
    world.git.git(&[
        "clone",
        "--quiet",
        "--depth=1",
        &from,
        shallow.to_str().unwrap(),
    ]);
    let repo = open_in(&shallow);
    world.reconcile_in(&repo, false);
    world.drain();
    world.git.git_in(
        &shallow,
        &["commit", "--quiet", "--allow-empty", "-m", "three"],
        b"",
    );
    world.git.git_in(
        &shallow,
        &["commit", "--quiet", "--allow-empty", "-m", "four"],
        b"",
    );
    world.reconcile_in(&repo, false);
    let jobs = world.waiting();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].input.base, Some(world.git.tip("HEAD").to_string()));
}

#[test]
fn a_full_queue_loses_no_commit() {
    let mut world = watching(&format!("queue = {{ max_jobs = 1 }}\n{EACH}"));
    world.commit("two");
    world.commit("three");
    let seen = world.reconcile();
    assert_eq!(
        notes(&seen),
        ["lint: the queue is full; noticed again later"]
    );
    assert_eq!(world.spans(), ["lint one..two"]);
    world.drain();
    // The commit that had its job gets another: at least once, never less.
    world.reconcile();
    world.drain();
    world.configure(EACH);
    world.reconcile();
    assert!(world.spans().contains(&"lint two..three".to_owned()));
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let world = watching(LATEST);
    world.commit("two");
    let seen = world.dry_run();
    assert_eq!(seen.enqueued.len(), 1);
    assert_eq!(seen.enqueued[0].id, None);
    assert!(world.waiting().is_empty());
    assert_eq!(world.dry_run(), seen);
    world.reconcile();
    assert_eq!(world.waiting().len(), 1);
}
