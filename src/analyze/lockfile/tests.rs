#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

/// One project with one workspace, locked by the real tools: npm 11, pnpm 7, 8 and 10, yarn 1 and 4, Bun 1.4.
const NPM: [(LockFormat, &str); 9] = [
    (
        LockFormat::PackageLock,
        include_str!("../../../fixtures/lockfiles/npm1/package-lock.json"),
    ),
    (
        LockFormat::PackageLock,
        include_str!("../../../fixtures/lockfiles/npm2/package-lock.json"),
    ),
    (
        LockFormat::PackageLock,
        include_str!("../../../fixtures/lockfiles/npm3/package-lock.json"),
    ),
    (
        LockFormat::PnpmLock,
        include_str!("../../../fixtures/lockfiles/pnpm7/pnpm-lock.yaml"),
    ),
    (
        LockFormat::PnpmLock,
        include_str!("../../../fixtures/lockfiles/pnpm8/pnpm-lock.yaml"),
    ),
    (
        LockFormat::PnpmLock,
        include_str!("../../../fixtures/lockfiles/pnpm10/pnpm-lock.yaml"),
    ),
    (
        LockFormat::YarnLock,
        include_str!("../../../fixtures/lockfiles/yarn1/yarn.lock"),
    ),
    (
        LockFormat::YarnLock,
        include_str!("../../../fixtures/lockfiles/yarn4/yarn.lock"),
    ),
    (
        LockFormat::BunLock,
        include_str!("../../../fixtures/lockfiles/bun/bun.lock"),
    ),
];

/// One project, locked and exported by uv.
const PYPI: [(LockFormat, &str); 3] = [
    (
        LockFormat::UvLock,
        include_str!("../../../fixtures/lockfiles/python/uv.lock"),
    ),
    (
        LockFormat::CompiledRequirements,
        include_str!("../../../fixtures/lockfiles/python/requirements.txt"),
    ),
    (
        LockFormat::Pylock,
        include_str!("../../../fixtures/lockfiles/python/pylock.toml"),
    ),
];

const CARGO_1: &str = r#"
[[package]]
name = "a"
version = "0.1.0"
dependencies = ["b 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)", "b 2.0.0 (git+https://h/b#abc)"]
[[package]]
name = "b"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "b"
version = "2.0.0"
source = "git+https://h/b#abc"
[metadata]
"checksum b 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)" = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"#;

const POETRY: &str = r#"
[[package]]
name = "Requests"
version = "2.0"
groups = ["main"]
files = [{file = "a", hash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]
[package.dependencies]
idna = ">=2"
chardet = {version = ">=3", optional = true}
[package.extras]
old = ["chardet (>=3)"]
[[package]]
name = "idna"
version = "3"
groups = ["main", "dev"]
[[package]]
name = "chardet"
version = "5"
optional = true
groups = ["main"]
[[package]]
name = "pytest"
version = "8"
groups = ["dev"]
[package.source]
type = "git"
url = "https://h/pytest"
resolved_reference = "abc"
[metadata]
lock-version = "2.1"
"#;

const PDM: &str = r#"
[metadata]
groups = ["default", "test"]
lock_version = "4.5.0"
[[package]]
name = "x"
version = "1"
groups = ["default"]
dependencies = ["y[z]>=1; os_name == 'nt'"]
[[package]]
name = "y"
version = "2"
groups = ["default"]
[[package]]
name = "y"
version = "2"
extras = ["z"]
groups = ["default"]
dependencies = ["w", "y==2"]
[[package]]
name = "w"
version = "3"
groups = ["test"]
"#;

const PIPFILE: &str = r#"{"_meta": {"pipfile-spec": 6},
"default": {"Django": {"version": "==5.0", "hashes": ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]}},
"develop": {"pytest": {"git": "https://h/p", "ref": "abc"}}}"#;

const GO_MOD: &str = "module m\n\ngo 1.21\n\nrequire (\n\ta.b/c v1.0.0\n\ta.b/d v1.1.0 // indirect\n)\nrequire e.f/g v0.1.0\nreplace a.b/d => a.b/d v1.2.0\nreplace e.f/g v0.1.0 => ../g\n";

const GO_SUM: &str = "a.b/c v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\na.b/c v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nx.y/z v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

const GEMFILE: &str = "GIT
  remote: https://h/own.git
  revision: abc
  specs:
    own (0.1)
      rack

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.15.0-x86_64-linux)
      racc (~> 1.4)
    nokogiri (1.15.0)
      racc (~> 1.4)
    racc (1.7.1)
    rack (3.0.0)

PLATFORMS
  ruby

DEPENDENCIES
  nokogiri (~> 1.15)
  own!

CHECKSUMS
  racc (1.7.1) sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

BUNDLED WITH
   2.5.0
";

const COMPOSER: &str = r#"{"packages": [
{"name": "Laravel/Framework", "version": "v11.0", "require": {"php": ">=8", "psr/log": "^3"}, "replace": {"illuminate/support": "self.version"}, "dist": {"type": "zip", "url": "https://h/x", "shasum": ""}, "source": {"type": "git", "url": "https://h/x.git", "reference": "abc"}},
{"name": "psr/log", "version": "3.0", "require": []}],
"packages-dev": [{"name": "me/dev", "version": "1", "require": {"illuminate/support": "*"}}],
"plugin-api-version": "2.6.0"}"#;

const GRADLE: &str = "# comment\ncom.a:b:1.0=compileClasspath,testRuntimeClasspath\norg.junit:junit:5=testCompileClasspath\nempty=annotationProcessor\n";

const OTHERS: [(LockFormat, &str); 9] = [
    (LockFormat::CargoLock, CARGO_1),
    (LockFormat::PoetryLock, POETRY),
    (LockFormat::PdmLock, PDM),
    (LockFormat::PipfileLock, PIPFILE),
    (LockFormat::GoMod, GO_MOD),
    (LockFormat::GoSum, GO_SUM),
    (LockFormat::GemfileLock, GEMFILE),
    (LockFormat::ComposerLock, COMPOSER),
    (LockFormat::GradleLock, GRADLE),
];

fn published(lock: &LockFile) -> Vec<String> {
    let packages = lock.packages.iter().filter(|one| !one.is_local());
    let mut all: Vec<String> = packages
        .map(|one| format!("{}@{}", one.name, one.version))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// One line for each package: its name, version, scope, what it needs, and where it is from unless that is usual.
fn told(format: LockFormat, text: &str) -> String {
    let lock = format.parse(text.as_bytes());
    assert_eq!(lock.problems, [""; 0], "{format:?}");
    let mut lines = vec![format!("{:?}", lock.version)];
    for package in &lock.packages {
        let names = |edges: &[Edge]| {
            let mut text = String::new();
            for edge in edges {
                let to = lock.packages.get(edge.to).unwrap();
                text += &format!(" {}@{}{:?}", to.name, to.version, edge.extras);
            }
            text.replace("[]", "")
        };
        let mut line = format!("{} {:?}", package.name, package.version);
        if let Some(scope) = package.scope {
            line += &format!(" {scope:?}");
        }
        if let Some(direct) = package.direct {
            line += if direct { " direct" } else { " indirect" };
        }
        if package.source != Source::default() {
            line += &format!(" {:?}", package.source);
        }
        line += &" hashed".repeat(package.hashes.len());
        if !package.dependencies.is_empty() {
            line += &format!(" needs{}", names(&package.dependencies));
        }
        for (extra, edges) in &package.extras {
            line += &format!(" [{extra}]{}", names(edges));
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[test]
fn all_of_npms_formats_tell_the_same_packages() {
    let expected = [
        "balanced-match@1.0.2",
        "brace-expansion@1.1.22",
        "concat-map@0.0.1",
        "debug@4.4.3",
        "fs.realpath@1.0.0",
        "fsevents@2.3.3",
        "glob@7.2.3",
        "inflight@1.0.6",
        "inherits@2.0.4",
        "minimatch@3.1.5",
        "ms@2.0.0",
        "ms@2.1.2",
        "ms@2.1.3",
        "once@1.4.0",
        "path-is-absolute@1.0.1",
        "rimraf@3.0.2",
        "wrappy@1.0.2",
    ];
    for (at, (format, text)) in NPM.iter().enumerate() {
        let lock = format.parse(text.as_bytes());
        assert_eq!(lock.problems, [""; 0], "{at}");
        let mut found = published(&lock);
        // Modern yarn lets whatever has an install script, here fsevents, need node-gyp.
        if found.iter().any(|one| one.starts_with("node-gyp@")) {
            assert!(text.contains("__metadata"), "{at}");
            found.retain(|one| expected.contains(&one.as_str()));
        }
        assert_eq!(found, expected, "{at} {format:?}");
        let debug = lock
            .packages
            .iter()
            .find(|one| one.name == "debug")
            .unwrap();
        let needs: Vec<&str> = debug
            .dependencies
            .iter()
            .map(|edge| lock.packages.get(edge.to).unwrap().version.as_str())
            .collect();
        assert_eq!(needs, ["2.1.3"], "{at} {format:?}");
        let scope = |name: &str| {
            let package = lock.packages.iter().find(|one| one.name == name);
            package.unwrap().scope
        };
        // Yarn does not say what anything is for.
        if *format != LockFormat::YarnLock {
            assert_eq!(scope("debug"), Some(LockedScope::Runtime), "{at}");
            assert_eq!(scope("rimraf"), Some(LockedScope::Dev), "{at}");
            assert_eq!(scope("fsevents"), Some(LockedScope::Optional), "{at}");
        }
    }
}

#[test]
fn all_of_uvs_formats_tell_the_same_packages() {
    let all: Vec<Vec<String>> = PYPI
        .iter()
        .map(|(format, text)| published(&format.parse(text.as_bytes())))
        .collect();
    let [lock, requirements, pylock] = all.as_slice() else {
        panic!("{all:?}")
    };
    let without = |names: &[&str]| -> Vec<String> {
        let kept = lock.iter().filter(|one| {
            !names
                .iter()
                .any(|name| one.starts_with(&format!("{name}@")))
        });
        kept.cloned().collect()
    };
    assert_eq!(lock.len(), 15, "{lock:?}");
    assert_eq!(requirements, lock);
    assert_eq!(
        *pylock,
        without(&["rich", "markdown-it-py", "mdurl", "pygments"])
    );
}

#[test]
fn cargo_tells_versions_apart() {
    insta::assert_snapshot!(told(LockFormat::CargoLock, CARGO_1), @r#"
    Some("1")
    a "0.1.0" indirect Path { path: "" } needs b@1.0.0 b@2.0.0
    b "1.0.0" direct hashed
    b "2.0.0" direct Git { url: "https://h/b", commit: Some("abc") }
    "#);
}

#[test]
fn poetry_and_pdm_have_extras() {
    insta::assert_snapshot!(told(LockFormat::PoetryLock, POETRY), @r#"
    Some("2.1")
    requests "2.0" Runtime hashed needs idna@3 [old] chardet@5
    idna "3" Runtime
    chardet "5" Optional
    pytest "8" Dev Git { url: "https://h/pytest", commit: Some("abc") }
    "#);
    insta::assert_snapshot!(told(LockFormat::PdmLock, PDM), @r#"
    Some("4.5.0")
    x "1" Runtime needs y@2["z"]
    y "2" Runtime [z] w@3
    w "3" Dev
    "#);
}

#[test]
fn lists_without_who_needs_whom() {
    insta::assert_snapshot!(told(LockFormat::PipfileLock, PIPFILE), @r#"
    Some("6")
    django "5.0" Runtime hashed
    pytest "" Dev Git { url: "https://h/p", commit: Some("abc") }
    "#);
    insta::assert_snapshot!(told(LockFormat::GradleLock, GRADLE), @r#"
    None
    com.a:b "1.0" Runtime
    org.junit:junit "5" Dev
    "#);
    insta::assert_snapshot!(told(LockFormat::GoMod, GO_MOD), @r#"
    Some("1.21")
    a.b/c "v1.0.0" direct
    a.b/d "v1.2.0" indirect
    e.f/g "" direct Path { path: "../g" }
    "#);
    insta::assert_snapshot!(told(LockFormat::GoSum, GO_SUM), @r#"
    None
    a.b/c "v1.0.0" hashed
    x.y/z "v1.0.0"
    "#);
}

#[test]
fn gems_and_composers_packages() {
    insta::assert_snapshot!(told(LockFormat::GemfileLock, GEMFILE), @r#"
    Some("2.5.0")
    own "0.1" direct Git { url: "https://h/own.git", commit: Some("abc") } needs rack@3.0.0
    nokogiri "1.15.0" direct needs racc@1.7.1
    racc "1.7.1" indirect hashed
    rack "3.0.0" indirect
    "#);
    insta::assert_snapshot!(told(LockFormat::ComposerLock, COMPOSER), @r#"
    Some("2.6.0")
    laravel/framework "v11.0" Runtime needs psr/log@3.0
    psr/log "3.0" Runtime
    me/dev "1" Dev needs laravel/framework@v11.0
    "#);
}

#[test]
fn uv_knows_members_groups_and_extras() {
    let [(format, text), ..] = PYPI;
    insta::assert_snapshot!(told(format, text), @r#"
    Some("1")
    anyio "4.16.0" Runtime indirect needs idna@3.20 typing-extensions@4.16.0
    certifi "2026.10.18" Runtime indirect
    h11 "0.16.0" Runtime indirect
    h2 "4.4.1" Runtime indirect needs hpack@4.2.0 hyperframe@6.1.0
    hpack "4.2.0" Runtime indirect
    httpcore "1.0.9" Runtime indirect needs certifi@2026.10.18 h11@0.16.0
    httpx "0.28.1" Runtime direct needs anyio@4.16.0 certifi@2026.10.18 httpcore@1.0.9 idna@3.20 [http2] h2@4.4.1
    hyperframe "6.1.0" Runtime indirect
    idna "3.20" Runtime indirect
    iniconfig "2.3.1" Dev direct
    markdown-it-py "4.3.0" Optional indirect needs mdurl@0.1.2
    mdurl "0.1.2" Optional indirect
    mini "1.0" indirect Path { path: "." } needs httpx@0.28.1["http2"] [pretty] rich@15.0.0
    pygments "2.21.0" Optional indirect
    rich "15.0.0" Optional direct needs markdown-it-py@4.3.0 pygments@2.21.0
    typing-extensions "4.16.0" Runtime indirect
    "#);
}

#[test]
fn a_requirements_file_that_nobody_compiled_locks_nothing() {
    let parse = |text: &str| LockFormat::CompiledRequirements.parse(text.as_bytes());
    assert!(parse("flask\nrequests>=2\n").is_empty());
    assert!(parse("flask==3.0\nrequests==2.0\n").is_empty());
    assert!(!parse("flask==3.0 # via -r requirements.in\n").is_empty());
    assert!(parse("flask>=3.0 # via -r requirements.in\n").is_empty());
}

#[test]
fn incomplete_build_lists_are_told() {
    let lock = LockFormat::GoMod.parse(b"module m\ngo 1.16\nrequire a.b/c v1.0.0\n");
    assert_eq!(lock.problems.len(), 1);
}

#[test]
fn broken_files_have_problems() {
    for format in LockFormat::ALL {
        let lock = format.parse(b"<<<<<<< HEAD\n\xff");
        assert_eq!(lock.problems, ["it is not UTF-8"], "{format:?}");
    }
    for (format, text) in [
        (LockFormat::PackageLock, "{"),
        (LockFormat::PnpmLock, ""),
        (LockFormat::PnpmLock, "a\nb"),
        (LockFormat::YarnLock, "<<<<<<< HEAD"),
        (LockFormat::BunLock, "[]"),
        (LockFormat::CargoLock, "[[package]]"),
        (LockFormat::UvLock, "package = 1"),
        (LockFormat::GemfileLock, "x"),
        (LockFormat::GradleLock, "x"),
    ] {
        let lock = format.parse(text.as_bytes());
        assert!(!lock.problems.is_empty(), "{format:?} {text:?}");
    }
}

#[test]
fn deep_nesting_is_refused_and_long_lists_take_no_square() {
    let deep = format!(
        "{{\"dependencies\":{}",
        "{\"a\":{\"dependencies\":".repeat(50_000)
    );
    assert_eq!(
        LockFormat::PackageLock
            .parse(deep.as_bytes())
            .problems
            .len(),
        1
    );
    let deep: Vec<String> = (0..3000).map(|n| format!("{}a:", " ".repeat(n))).collect();
    let deep = deep.join("\n");
    LockFormat::PnpmLock.parse(deep.as_bytes());
    LockFormat::PnpmLock.parse("{".repeat(100_000).as_bytes());
    // Each of many packages needs a name that many versions answer to.
    let many: Vec<String> = (0..20_000)
        .map(|n| format!("[[package]]\nname = \"a\"\nversion = \"{n}\"\ndependencies = [\"a\"]"))
        .collect();
    let many = many.join("\n");
    let edges: usize = LockFormat::CargoLock
        .parse(many.as_bytes())
        .packages
        .iter()
        .map(|one| one.dependencies.len())
        .sum();
    assert!(edges <= 20_000 * 16);
}

#[test]
fn every_file_survives_its_storage() {
    for (format, text) in NPM.iter().chain(&PYPI).chain(&OTHERS) {
        let lock = format.parse(text.as_bytes());
        let kept = serde_json::to_string(&lock).unwrap();
        assert_eq!(serde_json::from_str::<LockFile>(&kept).unwrap(), lock);
    }
}

fn assert_sound(lock: &LockFile) {
    let count = lock.packages.len();
    for package in &lock.packages {
        let edges = package.dependencies.iter();
        let edges = edges.chain(package.extras.values().flatten());
        assert!(edges.into_iter().all(|edge| edge.to < count));
    }
    let needs = lock.members.iter().flat_map(|member| &member.needs);
    assert!(needs.flat_map(|need| &need.to).all(|to| *to < count));
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in LockFormat::ALL {
            assert_sound(&format.parse(&bytes));
        }
    }

    #[test]
    fn damaged_files_are_read(which in 0_usize..21, from in 0.0..1.0, to in 0.0..1.0) {
        let all: Vec<_> = NPM.iter().chain(&PYPI).chain(&OTHERS).collect();
        let (format, text) = all.get(which).unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = |part: f64| (part * text.len() as f64) as usize;
        let (from, to) = (place(from), place(to));
        // Without a piece, or with one twice.
        let bytes = text.as_bytes();
        let damaged = [bytes.get(..from).unwrap(), bytes.get(to..).unwrap()].concat();
        assert_sound(&format.parse(&damaged));
    }
}
