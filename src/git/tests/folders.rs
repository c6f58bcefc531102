//! Folders and blobs: both ways, with what is known left out, and with many readers.

use super::*;

fn repo() -> (TestRepo, Oid) {
    let repo = TestRepo::new(&[]);
    let files: Vec<(String, String)> = (0..300)
        .map(|n| {
            (
                format!("d{}/e{}/f{n}", n % 7, n % 3),
                format!("content {n}\n"),
            )
        })
        .chain([
            ("top".to_owned(), "x".repeat(5000)),
            ("d1.x/a".to_owned(), String::new()),
        ])
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let commit = repo.commit_files(&files);
    (repo, commit)
}

#[test]
fn folders_hold_the_entries_and_known_ones_are_not_opened() {
    let (repo, commit) = repo();
    let located = repo.located();
    let all = both(&located, |repo| repo.folders(&commit, |_, _| false)).unwrap();
    let mut paths: Vec<BString> = all
        .iter()
        .flat_map(|folder| {
            folder.files.iter().map(|file| {
                let mut path = folder.path.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&file.path);
                path
            })
        })
        .collect();
    let mut entries: Vec<BString> = both(&located, |repo| repo.entries(&commit))
        .unwrap()
        .into_iter()
        .map(|entry| entry.path)
        .collect();
    paths.sort();
    entries.sort();
    assert_eq!(paths, entries);

    let some = both(&located, |repo| {
        repo.folders(&commit, |path, _| path == "d1")
    })
    .unwrap();
    let expected: Vec<_> = all
        .iter()
        .filter(|folder| folder.path != "d1" && !folder.path.starts_with(b"d1/"))
        .cloned()
        .collect();
    assert_eq!(some, expected);
    let top = both(&located, |repo| {
        repo.folders(&commit, |path, _| path.is_empty())
    })
    .unwrap();
    assert_eq!(top, []);
}

#[test]
fn many_readers_give_what_one_gives() {
    let (repo, commit) = repo();
    let located = repo.located();
    let oids: Vec<Oid> = both(&located, |repo| repo.entries(&commit))
        .unwrap()
        .into_iter()
        .map(|entry| entry.oid)
        .chain(["0123456789abcdef0123456789abcdef01234567".parse().unwrap()])
        .collect();
    let read = |repo: &Repo, threads| {
        repo.read_blobs(&oids, 1000, threads, |at, blob| {
            let said = match blob {
                Blob::Bytes(bytes) => Ok(bytes.to_vec()),
                Blob::TooLarge { size } => Err(Some(size)),
                Blob::Missing => Err(None),
            };
            (at, said)
        })
    };
    let one = both(&located, |repo| read(repo, 1)).unwrap();
    assert_eq!(one.len(), oids.len());
    assert!(one.iter().enumerate().all(|(index, (at, _))| index == *at));
    assert_eq!(one.last().map(|(_, said)| said.clone()), Some(Err(None)));
    for threads in [2, 3, 16] {
        assert_eq!(both(&located, |repo| read(repo, threads)).unwrap(), one);
    }
}
