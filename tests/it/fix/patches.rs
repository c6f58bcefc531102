//! What is in a patch: any file, by any name, with any contents.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;

use super::{config, everything, last_id, mending, read, staged, world};

#[test]
fn new_gone_and_executable_files_and_bytes_that_are_no_text_are_in_it() {
    let script = "printf 'new\\0bin' > made.bin; echo new > made.txt; rm gone.txt; chmod +x run.txt; printf 'caf\\351 good\\n' > latin.txt; mkdir out; echo x > out/ignored";
    let world = world(
        &config(&format!("[\"sh\", \"-c\", '''{script}''']")),
        &[
            (".gitignore", "out\n"),
            ("gone.txt", "x\n"),
            ("run.txt", "x\n"),
        ],
    );
    world.write("latin.txt", b"caf\xe9 bad\n");
    world.commit("latin");
    let before = everything(&world);
    let shown = world.tend(["fix", "words", "--json"]).code(0).json();
    assert_eq!(everything(&world), before);
    assert_eq!(shown["state"], "left");
    let patch = &shown["patches"][0]["patch"];
    assert_eq!(patch["encoding"], "hex");
    assert_eq!(
        patch["tree"],
        world.git(["rev-parse", "HEAD^{tree}"]).trim()
    );
    let files: Vec<&str> = patch["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        files,
        ["gone.txt", "latin.txt", "made.bin", "made.txt", "run.txt"]
    );
    world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert_eq!(
        world.git(["status", "--porcelain"]),
        "D  gone.txt\nM  latin.txt\nA  made.bin\nA  made.txt\nM  run.txt\n"
    );
    assert_eq!(
        fs::read(world.repo().join("made.bin")).unwrap(),
        b"new\0bin"
    );
    assert_eq!(
        fs::read(world.repo().join("latin.txt")).unwrap(),
        b"caf\xe9 good\n"
    );
    assert!(
        world
            .repo()
            .join("run.txt")
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o100
            != 0
    );
    let again = world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert!(again.stderr.contains("already applied"), "{}", again.stderr);
}

#[test]
fn odd_names_are_no_obstacle() {
    let world = world(&mending(), &[]);
    let odd = OsString::from_vec(b"caf\xe9.txt".to_vec());
    for name in [
        "a b.txt",
        "quo\"te.txt",
        "new\nline.txt",
        "-rf.txt",
        "tab\t.txt",
        "gr\u{f6}\u{df}e.txt",
        "deep/ x/y.txt",
    ] {
        world.write(name, "bad\n");
    }
    fs::write(world.repo().join(&odd), "bad\n").unwrap();
    world.git(["add", "."]);
    world.tend(["fix", "words", "--apply"]).code(0);
    assert_eq!(world.git(["diff", "--name-only"]), "");
    assert_eq!(
        fs::read_to_string(world.repo().join(&odd)).unwrap(),
        "good\n"
    );
    for name in [
        "a b.txt",
        "quo\"te.txt",
        "new\nline.txt",
        "-rf.txt",
        "tab\t.txt",
        "deep/ x/y.txt",
    ] {
        assert_eq!(read(&world, name), "good\n", "{name:?}");
        assert_eq!(staged(&world, name), "good\n", "{name:?}");
    }
}

#[test]
fn ends_of_lines_stay_what_they_are() {
    for (settings, worktree, in_index) in [
        (&["core.autocrlf", "true"], "bad\r\nx\r\n", "bad\nx\n"),
        (&["core.autocrlf", "false"], "bad\r\nx\r\n", "bad\r\nx\r\n"),
    ] {
        let world = world(&mending(), &[("a.txt", "a\n")]);
        world.git(["config", settings[0], settings[1]]);
        world.write("a.txt", worktree);
        world.git(["add", "."]);
        assert_eq!(staged(&world, "a.txt"), in_index);
        world.tend(["fix", "words", "--apply"]).code(0);
        assert_eq!(staged(&world, "a.txt"), in_index.replace("bad", "good"));
        assert_eq!(read(&world, "a.txt"), worktree.replace("bad", "good"));
        assert_eq!(world.git(["diff", "--name-only"]), "");
    }
}

#[test]
fn tasks_mend_one_after_the_other_and_a_commit_can_be_mended() {
    let two = format!(
        "{}[task.more]\nrun = [\"true\"]\nfix = [\"sh\", \"-c\", \"sed -i s/good/better/ a.txt\"]\n",
        mending()
    );
    let world = world(&two, &[("a.txt", "a\n")]);
    world.write("a.txt", "bad\n");
    let commit = world.commit("bad");
    world.write("a.txt", "bad\nmore\n");
    world.git(["add", "."]);
    world.tend(["fix", "words", "more", "--apply"]).code(0);
    assert_eq!(staged(&world, "a.txt"), "better\nmore\n");
    assert_eq!(read(&world, "a.txt"), "better\nmore\n");
    let ran = world.tend(["fix", "words", "--commit", &commit]).code(0);
    assert!(
        ran.stdout.contains("@@ -1 +1 @@\n-bad\n+good\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn it_runs_in_the_folder_of_its_task_and_what_is_linked_is_no_part_of_it() {
    let script = "test -e ../deps/x && sed -i s/bad/good/ \"$@\" && echo new > made.txt";
    let world = world(
        &config(&format!(
            "[\"sh\", \"-c\", '''{script}''', \"sh\", \"{{files}}\"]\nroot = \"web\"\nlink = [\"deps\"]"
        )),
        // A link is no folder: this does not match it.
        &[(".gitignore", "deps/\n"), ("web/a.txt", "a\n")],
    );
    world.write("deps/x", "");
    world.write("web/a.txt", "bad\n");
    world.write("b.txt", "bad\n");
    world.git(["add", "."]);
    world.tend(["fix", "words", "--apply"]).code(0);
    assert_eq!(
        world.git(["status", "--porcelain"]),
        "A  b.txt\nM  web/a.txt\nA  web/made.txt\n"
    );
    assert_eq!(read(&world, "web/a.txt"), "good\n");
    assert_eq!(read(&world, "b.txt"), "bad\n");
}
