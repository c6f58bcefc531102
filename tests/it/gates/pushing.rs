//! A push goes where all that it pushes has passed, and says what has not.

use super::*;

/// Ten branches, of which these are bad; no gate has seen any of them.
fn with_ten_branches(bench: &Bench, bad: &[usize]) {
    for number in 0..10 {
        let name = format!("topic-{number}");
        bench.world.git(["switch", "--quiet", "-c", &name, "main"]);
        let text = if bad.contains(&number) { "BAD" } else { "fine" };
        bench.stage(&format!("src/{name}.txt"), &format!("{text} {number}\n"));
        bench
            .world
            .git(["commit", "--quiet", "--no-verify", "-m", &name]);
    }
    bench.world.git(["switch", "--quiet", "main"]);
}

fn branches() -> Vec<String> {
    (0..10).map(|number| format!("topic-{number}")).collect()
}

#[test]
fn ten_branches_in_one_push() {
    let bench = Bench::new(&ALL);
    bench.with_remote();
    with_ten_branches(&bench, &[7]);
    let branches = branches();
    let mut words = vec!["origin"];
    words.extend(branches.iter().map(String::as_str));
    let ran = bench.push_refused(&words, "✗ tree");
    let bad = bench.world.git(["rev-parse", "--short=7", "topic-7"]);
    assert!(ran.stderr.contains(bad.trim()), "{bad}: {}", ran.stderr);
    assert!(ran.stderr.contains("src/topic-7.txt"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("✗ tree").count(), 1, "{}", ran.stderr);
    assert_eq!(bench.runs_once_each("tree"), 10);
    assert_eq!(bench.on_remote("topic-1"), None, "none of them");
    words.retain(|name| *name != "topic-7");
    bench.pushes(&words);
    assert_eq!(bench.runs_once_each("tree"), 10);
    assert!(bench.on_remote("topic-9").is_some());
}

#[test]
fn more_than_a_few_that_are_bad_are_counted() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    with_ten_branches(&bench, &[0, 1, 2, 3, 4, 5, 6]);
    let ran = bench.push_refused(&["--all", "origin"], "and 2 more");
    assert_eq!(ran.stderr.matches("✗ tree").count(), 5, "{}", ran.stderr);
}

#[test]
fn a_push_of_what_was_judged_runs_nothing() {
    let bench = Bench::new(&ALL);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.pushes(&["origin", "main"]);
    bench.pushes(&["origin", "main:other", "HEAD:refs/heads/third"]);
    for (name, ..) in ALL {
        assert_eq!(bench.runs(name), 1, "{name}");
    }
}

#[test]
fn only_the_tip_has_to_be_fine() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    bench.stage("src/a.txt", "BAD\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "bad"]);
    bench.stage("src/a.txt", "fine\n");
    bench.passes(&["commit", "-m", "mended"]);
    bench.pushes(&["origin", "main"]);
}

#[test]
fn a_forced_push_is_judged_too() {
    let bench = Bench::new(&ALL);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.with_remote();
    bench.stage("src/a.txt", "BAD\n");
    bench
        .world
        .git(["commit", "--quiet", "--amend", "--no-verify", "--no-edit"]);
    bench.push_refused(&["--force", "origin", "main"], "✗ tree");
    bench.push_refused(&["--force-with-lease", "origin", "+main"], "✗ each");
    bench.stage("src/a.txt", "better\n");
    bench.passes(&["commit", "--amend", "--no-edit"]);
    bench.pushes(&["--force", "origin", "main"]);
    assert_eq!(bench.on_remote("main"), Some(head(&bench.world)));
}

#[test]
fn tags_are_judged_by_what_they_name() {
    // Of one that looks at each file by itself no verdict is about a whole tree.
    let bench = Bench::new(&[ALL[0], ALL[1], ALL[3]]);
    bench.with_remote();
    bench.stage("src/a.txt", "BAD\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "bad"]);
    bench.world.git(["tag", "light"]);
    bench
        .world
        .git(["tag", "-a", "-m", "annotated", "annotated"]);
    bench
        .world
        .git(["tag", "-a", "-m", "of a tag", "nested", "annotated"]);
    bench.world.git(["tag", "tree", "HEAD^{tree}"]);
    bench.world.git(["tag", "older-tree", "HEAD~1^{tree}"]);
    bench.world.git(["tag", "file", "HEAD:src/b.txt"]);
    for bad in ["light", "annotated", "nested", "tree"] {
        bench.push_refused(&["origin", bad], "✗ tree");
        assert_eq!(bench.on_remote(bad), None);
    }
    assert_eq!(bench.runs_once_each("tree"), 1, "all of the same tree");
    // Which commit it is of, nobody says, and no gate has seen it.
    bench.push_refused(&["origin", "older-tree"], "⏸ tree is held");
    assert_eq!(bench.runs_once_each("tree"), 1);
    bench.world.git(["rm", "--quiet", "-f", "src/a.txt"]);
    bench.passes(&["commit", "-m", "mended"]);
    bench.world.git(["tag", "known-tree", "HEAD^{tree}"]);
    bench.pushes(&["origin", "known-tree"]);
    assert_eq!(bench.runs_once_each("tree"), 2);
    // A file is no tree: there is nothing to judge.
    bench.pushes(&["origin", "file"]);
    bench.push_refused(&["--tags", "origin"], "✗ tree");
}

#[test]
fn deleting_a_branch_asks_nobody() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    bench.stage("src/a.txt", "BAD\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "bad"]);
    bench
        .world
        .git(["push", "--quiet", "--no-verify", "origin", "main:side"]);
    let runs = bench.runs_once_each("tree");
    bench.pushes(&["origin", ":side"]);
    assert_eq!(bench.on_remote("side"), None);
    assert_eq!(bench.runs_once_each("tree"), runs);
    // Beside something that is pushed, that is judged.
    bench
        .world
        .git(["push", "--quiet", "--no-verify", "origin", "main:side"]);
    bench.push_refused(&["origin", ":side", "main"], "✗ tree");
    assert!(bench.on_remote("side").is_some());
}

#[test]
fn past_the_gates_if_the_user_says_so() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    bench.stage("src/a.txt", "BAD\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "bad"]);
    let runs = bench.runs_once_each("tree");
    bench.pushes(&["--no-verify", "origin", "main"]);
    assert_eq!(bench.on_remote("main"), Some(head(&bench.world)));
    assert_eq!(bench.runs_once_each("tree"), runs);
}

#[test]
fn what_was_not_made_here_is_held() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    let remote = beside(&bench.world, "remote.git");
    let other = beside(&bench.world, "other");
    let words = [
        "clone",
        "--quiet",
        remote.to_str().unwrap(),
        other.to_str().unwrap(),
    ];
    bench.world.git(words);
    fs::write(other.join("src/theirs.txt"), "theirs\n").unwrap();
    for words in [
        &["add", "."][..],
        &["commit", "-qm", "theirs"],
        &["push", "-q"],
    ] {
        crate::hooks::git_in(&bench.world, &other, words);
    }
    bench.world.git(["pull", "--quiet", "--ff-only"]);
    bench.push_refused(&["origin", "main:side"], "⏸ tree is held");
    assert_eq!(bench.runs("tree"), 0);
    bench
        .world
        .tend(["trust", "--commit", &head(&bench.world)])
        .code(0);
    bench.pushes(&["origin", "main:side"]);
    assert_eq!(bench.runs("tree"), 1);
}

#[test]
fn what_git_says_and_nobody_understands_is_not_pushed() {
    let bench = Bench::new(&TREE);
    let tip = head(&bench.world);
    let zero = "0".repeat(40);
    let hook = |said: &str| {
        let path = beside(&bench.world, "seen/said");
        fs::write(&path, said).unwrap();
        let mut command = bench.world.tend_command();
        let words = ["hook", "pre-push", "origin", "somewhere"];
        bench.ran(command.args(words).stdin(fs::File::open(path).unwrap()))
    };
    hook("").code(0);
    hook(&format!("refs/heads/a {tip} refs/heads/a {zero}\n")).code(0);
    hook(&format!("(delete) {zero} refs/heads/a {tip}\n")).code(0);
    for said in [
        "nonsense\n".to_owned(),
        format!("refs/heads/a {} refs/heads/a {zero}\n", &tip[..39]),
        format!("refs/heads/a {} refs/heads/a {zero}\n", "1".repeat(40)),
    ] {
        let ran = hook(&said);
        assert_eq!(ran.code, 1, "{said}: {}", ran.stderr);
        assert!(ran.stderr.contains("nothing is pushed"), "{}", ran.stderr);
    }
}

#[test]
fn gates_of_the_push_alone_are_asked_there_alone() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    let gates = [("own_tests", LOOK, "")];
    let text = bench.config(&gates, &["pre-push"], "60s", "");
    bench.stage("tend.toml", &text);
    bench.world.tend(["trust", "--yes"]).code(0);
    bench.stage("src/a.txt", "BAD\n");
    bench.passes(&["commit", "-m", "not asked"]);
    assert_eq!(bench.runs("own_tests"), 0);
    bench.push_refused(&["origin", "main"], "✗ own_tests");
    bench.stage("src/a.txt", "fine\n");
    bench.passes(&["commit", "-m", "mended"]);
    bench.pushes(&["origin", "main"]);
    assert_eq!(bench.runs("own_tests"), 2);
}

#[test]
fn what_the_worktree_holds_meanwhile_is_not_pushed() {
    let bench = Bench::new(&ALL);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "good"]);
    bench.stage("src/a.txt", "BAD\n");
    bench.world.write("src/b.txt", "BAD\n");
    bench.pushes(&["origin", "main"]);
}
