//! Gates of commit messages.

use super::*;

/// Whether the message's first line is of the form that the project wants; comments are not for it to judge.
const FORM: &str = r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; head -n 1 \"$1\" | grep -q '^Fix: '", "[NAME]", "{message}"]"#;
const BY_VARIABLE: &str =
    r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; ! grep -q SECRET \"$TEND_MESSAGE\"", "[NAME]"]"#;

const GATES: [Gate<'static>; 2] = [("form", FORM, ""), ("secret", BY_VARIABLE, "")];
const FORM_ALONE: [Gate<'static>; 1] = [GATES[0]];
const SECRET_ALONE: [Gate<'static>; 1] = [GATES[1]];

fn bench() -> Bench {
    let bench = Bench::new(&[]);
    let text = bench.config(&GATES, &["commit-msg"], "60s", "");
    bench.stage("tend.toml", &text);
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "gates"]);
    bench.world.tend(["trust", "--yes"]).code(0);
    bench
}

fn subject(bench: &Bench) -> String {
    bench.world.git(["log", "-1", "--format=%s"])
}

#[test]
fn of_the_command_line() {
    let bench = bench();
    let commit = |message| ["commit", "--allow-empty", "-m", message];
    bench.passes(&commit("Fix: one"));
    assert_eq!(subject(&bench), "Fix: one\n");
    bench.stops(&commit("no form"), &FORM_ALONE);
    bench.stops(&commit("Fix: with a SECRET"), &SECRET_ALONE);
    bench.stops(&commit("SECRET"), &GATES);
    let runs = GATES.map(|(name, ..)| bench.runs(name));
    // Judged before, for good and bad.
    bench.passes(&commit("Fix: one"));
    bench.stops(&commit("SECRET"), &GATES);
    assert_eq!(GATES.map(|(name, ..)| bench.runs(name)), runs);
    // More in the body is another message.
    let words = [
        "commit",
        "--allow-empty",
        "-m",
        "Fix: one",
        "-m",
        "A SECRET",
    ];
    bench.stops(&words, &SECRET_ALONE);
    bench.passes(&["commit", "--allow-empty", "--no-verify", "-m", "whatever"]);
}

#[test]
fn of_a_file() {
    let bench = bench();
    let path = beside(&bench.world, "seen/message");
    let words = ["commit", "--allow-empty", "-F", path.to_str().unwrap()];
    fs::write(&path, "no form\n").unwrap();
    bench.stops(&words, &FORM_ALONE);
    fs::write(&path, "Fix: of a file\n\nWith a body.\n").unwrap();
    bench.passes(&words);
    assert_eq!(subject(&bench), "Fix: of a file\n");
}

#[test]
fn of_an_editor_with_what_git_says_in_comments() {
    let bench = bench();
    let editor = beside(&bench.world, "seen/editor");
    let commit = |text: &str| {
        script(
            &editor,
            &format!(
                "#!/bin/sh\ngrep -q '^#' \"$1\" || exit 1\n{{ printf '{text}'; cat \"$1\"; }} > \"$1.new\" && mv \"$1.new\" \"$1\"\n"
            ),
        );
        let mut command = bench.world.command("git");
        bench.ran(
            command
                .env("GIT_EDITOR", &editor)
                .args(["commit", "--allow-empty"]),
        )
    };
    let ran = commit("no form\\n");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("✗ form"), "{}", ran.stderr);
    // What the user wrote is kept by git for another try.
    let kept = fs::read_to_string(bench.world.repo().join(".git/COMMIT_EDITMSG")).unwrap();
    assert!(kept.starts_with("no form\n"), "{kept}");
    commit("Fix: written\\n\\n# SECRETLY nothing\\n");
    commit("Fix: written\\n").code(0);
    assert_eq!(subject(&bench), "Fix: written\n");
}

#[test]
fn of_amending_and_of_merging() {
    let bench = bench();
    bench.passes(&["commit", "--allow-empty", "-m", "Fix: one"]);
    bench.passes(&["commit", "--amend", "--allow-empty", "--no-edit"]);
    bench.stops(
        &["commit", "--amend", "--allow-empty", "-m", "no form"],
        &FORM_ALONE,
    );
    bench
        .world
        .git(["switch", "--quiet", "-c", "side", "HEAD~1"]);
    bench.passes(&["commit", "--allow-empty", "-m", "Fix: aside"]);
    bench.stops(&["merge", "--no-ff", "-m", "Merge", "main"], &FORM_ALONE);
    bench.world.git(["merge", "--abort"]);
    bench.passes(&["merge", "--no-ff", "-m", "Fix: merge", "main"]);
}

#[test]
fn a_push_asks_nothing_about_messages() {
    let bench = bench();
    bench.with_remote();
    bench.passes(&["commit", "--allow-empty", "--no-verify", "-m", "no form"]);
    bench.pushes(&["origin", "main"]);
    assert_eq!(bench.runs("form"), 0);
}

#[test]
fn a_message_that_is_no_text() {
    let bench = bench();
    let path = beside(&bench.world, "seen/message");
    fs::write(&path, b"Fix: caf\xe9 \x01\x7f\n").unwrap();
    let words = ["commit", "--allow-empty", "-F", path.to_str().unwrap()];
    bench.passes(&words);
    fs::write(&path, b"caf\xe9\n").unwrap();
    bench.stops(&words, &FORM_ALONE);
}
