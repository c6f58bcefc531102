//! Where files are: worktrees, submodules, the index.

use super::*;

#[test]
fn linked_worktrees_share_objects_and_have_their_own_head() {
    let repo = TestRepo::new(&[]);
    repo.commit_files(&[("a", "1")]);
    let linked = repo.beside("linked");
    repo.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    fs::create_dir(linked.join("deep")).unwrap();
    let located = at(&linked.join("deep"));
    assert_eq!(located.worktree.as_deref(), Some(&*linked));
    assert_eq!(located.git_dir, repo.top().join(".git/worktrees/linked"));
    assert_eq!(located.common_dir, repo.top().join(".git"));
    assert!(!located.bare);
    assert_eq!(
        both(&located, Repo::head).unwrap().branch(),
        Some("refs/heads/side")
    );
    compare_everything(&located);
    let listed = both(&located, Repo::worktrees).unwrap();
    let paths: Vec<_> = listed.iter().map(|entry| entry.path.as_path()).collect();
    assert_eq!(paths, [repo.top(), &linked]);
    assert!(
        listed
            .iter()
            .all(|entry| entry.head.is_some() && !entry.bare)
    );
}

#[test]
fn linked_worktrees_of_a_bare_repository_have_files() {
    let repo = TestRepo::new(&["--bare"]);
    history(&repo);
    let linked = repo.beside("linked");
    repo.git(&[
        "worktree",
        "add",
        "--quiet",
        "--no-checkout",
        linked.to_str().unwrap(),
        "side",
    ]);
    for own_config in [false, true] {
        if own_config {
            repo.git(&["config", "extensions.worktreeConfig", "true"]);
            repo.git(&["config", "--unset", "core.bare"]);
            repo.git(&["config", "--worktree", "core.bare", "true"]);
        }
        let located = at(&linked);
        assert_eq!(
            (located.worktree.as_deref(), located.bare),
            (Some(&*linked), false)
        );
        let main = at(repo.top());
        assert_eq!((&main.worktree, main.bare), (&None, true));
        assert!(Repo::open(&main).unwrap().worktrees().unwrap()[0].bare);
    }
}

#[test]
fn submodules_are_repositories_of_their_own() {
    let inner = TestRepo::new(&[]);
    let oid = inner.commit_files(&[("a", "1")]);
    let outer = TestRepo::new(&[]);
    outer.git(&[
        "submodule",
        "--quiet",
        "add",
        inner.top().to_str().unwrap(),
        "lib/in ner",
    ]);
    outer.commit("submodule");
    let located = at(&outer.top().join("lib/in ner"));
    assert_eq!(located.worktree, Some(outer.top().join("lib/in ner")));
    assert_eq!(located.git_dir, outer.top().join(".git/modules/lib/in ner"));
    compare_everything(&located);
    compare_everything(&outer.located());
    let repo = outer.open();
    let tip = repo.head().unwrap().oid().unwrap().clone();
    let entries = repo.entries(&tip).unwrap();
    let link = entries
        .iter()
        .find(|entry| entry.mode == Mode::Gitlink)
        .unwrap();
    assert_eq!(link.oid, oid);
    assert!(repo.is_clean().unwrap());
}

#[test]
fn the_index_and_the_worktree() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let repo = TestRepo::new(options);
        repo.write("kept", "1");
        repo.write("changed", "1");
        repo.write("gone", "1");
        repo.write(".gitignore", "ignored\n");
        repo.commit("start");
        let open = repo.open();
        assert!(open.is_clean().unwrap() && open.status().unwrap().is_empty());
        repo.write("changed", "22");
        repo.write("ignored", "1");
        repo.write("new folder/é\n", "1");
        repo.write("staged", "1");
        repo.git(&["add", "staged"]);
        fs::remove_file(repo.top().join("gone")).unwrap();
        assert!(!open.is_clean().unwrap());
        assert_eq!(open.untracked().unwrap(), ["new folder/é\n"]);
        let status: Vec<_> = open
            .status()
            .unwrap()
            .into_iter()
            .map(|entry| {
                format!(
                    "{}{} {}",
                    entry.staged as char, entry.unstaged as char, entry.path
                )
            })
            .collect();
        assert_eq!(
            status,
            [".M changed", ".D gone", "A. staged", ".? new folder/é\n"]
        );
        let index: Vec<_> = open
            .index()
            .unwrap()
            .into_iter()
            .map(|entry| entry.path)
            .collect();
        assert_eq!(index, [".gitignore", "changed", "gone", "kept", "staged"]);
    }
}

#[test]
fn conflicts_are_in_the_status_and_in_the_index() {
    let repo = TestRepo::new(&[]);
    repo.commit_files(&[("a b", "0")]);
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.commit_files(&[("a b", "1")]);
    repo.git(&["checkout", "--quiet", "main"]);
    repo.commit_files(&[("a b", "2")]);
    let merge = repo
        .open()
        .git(["merge", "--quiet", "side"])
        .output()
        .unwrap();
    assert_eq!(merge.code, Some(1));
    let open = repo.open();
    let status = open.status().unwrap();
    assert_eq!(
        (
            status[0].path.as_slice(),
            status[0].staged,
            status[0].unstaged
        ),
        (&b"a b"[..], b'U', b'U')
    );
    assert_eq!(
        open.index()
            .unwrap()
            .iter()
            .map(|entry| entry.stage)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
}
