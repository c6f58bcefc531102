//! `git tend sessions analyze`, and what becomes of an answer.

use super::{LOCK, Stage};
use crate::sessions::files::{MORNING, NOON, Pi, at, tend_at};
use crate::support::World;

#[test]
fn nothing_is_called_until_the_user_says_so() {
    let world = World::bare_folder();
    let mut pi = Pi::new(LOCK, at(MORNING));
    pi.works("the lock");
    pi.lay(&world);
    for args in [
        &["sessions", "scan"][..],
        &["tick"],
        &["nightly"],
        &["nightly", "reanalysis"],
    ] {
        tend_at(&world, at(NOON), args).code(0);
    }
    let refused = tend_at(&world, at(NOON), &["sessions", "analyze", LOCK]).code(2);
    assert!(
        refused.stderr.contains("the agent is switched off"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("enabled = true"),
        "{}",
        refused.stderr
    );
    // Nor does a repository say so.
    let world = World::with_config("[task.x]\nrun = [\"true\"]\n");
    world.write(
        "tend.toml",
        "[agent]\nenabled = true\ncommand = [\"sh\", \"-c\", \"touch called\"]\n",
    );
    let refused = world.tend(["sessions", "analyze", LOCK]).code(2);
    assert!(refused.stderr.contains("agent"), "{}", refused.stderr);
    assert!(!world.repo().join("called").exists());
}

#[test]
fn an_answer_becomes_a_version_of_the_node_and_what_was_counted_stays() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    stage.session();
    let ran = stage.tend(&["sessions", "analyze", LOCK]).code(0);
    assert!(ran.stderr.contains("requested"), "{}", ran.stderr);
    let node = stage.node();
    assert_eq!(node["version"], 2);
    assert_eq!(
        node["content"]["summary"],
        "The lock of the queue was made fair, as somebody had asked."
    );
    assert_eq!(node["content"]["outcome"], "success");
    assert_eq!(node["classification"]["type"], "debugging");
    // The session says where it was, what it took, and which files and tools there were.
    assert_eq!(node["classification"]["project"], "/home/dev/proj");
    assert_eq!(node["metadata"]["tokensUsed"], 30);
    assert_eq!(node["observations"]["modelsUsed"][0]["model"], "m-1");
    assert_eq!(
        node["lessons"]["task"][0]["summary"],
        "Measure before a lock is changed"
    );
    let version = node["metadata"]["analyzerVersion"].as_str().unwrap();
    assert!(
        version.starts_with("v1-") && version.len() == 11,
        "{version}"
    );
    assert_eq!(stage.called(), 1);
    let job = stage.job();
    assert_eq!(job["state"], "done");
    // What is judged is not judged again, unless somebody wants it.
    let again = stage.tend(&["sessions", "analyze", LOCK]).code(0);
    assert!(again.stderr.contains("judged already"), "{}", again.stderr);
    stage.tend(&["sessions", "scan"]).code(0);
    assert_eq!(stage.called(), 1);
    let shown = stage
        .tend(&["graph", "show", node["id"].as_str().unwrap()])
        .code(0);
    assert!(
        shown.stdout.contains("Measure before a lock is changed"),
        "{}",
        shown.stdout
    );
}

#[test]
fn the_agent_gets_no_tools_an_empty_folder_and_the_prompt_where_nobody_sees_it() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    let args = stage.kept("args").remove(0);
    let words: Vec<&str> = args.lines().collect();
    for needed in [
        "--no-session",
        "--no-skills",
        "--no-extensions",
        "--no-context-files",
        "--no-prompt-templates",
        "--no-tools",
        "--offline",
        "-p",
    ] {
        assert!(words.contains(&needed), "{needed}: {args}");
    }
    assert!(
        args.contains("--provider\nzai\n--model\nglm-4.7\n"),
        "{args}"
    );
    assert!(args.contains("--mode\njson"), "{args}");
    assert!(!args.contains("Please work on the lock"), "{args}");
    let prompt = stage.kept("prompt").remove(0);
    assert!(prompt.contains("Please work on the lock"), "{prompt}");
    assert!(
        prompt.contains("Session:") && prompt.contains("Segment: entries from"),
        "{prompt}"
    );
    assert!(
        prompt.contains("Return a JSON object matching the Node schema."),
        "{prompt}"
    );
    let folder = stage.kept("cwd").remove(0);
    let (folder, files) = folder.split_once('\n').unwrap();
    assert_eq!(files, "");
    assert!(!std::path::Path::new(folder).exists(), "{folder} is left");
    assert!(stage.kept("system")[0].contains("JSON"));
}

#[test]
fn a_forked_or_compacted_session_is_judged_piece_by_piece() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    let mut pi = Pi::new(LOCK, at(MORNING));
    pi.works("the lock")
        .compacts("It was about a lock.")
        .works("the queue");
    pi.lay(&stage.world);
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    assert_eq!(stage.called(), 2);
    let prompts = stage.kept("prompt");
    let of = |words: &str| prompts.iter().find(|it| it.contains(words)).unwrap();
    let second = of("Please work on the queue");
    assert!(
        second.contains("It was about a lock."),
        "the summary goes along: {second}"
    );
    assert!(!second.contains("Please work on the lock"), "{second}");
}

#[test]
fn a_long_session_is_given_in_parts_and_comes_back_as_one() {
    let Some(stage) = Stage::with(
        "ok The first part of it was done well.\nok The second part of it was done, too.",
        "chunk_tokens = 2000",
    ) else {
        return;
    };
    let mut pi = Pi::new(LOCK, at(MORNING));
    for number in 0..40 {
        pi.works(&format!("part {number}"));
    }
    pi.lay(&stage.world);
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    let prompts = stage.kept("prompt");
    assert!(prompts.len() > 2, "{}", prompts.len());
    for number in 0..40 {
        let words = format!("Please work on part {number} ");
        assert!(prompts.iter().any(|it| it.contains(&words)), "{words}");
    }
    let node = stage.node();
    let summary = node["content"]["summary"].as_str().unwrap();
    assert!(
        summary.contains("first part") && summary.contains("second part"),
        "{summary}"
    );
    assert_eq!(
        node["lessons"]["task"].as_array().unwrap().len(),
        1,
        "said in every part"
    );
}

#[test]
fn what_can_be_typed_for_a_session() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    let pi = stage.session();
    let file = stage.world.home().join(pi.path());
    stage
        .tend(&["sessions", "analyze", file.to_str().unwrap()])
        .code(0);
    let node = stage.node();
    let id = node["id"].as_str().unwrap();
    stage.tend(&["sessions", "analyze", id, "--force"]).code(0);
    let json = stage
        .tend(&[
            "sessions",
            "analyze",
            &LOCK[..8],
            "--force",
            "--enqueue",
            "--json",
        ])
        .code(0)
        .json();
    assert_eq!(json["jobs"][0]["state"], "queued");
    assert_eq!(json["jobs"][0]["node"], id);
    // The same words again are no new version.
    assert_eq!(stage.node()["version"], 2);
    let unknown = stage
        .tend(&["sessions", "analyze", "nothing-like-it"])
        .code(2);
    assert!(
        unknown.stderr.contains("no session nothing-like-it"),
        "{}",
        unknown.stderr
    );
}
