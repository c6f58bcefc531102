//! What is judged is what git is about to commit, however it was told what that is.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::*;

#[test]
fn what_is_staged_is_judged_and_nothing_else() {
    let bench = Bench::new(&ALL);
    // Bad in the worktree, not staged, not tracked: not committed either.
    bench.world.write("src/b.txt", "BAD\n");
    bench.world.write("src/new.txt", "BAD\n");
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    assert_eq!(bench.runs("tree"), 1);

    // Bad where it is staged, fine in the worktree.
    bench.stage("src/a.txt", "BAD\n");
    bench.world.write("src/a.txt", "fine again\n");
    bench.world.write("src/b.txt", "fine\n");
    let ran = bench.stops(&["commit", "-m", "bad"], &ALL);
    assert!(ran.stderr.contains("src/a.txt:1"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("nothing is committed"),
        "{}",
        ran.stderr
    );
    assert_eq!(bench.world.git(["stash", "list"]).lines().count(), 1);
}

#[test]
fn commit_all_has_an_index_of_its_own() {
    let bench = Bench::new(&ALL);
    bench.world.write("src/a.txt", "BAD\n");
    // Without `-a`, what is staged is fine.
    bench.stage("src/b.txt", "fine too\n");
    bench.stops(&["commit", "-am", "bad"], &ALL);
    bench.world.write("src/a.txt", "better\n");
    bench.passes(&["commit", "-am", "good"]);
    assert_eq!(bench.world.git(["show", "HEAD:src/a.txt"]), "better\n");
}

#[test]
fn commit_all_of_what_is_staged_badly_is_fine() {
    let bench = Bench::new(&ALL);
    bench.stage("src/a.txt", "BAD\n");
    bench.world.write("src/a.txt", "fine after all\n");
    bench.passes(&["commit", "-am", "good"]);
}

#[test]
fn commit_of_paths_takes_these_alone() {
    let bench = Bench::new(&ALL);
    bench.stage("src/b.txt", "BAD\n");
    bench.world.write("src/a.txt", "fine too\n");
    // What is staged besides is not committed.
    bench.passes(&["commit", "-m", "good", "src/a.txt"]);
    assert_eq!(
        bench.world.git(["diff", "--cached", "--name-only"]),
        "src/b.txt\n"
    );
    bench.world.write("src/a.txt", "BAD\n");
    bench.world.git(["reset", "--quiet", "src/b.txt"]);
    bench.stops(&["commit", "-m", "bad", "src/a.txt"], &ALL);
    bench.stops(&["commit", "-m", "bad", "--include", "src/a.txt"], &ALL);
}

#[test]
fn files_that_are_only_intended_to_be_added_are_not_there() {
    let bench = Bench::new(&ALL);
    bench.world.write("src/new.txt", "BAD\n");
    bench.world.git(["add", "--intent-to-add", "src/new.txt"]);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    let listed = bench.world.git(["ls-files", "src/new.txt"]);
    assert_eq!(listed, "src/new.txt\n", "still intended");
    bench.stops(&["commit", "-am", "bad"], &ALL);
    // An intended file is not an empty one: a gate that counts sees as many as git commits.
    assert_eq!(
        bench
            .world
            .git(["ls-tree", "--name-only", "HEAD", "src/new.txt"]),
        ""
    );
}

#[test]
fn partially_staged_files_are_judged_as_staged() {
    let bench = Bench::new(&ALL);
    bench.stage("src/a.txt", "one\ntwo\n");
    bench.world.write("src/a.txt", "one\ntwo\nBAD\n");
    bench.passes(&["commit", "-m", "good"]);
    assert_eq!(bench.world.git(["diff", "--name-only"]), "src/a.txt\n");

    // The same with the hands of `add --patch`.
    bench.world.write("src/b.txt", "BAD\nfine\nlast\n");
    let mut add = bench.world.command("git");
    let mut add = add
        .args(["add", "--patch", "src/b.txt"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut add.stdin.take().unwrap(), b"s\ny\nn\n").unwrap();
    assert!(add.wait().unwrap().success());
    let staged = bench.world.git(["show", ":src/b.txt"]);
    assert_eq!(staged, "BAD\nfine\n");
    bench.stops(&["commit", "-m", "bad"], &ALL);
}

#[test]
fn removed_renamed_and_executable_files_are_as_staged() {
    let bench = Bench::new(&[(
        "shape",
        r#"["sh", "-c", "test -x src/a* && test ! -e src/b* && test -L src/l*k && test \"$(cat src/m*d.txt)\" = fine"]"#,
        "",
    )]);
    let gates = [("shape", "", "")];
    bench.stage("src/b.txt", "another\n");
    bench.stops(&["commit", "-m", "not yet"], &gates);
    bench.world.git(["rm", "--quiet", "-f", "src/b.txt"]);
    bench.world.git(["mv", "src/sub/c.txt", "src/moved.txt"]);
    std::os::unix::fs::symlink("a.txt", bench.world.repo().join("src/link")).unwrap();
    bench.world.git(["add", "src/link"]);
    bench.stops(&["commit", "-m", "not yet"], &gates);
    let path = bench.world.repo().join("src/a.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    bench.stops(&["commit", "-m", "not staged yet"], &gates);
    bench.world.git(["add", "src/a.txt"]);
    bench.passes(&["commit", "-m", "good"]);
}

#[test]
fn the_first_commit_of_all_is_judged() {
    let bench = Bench {
        world: World::unborn(),
    };
    for folder in ["runs", "seen"] {
        fs::create_dir_all(beside(&bench.world, folder)).unwrap();
    }
    let text = bench.config(&ALL, &["pre-commit"], "60s", "");
    bench.world.write("tend.toml", text);
    bench.ready();
    bench.stage("src/a.txt", "BAD\n");
    let ran = bench.try_git(&["commit", "-m", "bad"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for (name, ..) in ALL {
        assert!(ran.stderr.contains(&format!("✗ {name}")), "{}", ran.stderr);
    }
    bench.stage("src/a.txt", "fine\n");
    bench.passes(&["commit", "-m", "good"]);
}

#[test]
fn an_amended_commit_is_judged_as_it_will_be() {
    let bench = Bench::new(&ALL);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.stage("src/a.txt", "BAD\n");
    bench.stops(&["commit", "--amend", "--no-edit"], &ALL);
    bench.world.git(["reset", "--quiet", "--hard"]);
    let runs = bench.runs("tree");
    bench.passes(&["commit", "--amend", "-m", "the message alone"]);
    assert_eq!(bench.runs("tree"), runs, "the tree was judged before");
}

#[test]
fn a_merge_is_judged_as_a_whole() {
    // Each side is fine: two halves that do not belong together.
    let gate = [(
        "together",
        r#"["sh", "-c", "! { test -e src/left && test -e src/right; }"]"#,
        "",
    )];
    let bench = Bench::new(&gate);
    bench.world.git(["switch", "--quiet", "-c", "side"]);
    bench.stage("src/right", "x");
    bench.passes(&["commit", "-m", "right"]);
    bench.world.git(["switch", "--quiet", "main"]);
    bench.stage("src/left", "x");
    bench.passes(&["commit", "-m", "left"]);
    let ran = bench.stops(&["merge", "--no-edit", "side"], &gate);
    assert!(
        ran.stderr.contains("nothing is committed"),
        "{}",
        ran.stderr
    );
    // Solved by hand, it is a commit like any other.
    bench.stops(&["commit", "-m", "merged"], &gate);
    bench.world.git(["rm", "--quiet", "-f", "src/right"]);
    bench.passes(&["commit", "-m", "merged"]);
    let parents = bench.world.git(["log", "-1", "--format=%P"]);
    assert_eq!(parents.split_whitespace().count(), 2);
}

#[test]
fn a_merge_that_is_fine_goes_through() {
    let bench = Bench::new(&ALL);
    bench.world.git(["switch", "--quiet", "-c", "side"]);
    bench.stage("src/right.txt", "fine\n");
    bench.passes(&["commit", "-m", "right"]);
    bench.world.git(["switch", "--quiet", "main"]);
    bench.stage("src/left.txt", "fine\n");
    bench.passes(&["commit", "-m", "left"]);
    let runs = bench.runs("tree");
    bench.passes(&["merge", "--no-edit", "side"]);
    assert_eq!(bench.runs("tree"), runs + 1);
}

#[test]
fn what_another_process_stages_meanwhile_is_judged_by_the_push() {
    let wait = r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; until test -e '[RUNS]/go'; do sleep 0.02; done; ! grep -rn BAD src", "[NAME]"]"#;
    let gates = [("slow", wait, "")];
    let bench = Bench::new(&gates);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    let commit = bench
        .world
        .command("git")
        .args(["commit", "--quiet", "-m", "what was judged?"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until(20, "the gate runs", || {
        (bench.runs("slow") == 1).then_some(())
    });
    bench.stage("src/b.txt", "BAD\n");
    fs::write(bench.runs_folder().join("go"), "").unwrap();
    let ran = Ran::new(&commit.wait_with_output().unwrap()).code(0);
    assert!(!ran.stderr.contains('✗'), "{}", ran.stderr);
    // The index is another one, which is the other process's doing.
    fs::remove_file(beside(&bench.world, "seen/touched")).unwrap();
    assert_eq!(bench.world.git(["show", "HEAD:src/b.txt"]), "BAD\n");
    bench.push_refused(&["origin", "main"], "✗ slow");
    assert_eq!(bench.runs("slow"), 2, "the tree that was committed");
    bench.stage("src/b.txt", "fine\n");
    bench.passes(&["commit", "-m", "mended"]);
    bench.pushes(&["origin", "main"]);
}

#[test]
fn a_folder_that_is_new_has_a_gate_of_its_own() {
    let gates = [(
        "each",
        r#"["sh", "-c", "! grep -rn BAD ."]"#,
        "for_each = \"packages/*\"",
    )];
    let bench = Bench::new(&gates);
    bench.stage("packages/one/package.json", "{}\n");
    bench.stage("packages/one/src.txt", "BAD\n");
    let ran = bench.stops(&["commit", "-m", "bad"], &gates);
    assert!(ran.stderr.contains("packages/one"), "{}", ran.stderr);
    bench.stage("packages/one/src.txt", "fine\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.stage("packages/two/package.json", "{}\n");
    bench.passes(&["commit", "-m", "two"]);
    // One that is gone has none any more.
    bench.with_remote();
    bench.world.git(["rm", "-r", "--quiet", "packages/one"]);
    bench.passes(&["commit", "-m", "gone"]);
    bench.pushes(&["origin", "main"]);
    // Where there is none at all, nobody has looked at anything.
    bench.world.git(["rm", "-r", "--quiet", "packages"]);
    let ran = bench.try_git(&["commit", "-m", "none"]).code(0);
    let why = "? each came to no verdict: none of the folders is there";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    bench.push_refused(&["origin", "main"], why);
}

#[test]
fn a_lock_that_a_killed_git_left_in_a_checkout_of_ours_is_no_hindrance() {
    let bench = Bench::new(&TREE);
    bench.passes(&["commit", "--allow-empty", "-m", "one"]);
    let mut folders = vec![bench.world.home().join(".cache")];
    let mut checkouts = 0;
    while let Some(folder) = folders.pop() {
        if folder.ends_with(".git") {
            fs::write(folder.join("index.lock"), "").unwrap();
            fs::write(folder.join("HEAD.lock"), "").unwrap();
            checkouts += 1;
            continue;
        }
        let entries = fs::read_dir(&folder).unwrap().flatten();
        folders.extend(entries.map(|it| it.path()).filter(|path| path.is_dir()));
    }
    assert!(checkouts > 0);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "two"]);
    assert_eq!(bench.runs("tree"), 2);
}

#[test]
fn a_gate_in_the_worktree_says_nothing_where_that_is_not_what_is_committed() {
    let gates = [("here", LOOK, "workspace = \"worktree\"")];
    let bench = Bench::new(&gates);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "as it lies there"]);
    assert_eq!(bench.runs("here"), 1);
    bench.stage("src/a.txt", "BAD\n");
    bench.stops(&["commit", "-m", "bad"], &gates);

    // Staged and mended: the worktree would give the wrong answer.
    bench.stage("src/a.txt", "BAD again\n");
    bench.world.write("src/a.txt", "mended, not staged\n");
    let ran = bench.try_git(&["commit", "-m", "not judged"]).code(0);
    assert!(ran.stderr.contains("? here"), "{}", ran.stderr);
    assert!(ran.stderr.contains("src/a.txt"), "{}", ran.stderr);
    assert_eq!(bench.runs("here"), 2);
    bench.push_refused(&["origin", "main"], "? here");
    bench.world.git(["checkout", "--quiet", "--", "src/a.txt"]);
    bench.push_refused(&["origin", "main"], "✗ here");
    bench.stage("src/a.txt", "mended\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.pushes(&["origin", "main"]);
}
