//! Files, on a real disk.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::*;

const DOCS: &str = r#"
    [task.docs]
    run = ["true"]
    files = ["docs/**"]
    exclude = ["docs/old/**"]
    on = ["change"]
    debounce = "5s"
    workspace = "worktree"
"#;

/// Some files, seen and long quiet.
fn watching(tend_toml: &str) -> World {
    let world = World::new(tend_toml);
    world.git.commit_files(&[
        ("docs/a", "1"),
        ("docs/b", "1"),
        ("src/x", "1"),
        (".gitignore", "*.tmp\n"),
    ]);
    let seen = world.reconcile();
    assert!(seen.enqueued.is_empty(), "{seen:?}");
    world
}

fn changed(world: &mut World) -> Vec<String> {
    let seen = world.reconcile();
    assert!(notes(&seen).is_empty(), "{seen:?}");
    let jobs = world.waiting();
    let found = jobs.first().map(|job| world.paths(job)).unwrap_or_default();
    world.drain();
    found
}

#[test]
fn the_first_look_records_and_the_next_one_has_nothing_to_say() {
    let world = World::new(DOCS);
    world.git.commit_files(&[("docs/a", "1"), ("src/x", "1")]);
    world.reconcile();
    world.reconcile();
    assert!(world.waiting().is_empty());
    // The worktree's own row, and the only watched file.
    assert_eq!(world.queue.files(world.git.top()).unwrap().len(), 2);
}

#[test]
fn created_modified_deleted_renamed_and_recreated() {
    let mut world = watching(DOCS);
    world.git.write("docs/a", "2");
    world.git.write("docs/new", "1");
    world.git.write("docs/old/unwatched", "1");
    world.git.write("docs/ignored.tmp", "1");
    world.git.write("src/x", "2");
    fs::remove_file(world.git.top().join("docs/b")).unwrap();
    assert_eq!(changed(&mut world), ["docs/a", "docs/b", "docs/new"]);
    assert!(changed(&mut world).is_empty());
    fs::rename(
        world.git.top().join("docs/new"),
        world.git.top().join("docs/moved"),
    )
    .unwrap();
    world.git.write("docs/b", "1");
    assert_eq!(changed(&mut world), ["docs/b", "docs/moved", "docs/new"]);
    // The same content again is no change; the same size with the old times is.
    world.git.write("docs/a", "2");
    assert!(changed(&mut world).is_empty());
    let times = fs::metadata(world.git.top().join("docs/a"))
        .unwrap()
        .modified()
        .unwrap();
    world.git.write("docs/a", "3");
    fs::File::options()
        .write(true)
        .open(world.git.top().join("docs/a"))
        .unwrap()
        .set_modified(times)
        .unwrap();
    assert_eq!(changed(&mut world), ["docs/a"]);
}

#[test]
fn links_folders_and_names_that_are_no_text() {
    let mut world = watching(DOCS);
    let docs = world.git.top().join("docs");
    symlink("a", docs.join("link")).unwrap();
    fs::write(docs.join(OsStr::from_bytes(b"caf\xe9\n")), "1").unwrap();
    let seen = world.reconcile();
    assert!(notes(&seen).is_empty());
    let Paths::Some(found) = world.waiting()[0].input.paths.clone() else {
        panic!("the paths are known");
    };
    let found: Vec<_> = found.iter().map(|path| path.to_vec()).collect();
    assert_eq!(found, [b"docs/caf\xe9\n".to_vec(), b"docs/link".to_vec()]);
    world.drain();
    // Pointing elsewhere, and a folder where a file was.
    fs::remove_file(docs.join("link")).unwrap();
    symlink("b", docs.join("link")).unwrap();
    fs::remove_file(docs.join("b")).unwrap();
    fs::create_dir(docs.join("b")).unwrap();
    assert_eq!(changed(&mut world), ["docs/b", "docs/link"]);
    // A file that contains what a link pointed to is another thing.
    fs::remove_file(docs.join("link")).unwrap();
    fs::write(docs.join("link"), "b").unwrap();
    assert_eq!(changed(&mut world), ["docs/link"]);
}

#[test]
fn a_job_waits_until_its_files_are_quiet_and_takes_all_of_them() {
    let mut world = watching(DOCS);
    world.git.write("docs/a", "2");
    let stamp = fs::metadata(world.git.top().join("docs/a"))
        .unwrap()
        .modified()
        .unwrap();
    let stamp = Timestamp::try_from(stamp).unwrap();
    world.pass(SignedDuration::from_secs(1));
    world.reconcile();
    let State::Queued { run_at } = world.waiting()[0].state else {
        panic!("it waits for quiet");
    };
    let quiet = run_at.duration_since(stamp);
    assert!((5_000..=5_001).contains(&quiet.as_millis()), "{quiet:?}");
    // A further change puts it off, by its own stamp; one from the future counts as now.
    world.git.write("docs/b", "2");
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(100_000);
    let file = fs::File::options()
        .write(true)
        .open(world.git.top().join("docs/b"))
        .unwrap();
    file.set_modified(ahead).unwrap();
    world.pass(SignedDuration::from_secs(60));
    world.reconcile();
    let jobs = world.waiting();
    assert_eq!(jobs.len(), 1);
    assert_eq!(world.paths(&jobs[0]), ["docs/a", "docs/b"]);
    let State::Queued { run_at } = jobs[0].state else {
        panic!("it waits for quiet");
    };
    assert_eq!(
        run_at.duration_since(world.now),
        SignedDuration::from_secs(5)
    );
}

#[test]
fn what_a_watch_selects_for_the_first_time_is_recorded_in_silence() {
    let mut world = watching(DOCS);
    let wider =
        format!("{DOCS}\n[task.src]\nrun = [\"true\"]\nfiles = [\"src/**\"]\non = [\"change\"]");
    world.configure(&wider);
    world.git.write("docs/a", "2");
    assert_eq!(changed(&mut world), ["docs/a"]);
    world.git.write("src/x", "2");
    assert_eq!(changed(&mut world), ["src/x"]);
    // No longer watched, no longer remembered: also when it is gone by then.
    world.configure(DOCS);
    fs::remove_file(world.git.top().join("src/x")).unwrap();
    assert!(changed(&mut world).is_empty());
    // Newly ignored is not deleted.
    world.git.write("docs/new", "1");
    assert_eq!(changed(&mut world), ["docs/new"]);
    world.git.write(".gitignore", "*.tmp\nnew\n");
    assert!(changed(&mut world).is_empty());
}

#[test]
fn an_empty_watch_that_was_looked_at_notices_the_first_file() {
    let mut world = World::new(DOCS);
    world.commit("one");
    world.reconcile();
    world.git.write("docs/first", "1");
    assert_eq!(changed(&mut world), ["docs/first"]);
    fs::remove_file(world.git.top().join("docs/first")).unwrap();
    assert_eq!(changed(&mut world), ["docs/first"]);
    world.git.write("docs/first", "1");
    assert_eq!(changed(&mut world), ["docs/first"]);
}

#[test]
fn tasks_without_files_follow_the_watch_and_packages_their_manifests() {
    let mut world = watching(
        r#"
        [file_watch]
        paths = ["src/**"]
        exclude = ["**/node_modules/**"]
        [task.all]
        run = ["true"]
        on = ["change"]
        [task.audit]
        run = ["true"]
        on = ["package-change"]
        "#,
    );
    world.git.write("docs/a", "2");
    assert!(changed(&mut world).is_empty());
    world.git.write("src/x", "2");
    world.git.write("web/package.json", "{}");
    world.git.write("node_modules/y/package.json", "{}");
    world.reconcile();
    let found: Vec<_> = world
        .waiting()
        .iter()
        .map(|job| (job.task.clone(), world.paths(job)))
        .collect();
    assert_eq!(
        found,
        [
            ("all".to_owned(), vec!["src/x".to_owned()]),
            ("audit".to_owned(), vec!["web/package.json".to_owned()]),
        ]
    );
}

#[test]
fn a_full_queue_and_a_dry_run_forget_no_change() {
    let mut world = watching(DOCS);
    world.git.write("docs/a", "2");
    assert_eq!(world.dry_run().enqueued.len(), 1);
    assert_eq!(world.dry_run().enqueued.len(), 1);
    let full = format!(
        "queue = {{ max_jobs = 1 }}\n[hooks.post-commit]\ntasks = [\"lint\"]\n[task.lint]\npriority = \"critical\"\nrun = [\"true\"]\n{DOCS}"
    );
    world.configure(&full);
    world.commit("two");
    let seen = world.reconcile();
    assert_eq!(
        notes(&seen),
        ["docs: the queue is full; noticed again later"]
    );
    world.drain();
    assert_eq!(changed(&mut world), ["docs/a"]);
}

#[test]
fn worktrees_are_watched_apart() {
    let mut world = watching(DOCS);
    let linked = world.git.beside("linked");
    world.git.git(&[
        "worktree",
        "add",
        "--quiet",
        "--detach",
        linked.to_str().unwrap(),
    ]);
    let repo = open_in(&linked);
    world.reconcile_in(&repo, false);
    fs::write(linked.join("docs/a"), "2").unwrap();
    assert!(changed(&mut world).is_empty());
    world.reconcile_in(&repo, false);
    assert_eq!(
        world.waiting()[0].input.worktree.as_deref(),
        Some(linked.as_path())
    );
}

#[test]
fn a_bare_repository_has_no_files() {
    let world = watching(DOCS);
    let bare = world.git.beside("bare.git");
    let from = world.git.top().to_str().unwrap().to_owned();
    world
        .git
        .git(&["clone", "--quiet", "--bare", &from, bare.to_str().unwrap()]);
    let seen = world.reconcile_in(&open_in(&bare), false);
    assert!(seen.enqueued.is_empty(), "{seen:?}");
    assert!(
        !notes(&seen).iter().any(|note| note.contains("could not")),
        "{seen:?}"
    );
}
