#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::config::Config;

fn edit(hook: Option<(HookName, bool)>) -> TaskEdit {
    TaskEdit {
        id: "0123456789ab".to_owned(),
        name: "ship-it".to_owned(),
        run: ["git-tend", "optimize", "exec", "0123456789ab"]
            .map(str::to_owned)
            .into(),
        schedule: None,
        hook,
    }
}

const DEFERRED: Option<(HookName, bool)> = Some((HookName::PostCommit, false));

fn config(bytes: &[u8]) -> Config {
    let text = std::str::from_utf8(bytes).unwrap();
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

#[track_caller]
fn there_and_back(old: &str, edit: &TaskEdit) -> String {
    let new = with_task(old.as_bytes(), edit).unwrap();
    assert_eq!(with_task(&new, edit).unwrap(), new, "twice is once");
    let back = without_task(&new, edit).unwrap();
    assert_eq!(String::from_utf8(back).unwrap(), old);
    String::from_utf8(new).unwrap()
}

#[test]
fn a_task_is_what_the_configuration_reads() {
    let mut scheduled = edit(DEFERRED);
    scheduled.schedule = Some("0 7 * * 1".to_owned());
    let new = there_and_back("", &scheduled);
    insta::assert_snapshot!(new, @r#"
    # git-tend: begin 0123456789ab
    [task.ship-it]
    run = ["git-tend", "optimize", "exec", "0123456789ab"]
    workspace = "worktree"
    schedule = "0 7 * * 1"

    [hooks.post-commit]
    tasks = ["ship-it"]
    # git-tend: end 0123456789ab
    "#);
    let config = config(new.as_bytes());
    let task = config.tasks.get("ship-it").unwrap();
    assert_eq!(task.run.as_deref(), Some(scheduled.run.as_slice()));
    assert_eq!(task.workspace, Some(crate::config::Workspace::Worktree));
    assert_eq!(task.schedule.as_ref().unwrap().cron.as_str(), "0 7 * * 1");
    let hook = config.hooks.get(&HookName::PostCommit).unwrap();
    assert_eq!(hook.tasks[0].as_str(), "ship-it");
    assert!(hook.gates.is_empty());
}

#[test]
fn a_hooks_list_takes_one_more() {
    for (old, new) in [
        (
            "[hooks.post-commit]\ntasks = []\n",
            "tasks = [\"ship-it\"]\n",
        ),
        (
            "[hooks.post-commit]\ntasks = [\"a\"]\n",
            "tasks = [\"a\", \"ship-it\"]\n",
        ),
        (
            "[hooks.post-commit]\r\ntasks = [\r\n  \"a\", # one\r\n  'b', # two\r\n]\r\n",
            "'b', \"ship-it\", # two\r\n",
        ),
        (
            "[hooks.post-commit] # why\ndrain = \"5s\"\n",
            "# why\ntasks = [\"ship-it\"] # git-tend: 0123456789ab\ndrain",
        ),
        (
            "a.b = 1\n[hooks.post-commit]",
            "[hooks.post-commit]\ntasks = [\"ship-it\"] # git-tend: 0123456789ab\n# git",
        ),
        (
            "hooks.post-commit.tasks = [ # none\n]",
            "tasks = [\"ship-it\" # none\n]",
        ),
        (
            "hooks = { post-commit = { tasks = [\"a\"] } }\n",
            "{ tasks = [\"a\", \"ship-it\"] }",
        ),
        (
            "[hooks.pre-push]\ntasks = [\"a\"]",
            "\n\n[hooks.post-commit]\ntasks = [\"ship-it\"]\n",
        ),
        (
            "\u{feff}[hooks.post-commit]\ntasks = [\"a\"]\n",
            "\u{feff}[hooks.post-commit]\ntasks = [\"a\", \"ship-it\"]\n",
        ),
        (
            "[hooks]\npost-commit.tasks = [\"é\", \"b\", ]",
            "[\"é\", \"b\", \"ship-it\", ]",
        ),
    ] {
        let said = there_and_back(old, &edit(DEFERRED));
        assert!(said.contains(new), "{said}");
    }
    let gate = there_and_back(
        "[hooks.pre-push]\ntasks = [\"a\"]\n",
        &edit(Some((HookName::PrePush, true))),
    );
    assert!(
        gate.contains("[hooks.pre-push]\ngates = [\"ship-it\"]"),
        "{gate}"
    );
}

#[test]
fn what_the_user_changed_meanwhile_stays() {
    let edit = edit(DEFERRED);
    let new = there_and_back("[hooks.post-commit]\ntasks = [\"a\"]\n", &edit);
    for (changed, back) in [
        ("[\"a\", \"ship-it\", \"b\"]", "[\"a\", \"b\"]"),
        ("[\"ship-it\", \"b\"]", "[\"b\"]"),
        (
            "[\"a\", # why\n\"ship-it\", # mine\n\"b\"]",
            "[\"a\", # why\n\"b\"]",
        ),
        ("[\"a\", # why\n\"ship-it\"]", "[\"a\", # why\n]"),
        ("[\"a\"]", "[\"a\"]"),
    ] {
        let changed = new.replace("[\"a\", \"ship-it\"]", changed) + "\n[defaults]\nretries = 1\n";
        let without = without_task(changed.as_bytes(), &edit).unwrap();
        let wants = format!("[hooks.post-commit]\ntasks = {back}\n\n[defaults]\nretries = 1\n");
        assert_eq!(String::from_utf8(without.clone()).unwrap(), wants);
        config(&without);
    }
    // A task of this name that was never put there is left alone.
    let own = "[hooks.post-commit]\ntasks = [\"ship-it\"]\n";
    assert_eq!(without_task(own.as_bytes(), &edit).unwrap(), own.as_bytes());
}

#[test]
fn what_cannot_be_edited_is_left_as_it_is() {
    let wrong = |old: &str| {
        with_task(old.as_bytes(), &edit(DEFERRED))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        wrong("[task.ship-it]\nrun = []\n"),
        "there is a task `ship-it` already"
    );
    assert!(wrong("a = ").starts_with("the file cannot be read: "));
    assert!(wrong("task = {}\n").contains("add [task.ship-it] yourself"));
    assert!(wrong("hooks = {}\n").contains("add \"ship-it\" to its tasks yourself"));
    assert!(wrong("hooks.post-commit = { drain = \"5s\" }\n").contains("yourself"));
    assert!(wrong("hooks.post-commit.drain = \"5s\"\n").contains("yourself"));
    assert!(wrong("# git-tend: begin 0123456789ab\n").contains("without its other half"));
    assert!(wrong("# git-tend: end 0123456789ab\n").contains("without its other half"));
    assert!(with_task(b"\xff", &edit(None)).is_err());
}

/// Files with hooks and tasks in many layouts.
fn file() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "[hooks.post-commit]\ntasks = [\"a\"]",
        "[hooks.post-commit]",
        "[hooks.post-commit] # c",
        "[hooks.pre-push]",
        "tasks = []",
        "tasks = [ ]",
        "gates = [\n  \"x\", # y\n]",
        "drain = \"60s\"",
        "",
        "# a comment",
        "[task.other]",
        "run = [\"x\"]",
        "  ",
        "[ hooks . \"post-commit\" ]",
        "tasks = ['é', \"b\" , ]",
        "hooks.pre-push.tasks = []",
        "[hooks]",
        "post-commit.gates = []",
        "post-commit = { tasks = [ ] }",
        "[[x]]",
        "y = '''\n[hooks.post-commit]\n'''",
    ]);
    (
        prop::collection::vec(part, 0..7),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(parts, crlf, ended)| {
            let mut text = parts.join("\n");
            if ended {
                text.push('\n');
            }
            if crlf {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn taking_away_leaves_the_file_as_it_was(
        old in file(),
        hook in prop::option::of((prop::sample::select(vec![HookName::PostCommit, HookName::PrePush]), any::<bool>())),
    ) {
        let edit = edit(hook);
        match with_task(old.as_bytes(), &edit) {
            Ok(new) => {
                prop_assert_eq!(without_task(&new, &edit).unwrap(), old.as_bytes());
                let document = parse(text(&new).unwrap()).unwrap();
                prop_assert!(lookup(document.as_item(), &["task", "ship-it", "run"]).is_some());
            }
            Err(EditError::Unreadable(_)) => prop_assert!(parse(&old).is_err()),
            Err(EditError::Layout { .. }) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
        prop_assert_eq!(without_task(old.as_bytes(), &edit).unwrap(), old.as_bytes());
    }

    #[test]
    fn no_bytes_are_too_odd(old in prop::collection::vec(any::<u8>(), 0..40)) {
        let edit = edit(DEFERRED);
        if let Ok(new) = with_task(&old, &edit) {
            prop_assert_eq!(without_task(&new, &edit).unwrap(), old);
        }
    }
}
