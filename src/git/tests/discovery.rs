//! Which repository it is, and whose.

use super::*;

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
