//! What repositories are made of: formats, sizes, and histories with something missing.

use super::*;

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
