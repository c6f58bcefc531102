//! What an applied patch does to the index and the worktree, and what it does not do when it is in the way.

use std::fs;

use super::{everything, last_id, mending, read, staged, world};
use crate::support::Ran;

#[test]
fn what_is_staged_is_mended_and_nothing_is_touched_until_it_is_applied() {
    let world = world(
        &mending(),
        &[("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n"), ("old.txt", "bad\n")],
    );
    // Staged: the first line. Not staged: the last.
    world.write("a.txt", "bad\n2\n3\n4\n5\n6\n7\n8\n");
    world.git(["add", "a.txt"]);
    world.write("a.txt", "bad\n2\n3\n4\n5\n6\n7\nbad too\n");
    let before = everything(&world);
    let ran = world.tend(["fix", "words"]).code(0);
    assert_eq!(everything(&world), before);
    assert!(
        ran.stdout.starts_with("diff --git a/a.txt b/a.txt\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n-bad\n+good\n"));
    // What HEAD has is not what was changed, and what is not staged is nobody's business.
    assert!(!ran.stdout.contains("old.txt") && !ran.stdout.contains("bad too"));
    assert!(ran.stderr.contains("a.txt  +1 −1  sh\n"), "{}", ran.stderr);
    let id = last_id(&world);
    assert!(
        ran.stderr
            .contains(&format!("git tend fix {id} --apply applies it"))
    );

    let applied = world.tend(["fix", &id, "--apply"]).code(0);
    assert!(
        applied
            .stderr
            .contains("applied to the index and the worktree")
    );
    assert_eq!(applied.stdout, "");
    assert_eq!(staged(&world, "a.txt"), "good\n2\n3\n4\n5\n6\n7\n8\n");
    assert_eq!(read(&world, "a.txt"), "good\n2\n3\n4\n5\n6\n7\nbad too\n");
    assert_eq!(world.git(["stash", "list"]), "");

    let after = everything(&world);
    let again = world.tend(["fix", &id, "--apply"]).code(0);
    assert!(
        again.stderr.contains("it is already applied"),
        "{}",
        again.stderr
    );
    assert_eq!(everything(&world), after);
    assert!(
        world
            .tend(["fix", "words"])
            .code(0)
            .stderr
            .contains("nothing to fix")
    );
    assert_eq!(everything(&world), after);
}

#[test]
fn changes_in_its_way_stop_all_of_it() {
    let world = world(&mending(), &[("a.txt", "a\n"), ("b.txt", "b\n")]);
    world.write("a.txt", "bad a\n");
    world.write("b.txt", "bad b\n");
    world.git(["add", "."]);
    world.write("b.txt", "bad b, edited\n");
    let before = everything(&world);
    let ran = world.tend(["fix", "words", "--apply"]).code(1);
    assert_eq!(everything(&world), before);
    assert!(
        ran.stderr
            .contains("b.txt: changes that are not staged are in its way"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("a.txt: "));
    let (_, kept) = ran.stderr.split_once("the patch is in ").unwrap();
    let kept = kept.lines().next().unwrap();
    assert!(fs::read_to_string(kept).unwrap().contains("+good b\n"));
    world.git(["apply", "--cached", "--check", kept]);

    // What was staged has moved on.
    world.write("b.txt", "bad b\n");
    world.write("a.txt", "another\n");
    world.git(["add", "."]);
    let before = everything(&world);
    let ran = world.tend(["fix", &last_id(&world), "--apply"]).code(1);
    assert!(
        ran.stderr
            .contains("a.txt: what is staged is not what was mended"),
        "{}",
        ran.stderr
    );
    assert_eq!(everything(&world), before);
}

#[test]
fn an_index_that_moved_on_elsewhere_takes_it() {
    let world = world(&mending(), &[("a.txt", "a\n"), ("b.txt", "b\n")]);
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    world.tend(["fix", "words"]).code(0);
    world.write("b.txt", "other\n");
    world.git(["add", "."]);
    world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert_eq!(staged(&world, "a.txt"), "good\n");
    assert_eq!(staged(&world, "b.txt"), "other\n");
    assert_eq!(world.git(["status", "--porcelain"]), "M  a.txt\nM  b.txt\n");
}

#[test]
fn the_patch_on_standard_output_is_one_that_git_applies() {
    let world = world(&mending(), &[("a.txt", "a\n")]);
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    let ran = world.tend(["fix", "words", "--quiet"]).code(0);
    world.write("x.patch", &ran.stdout);
    world.git(["apply", "x.patch"]);
    fs::remove_file(world.repo().join("x.patch")).unwrap();
    assert_eq!(read(&world, "a.txt"), "good\n");
    let shown = world.tend(["results", "show", "words"]).code(0);
    assert_eq!(shown.stdout, ran.stdout);
    // The worktree has it, the index takes it.
    world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert_eq!(staged(&world, "a.txt"), "good\n");
    assert_eq!(read(&world, "a.txt"), "good\n");
}

#[test]
fn a_linked_worktree_has_an_index_of_its_own() {
    let mut world = world(&mending(), &[("a.txt", "a\n"), ("deep/b.txt", "b\n")]);
    world.git(["worktree", "add", "--quiet", "../linked"]);
    let main = everything(&world);
    world.enter("linked");
    world.write("deep/b.txt", "bad\n");
    world.git(["add", "."]);
    let output = world
        .tend_command()
        .current_dir(world.repo().join("deep"))
        .args(["fix", "words", "--apply"])
        .output()
        .unwrap();
    Ran::new(&output).code(0);
    assert_eq!(staged(&world, "deep/b.txt"), "good\n");
    assert_eq!(read(&world, "deep/b.txt"), "good\n");
    world.enter("repo");
    let refs = |all: Vec<(String, Vec<u8>)>| -> Vec<_> {
        all.into_iter().filter(|(name, _)| name != "refs").collect()
    };
    assert_eq!(refs(everything(&world)), refs(main));
}

#[test]
fn what_a_sparse_checkout_leaves_out_stays_out() {
    let world = world(&mending(), &[("in/a.txt", "bad\n"), ("out/b.txt", "bad\n")]);
    world.git(["sparse-checkout", "set", "in"]);
    assert!(!world.repo().join("out").exists());
    world.tend(["fix", "words", "--all", "--apply"]).code(0);
    assert_eq!(staged(&world, "out/b.txt"), "good\n");
    assert_eq!(staged(&world, "in/a.txt"), "good\n");
    assert_eq!(read(&world, "in/a.txt"), "good\n");
    assert!(!world.repo().join("out").exists());
    assert_eq!(
        world.git(["status", "--porcelain"]),
        "M  in/a.txt\nM  out/b.txt\n"
    );
}

#[test]
fn another_git_at_work_and_an_index_elsewhere_are_respected() {
    let world = world(&mending(), &[("a.txt", "a\n")]);
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    let lock = world.repo().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let ran = world.tend(["fix", "words", "--apply"]).code(1);
    assert!(
        ran.stderr.contains("another git process uses the index"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(&lock).unwrap(), b"");
    assert_eq!(read(&world, "a.txt"), "bad\n");
    fs::remove_file(&lock).unwrap();
    // As in a hook of `git commit --only`.
    let other = world.folder().join("other-index");
    fs::copy(world.repo().join(".git/index"), &other).unwrap();
    let own = fs::read(world.repo().join(".git/index")).unwrap();
    world
        .tend_with(
            &[("GIT_INDEX_FILE", other.to_str().unwrap())],
            ["fix", "words", "--apply"],
        )
        .code(0);
    assert_eq!(fs::read(world.repo().join(".git/index")).unwrap(), own);
    assert_eq!(read(&world, "a.txt"), "good\n");
    assert!(!lock.exists() && !world.folder().join("other-index.lock").exists());
}
