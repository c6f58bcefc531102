#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bstr::BStr;
use proptest::prelude::*;

use super::*;
use crate::analyze::lockfile::LockFormat;
use crate::analyze::manifest::Format;
use crate::analyze::projects::{Found, Project, gather};

const ROOT: &str = r#"{"name":"mini","workspaces":["packages/*"],
"dependencies":{"debug":"^4.3.4","util-own":"^0.1.0","old-ms":"npm:ms@2.0.0"},
"devDependencies":{"rimraf":"3.0.2"},"optionalDependencies":{"fsevents":"^2.3.3"}}"#;
const MEMBER: &str =
    r#"{"name":"util-own","dependencies":{"once":"^1.4.0"},"devDependencies":{"ms":"2.1.2"}}"#;
const GO_MOD: &str = "module m\ngo 1.21\nrequire a.b/c v1.0.0\nrequire a.b/d v1.1.0 // indirect\n";

macro_rules! lock {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/lockfiles/", $path))
    };
}

fn projects(files: &[(&str, &str)]) -> Vec<Project> {
    let manifests: Vec<_> = files
        .iter()
        .filter_map(|(path, text)| {
            let format = Format::of((*path).into())?;
            Some((BStr::new(*path), format, format.parse(text.as_bytes())))
        })
        .collect();
    let found: Vec<_> = manifests
        .iter()
        .map(|(path, format, manifest)| Found {
            path,
            format: *format,
            manifest,
        })
        .collect();
    gather(&found).all
}

/// Both results for a tree of files.
fn both(files: &[(&str, &str)]) -> (DependencyMap, Inventory) {
    let mut files = files.to_vec();
    files.sort_unstable();
    let locks: Vec<_> = files
        .iter()
        .filter_map(|(path, text)| {
            let format = LockFormat::of((*path).into())?;
            Some((BStr::new(*path), format.parse(text.as_bytes())))
        })
        .collect();
    let found: Vec<_> = locks
        .iter()
        .map(|(path, lock)| FoundLock { path, lock })
        .collect();
    let projects = projects(&files);
    (
        DependencyMap::of(&projects, &found),
        Inventory::of(&projects, &found),
    )
}

fn map(files: &[(&str, &str)]) -> DependencyMap {
    both(files).0
}

fn transitive(project: &ProjectDependencies) -> Vec<String> {
    let lines = project.transitive.iter().map(|one| {
        let way = one.path.join(" > ");
        format!("{}@{} {:?} < {way}", one.name, one.version, one.scope)
    });
    lines.collect()
}

fn direct(project: &ProjectDependencies) -> Vec<String> {
    let lines = project.direct.iter().map(|one| {
        let versions = one.versions.join(" ");
        format!(
            "{} {} {:?} {:?} {versions}",
            one.name, one.constraint, one.scope, one.status
        )
    });
    lines.collect()
}

fn drift(project: &ProjectDependencies) -> Vec<String> {
    let lines = project.drift.iter();
    lines
        .map(|one| format!("{} {:?}", one.name, one.kind))
        .collect()
}

#[test]
fn all_of_npms_tools_give_the_same_map() {
    // pnpm wants `workspace:`, which is what its lock files repeat.
    let pnpm = ROOT.replace("\"^0.1.0\"", "\"workspace:^0.1.0\"");
    for (name, root, text) in [
        ("package-lock.json", ROOT, lock!("npm2/package-lock.json")),
        ("package-lock.json", ROOT, lock!("npm3/package-lock.json")),
        ("npm-shrinkwrap.json", ROOT, lock!("npm3/package-lock.json")),
        ("pnpm-lock.yaml", &pnpm, lock!("pnpm7/pnpm-lock.yaml")),
        ("pnpm-lock.yaml", &pnpm, lock!("pnpm8/pnpm-lock.yaml")),
        ("pnpm-lock.yaml", &pnpm, lock!("pnpm10/pnpm-lock.yaml")),
        ("bun.lock", ROOT, lock!("bun/bun.lock")),
        ("yarn.lock", ROOT, lock!("yarn4/yarn.lock")),
    ] {
        let files = [
            ("package.json", root),
            ("packages/util/package.json", MEMBER),
            (name, text),
        ];
        let map = map(&files);
        let [top, member] = map.projects.as_slice() else {
            panic!("{map:?}")
        };
        assert_eq!(drift(top), [""; 0], "{name}");
        assert_eq!(drift(member), [""; 0], "{name}");
        assert_eq!(member.locks, [name]);
        let mut found = transitive(top);
        // Yarn's own addition.
        found.retain(|line| !line.ends_with("< fsevents@2.3.3") && !line.contains("node-gyp"));
        let once = found.iter().find(|line| line.starts_with("once@")).unwrap();
        assert!(
            once.starts_with("once@1.4.0 Runtime < util"),
            "{name}: {once}"
        );
        assert!(
            found.contains(
                &"brace-expansion@1.1.22 Dev < rimraf@3.0.2 > glob@7.2.3 > minimatch@3.1.5"
                    .to_owned()
            ),
            "{name}: {found:#?}"
        );
        assert_eq!(
            transitive(member),
            ["wrappy@1.0.2 Runtime < once@1.4.0"],
            "{name}"
        );
        assert_eq!(
            direct(member),
            [
                "once ^1.4.0 Direct Locked 1.4.0",
                "ms 2.1.2 Dev Locked 2.1.2"
            ],
            "{name}"
        );
        let expected = Totals {
            direct: 3,
            dev: 1,
            total_count: 4,
            transitive: 3,
            transitive_dev: 9,
        };
        if name != "yarn.lock" {
            assert_eq!(top.totals, expected, "{name}: {found:#?}");
        }
        let duplicates: Vec<_> = map.locks.iter().flat_map(|lock| &lock.duplicates).collect();
        let [Duplicate { name: of, versions }] = duplicates.as_slice() else {
            panic!("{duplicates:?}")
        };
        assert_eq!(
            (of.as_str(), versions.as_slice()),
            (
                "ms",
                &["2.0.0".to_owned(), "2.1.2".to_owned(), "2.1.3".to_owned()][..]
            )
        );
    }
}

#[test]
fn without_members_what_manifests_wrote_finds_the_packages() {
    for (name, text) in [
        ("yarn.lock", lock!("yarn1/yarn.lock")),
        ("package-lock.json", lock!("npm1/package-lock.json")),
    ] {
        let map = map(&[("package.json", ROOT), (name, text)]);
        let top = map.projects.first().unwrap();
        assert_eq!(
            transitive(top).get(..2).unwrap(),
            [
                "glob@7.2.3 Dev < rimraf@3.0.2",
                "ms@2.1.3 Runtime < debug@4.4.3"
            ],
            "{name}"
        );
        assert!(direct(top).contains(&"debug ^4.3.4 Direct Locked 4.4.3".to_owned()));
    }
}

#[test]
fn manifests_that_moved_on_are_told() {
    let moved = ROOT
        .replace("^4.3.4", "^5.0.0")
        .replace("\"rimraf\":\"3.0.2\"", "\"new\":\"1\"");
    let map = map(&[
        ("package.json", &moved),
        ("package-lock.json", lock!("npm3/package-lock.json")),
    ]);
    assert_eq!(
        drift(map.projects.first().unwrap()),
        [
            "new Missing",
            "debug Changed { manifest: \"^5.0.0\", made_for: \"^4.3.4\" }",
            "rimraf Surplus"
        ]
    );
}

#[test]
fn a_lock_file_speaks_for_its_members_only() {
    let map = map(&[
        ("package.json", ROOT),
        ("package-lock.json", lock!("npm3/package-lock.json")),
        (
            "other/package.json",
            r#"{"dependencies":{"debug":"4.1.0","once":"^1"}}"#,
        ),
    ]);
    assert_eq!(
        direct(map.projects.last().unwrap()),
        [
            "debug 4.1.0 Direct Pinned 4.1.0",
            "once ^1 Direct Unlocked "
        ]
    );
}

#[test]
fn pythons_extras_and_groups() {
    let manifest = "[project]\nname='mini'\ndependencies=['httpx[http2]']\n[project.optional-dependencies]\npretty=['rich']\n[dependency-groups]\ndev=['iniconfig']\n[build-system]\nrequires=['hatchling']";
    for (name, text) in [
        ("uv.lock", lock!("python/uv.lock")),
        ("requirements.txt", lock!("python/requirements.txt")),
    ] {
        let map = map(&[("pyproject.toml", manifest), (name, text)]);
        let top = map.projects.first().unwrap();
        assert_eq!(drift(top), [""; 0], "{name}");
        let found = transitive(top);
        assert!(
            found.contains(&"hpack@4.2.0 Runtime < httpx@0.28.1 > h2@4.4.1".to_owned()),
            "{name}: {found:#?}"
        );
        let build = top
            .direct
            .iter()
            .find(|one| one.name == "hatchling")
            .unwrap();
        assert_eq!(build.status, Status::NotInstalled);
        assert_eq!((found.len(), top.totals.direct), (12, 2), "{name}");
    }
}

#[test]
fn cargo_gives_each_requirement_the_version_it_allows() {
    let lock = "version = 4
[[package]]\nname='a'\nversion='0.1.0'\ndependencies=['m', 'r 0.8.5', 'r 0.9.1']
[[package]]\nname='m'\nversion='0.1.0'\ndependencies=['t']
[[package]]\nname='r'\nversion='0.8.5'\nsource='registry+https://github.com/rust-lang/crates.io-index'
[[package]]\nname='r'\nversion='0.9.1'\nsource='registry+https://github.com/rust-lang/crates.io-index'
[[package]]\nname='t'\nversion='1.0.0'\nsource='registry+https://github.com/rust-lang/crates.io-index'";
    let (map, inventory) = both(&[
        ("Cargo.lock", lock),
        (
            "Cargo.toml",
            "[package]\nname='a'\n[dependencies]\nm={path='m'}\nr='0.9'\n[dev-dependencies]\nold={package='r',version='0.8'}",
        ),
        (
            "m/Cargo.toml",
            "[package]\nname='m'\n[dev-dependencies]\nt='1'",
        ),
    ]);
    let [top, member] = map.projects.as_slice() else {
        panic!("{map:?}")
    };
    assert_eq!(
        direct(top),
        [
            "m path:m Direct Local 0.1.0",
            "r 0.9 Direct Locked 0.9.1",
            "r 0.8 Dev Locked 0.8.5"
        ]
    );
    // What another folder's development needs is not what those need who use it.
    assert_eq!(transitive(top), [""; 0]);
    assert_eq!(direct(member), ["t 1 Dev Locked 1.0.0"]);
    assert_eq!((drift(top).len(), drift(member).len()), (0, 0));
    let top = inventory.projects.first().unwrap();
    assert!(top.depends_on.contains(&Node::Project("m".into())));
}

#[test]
fn the_way_told_is_a_shortest_one() {
    let mut lock = "[[package]]\nname='top'\nversion='1'\ndependencies=['a','b']\n".to_owned();
    for (name, needs) in [("a", "x"), ("b", "c"), ("c", "x"), ("x", "y"), ("y", "")] {
        let needs = if needs.is_empty() {
            String::new()
        } else {
            format!("'{needs}'")
        };
        lock += &format!(
            "[[package]]\nname='{name}'\nversion='1'\nsource='registry+x'\ndependencies=[{needs}]\n"
        );
    }
    let map = map(&[
        ("Cargo.lock", &lock),
        (
            "Cargo.toml",
            "[package]\nname='top'\n[dependencies]\na='1'\nb='1'",
        ),
    ]);
    assert_eq!(
        transitive(map.projects.first().unwrap()),
        [
            "c@1 Runtime < b@1",
            "x@1 Runtime < a@1",
            "y@1 Runtime < a@1 > x@1"
        ]
    );
}

#[test]
fn go_lists_and_verifies() {
    let sum = "a.b/c v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let map = map(&[("go.mod", GO_MOD), ("go.sum", sum)]);
    let top = map.projects.first().unwrap();
    assert_eq!(direct(top), ["a.b/c v1.0.0 Direct Locked v1.0.0"]);
    assert_eq!(transitive(top), ["a.b/d@v1.1.0 Runtime < "]);
    assert_eq!(drift(top), ["a.b/d Unverified"]);
    assert_eq!(top.transitive.first().unwrap().depth, None);
}

#[test]
fn the_form_for_programs() {
    let map = map(&[("go.mod", GO_MOD)]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&map).unwrap(), @r#"
    {
      "totals": {
        "direct": 1,
        "dev": 0,
        "total_count": 1,
        "transitive": 1,
        "transitive_dev": 0
      },
      "projects": [
        {
          "path": "",
          "name": "m",
          "locks": [
            "go.mod"
          ],
          "totals": {
            "direct": 1,
            "dev": 0,
            "total_count": 1,
            "transitive": 1,
            "transitive_dev": 0
          },
          "direct": [
            {
              "ecosystem": "golang",
              "name": "a.b/c",
              "constraint": "v1.0.0",
              "scope": "direct",
              "manifest": "go.mod",
              "status": "locked",
              "versions": [
                "v1.0.0"
              ]
            }
          ],
          "transitive": [
            {
              "ecosystem": "golang",
              "name": "a.b/d",
              "version": "v1.1.0",
              "scope": "runtime",
              "depth": null,
              "path": []
            }
          ],
          "drift": [],
          "complete": true
        }
      ],
      "locks": [
        {
          "path": "go.mod",
          "format": "go.mod",
          "version": "1.21",
          "packages": 2,
          "projects": [
            ""
          ],
          "duplicates": [],
          "problems": []
        }
      ]
    }
    "#);
}

#[test]
fn every_edge_leads_to_something_in_the_inventory() {
    let (map, inventory) = both(&[
        ("package.json", ROOT),
        ("packages/util/package.json", MEMBER),
        ("package-lock.json", lock!("npm3/package-lock.json")),
    ]);
    let packages = map.totals.transitive + map.totals.transitive_dev;
    // Two direct ones of the top, its alias and optional one, rimraf, and two of the member.
    assert_eq!((packages, inventory.components.len()), (11, 17));
    let needed = inventory.components.values().map(|one| &one.depends_on);
    let needed = needed.chain(inventory.projects.iter().map(|one| &one.depends_on));
    for node in needed.flatten() {
        match node {
            Node::Package(purl) => assert!(inventory.components.contains_key(purl), "{purl}"),
            Node::Project(path) => assert!(inventory.projects.iter().any(|one| one.path == *path)),
        }
    }
}

#[test]
fn a_chain_as_long_as_the_file_is_told_in_part() {
    let mut lock = "[[package]]\nname='top'\nversion='1'\ndependencies=['p0']\n".to_owned();
    for n in 0..20_000 {
        lock += &format!(
            "[[package]]\nname='p{n}'\nversion='1'\nsource='registry+x'\ndependencies=['p{}']\n",
            n + 1
        );
    }
    let map = map(&[
        ("Cargo.lock", &lock),
        (
            "Cargo.toml",
            "[package]\nname='top'\n[dependencies]\np0='1'",
        ),
    ]);
    let last = map.projects.first().unwrap().transitive.last().unwrap();
    assert_eq!((last.depth, last.path.len()), (Some(19_999), 32));
    assert_eq!(last.path.first().unwrap(), "p0@1");
}

proptest! {
    #[test]
    fn damaged_locks_make_maps(from in 0_usize..5000, to in 0_usize..5000) {
        let text = lock!("npm3/package-lock.json");
        let damaged = [text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default()].concat();
        let files = [("package.json", ROOT), ("packages/util/package.json", MEMBER), ("package-lock.json", damaged.as_str())];
        prop_assert_eq!(map(&files), map(&files));
    }
}
