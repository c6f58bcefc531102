//! `git tend fix`: fixers run in a workspace, what they changed is a patch, and it reaches the index and the worktree
//! only together, when that is asked for.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, World, real_tools_required};

/// Turns every `bad` of the files it is given into `good`, and says that something is left.
const MENDER: &str = "for file; do sed -i s/bad/good/ \"$file\"; done; exit 1";

fn config(fix: &str) -> String {
    format!(
        "[defaults]\nbuiltin = false\n[task.words]\nrun = [\"grep\", \"bad\", \"{{files}}\"]\nfiles = [\"**/*.txt\"]\nfix = {fix}\n"
    )
}

fn mending() -> String {
    config(&format!(
        "[\"sh\", \"-c\", '''{MENDER}''', \"sh\", \"{{files}}\"]"
    ))
}

/// A world whose task `words` has this configuration, approved, and these files.
fn world(config: &str, files: &[(&str, &str)]) -> World {
    let world = World::with_config(config);
    for (path, text) in files {
        world.write(path, text);
    }
    world.commit("files");
    world.tend(["trust", "--yes"]).code(0);
    world
}

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.repo().join(path)).unwrap()
}

/// What is staged of a file.
fn staged(world: &World, path: &str) -> String {
    world.git(["show", &format!(":{path}")])
}

/// Everything that must stay as it is unless a patch is applied: the index's bytes, every file, the stash and the refs.
fn everything(world: &World) -> Vec<(String, Vec<u8>)> {
    let git_dir = world.git(["rev-parse", "--path-format=absolute", "--git-dir"]);
    let mut found = vec![
        (
            "index".to_owned(),
            fs::read(Path::new(git_dir.trim()).join("index")).unwrap(),
        ),
        ("refs".to_owned(), world.git(["for-each-ref"]).into_bytes()),
        (
            "stash".to_owned(),
            world.git(["stash", "list"]).into_bytes(),
        ),
    ];
    let mut paths = vec![world.repo().to_path_buf()];
    while let Some(path) = paths.pop() {
        if path.file_name().is_some_and(|name| name == ".git") {
            continue;
        }
        if path.is_dir() {
            paths.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            found.push((
                format!("{} {mode:o}", path.display()),
                fs::read(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

fn last_fix(world: &World) -> Value {
    let all = world.tend(["queue", "--all", "--json"]).code(0).json();
    let jobs = all["jobs"].as_array().unwrap();
    jobs.iter()
        .max_by_key(|job| job["queued_at"].as_str().unwrap().to_owned())
        .unwrap()
        .clone()
}

fn last_id(world: &World) -> String {
    last_fix(world)["id"].as_str().unwrap().to_owned()
}

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
    // The worktree has it, the index takes it.
    world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert_eq!(staged(&world, "a.txt"), "good\n");
    assert_eq!(read(&world, "a.txt"), "good\n");
}

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
fn a_fixer_that_crashes_leaves_nothing() {
    for (script, says) in [
        (
            "echo half > a.txt; echo boom >&2; exit 3",
            "it exited with 3: boom",
        ),
        ("echo half > a.txt; kill -9 $$", "it was killed by signal 9"),
    ] {
        let world = world(
            &config(&format!("[\"sh\", \"-c\", '''{script}''']")),
            &[("a.txt", "bad\n")],
        );
        let before = everything(&world);
        let ran = world.tend(["fix", "words", "--apply"]).code(1);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(everything(&world), before);
        assert_eq!(last_fix(&world)["state"], "failed");
    }
    let missing = world(&config("[\"no-such-fixer\"]"), &[("a.txt", "bad\n")]);
    let ran = missing.tend(["fix", "words"]).code(1);
    assert!(
        ran.stderr.contains("no-such-fixer is not installed"),
        "{}",
        ran.stderr
    );
}

#[test]
fn nobody_runs_a_fixer_that_was_not_approved() {
    let world = World::with_config(&mending());
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    let ran = world.tend(["fix", "words"]).code(3);
    assert!(
        ran.stderr.contains("git tend trust words"),
        "{}",
        ran.stderr
    );
    // Without a name it is left out, and that is said.
    let ran = world.tend(["fix"]).code(0);
    assert!(
        ran.stderr.contains("words is left out: not approved"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    let shown = world.tend(["trust", "--yes"]).code(0);
    assert!(shown.stderr.contains("fix: sh -c "), "{}", shown.stderr);
    world.tend(["fix"]).code(0);
    // Another fixer is another task.
    world.write("tend.toml", config("[\"rm\", \"-rf\", \".\"]"));
    let ran = world.tend(["fix", "words"]).code(3);
    assert!(ran.stderr.contains("not approved"), "{}", ran.stderr);
    let shown = world.tend(["trust", "--yes"]).code(0);
    assert!(
        shown.stderr.contains("+ fix: [\"rm\", \"-rf\", \".\"]"),
        "{}",
        shown.stderr
    );
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

#[test]
fn a_job_that_found_something_names_its_task() {
    let world = world(&mending(), &[("a.txt", "a\n")]);
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    world.tend(["run", "words"]);
    let ran = world.tend(["fix", &last_id(&world)]).code(0);
    assert!(ran.stdout.contains("+good\n"), "{}", ran.stdout);
    let ran = world.tend(["fix", "word"]).code(2);
    assert!(ran.stderr.contains("did you mean words?"), "{}", ran.stderr);
}

#[test]
fn where_a_fixer_cannot_stand_is_said() {
    for (text, says) in [
        ("[task.x]\nrun = [\"a\"]\nfix = []\n", "`fix` is empty"),
        (
            "[task.x]\nrun = [\"a\"]\nfix = [\"ruff check\"]\n",
            "write `fix = [\"ruff\", \"check\"]`",
        ),
        (
            "[task.code_analysis]\nfix = [\"a\"]\n",
            "only a task with a command of its own has `fix`",
        ),
    ] {
        let ran = World::with_config(text).tend(["config", "check"]).code(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let world = World::with_config("[task.x]\nrun = [\"make\", \"lint\"]\n");
    let ran = world.tend(["fix", "x"]).code(2);
    assert!(
        ran.stderr.contains("no fixer of x is known"),
        "{}",
        ran.stderr
    );
}

/// The variable with which the tools of `target/tools` are found, if all of these are there.
#[track_caller]
fn tools(programs: &[&str]) -> Option<String> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = [tools.join("python/bin"), tools.join("node_modules/.bin")]
        .into_iter()
        .chain(std::env::split_paths(&machine))
        .collect();
    let has = |name: &&str| folders.iter().any(|folder| folder.join(name).is_file());
    let missing: Vec<_> = programs.iter().filter(|name| !has(name)).collect();
    assert!(
        missing.is_empty() || !real_tools_required(),
        "TEND_TEST_REAL=1 and {missing:?} are missing: .ci/tools installs them"
    );
    if !missing.is_empty() {
        eprintln!("not tested: {missing:?} are missing");
        return None;
    }
    Some(
        std::env::join_paths(folders)
            .unwrap()
            .into_string()
            .unwrap(),
    )
}

#[test]
fn ruff_and_eslint_mend_what_code_analysis_finds() {
    let Some(path) = tools(&["ruff", "eslint"]) else {
        return;
    };
    let world = world(
        "[defaults]\nbuiltin = false\n[task.code_analysis]\ntools = [\"ruff\", \"eslint\"]\n",
        &[
            ("pyproject.toml", "[tool.ruff]\nlint.select = ['F']\n"),
            ("old.py", "import os\n"),
            ("package.json", "{\"name\": \"a\", \"type\": \"module\"}\n"),
            (
                "web/eslint.config.js",
                "export default [{ rules: { 'prefer-const': 'error', 'no-undef': 'error' } }];\n",
            ),
        ],
    );
    world.write(
        "app/a b.py",
        "import os\nimport sys\n\nprint(sys.path, undefined)\n",
    );
    world.write("web/src/a.js", "let a = 1;\nexport default a + b;\n");
    world.git(["add", "."]);
    let before = everything(&world);
    let ran = world
        .tend_with(&[("PATH", &path)], ["fix", "code_analysis", "--json"])
        .code(0);
    assert_eq!(everything(&world), before);
    let shown = ran.json();
    let patch = &shown["patches"][0]["patch"];
    let fixers: Vec<_> = patch["fixers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["tool"].as_str().unwrap(),
                it["exit_code"].as_i64().unwrap(),
            )
        })
        .collect();
    // Both have something left that they cannot mend.
    assert_eq!(fixers, [("ruff", 1), ("eslint", 1)]);
    assert_eq!(patch["fixers"][0]["version"], "0.17.6");
    assert_eq!(patch["files"][0]["tools"][0], "ruff");
    world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert_eq!(
        staged(&world, "app/a b.py"),
        "import sys\n\nprint(sys.path, undefined)\n"
    );
    assert_eq!(
        read(&world, "web/src/a.js"),
        "const a = 1;\nexport default a + b;\n"
    );
    assert_eq!(read(&world, "old.py"), "import os\n");
    world
        .tend_with(
            &[("PATH", &path)],
            ["fix", "code_analysis", "--all", "--apply"],
        )
        .code(0);
    assert_eq!(read(&world, "old.py"), "");
}

#[test]
fn checks_of_rust_and_go_have_fixers() {
    let Some(path) = tools(&["cargo", "cargo-clippy", "gofmt"]) else {
        return;
    };
    let world = world(
        "[defaults]\nbuiltin = false\n[task.fmt]\nrun = [\"cargo\", \"fmt\", \"--check\"]\n[task.lint]\nrun = [\"cargo\", \"clippy\", \"--offline\", \"--\", \"-D\", \"warnings\"]\n[task.go]\nrun = [\"gofmt\", \"-l\", \".\"]\n",
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
            ),
            (".gitignore", "target\n"),
            ("src/lib.rs", ""),
        ],
    );
    world.write("src/lib.rs", "pub fn f( x: i32 ) -> i32 { return x }\n");
    world.write("a.go", "package a\nvar  x   = 1\n");
    world.git(["add", "."]);
    let home = std::env::var("HOME").unwrap();
    let (cargo, rustup) = (format!("{home}/.cargo"), format!("{home}/.rustup"));
    let vars = [
        ("PATH", path.as_str()),
        ("CARGO_HOME", cargo.as_str()),
        ("RUSTUP_HOME", rustup.as_str()),
    ];
    let ran = world.tend_with(&vars, ["fix", "--apply"]).code(0);
    assert_eq!(
        staged(&world, "src/lib.rs"),
        "pub fn f(x: i32) -> i32 {\n    x\n}\n",
        "{}",
        ran.stderr
    );
    assert_eq!(read(&world, "a.go"), "package a\n\nvar x = 1\n");
    // Cargo made a lock file; nobody asked for it.
    assert_eq!(
        world.git(["status", "--porcelain"]),
        "A  a.go\nM  src/lib.rs\n"
    );
}
