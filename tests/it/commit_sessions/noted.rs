//! What installed hooks note when the environment tells of an agent.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{ID, LINT, commit_as, git_of_agent, head, hooked, noted};
use crate::support::until;

fn row(commit: &str, agent: &str, session: &str) -> (String, String, String) {
    (commit.to_owned(), agent.to_owned(), session.to_owned())
}

#[test]
fn each_agents_commit_is_noted_and_a_persons_is_not() {
    let world = hooked(LINT);
    let file = format!("/h/.pi/agent/sessions/--p--/2026-01-01T00-00-00-000Z_{ID}.jsonl");
    let mut expected = Vec::new();
    for (agent, vars) in [
        (
            "pi",
            vec![("PI_SESSION_ID", ID), ("PI_SESSION_FILE", file.as_str())],
        ),
        ("pi", vec![("PI_SESSION_FILE", file.as_str())]),
        (
            "claude-code",
            vec![("CLAUDECODE", "1"), ("CLAUDE_CODE_SESSION_ID", ID)],
        ),
        (
            "codex",
            vec![
                ("CODEX_SESSION_ID", "not-the-thread"),
                ("CODEX_THREAD_ID", ID),
            ],
        ),
    ] {
        let commit = commit_as(&world, &vars, &["-m", agent]);
        expected.push(row(&commit, agent, ID));
        commit_as(&world, &[], &["-m", "a person's"]);
    }
    // One agent may have started the other.
    let both = [("PI_SESSION_ID", "outer"), ("CODEX_THREAD_ID", "inner")];
    let commit = commit_as(&world, &both, &["-m", "both"]);
    expected.extend([row(&commit, "pi", "outer"), row(&commit, "codex", "inner")]);
    assert_eq!(noted(&world), expected);
}

#[test]
fn what_no_agent_would_say_is_not_noted_and_git_does_not_mind() {
    let world = hooked(LINT);
    let long = "a".repeat(100_000);
    for value in [
        "'; DROP TABLE commit_session; --",
        "\u{1b}[31m\u{202e}",
        "a\nb",
        "../../etc/passwd",
        "größe",
        "",
        &long,
    ] {
        for name in [
            "PI_SESSION_ID",
            "PI_SESSION_FILE",
            "CLAUDE_CODE_SESSION_ID",
            "CODEX_THREAD_ID",
        ] {
            commit_as(&world, &[(name, value)], &["-m", "x"]);
        }
    }
    let mut git = git_of_agent(
        &world,
        &[],
        &["commit", "--quiet", "--allow-empty", "-m", "x"],
    );
    git.env("PI_SESSION_ID", OsStr::from_bytes(b"\xff\xfe\x80"));
    assert!(git.status().unwrap().success());
    assert_eq!(noted(&world), []);
    let commit = commit_as(&world, &[("PI_SESSION_ID", ID)], &["-m", "x"]);
    assert_eq!(noted(&world), [row(&commit, "pi", ID)]);
}

#[test]
fn merges_picks_and_amendments_are_commits_too() {
    let world = hooked(LINT);
    let vars = [("CLAUDE_CODE_SESSION_ID", ID)];
    let agent = |args: &[&str]| {
        let output = git_of_agent(&world, &vars, args).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    world.git(["checkout", "-qb", "side"]);
    world.write("side.txt", "x\n");
    let side = world.commit("side");
    world.git(["checkout", "-q", "main"]);
    world.write("main.txt", "x\n");
    world.commit("main");
    assert_eq!(noted(&world), []);
    let mut expected = Vec::new();
    agent(&["merge", "-q", "--no-edit", "side"]);
    expected.push(row(&head(&world), "claude-code", ID));
    world.git(["reset", "-q", "--hard", "HEAD^"]);
    agent(&["cherry-pick", &side]);
    expected.push(row(&head(&world), "claude-code", ID));
    agent(&["commit", "-q", "--amend", "-m", "amended"]);
    expected.push(row(&head(&world), "claude-code", ID));
    assert_eq!(noted(&world), expected);
    // A merge that only moves the branch makes none.
    world.git(["checkout", "-q", "-B", "other", "HEAD^"]);
    agent(&["merge", "-q", "--ff-only", "main"]);
    agent(&["checkout", "-q", "main"]);
    assert_eq!(noted(&world), expected);
}

#[test]
fn a_commit_that_a_person_rewrites_stays_of_its_session() {
    let world = hooked(LINT);
    world.write("a.txt", "a\n");
    let base = world.commit("a person's");
    world.write("b.txt", "b\n");
    world.git(["add", "--all"]);
    let agents = commit_as(&world, &[("PI_SESSION_ID", ID)], &["-m", "an agent's"]);
    world.git(["commit", "-q", "--amend", "-m", "in a person's words"]);
    let amended = head(&world);
    world.git(["checkout", "-q", "-b", "onto", &format!("{base}^")]);
    world.write("c.txt", "c\n");
    world.commit("another base");
    world.git(["checkout", "-q", "main"]);
    world.git(["rebase", "-q", "onto"]);
    let rebased = head(&world);
    let expected = [&agents, &amended, &rebased].map(|commit| row(commit, "pi", ID));
    assert_eq!(noted(&world), expected);
}

#[test]
fn an_agent_that_rebases_does_not_make_others_commits_its_own() {
    let world = hooked(LINT);
    world.git(["checkout", "-qb", "side"]);
    world.write("side.txt", "x\n");
    world.commit("side");
    world.git(["checkout", "-q", "main"]);
    world.write("main.txt", "x\n");
    world.commit("main");
    let output = git_of_agent(
        &world,
        &[("PI_SESSION_ID", ID)],
        &["rebase", "-q", "main", "side"],
    )
    .output()
    .unwrap();
    assert!(output.status.success());
    assert_eq!(noted(&world), []);
}

#[test]
fn a_busy_queue_holds_nobody_and_loses_nothing() {
    let world = hooked(LINT);
    let lock = world.lock_queue();
    let started = std::time::Instant::now();
    let commit = commit_as(&world, &[("PI_SESSION_ID", ID)], &["-m", "x"]);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    drop(lock);
    until(20, "the note", || {
        (noted(&world) == [row(&commit, "pi", ID)]).then_some(())
    });
}

#[test]
fn where_no_task_follows_commits_they_are_noted_all_the_same() {
    let world = hooked(LINT);
    world.write("tend.toml", "[defaults]\nbuiltin = false\n");
    world.commit("No tasks any more");
    let commit = commit_as(&world, &[("PI_SESSION_ID", ID)], &["-m", "x"]);
    assert_eq!(noted(&world), [row(&commit, "pi", ID)]);
    let off = [("PI_SESSION_ID", ID), ("TEND", "0")];
    commit_as(&world, &off, &["-m", "switched off"]);
    let of_job = [("PI_SESSION_ID", ID), ("TEND_JOB_ID", "x")];
    commit_as(&world, &of_job, &["-m", "a job's"]);
    assert_eq!(noted(&world).len(), 1);
}
