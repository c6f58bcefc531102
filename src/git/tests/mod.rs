//! Both ways to an answer give the same one, on every kind of repository.

#![allow(clippy::unwrap_used, clippy::panic)]

mod discovery;
mod folders;
mod formats;
mod worktrees;

use std::fmt::Debug;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::testing::TestRepo;
use bstr::BString;

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
