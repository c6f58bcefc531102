//! The analysis as a whole: on repositories that git made, with the cache cold, warm and gone.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::builtin::{self, Setting};
use super::cache::FactCache;
use super::codebase::{Codebase, describe};
use super::summary;
use super::survey::{Depth, Means, Survey};
use crate::git::testing::TestRepo;
use crate::git::{Located, Oid, Repo};

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn means(depth: Depth, threads: usize) -> Means {
    Means {
        depth,
        threads,
        key: [1; 32],
    }
}

fn analysed(repo: &Repo, commit: Option<&Oid>, cache: &mut FactCache) -> Codebase {
    let survey = Survey::take(repo, commit, &means(Depth::Quick, 2), cache).unwrap();
    describe(&survey, commit, Depth::Quick, now())
}

/// The body of a task's last result.
fn ran(name: &str, repo: &TestRepo, state: Option<&Path>) -> Result<Value, builtin::BuiltinError> {
    let setting = Setting {
        located: &repo.located(),
        commit: None,
        state,
        user: None,
        sessions: None,
        threads: 2,
        now: now(),
    };
    let found = builtin::run(name, &setting)?;
    Ok(found.results.last().unwrap().body.clone())
}

/// What a fresh look at these files says.
fn look(files: &[(&str, &str)]) -> Codebase {
    let repo = TestRepo::new(&[]);
    let commit = repo.commit_files(files);
    analysed(&repo.open(), Some(&commit), &mut FactCache::none())
}

fn bytes(codebase: &Codebase) -> String {
    serde_json::to_string(codebase).unwrap()
}

const SHOP: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{"name":"shop","dependencies":{"express":"^4","jpgs":"1","pg":"8"},"devDependencies":{"jest":"29","webpack":"5"}}"#,
    ),
    ("src/index.js", "const url = 'redis://localhost:6379';\n"),
    (
        "api/requirements.txt",
        "Django>=4.2\npsycopg2-binary\npytest\n",
    ),
    (
        "api/app/models.py",
        "from django.db import models\n\nclass A: pass\n",
    ),
    (
        "api/tests/test_a.py",
        "import unittest\nurl = 'mysql://u@h/db'\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: mongo:7\n",
    ),
    (".env.example", "CACHE_URL=rediss://h\n"),
    (
        "examples/x/package.json",
        r#"{"dependencies":{"vue":"3","mysql":"2"}}"#,
    ),
    ("tests/fixtures/package.json", "{ broken"),
    ("node_modules/left/index.js", "x"),
    ("vendor/a.go", "package a"),
    ("broken/Cargo.toml", "[dependencies\n"),
    ("README.md", "postgres://example"),
];

#[test]
fn the_keys_of_the_first_analyser_say_what_they_said() {
    let value = serde_json::to_value(look(SHOP)).unwrap();
    assert_eq!(value["type"], "quick");
    assert_eq!(value["coding_style"], Value::Null);
    assert_eq!(value["timestamp"], "2023-11-14T22:13:20Z");
    assert_eq!(
        value["languages"],
        json!({
            "primary": "Python",
            "distribution": {
                "Python": {"count": 2, "percentage": 66.67, "lines": 5, "bytes": 83},
                "JavaScript": {"count": 1, "percentage": 33.33, "lines": 1, "bytes": 38},
            },
            "total_files": 3,
        })
    );
    assert_eq!(
        value["frameworks"],
        json!({
            "web": ["django", "express"],
            "testing": ["jest", "pytest", "unittest"],
            "build": ["webpack"],
            "other": [],
        })
    );
    assert_eq!(
        value["dependencies"]["direct"],
        json!({"django": ">=4.2", "express": "^4", "jpgs": "1", "pg": "8", "psycopg2-binary": "*", "pytest": "*"})
    );
    assert_eq!(
        value["dependencies"]["dev"],
        json!({"jest": "29", "webpack": "5"})
    );
    assert_eq!(value["dependencies"]["total_count"], 8);
    assert_eq!(
        value["database_tech"],
        json!(["Django ORM", "mongodb", "postgresql", "redis"])
    );
}

#[test]
fn every_claim_has_its_reasons() {
    let codebase = look(SHOP);
    let reasons: Vec<String> = codebase
        .databases
        .iter()
        .flat_map(|database| {
            database.case.evidence.iter().map(|evidence| {
                format!(
                    "{} {:.1} {:?} {} {}",
                    database.name, evidence.confidence, evidence.kind, evidence.what, evidence.path
                )
            })
        })
        .collect();
    assert_eq!(
        reasons,
        [
            "Django ORM 0.8 Import django.db api/app/models.py",
            "mongodb 0.7 Image mongodb docker-compose.yml",
            "postgresql 0.9 Dependency pg package.json",
            "postgresql 0.9 Dependency psycopg2-binary api/requirements.txt",
            "redis 0.7 Connection redis .env.example",
            "redis 0.5 Connection redis src/index.js",
        ]
    );
    assert!((codebase.databases[3].case.confidence - 0.7).abs() < 1e-9);
    let problems: Vec<_> = codebase
        .problems
        .iter()
        .map(|problem| problem.path.to_string())
        .collect();
    assert_eq!(problems, ["broken/Cargo.toml"]);
    let projects: Vec<_> = codebase
        .projects
        .iter()
        .map(|project| {
            format!(
                "{}:{:?}:{}",
                project.path,
                project.role,
                project.dependencies.len()
            )
        })
        .collect();
    assert_eq!(
        projects,
        [
            ":Main:5",
            "api:Main:3",
            "broken:Main:0",
            "examples/x:Example:2"
        ]
    );
}

#[test]
fn what_was_not_checked_is_said() {
    let repo = TestRepo::new(&[]);
    repo.write("a.py", "x\n".repeat(1 << 20));
    repo.write("b.c", b"\0");
    repo.write("vendor/c.go", "package c");
    std::os::unix::fs::symlink("a.py", repo.top().join("link.py")).unwrap();
    let commit = repo.commit("x");
    let codebase = analysed(&repo.open(), Some(&commit), &mut FactCache::none());
    let said: Vec<_> = codebase
        .not_checked
        .iter()
        .map(|entry| format!("{} {} {}", entry.reason, entry.count, entry.examples[0]))
        .collect();
    assert_eq!(
        said,
        [
            "too_large 1 a.py",
            "binary 1 b.c",
            "link 1 link.py",
            "left_out 1 vendor/c.go"
        ]
    );
    assert_eq!(codebase.languages.total_files, 2);
    assert_eq!(
        summary::codebase(&codebase),
        [
            "languages     C 50.0 % (1 file, 0 lines), Python 50.0 % (1 file, 0 lines)",
            "not checked   1 larger than 1 MiB, 1 not text, 1 symbolic link, 1 in hidden folders, node_modules, vendor or __pycache__",
        ]
    );
}

#[test]
fn blobs_of_a_partial_clone_are_missing_and_looked_for_again() {
    let origin = TestRepo::new(&[]);
    let commit = origin.commit_files(&[("a.py", "import sqlalchemy\n"), ("b/x.rs", "fn x() {}\n")]);
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = origin.beside("clone");
    let url = format!("file://{}", origin.top().display());
    let to = clone.to_str().unwrap();
    origin.git(&[
        "clone",
        "--quiet",
        "--no-checkout",
        "--filter=blob:none",
        &url,
        to,
    ]);
    let located = crate::git::discover(&clone, &crate::git::GitEnv::default()).unwrap();
    let repo = Repo::open(&located).unwrap();
    let mut cache = FactCache::open(&origin.beside("cache"));
    let before = analysed(&repo, Some(&commit), &mut cache);
    assert_eq!(
        (before.languages.total_files, before.not_checked[0].reason),
        (2, "missing")
    );
    origin.git_in(&clone, &["checkout", "--quiet", "main"], b"");
    let after = analysed(&Repo::open(&located).unwrap(), Some(&commit), &mut cache);
    assert!(after.not_checked.is_empty());
    assert_eq!(after.database_tech, ["SQL databases"]);
}

#[test]
fn a_warm_cache_a_cold_one_and_none_give_the_same_bytes() {
    let repo = TestRepo::new(&[]);
    let commit = repo.commit_files(SHOP);
    let open = repo.open();
    let none = bytes(&analysed(&open, Some(&commit), &mut FactCache::none()));
    for _ in 0..2 {
        let mut cache = FactCache::open(&repo.beside("cache"));
        assert_eq!(bytes(&analysed(&open, Some(&commit), &mut cache)), none);
    }
    // The next commit reads what it changed only: the old blobs may even be gone.
    let second = repo.commit_files(&[("src/more.js", "1\n2\n")]);
    let old = repo.tip("HEAD~1:api/app/models.py");
    std::fs::remove_file(
        repo.top()
            .join(".git/objects")
            .join(&old.as_str()[..2])
            .join(&old.as_str()[2..]),
    )
    .unwrap();
    let mut cache = FactCache::open(&repo.beside("cache"));
    let codebase = analysed(&repo.open(), Some(&second), &mut cache);
    assert!(
        codebase
            .not_checked
            .iter()
            .all(|entry| entry.reason != "missing")
    );
    assert!(codebase.database_tech.contains(&"Django ORM".to_owned()));
}

#[test]
fn without_commits_the_index_is_looked_at() {
    let repo = TestRepo::new(&[]);
    let nothing = ran("codebase_quick", &repo, None).unwrap();
    assert_eq!(
        (&nothing["commit"], &nothing["languages"]["primary"]),
        (&Value::Null, &Value::Null)
    );
    repo.write("a.rs", "fn main() {}\n");
    repo.git(&["add", "a.rs"]);
    let staged = ran("codebase_quick", &repo, None).unwrap();
    assert_eq!(
        (&staged["commit"], &staged["languages"]["primary"]),
        (&Value::Null, &json!("Rust"))
    );
    let bare = TestRepo::new(&["--bare"]);
    assert!(ran("codebase_quick", &bare, None).is_ok());
}

#[test]
fn a_result_or_an_error_is_stored_whole() {
    let repo = TestRepo::new(&["--object-format=sha256"]);
    let commit = repo.commit_files(SHOP);
    let path = repo.beside("result.json");
    let state = repo.beside("cache");
    let located = repo.located();
    let setting = Setting {
        located: &located,
        commit: None,
        state: Some(&state),
        user: None,
        sessions: None,
        threads: 2,
        now: now(),
    };
    let found = builtin::run("codebase_quick", &setting);
    builtin::stored("codebase_quick", found.as_ref())
        .write(&path)
        .unwrap();
    let read: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(read["results"][0]["type"], "codebase_analysis");
    assert_eq!(read["results"][0]["body"]["commit"], commit.as_str());
    let unknown = builtin::run("nothing", &setting);
    let stored = builtin::stored("nothing", unknown.as_ref());
    assert_eq!(
        serde_json::to_value(stored).unwrap(),
        json!({"results": [{
            "type": "nothing_analysis",
            "body": {"error": "failed to find a built-in task named \"nothing\""}
        }]})
    );
}

#[test]
fn a_person_reads_a_few_lines() {
    let lines = summary::codebase(&look(SHOP));
    assert_eq!(
        lines,
        [
            "languages     Python 66.7 % (2 files, 5 lines), JavaScript 33.3 % (1 file, 1 line)",
            "web           django, express",
            "testing       jest, pytest, unittest",
            "build         webpack",
            "databases     Django ORM, mongodb, postgresql, redis",
            "dependencies  npm 3 direct + 2 dev, pypi 3 direct",
            "projects      3 projects, 1 as examples",
            "problems      broken/Cargo.toml: unclosed table, expected `]`",
            "not checked   2 in hidden folders, node_modules, vendor or __pycache__",
        ]
    );
}

#[test]
fn packages_of_the_repository_itself_and_peers_are_no_dependencies() {
    let codebase = look(&[
        (
            "package.json",
            r#"{"devDependencies":{"react":"workspace:*","jest":"29"}}"#,
        ),
        (
            "packages/react/package.json",
            r#"{"name":"react","dependencies":{"vue":"3"},"peerDependencies":{"pg":"8"}}"#,
        ),
        ("packages/react/index.ts", "export {}"),
    ]);
    let names = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&codebase.dependencies.direct), ["vue"]);
    assert_eq!(names(&codebase.dependencies.dev), ["jest"]);
    assert_eq!(codebase.frameworks.web, ["vue"]);
    // A package made for users of PostgreSQL has to do with it all the same.
    assert_eq!(codebase.database_tech, ["postgresql"]);
}

/// All results of a task as JSON by type, without what tells runs of the same commit apart on purpose.
fn all(name: &str, located: &Located, state: &Path, threads: usize) -> Vec<(String, Value)> {
    let setting = Setting {
        located,
        commit: None,
        state: Some(state),
        user: None,
        sessions: None,
        threads,
        now: now(),
    };
    let found = builtin::run(name, &setting).unwrap();
    let results = found.results.into_iter().map(|mut analysis| {
        if let Some(fields) = analysis.body.as_object_mut() {
            fields.remove("evolution");
        }
        (analysis.kind, analysis.body)
    });
    results.collect()
}

/// A state directory with nothing in it but the key of this repository's digests.
fn cold_state(repo: &TestRepo, name: &str) -> PathBuf {
    let state = repo.beside(name);
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("digest.key"), [7; 32]).unwrap();
    state
}

const GENERATED: &str = "def f(a):\n    # TODO: first\n    if a:\n        return 1\n";

/// A history in which everything happens that a cache can get wrong.
fn steps() -> Vec<Vec<(&'static str, Option<String>)>> {
    let token = format!("xoxb-2847561930-{}", "aB3dE5fG7hJ9kL1mN2pQ4r");
    let deep = format!(
        "fn g(x: u8) {{\n{}}}\n",
        "    if x > 1 { g(x) }\n".repeat(14)
    );
    vec![
        vec![
            ("src/a.py", Some(GENERATED.to_owned())),
            ("src/deep/b.rs", Some(deep.clone())),
            ("lib/c.js", Some("const x = () => 1; // FIXME later\n".to_owned())),
            ("Cargo.toml", Some("[package]\nname = \"p\"\nversion = \"1.0.0\"\n[dependencies]\nserde = \"1\"\n".to_owned())),
            ("Cargo.lock", Some("version = 4\n[[package]]\nname = \"p\"\nversion = \"1.0.0\"\ndependencies = [\"serde\"]\n[[package]]\nname = \"serde\"\nversion = \"1.0.200\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n".to_owned())),
        ],
        vec![("src/a.py", Some(format!("import os\n{GENERATED}"))), ("conf/x.ini", Some(format!("slack = {token}\n")))],
        // A secret goes, a folder moves, a marker changes its line.
        vec![("conf/x.ini", Some("slack = none\n".to_owned())), ("src/deep/b.rs", None), ("src/moved/b.rs", Some(deep))],
        vec![(".gitattributes", Some("lib/** linguist-vendored\n*.py linguist-language=Ruby\n".to_owned()))],
        vec![("lib/c.js", None), (".gitattributes", None), ("src-x/d.go", Some("package d\n// HACK: y\nfunc F() {}\n".to_owned()))],
        vec![("src/a.py", Some(GENERATED.to_owned()))],
    ]
}

#[test]
fn what_is_kept_changes_nothing_but_the_time_it_takes() {
    let repo = TestRepo::new(&[]);
    let warm = cold_state(&repo, "warm");
    for (number, step) in steps().into_iter().enumerate() {
        for (path, content) in step {
            match content {
                Some(content) => repo.write(path, content),
                None => std::fs::remove_file(repo.top().join(path)).unwrap(),
            }
        }
        repo.commit("step");
        // Quick looks in between leave pages of one layer behind.
        if number % 2 == 1 {
            all("codebase_quick", &repo.located(), &warm, 1);
        }
        let cold = cold_state(&repo, &format!("cold{number}"));
        let expected = all("codebase_full", &repo.located(), &cold, 1);
        assert_eq!(expected.len(), 8);
        for threads in [1, 3] {
            assert_eq!(
                all("codebase_full", &repo.located(), &warm, threads),
                expected
            );
        }
        let cold = cold_state(&repo, &format!("quick{number}"));
        assert_eq!(
            all("codebase_quick", &repo.located(), &warm, 2),
            all("codebase_quick", &repo.located(), &cold, 1)
        );
    }
    // Back to an earlier commit, as after a switch of branches, and an amended one.
    for action in [
        &["reset", "--quiet", "--hard", "HEAD~3"][..],
        &["commit", "--quiet", "--amend", "-m", "other"],
    ] {
        repo.git(action);
        let cold = cold_state(&repo, &format!("again{}", action.len()));
        assert_eq!(
            all("codebase_full", &repo.located(), &warm, 2),
            all("codebase_full", &repo.located(), &cold, 2)
        );
    }
}

#[test]
fn a_history_that_is_not_all_here_stops_the_patterns_and_nothing_else() {
    let origin = TestRepo::new(&[]);
    for (number, step) in steps().into_iter().take(2).enumerate() {
        for (path, content) in step {
            origin.write(path, content.unwrap());
        }
        origin.commit(&format!("step {number}"));
    }
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = origin.beside("treeless");
    let url = format!("file://{}", origin.top().display());
    origin.git(&[
        "clone",
        "--quiet",
        "--filter=tree:0",
        &url,
        clone.to_str().unwrap(),
    ]);
    let located = crate::git::discover(&clone, &crate::git::GitEnv::default()).unwrap();
    let state = cold_state(&origin, "state");
    let found = all("codebase_full", &located, &state, 1);
    let (broken, fine): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(_, body)| body.get("error").is_some());
    let names = |list: &[(String, Value)]| -> Vec<String> {
        list.iter().map(|(kind, _)| kind.clone()).collect()
    };
    assert!(
        names(&broken).contains(&"pattern_analysis".to_owned()),
        "{:?}",
        names(&broken)
    );
    assert!(
        names(&fine).contains(&"codebase_analysis".to_owned()),
        "{:?}",
        names(&fine)
    );
    assert!(names(&fine).contains(&"complexity_analysis".to_owned()));
    assert_eq!(fine.last().unwrap().1["languages"]["primary"], "JavaScript");
}
