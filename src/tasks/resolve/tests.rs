//! From text to tasks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::Arc;

use bstr::BStr;

use super::*;
use crate::config::Layer;
use crate::config::Priority;
use crate::config::diagnostic::Document;
use crate::config::event::HookName;
use crate::config::layers::LayerFile;

fn loaded(layer: Layer, text: &str) -> Loaded {
    let document = Arc::new(Document {
        path: "tend.toml".into(),
        text: text.to_owned(),
    });
    Config::from_layers(vec![LayerFile { layer, document }]).unwrap()
}

fn task(text: &str, key: &str) -> Task {
    let tasks = resolve(&loaded(Layer::Project, text)).unwrap();
    tasks.into_iter().find(|task| task.key == key).unwrap()
}

#[test]
fn without_any_file_the_built_in_tasks_are_there() {
    let tasks = resolve(&Loaded::default()).unwrap();
    let keys: Vec<&str> = tasks.iter().map(|task| task.key.as_str()).collect();
    let mut builtin: Vec<&str> = crate::tasks::builtin::ALL
        .iter()
        .map(|it| it.name)
        .collect();
    builtin.sort_unstable();
    assert_eq!(keys, builtin);
    let task = tasks
        .iter()
        .find(|task| task.key == "codebase_quick")
        .unwrap();
    assert!(task.enabled);
    assert_eq!(task.workspace, Workspace::None);
    assert_eq!(task.timeout, Duration::from_secs(600));
    assert_eq!(task.triggers.every, Some(Duration::from_secs(3600)));
    assert_eq!(task.fingerprint(), None);
    assert_eq!(task.limits.memory, Some(2 << 30));
    assert_eq!((task.retries, task.retry_delay.as_secs()), (3, 10));
}

#[test]
fn a_built_in_task_keeps_what_is_not_written_under_any_of_its_names() {
    for name in ["codebase_quick", "codebase", "quick_codebase_scan"] {
        let text = format!(
            "[task.{name}]\npriority = \"low\"\n[hooks.post-commit]\ntasks = [\"codebase\"]\n"
        );
        let task = task(&text, "codebase_quick");
        assert_eq!(task.priority, Priority::Low);
        assert_eq!(task.triggers.every, Some(Duration::from_secs(3600)));
        assert!(task.triggers.hooks.contains(&HookName::PostCommit));
    }
}

#[test]
fn own_values_come_before_the_defaults_and_those_before_ours() {
    let text = "[task.a]\nrun = [\"a\"]\n";
    assert_eq!(task(text, "a").timeout, Duration::from_secs(600));
    assert_eq!(task(text, "a").priority, Priority::Normal);
    let text = "[defaults]\ntimeout = \"1h\"\nlimits = { memory = \"1GiB\" }\n[task.a]\nrun = [\"a\"]\nlimits = { nice = 0 }\n[task.b]\nrun = [\"b\"]\ntimeout = \"5s\"\n";
    assert_eq!(task(text, "a").timeout, Duration::from_secs(3600));
    assert_eq!(task(text, "b").timeout, Duration::from_secs(5));
    assert_eq!(
        task(text, "codebase_quick").timeout,
        Duration::from_secs(600)
    );
    let limits = task(text, "a").limits;
    assert_eq!((limits.memory, limits.nice), (Some(1 << 30), Some(0)));
}

#[test]
fn hooks_and_events_meet_in_the_triggers() {
    let text = "[hooks.pre-push]\ngates = [\"a\"]\n[hooks.post-merge]\nenabled = false\ntasks = [\"a\"]\n[task.a]\nrun = [\"a\"]\non = [\"post-commit\", \"post-merge\", \"change\", \"after:codebase\"]\nschedule = { cron = \"0 2 * * *\", enabled = false }\n";
    let triggers = task(text, "a").triggers;
    assert_eq!(triggers.hooks, BTreeSet::from([HookName::PostCommit]));
    assert_eq!(triggers.gates, BTreeSet::from([HookName::PrePush]));
    assert!(triggers.change && !triggers.package_change);
    assert_eq!(triggers.after, ["codebase_quick"]);
    assert_eq!(triggers.schedule, None);
}

#[test]
fn a_selection_is_what_files_name_without_what_is_excluded() {
    let text = "[task.a]\nrun = [\"a\"]\nfiles = [\"docs/**\"]\nexclude = [\"docs/old/**\"]\n";
    let selection = task(text, "a").selection;
    let contains = |path: &[u8]| selection.contains(BStr::new(path)).unwrap();
    assert!(contains(b"docs/a.md"));
    assert!(contains(b"docs/\xff.md"));
    assert!(!contains(b"docs/old/a.md"));
    assert!(!contains(b"src/a.rs"));
    let text = "[task.a]\nrun = [\"a\"]\nexclude = [\"*.lock\"]\n";
    let selection = task(text, "a").selection;
    assert!(selection.contains(BStr::new("src/a.rs")).unwrap());
    assert!(!selection.contains(BStr::new("Cargo.lock")).unwrap());
}

#[test]
fn spelling_comments_and_timing_ask_nothing_again() {
    let one = "[task.a]\nrun = [\"make\", \"test\"]\nlink = [\"x\", \"y\"]\nroot = \"web\"\n";
    let other = "# why\n[task]\na = { timeout = \"5m\", priority = 50, root = \"./web/\", link = [\"y/\", 'x'], run = ['make', \n \"te\\u0073t\"], env = {} }\n[defaults]\nretries = 0\n";
    assert_eq!(task(one, "a").fingerprint(), task(other, "a").fingerprint());
    let worktree = one.replace("root = \"web\"", "root = \"web\"\nworkspace = \"worktree\"");
    assert_ne!(
        task(one, "a").fingerprint(),
        task(&worktree, "a").fingerprint()
    );
}

#[test]
fn one_job_for_each_folder_has_one_approval() {
    let text = "[task.a]\nrun = [\"a\"]\nfor_each = \"packages/*\"\n";
    let task = task(text, "a");
    let (one, two) = (
        task.run_spec_in("packages/a"),
        task.run_spec_in("packages/b"),
    );
    assert_eq!(one.root, "packages/a");
    assert_eq!(one.fingerprint, two.fingerprint);
    assert!(one.fingerprint.is_some());
}

#[test]
fn a_configuration_that_makes_no_sense_gives_no_tasks() {
    let error = resolve(&loaded(Layer::Project, "[task.nope]\npriority = \"low\"\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tend.toml:1:7: `nope` is not a built-in task, and it has no `run`"
    );
}

#[test]
fn built_in_tasks_can_be_off_unless_they_are_named() {
    let text = "[defaults]\nbuiltin = false\n[task.debt]\nevery = \"1h\"\n";
    let tasks = resolve(&loaded(Layer::Project, text)).unwrap();
    let on: Vec<&str> = tasks
        .iter()
        .filter(|task| task.enabled)
        .map(|task| task.key.as_str())
        .collect();
    assert_eq!(on, ["technical_debt_tracker"]);
}
