//! Both ways to an answer give the same one, on every kind of repository.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Debug;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::testing::TestRepo;
use super::*;

fn at(folder: &Path) -> Located {
    discover(folder, &GitEnv::default()).unwrap()
}

/// Asks both, requires the same answer (or two refusals), and returns it.
fn both<T: PartialEq + Debug>(
    located: &Located,
    ask: impl Fn(&Repo) -> Result<T, GitError>,
) -> Result<T, GitError> {
    let fast = ask(&Repo::open(located).unwrap());
    let slow = ask(&Repo::by_plumbing(located));
    match (&fast, &slow) {
        (Ok(fast), Ok(slow)) => assert_eq!(fast, slow),
        (Err(fast), Err(slow)) => assert_eq!(fast.to_string(), slow.to_string()),
        _ => panic!("one answers and one refuses: {fast:?} {slow:?}"),
    }
    fast
}

/// Its bytes, or why there are none: its size, or nothing when it is missing.
type Content = Result<Vec<u8>, Option<u64>>;

fn contents(repo: &Repo, oids: &[Oid], cap: u64) -> Vec<(Oid, Content)> {
    let mut all = Vec::new();
    repo.blobs(cap)
        .unwrap()
        .read(oids, |oid, blob| {
            let blob = match blob {
                Blob::Bytes(bytes) => Ok(bytes.to_vec()),
                Blob::TooLarge { size } => Err(Some(size)),
                Blob::Missing => Err(None),
            };
            all.push((oid.clone(), blob));
        })
        .unwrap();
    all
}

/// Every question that needs nothing but a repository with commits.
fn compare_everything(located: &Located) {
    let head = both(located, Repo::head).unwrap();
    let Some(tip) = head.oid().cloned() else {
        panic!("no commits")
    };
    let commits = both(located, |repo| repo.walk(&tip, None, Parents::All, 100)).unwrap();
    for oid in &commits.oids {
        let meta = both(located, |repo| repo.commit(oid)).unwrap();
        let entries = both(located, |repo| repo.entries(oid)).unwrap();
        for base in meta.parents.iter().map(Some).chain([None]) {
            both(located, |repo| repo.changed(base, oid)).unwrap();
        }
        assert!(both(located, |repo| repo.is_ancestor(oid, &tip)).unwrap());
        let oids: Vec<Oid> = entries.into_iter().map(|entry| entry.oid).collect();
        for cap in [3, 1 << 20] {
            both(located, |repo| Ok(contents(repo, &oids, cap))).unwrap();
        }
        for end in &commits.oids {
            for limit in [1, 100] {
                for parents in [Parents::First, Parents::All] {
                    both(located, |repo| repo.walk(oid, Some(end), parents, limit)).unwrap();
                }
            }
        }
    }
    for rev in [
        "HEAD",
        "HEAD~1",
        "HEAD^{tree}",
        "main",
        "nothing",
        "",
        "-x",
        "HEAD:missing",
        "@{u}",
    ] {
        let _ = both(located, |repo| repo.resolve(rev));
        let _ = both(located, |repo| repo.resolve_commit(rev));
    }
    for key in [
        "core.bare",
        "core.nothing",
        "user.nosuch",
        "remote.origin.url",
    ] {
        both(located, |repo| repo.config(key)).unwrap();
    }
    let absent: Oid = tip
        .as_str()
        .chars()
        .rev()
        .collect::<String>()
        .parse()
        .unwrap();
    assert!(both(located, |repo| repo.contains(&tip)).unwrap());
    assert!(!both(located, |repo| repo.contains(&absent)).unwrap());
    for error in [
        both(located, |repo| repo.commit(&absent)).map(|_| ()),
        both(located, |repo| repo.entries(&absent)).map(|_| ()),
        both(located, |repo| repo.changed(Some(&absent), &tip)).map(|_| ()),
        both(located, |repo| repo.is_ancestor(&absent, &tip)).map(|_| ()),
        both(located, |repo| repo.walk(&absent, None, Parents::First, 9)).map(|_| ()),
    ] {
        assert!(matches!(error, Err(GitError::NotFound { .. })), "{error:?}");
    }
    both(located, |repo| {
        Ok(contents(repo, &[absent.clone(), tip.clone()], 9))
    })
    .unwrap();
}

/// A merge, modes, a folder that becomes a file, names that sort differently as folders, and names that are not UTF-8.
fn history(repo: &TestRepo) {
    let stream: &[u8] = b"blob\nmark :1\ndata 4\none\n\nblob\nmark :2\ndata 6\ntwo\0\n\n\n\
blob\nmark :3\ndata 0\n\n\
commit refs/heads/main\nmark :10\nauthor A <a@x> 1700000000 +0100\ncommitter A <a@x> 1700000000 +0100\ndata 12\n\n\nfirst\nmore\n\
M 100644 :1 a.txt\nM 100755 :2 a/run\nM 120000 :1 link\nM 100644 :3 \"caf\\351/\\377 b\\tc\"\nM 100644 :1 \"new\\nline\"\n\
commit refs/heads/side\nmark :11\nauthor A <a@x> 1700000100 +0100\ncommitter A <a@x> 1700000100 +0100\ndata 4\nside\nfrom :10\nM 100644 :1 side/x\n\
commit refs/heads/main\nmark :12\nauthor A <a@x> 1700000200 -0930\ncommitter A <a@x> 1700000200 +0100\ndata 6\nsecond\nfrom :10\n\
D a/run\nM 100644 :2 a\nM 100644 :1 a-b\nM 100755 :1 a.txt\nM 100644 :2 link\n\
commit refs/heads/main\nmark :13\nauthor A <a@x> 1700000300 +0100\ncommitter A <a@x> 1700000300 +0100\ndata 5\nmerge\nfrom :12\nmerge :11\n\
M 100644 :1 side/x\nD a\nM 100644 :1 a/again\n\
commit refs/heads/main\nmark :14\nauthor A <a@x> 1700000350 +0100\ncommitter A <a@x> 1700000350 +0100\ndata 5\nafter\nfrom :13\n\
D a.txt\nM 100644 :2 a/again\n\
reset refs/heads/lonely\ncommit refs/heads/lonely\nauthor A <a@x> 1700000400 +0100\ncommitter A <a@x> 1700000400 +0100\ndata 6\nlonely\n\n";
    repo.git_in(repo.top(), &["fast-import", "--quiet"], stream);
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
}

#[test]
fn every_format_of_objects_and_refs() {
    for options in [
        &[][..],
        &["--object-format=sha256"],
        &["--ref-format=reftable"],
        &["--bare"],
        &["--bare", "--object-format=sha256", "--ref-format=reftable"],
    ] {
        let repo = TestRepo::new(options);
        history(&repo);
        let located = repo.located();
        assert_eq!(located.bare, options.contains(&"--bare"));
        assert!(located.owned_by_us);
        compare_everything(&located);
        let lonely = repo.tip("lonely");
        let main = repo.tip("main");
        assert!(!both(&located, |repo| repo.is_ancestor(&lonely, &main)).unwrap());
        assert!(
            !both(&located, |repo| repo.walk(
                &main,
                Some(&lonely),
                Parents::All,
                9
            ))
            .unwrap()
            .reached
        );
        assert_eq!(
            both(&located, |repo| repo.merge_base(&lonely, &main)).unwrap(),
            None
        );
    }
}

#[test]
fn unborn_and_detached() {
    for format in ["files", "reftable"] {
        let repo = TestRepo::new(&[&format!("--ref-format={format}")]);
        let unborn = both(&repo.located(), Repo::head).unwrap();
        assert_eq!(
            unborn,
            Head::Unborn {
                branch: "refs/heads/main".into()
            }
        );
        let oid = repo.commit_files(&[("a", "1")]);
        let name = "refs/heads/main".to_owned();
        assert_eq!(
            both(&repo.located(), Repo::head).unwrap(),
            Head::Branch {
                name,
                oid: oid.clone()
            }
        );
        repo.git(&["checkout", "--quiet", "--detach"]);
        assert_eq!(
            both(&repo.located(), Repo::head).unwrap(),
            Head::Detached { oid }
        );
        compare_everything(&repo.located());
    }
}

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
fn shallow_clones_end_at_their_border() {
    let origin = TestRepo::new(&[]);
    for n in 0..5 {
        origin.commit_files(&[("a", &n.to_string())]);
    }
    let clone = origin.beside("clone");
    let url = format!("file://{}", origin.top().display());
    origin.git(&[
        "clone",
        "--quiet",
        "--depth=2",
        &url,
        clone.to_str().unwrap(),
    ]);
    let located = at(&clone);
    compare_everything(&located);
    let tip = origin.tip("main");
    let walk = both(&located, |repo| repo.walk(&tip, None, Parents::First, 100)).unwrap();
    assert_eq!(walk.oids.len(), 2);
    let old = origin.tip("main~4");
    assert!(both(&located, |repo| repo.is_ancestor(&old, &tip)).is_err());
    let upstream = both(&located, |repo| repo.upstream("refs/heads/main")).unwrap();
    assert_eq!(upstream.as_deref(), Some("refs/remotes/origin/main"));
    let default = both(&located, Repo::default_branch).unwrap();
    assert_eq!(default.as_deref(), Some("refs/remotes/origin/main"));
}

#[test]
fn what_a_partial_clone_lacks_is_missing_and_not_fetched() {
    let origin = TestRepo::new(&[]);
    origin.commit_files(&[("a", "content")]);
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = origin.beside("clone");
    let url = format!("file://{}", origin.top().display());
    origin.git(&[
        "clone",
        "--quiet",
        "--no-checkout",
        "--filter=blob:none",
        &url,
        clone.to_str().unwrap(),
    ]);
    let located = at(&clone);
    let tip = origin.tip("main");
    let entries = both(&located, |repo| repo.entries(&tip)).unwrap();
    let oids = [entries[0].oid.clone()];
    let read = both(&located, |repo| Ok(contents(repo, &oids, 99))).unwrap();
    assert_eq!(read, [(oids[0].clone(), Err(None))]);
    assert!(!both(&located, |repo| repo.contains(&oids[0])).unwrap());
}

#[test]
fn ten_thousand_files() {
    let repo = TestRepo::new(&["--bare"]);
    let mut stream =
        Vec::from("commit refs/heads/main\ncommitter A <a@x> 1700000000 +0100\ndata 1\nx\n");
    for n in 0..10_000 {
        let body = format!("{n}\n").repeat(n % 50);
        let entry = format!(
            "M 100644 inline d{}/e{}/f{n}\ndata {}\n{body}\n",
            n % 7,
            n % 131,
            body.len()
        );
        stream.extend_from_slice(entry.as_bytes());
    }
    repo.git_in(repo.top(), &["fast-import", "--quiet"], &stream);
    let located = repo.located();
    let tip = repo.tip("main");
    let entries = both(&located, |repo| repo.entries(&tip)).unwrap();
    assert_eq!(entries.len(), 10_000);
    let oids: Vec<Oid> = entries.into_iter().map(|entry| entry.oid).collect();
    let read = both(&located, |repo| Ok(contents(repo, &oids, 100))).unwrap();
    assert!(
        read.iter().any(|(_, blob)| blob.is_err()) && read.iter().any(|(_, blob)| blob.is_ok())
    );
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

#[test]
fn discovery_walks_up_and_no_further_than_the_ceiling() {
    let repo = TestRepo::new(&[]);
    let deep = repo.top().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(at(&deep), repo.located());
    let ceiling = |folder: &Path| GitEnv {
        ceilings: vec![folder.to_path_buf()],
        ..GitEnv::default()
    };
    assert!(matches!(
        discover(&deep, &ceiling(repo.top())),
        Err(GitError::NotARepository { .. })
    ));
    // The folder itself is always looked at.
    assert!(discover(repo.top(), &ceiling(repo.top())).is_ok());
    assert!(discover(&deep, &ceiling(repo.top().parent().unwrap())).is_ok());
    // A link to it leads to the same place.
    symlink(repo.top(), repo.beside("link")).unwrap();
    assert_eq!(at(&repo.beside("link/a")), repo.located());
}

#[test]
fn inside_the_git_folder_there_are_no_files() {
    let repo = TestRepo::new(&[]);
    repo.commit_files(&[("a", "1")]);
    let named = GitEnv {
        git_dir: Some(".".into()),
        ..GitEnv::default()
    };
    for located in [
        at(&repo.top().join(".git/refs")),
        discover(&repo.top().join(".git"), &named).unwrap(),
    ] {
        assert_eq!(located.git_dir, repo.top().join(".git"));
        assert_eq!((located.worktree, located.bare), (None, false));
    }
    assert!(matches!(
        Repo::open(&at(&repo.top().join(".git"))).unwrap().status(),
        Err(GitError::NoWorktree { .. })
    ));
}

#[test]
fn the_environment_decides_where_the_repository_is() {
    let repo = TestRepo::new(&[]);
    repo.commit_files(&[("a", "1")]);
    let elsewhere = repo.beside("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut env = GitEnv {
        git_dir: Some("../top/.git".into()),
        ..GitEnv::default()
    };
    let located = discover(&elsewhere, &env).unwrap();
    assert!(located.explicit);
    assert_eq!(located.git_dir, repo.top().join(".git"));
    assert_eq!(located.worktree.as_deref(), Some(&*elsewhere));
    env.work_tree = Some("../top".into());
    assert_eq!(
        discover(&elsewhere, &env).unwrap().worktree.as_deref(),
        Some(repo.top())
    );
    repo.git(&[
        "config",
        "core.worktree",
        repo.beside("elsewhere").to_str().unwrap(),
    ]);
    env.work_tree = None;
    assert_eq!(
        discover(repo.top(), &env).unwrap().worktree.as_deref(),
        Some(&*elsewhere)
    );
    env.git_dir = Some("nowhere".into());
    assert!(discover(&elsewhere, &env).is_err());
}

#[test]
fn what_is_no_repository_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let env = GitEnv {
        ceilings: vec![folder.path().parent().unwrap().to_path_buf()],
        ..GitEnv::default()
    };
    let error = discover(folder.path(), &env).unwrap_err().to_string();
    assert!(error.starts_with("find a git repository in /"), "{error}");
    fs::write(folder.path().join(".git"), "gitdir: nowhere\n").unwrap();
    let error = discover(folder.path(), &env).unwrap_err().to_string();
    assert!(
        error.contains("it names ") && error.contains("which is not a repository"),
        "{error}"
    );
    fs::write(folder.path().join(".git"), "rubbish").unwrap();
    assert!(matches!(
        discover(folder.path(), &env),
        Err(GitError::Invalid { .. })
    ));
    // An empty `.git` folder is no repository, and the walk goes on.
    fs::remove_file(folder.path().join(".git")).unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert!(matches!(
        discover(folder.path(), &env),
        Err(GitError::NotARepository { .. })
    ));
}

#[test]
fn a_repository_of_somebody_else_is_refused_with_the_remedy() {
    let repo = TestRepo::new(&[]);
    repo.commit_files(&[("a", "1")]);
    // Only the superuser can give a folder away.
    if crate::system::user::effective_uid() != 0 {
        return;
    }
    for path in [repo.top().to_path_buf(), repo.top().join(".git")] {
        std::os::unix::fs::chown(path, Some(12345), None).unwrap();
    }
    let located = repo.located();
    assert!(!located.owned_by_us);
    let Err(error) = Repo::open(&located) else {
        panic!("opened")
    };
    assert!(
        matches!(error, GitError::DubiousOwnership { .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("git config --global --add safe.directory /")
    );
    // Naming the repository is a decision, for us as for git; libgit2 refuses, so git answers.
    let named = GitEnv {
        git_dir: Some(".git".into()),
        ..GitEnv::default()
    };
    let located = discover(repo.top(), &named).unwrap();
    let open = Repo::open(&located).unwrap();
    assert!(open.head().unwrap().oid().is_some());
}

#[test]
fn a_deep_tree_does_not_exhaust_the_stack() {
    let repo = TestRepo::new(&["--bare"]);
    let path = "d/".repeat(5000) + "f";
    let stream = format!(
        "commit refs/heads/main\ncommitter A <a@x> 1700000000 +0100\ndata 1\nx\nM 100644 inline {path}\ndata 1\nx\n"
    );
    repo.git_in(repo.top(), &["fast-import", "--quiet"], stream.as_bytes());
    let tip = repo.tip("main");
    assert!(both(&repo.located(), |repo| Ok(repo.entries(&tip).is_err())).is_ok());
}
