//! Every format, on what people really write, and on rubbish.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// One line per requirement: scope, group, name, spec, and marks.
fn listed(format: Format, text: &str) -> Vec<String> {
    let manifest = format.parse(text.as_bytes());
    let line = |requirement: &Requirement| {
        let scope = match requirement.scope {
            Scope::Direct => "",
            Scope::Dev => "dev ",
            Scope::Indirect => "indirect ",
        };
        let group = requirement
            .group
            .as_ref()
            .map(|group| format!("({group}) "));
        let mut line = format!(
            "{scope}{}{} {}",
            group.unwrap_or_default(),
            requirement.name,
            requirement.spec
        );
        for (mark, is_set) in [
            (" local", requirement.local),
            (" inherited", requirement.inherited),
        ] {
            line.push_str(if is_set { mark } else { "" });
        }
        if !requirement.features.is_empty() {
            line = format!("{line} [{}]", requirement.features.join(","));
        }
        line
    };
    let problems = manifest
        .problems
        .iter()
        .map(|problem| format!("! {problem}"));
    manifest
        .requirements
        .iter()
        .map(line)
        .chain(problems)
        .collect()
}

#[test]
fn package_json() {
    let text = r#"{"name":"web","dependencies":{"react":"^18","jpgs":"1","ui":"workspace:*"},
        "devDependencies":{"jest":"29"},"peerDependencies":{"vue":"3"},"optionalDependencies":{"fsevents":""}}"#;
    assert_eq!(
        listed(Format::PackageJson, text),
        [
            "react ^18",
            "jpgs 1",
            "ui workspace:* local",
            "dev jest 29",
            "(peer) vue 3",
            "(optional) fsevents *"
        ]
    );
    let broken = listed(Format::PackageJson, "{\"dependencies\": {");
    assert!(broken[0].starts_with("! EOF while parsing"), "{broken:?}");
    assert_eq!(listed(Format::PackageJson, "[]"), ["! it is not an object"]);
    assert_eq!(
        listed(
            Format::PackageJson,
            r#"{"dependencies":["a"],"devDependencies":{"b":1,"c":"2"}}"#
        ),
        [
            "dev c 2",
            "! dependencies is not an object",
            "! the version of b is not a string"
        ]
    );
    let marked = Format::PackageJson.parse(b"\xef\xbb\xbf{\"name\":\"x\"}");
    assert_eq!(
        (marked.name.as_deref(), marked.problems.len()),
        (Some("x"), 0)
    );
    assert_eq!(
        Format::PackageJson.parse(b"\xff").problems,
        ["it is not UTF-8"]
    );
}

#[test]
fn composer_json() {
    let text = r#"{"require":{"php":"^8.2","ext-json":"*","Laravel/framework":"^11"},"require-dev":{"phpunit/phpunit":"^11"}}"#;
    assert_eq!(
        listed(Format::ComposerJson, text),
        ["laravel/framework ^11", "dev phpunit/phpunit ^11"]
    );
    assert!(listed(Format::ComposerJson, r#"{"require":[]}"#).is_empty());
}

#[test]
fn pyproject_of_every_kind() {
    let text = r#"
[build-system]
requires = ["flit_core<4"]
[project]
name = "Flask"
dependencies = ["Werkzeug>=3.1", "psycopg[binary]; python_version>'3'"]
[project.optional-dependencies]
async = ["asgiref>=3.2"]
test = ["pytest"]
[dependency-groups]
dev = ["ruff", {include-group = "docs"}]
docs = ["sphinx"]
[tool.uv]
dev-dependencies = ["mypy==1.0"]
"#;
    assert_eq!(
        listed(Format::Pyproject, text),
        [
            "werkzeug >=3.1",
            "psycopg * [binary]",
            "(async) asgiref >=3.2",
            "dev (test) pytest *",
            "dev (dev) ruff *",
            "dev (docs) sphinx *",
            "dev (dev) mypy ==1.0",
            "dev (build) flit-core <4",
        ]
    );
    let poetry = r#"
[tool.poetry]
name = "x"
[tool.poetry.dependencies]
python = "^3.11"
fastapi = "^0.110"
own = { path = "../own" }
both = [{ version = "1", python = "3.9" }, { version = "2" }]
uvicorn = { version = "^0.29", extras = ["standard"] }
[tool.poetry.group.dev.dependencies]
pytest = "*"
[tool.poetry.dev-dependencies]
black = "24"
"#;
    assert_eq!(
        listed(Format::Pyproject, poetry),
        [
            "both 1",
            "fastapi ^0.110",
            "own @ ../own local",
            "uvicorn ^0.29 [standard]",
            "dev (dev) black 24",
            "dev (dev) pytest *",
        ]
    );
    assert!(listed(Format::Pyproject, "[project\n")[0].starts_with("! "));
    assert_eq!(
        listed(
            Format::Pipfile,
            "[packages]\nflask = \"*\"\n[dev-packages]\npytest = {version='7'}"
        ),
        ["flask *", "dev pytest 7"]
    );
}

#[test]
fn requirement_files() {
    let text = "# x\nDjango>=4.2  # LTS\n\n-r base.txt\n--index-url https://x\nrequests[socks]==2.31 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n\
git+https://github.com/a/b.git@v1#egg=B_c\n-e .\n./local\nfoo @ https://x/foo.zip\npg-like~=1; python_version<'3'\nwhat is this\n";
    assert_eq!(
        listed(Format::RequirementsTxt, text),
        [
            "django >=4.2",
            "requests ==2.31 [socks]",
            "b-c @ git+https://github.com/a/b.git@v1",
            "foo @ https://x/foo.zip",
            "pg-like ~=1",
            "! \"what is this\" is not a requirement",
        ]
    );
}

#[test]
fn setup_py_without_running_it() {
    let text = r#"
"""install_requires = ['no']"""
from setuptools import setup
# install_requires = ["nor this"]
base = ["a>=1", "b" " <2",]
extra = base + ["c"]
setup(
    name="thing", version=get_version(),
    install_requires=base + ['d; python_version < "3"'],
    extras_require={"testing": ["pytest"] + base, 'fast': ("orjson",)},
    tests_require=read("x"),
)
"#;
    assert_eq!(
        listed(Format::SetupPy, text),
        [
            "a >=1",
            "b <2",
            "d *",
            "dev (testing) pytest *",
            "dev (testing) a >=1",
            "dev (testing) b <2",
            "(fast) orjson *",
            "! tests_require is computed when the file is run",
        ]
    );
    assert_eq!(
        Format::SetupPy.parse(text.as_bytes()).name.as_deref(),
        Some("thing")
    );
    assert_eq!(
        listed(
            Format::SetupPy,
            "x = [f'a{v}', 'b' if c else 'd', 'e']\nsetup(install_requires=x)"
        ),
        ["e *", "! install_requires is computed when the file is run"]
    );
}

#[test]
fn variables_that_multiply_are_given_up() {
    let sums = (1..16).map(|n: u32| {
        let before = format!("a{}", n - 1);
        format!("a{n} = {before} + {before} + {before} + {before}\n")
    });
    let text = format!(
        "a0 = ['x']\n{}setup(install_requires=a15)",
        sums.collect::<String>()
    );
    let found = listed(Format::SetupPy, &text);
    assert_eq!(
        found.last().unwrap(),
        "! install_requires is computed when the file is run"
    );
}

#[test]
fn setup_cfg() {
    let text = "[metadata]\nname = thing\n[options]\ninstall_requires =\n    a>=1\n    # no\n    b[x]; python_version<'3'\n\
packages = find:\n[options.extras_require]\ntest = pytest\nfast =\n  orjson\n[flake8]\nignore = E1\n";
    assert_eq!(
        listed(Format::SetupCfg, text),
        ["a >=1", "b * [x]", "dev (test) pytest *", "(fast) orjson *"]
    );
    assert_eq!(
        Format::SetupCfg.parse(text.as_bytes()).name.as_deref(),
        Some("thing")
    );
}

#[test]
fn cargo_toml() {
    let text = r#"
[package]
name = "x"
[dependencies]
serde = { version = "1", features = ["derive"] }
regex.workspace = true
own = { path = "../own" }
alias = { package = "real", git = "https://x" }
[dev-dependencies]
insta = "1"
[build-dependencies]
cc = "1"
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[workspace.dependencies]
regex = "1.10"
"#;
    assert_eq!(
        listed(Format::CargoToml, text),
        [
            "real git+https://x",
            "own path:../own local",
            "regex * inherited",
            "serde 1 [derive]",
            "dev insta 1",
            "dev (build) cc 1",
            "(cfg(unix)) libc 0.2",
        ]
    );
    assert_eq!(
        Format::CargoToml.parse(text.as_bytes()).offered[0].spec,
        "1.10"
    );
}

#[test]
fn go_mod() {
    let text = "module example.org/x // c\n\ngo 1.22\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.10.0\n\tgolang.org/x/net v0.1 // indirect\n)\n\
require github.com/a/b v1.0.0\nreplace github.com/a/b => ../b\nexclude (\n\tgithub.com/c/d v1\n)\n";
    assert_eq!(
        listed(Format::GoMod, text),
        [
            "github.com/gin-gonic/gin v1.10.0",
            "indirect golang.org/x/net v0.1",
            "github.com/a/b v1.0.0 local"
        ]
    );
}

#[test]
fn pom_xml() {
    let text = r#"<?xml version="1.0"?>
<!-- <dependency> -->
<project xmlns="x"><parent><artifactId>p</artifactId></parent><artifactId>me</artifactId>
<properties><v.x>2.1</v.x></properties>
<dependencyManagement><dependencies><dependency><groupId>no</groupId><artifactId>no</artifactId></dependency></dependencies></dependencyManagement>
<dependencies>
 <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><scope>runtime</scope>
  <exclusions><exclusion><groupId>z</groupId><artifactId>z</artifactId></exclusion></exclusions></dependency>
 <dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v.x}</version></dependency>
 <dependency><groupId>org.junit</groupId><artifactId>junit</artifactId><version>5</version><scope>test</scope><optional/></dependency>
</dependencies></project>"#;
    assert_eq!(
        listed(Format::PomXml, text),
        [
            "org.postgresql:postgresql *",
            "g:a 2.1",
            "dev org.junit:junit 5"
        ]
    );
    assert_eq!(
        Format::PomXml.parse(text.as_bytes()).name.as_deref(),
        Some("me")
    );
    assert_eq!(
        listed(Format::PomXml, "<html></html>"),
        ["! it has no <project>"]
    );
    assert_eq!(
        listed(Format::PomXml, "<project></x>"),
        ["! </x> closes nothing that is open"]
    );
}

#[test]
fn build_gradle() {
    let text = "dependencies {\n  implementation 'org.springframework.boot:spring-boot-starter-web'\n  // implementation 'no:no:1'\n\
  testImplementation(\"org.junit.jupiter:junit-jupiter:5.10\")\n  implementation(platform(\"x:bom:1\"))\n  runtimeOnly \"com.h2database:h2:2\" \n  api project(':core')\n  implementation libs.guava\n}\n";
    assert_eq!(
        listed(Format::Gradle, text),
        [
            "org.springframework.boot:spring-boot-starter-web *",
            "dev org.junit.jupiter:junit-jupiter 5.10",
            "com.h2database:h2 2",
            "! its version catalog (libs.…) is not read",
        ]
    );
}

#[test]
fn gemfile() {
    let text = "source 'https://rubygems.org'\ngem 'rails', '~> 7.1', '>= 7.1.2'\ngem \"pg\" # db\ngem 'own', path: '../own'\n\
group :development, :test do\n  platforms :mri do\n    gem 'debug'\n  end\n  gem 'rspec-rails', '~> 6', require: false\nend\ngem 'puma'\ngem 'x', group: :test\ngem 'y', :group => [:test, :production]\n";
    assert_eq!(
        listed(Format::Gemfile, text),
        [
            "rails ~> 7.1, >= 7.1.2",
            "pg *",
            "own * local",
            "dev (development test) debug *",
            "dev (development test) rspec-rails ~> 6",
            "puma *",
            "dev (test) x *",
            "(test production) y *",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_parser_fails_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in Format::ALL {
            let _ = format.parse(&bytes);
        }
    }

    #[test]
    fn no_parser_fails_on_what_looks_like_a_manifest(
        parts in proptest::collection::vec("\\PC{0,6}|[\\[\\](){}'\"=:,#<>/\\\\ \n+|;@.-]{1,4}|install_requires|gem |group|do\n|end\n|require|<project>|<dependencies>|</|dependencies", 0..60)
    ) {
        let text = parts.concat();
        for format in Format::ALL {
            let _ = format.parse(text.as_bytes());
        }
    }

    #[test]
    fn literal_lists_are_found_in_any_layout(
        names in proptest::collection::vec("[a-z]{1,8}", 1..6),
        space in "[ \n]{0,3}",
    ) {
        let list: Vec<String> = names.iter().map(|name| format!("{space}'{name}>=1'{space}")).collect();
        let text = format!("setup(x=1,\n install_requires{space}={space}[{}], y=2)", list.join(","));
        let manifest = Format::SetupPy.parse(text.as_bytes());
        let found: Vec<_> = manifest.requirements.into_iter().map(|requirement| requirement.name).collect();
        prop_assert_eq!(found, names);
    }
}
