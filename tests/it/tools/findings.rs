//! What findings are compared with, what does not count, and how they are shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::program;
use crate::support::World;

/// An analyser that finds `bad-RULE SEVERITY MESSAGE` in the files below `src`.
const CONFIG: &str = r#"[defaults]
builtin = false

[task.check]
run = ["./check"]
output = 'regex:(?<file>[^:]+):(?<line>[0-9]+):(?<column>[0-9]+):.*(?<rule>bad-[a-z]+) (?<severity>[a-z]+) (?<message>[^#]*[^# ])'
"#;

const A: &str = "one = 1\ntwo = eval(one)  # bad-eval error never do this\nthree = 3\nfour = open(two)  # bad-open warning it leaks\n";

/// A repository with the analyser and one commit that it has looked at.
fn world(more_config: &str) -> World {
    let world = World::with_config(&format!("{CONFIG}{more_config}"));
    program(
        &world.repo().join("check"),
        "#!/bin/sh\nawk '/bad-/ { print FILENAME \":\" FNR \":\" index($0, \"bad-\") \":\" $0 }' $(find src -name '*.py')\n",
    );
    world.write("src/a.py", A);
    world.write(
        "src/deep/b.py",
        "def f():\n    return 1  # bad-style note ugly\n",
    );
    look(&world, "one");
    world
}

/// Commits what is there and runs the analyser.
fn look(world: &World, message: &str) -> String {
    let commit = world.commit(message);
    world.tend(["run", "check", "--trust"]).code(0);
    commit
}

fn shown(world: &World, args: &[&str]) -> Value {
    let args = [&["findings", "--json"], args].concat();
    world.tend(args).code(0).json()
}

/// The rules of some findings with their states.
fn states(document: &Value) -> Vec<(&str, &str)> {
    let all = document["findings"].as_array().unwrap();
    let mut states: Vec<_> = all
        .iter()
        .map(|one| {
            (
                one["rule"].as_str().unwrap(),
                one["state"].as_str().unwrap(),
            )
        })
        .collect();
    states.sort_unstable();
    states
}

fn fixed(document: &Value) -> Vec<&str> {
    let all = document["fixed"].as_array().unwrap();
    all.iter()
        .map(|one| one["rule"].as_str().unwrap())
        .collect()
}

/// The identities of the findings by their rules.
fn ids(world: &World) -> BTreeMap<String, String> {
    let document = shown(world, &[]);
    let all = document["findings"].as_array().unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    all.iter()
        .map(|one| (text(one, "rule"), text(one, "id")))
        .collect()
}

/// One more finding, and one less, above what stays.
fn edit(world: &World) {
    world.write(
        "src/a.py",
        "zero = 0  # bad-zero high new here\none = 1\ntwo = eval(one)  # bad-eval error never do this\nthree = 3\n",
    );
}

const EDITED: [(&str, &str); 3] = [
    ("bad-eval", "unchanged"),
    ("bad-style", "unchanged"),
    ("bad-zero", "new"),
];

#[test]
fn findings_are_compared_with_the_first_parent() {
    let world = world("");
    let first = world.git(["rev-parse", "HEAD"]);
    // Nothing was looked at before.
    let document = shown(&world, &[]);
    assert_eq!(
        states(&document),
        [
            ("bad-eval", "unknown"),
            ("bad-open", "unknown"),
            ("bad-style", "unknown")
        ]
    );
    edit(&world);
    look(&world, "two");
    let document = shown(&world, &[]);
    assert_eq!(states(&document), EDITED);
    assert_eq!(fixed(&document), ["bad-open"]);
    assert_eq!(
        document["base"],
        json!({ "label": "the first parent", "commit": first.trim() })
    );
    let counts = &document["counts"];
    let number = |key: &str| counts[key].as_u64().unwrap();
    assert_eq!(
        ["open", "new", "unchanged", "unknown", "fixed", "suppressed"].map(number),
        [3, 1, 2, 0, 1, 0]
    );
    let new = shown(&world, &["--new"]);
    assert_eq!(states(&new), [("bad-zero", "new")]);
    // About the commit before.
    let before = shown(&world, &["--commit", "HEAD~"]);
    assert_eq!(states(&before).len(), 3);
    assert_eq!(before["commit"], first.trim());
    assert!(fixed(&before).is_empty());
}

#[test]
fn findings_are_compared_with_the_merge_base() {
    let world = world("");
    let first = world.git(["rev-parse", "HEAD"]).trim().to_owned();
    world.git(["clone", "--quiet", "--bare", ".", "../origin.git"]);
    world.git(["remote", "add", "origin", "../origin.git"]);
    world.git(["fetch", "--quiet", "origin"]);
    world.git(["remote", "set-head", "origin", "main"]);
    world.git(["branch", "--quiet", "--set-upstream-to", "origin/main"]);
    edit(&world);
    look(&world, "two");
    world.write("src/deep/c.py", "c = 1  # bad-third low more\n");
    look(&world, "three");
    let expected = [&EDITED[..2], &[("bad-third", "new")], &EDITED[2..]].concat();
    for (branch, label) in [
        ("main", "the merge-base with the upstream"),
        ("topic", "the merge-base with origin/HEAD"),
    ] {
        if branch == "topic" {
            world.git(["switch", "--quiet", "--no-track", "--create", "topic"]);
        }
        let document = shown(&world, &[]);
        assert_eq!(document["base"], json!({ "label": label, "commit": first }));
        assert_eq!(states(&document), expected, "{label}");
        assert_eq!(fixed(&document), ["bad-open"], "{label}");
    }
    // A baseline file does not count beside it.
    world.tend(["baseline", "set"]).code(0);
    assert_eq!(states(&shown(&world, &[])), expected);
}

#[test]
fn findings_are_compared_with_the_baseline() {
    let world = world("");
    let set = world.tend(["baseline", "set"]).code(0);
    assert_eq!(
        set.stderr,
        "tend.baseline.json accepts 3 findings · commit it\n"
    );
    insta::assert_snapshot!(std::fs::read_to_string(world.repo().join("tend.baseline.json")).unwrap(), @r#"
    {
    "version": 1,
    "findings": [
    {"path":"src/a.py","tool":"check","rule":"bad-eval","message":"never do this","line":"4fac333cfa65b1f3"},
    {"path":"src/a.py","tool":"check","rule":"bad-open","message":"it leaks","line":"bd1ddc5301bb9f76"},
    {"path":"src/deep/b.py","tool":"check","rule":"bad-style","message":"ugly","line":"c03cb8a8c930003d"},
    null
    ]
    }
    "#);
    edit(&world);
    look(&world, "two");
    let document = shown(&world, &[]);
    assert_eq!(document["base"]["label"], "tend.baseline.json");
    assert_eq!(states(&document), EDITED);
    assert_eq!(document["stale"][0]["what"], "check bad-open in src/a.py");
    let listed = world.tend(["baseline", "show"]).code(0);
    insta::assert_snapshot!(format!("{}{}", listed.stdout, listed.stderr), @r#"
    src/a.py  check[bad-eval]  never do this
    src/a.py  check[bad-open]  it leaks  not found any more
    src/deep/b.py  check[bad-style]  ugly
    3 accepted, 1 of them not found any more
    "#);
    let json = world.tend(["baseline", "show", "--json"]).code(0).json();
    let gone: Vec<_> = json["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["entry"]["rule"].as_str().unwrap(),
                one["gone"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(gone, [("bad-eval", 0), ("bad-open", 1), ("bad-style", 0)]);
    // Written anew, it has what there is.
    world.tend(["baseline", "set"]).code(0);
    assert!(
        states(&shown(&world, &[]))
            .iter()
            .all(|it| it.1 == "unchanged")
    );
    world.write("tend.baseline.json", "{\n<<<<<<< HEAD\n");
    let refused = world.tend(["findings"]).code(2);
    assert!(
        refused.stderr.contains("tend.baseline.json:2"),
        "{}",
        refused.stderr
    );
}

#[test]
fn identities_stay() {
    let world = world("");
    let before = ids(&world);
    assert_eq!(before.len(), 3);
    // Behind other lines, and down within the file.
    world.write(
        "src/a.py",
        "four = open(two)  # bad-open warning it leaks\n\n\nnew = 1\none = 1\nthree = 3\ntwo = eval(one)  # bad-eval error never do this\n",
    );
    look(&world, "moved within the file");
    assert_eq!(ids(&world), before, "moved");
    world.git(["mv", "src/a.py", "src/deep/renamed.py"]);
    look(&world, "renamed");
    assert_eq!(ids(&world), before, "renamed");
    world.write(
        "src/deep/renamed.py",
        "if True:\n    four = open(two)  # bad-open warning it leaks\n    if True:\n        one = 1\n        three = 3\n        two = eval(one)  # bad-eval error never do this\n",
    );
    look(&world, "indented");
    assert_eq!(ids(&world), before, "indented");
    world.write(
        "src/deep/b.py",
        "def g():\n    return 2  # bad-style note ugly\n",
    );
    look(&world, "changed the line");
    assert_eq!(ids(&world), before, "a changed line");
    let document = shown(&world, &[]);
    // The first commit has no files to look at.
    let commits = world.git(["rev-list", "--reverse", "HEAD"]);
    let first = commits.lines().nth(1).unwrap();
    let seen = |one: &Value| one["first_seen"]["commit"].as_str().map(str::to_owned);
    for one in document["findings"].as_array().unwrap() {
        assert_eq!(seen(one), Some(first.to_owned()), "{one}");
    }
}

#[test]
fn identities_stay_through_commits_that_nobody_looked_at() {
    let world = world("");
    let before = ids(&world);
    edit(&world);
    world.git(["mv", "src/a.py", "src/c.py"]);
    world.commit("nobody looks");
    world.write("src/c.py", A.replace("one = 1", "eins = 1"));
    world.commit("nor here");
    world.git(["mv", "src/c.py", "src/d.py"]);
    look(&world, "at last");
    assert_eq!(ids(&world), before);
}

/// What is wrong with suppressions and baselines: what, where, why.
fn stale(document: &Value) -> Vec<String> {
    let all = document["stale"].as_array().unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or("-").to_owned();
    all.iter()
        .map(|one| {
            ["what", "place", "why"]
                .map(|key| text(one, key))
                .join(" | ")
        })
        .collect()
}

#[test]
fn what_is_suppressed_does_not_count() {
    let world = world(
        r#"
[suppress.eval]
rule = "bad-eval"
reason = "the input is ours"
until = "2999-12-31"

[suppress.style]
tool = "check"
path = "src/deep/**"
reason = "generated"

[suppress.over]
rule = "bad-open"
reason = "for a while"
until = "2020-01-31"

[suppress.nothing]
rule = "bad-word"
reason = "was there once"
"#,
    );
    let document = shown(&world, &[]);
    assert_eq!(states(&document), [("bad-open", "unknown")]);
    insta::assert_snapshot!(stale(&document).join("\n"), @r#"
    suppression | tend.toml:18 | it held until 2020-01-31
    bad-word | tend.toml:23 | it is not found any more
    "#);
    let all = shown(&world, &["--all"]);
    assert_eq!(all["counts"]["suppressed"], 2);
    let mut reasons: Vec<_> = all["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| {
            Some(format!(
                "{} {}",
                one["rule"],
                one["suppressed"].as_object()?["reason"]
            ))
        })
        .collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            r#""bad-eval" "the input is ours""#,
            r#""bad-style" "generated""#
        ]
    );
    // The scan itself has all of them, and knows which count.
    let scan = super::scan(&world, "check");
    assert_eq!(scan["findings"].as_array().unwrap().len(), 3);
    assert_eq!(scan["metrics"]["suppressed"], 2);
    assert_eq!(scan["metrics"]["findings"], 1);
    let text = world.tend(["findings"]).code(0).stdout;
    insta::assert_snapshot!(text, @r#"
    src/a.py
      4:21    medium check[bad-open] it leaks
              |
            2 | two = eval(one)  # bad-eval error never do this
            3 | three = 3
            4 | four = open(two)  # bad-open warning it leaks
              |                     ^

    check
      check  3 findings

    stale: tend.toml:18: suppression: it held until 2020-01-31
    stale: tend.toml:23: bad-word: it is not found any more
    1 finding (1 medium)
    not compared with the first parent
    "#);
    // What is suppressed is not accepted besides.
    world.tend(["baseline", "set"]).code(0);
    let accepted = world.tend(["baseline", "show", "--json"]).code(0).json();
    assert_eq!(accepted["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn comments_suppress_in_their_line_and_below() {
    let world = world("");
    world.write(
        "src/a.py",
        "one = 1\ntwo = eval(one)  # bad-eval error never do this # tend: ignore[bad-eval] ours\n# tend: ignore[check:bad-open, bad-word] closed below\nfour = open(two)  # bad-open warning it leaks\nfive = 5  # tend: ignore[other:rule] not here\n# tend: ignore too little\nsix = 6  # bad-six low stays\n",
    );
    look(&world, "comments");
    let document = shown(&world, &[]);
    let rules: Vec<_> = states(&document).into_iter().map(|it| it.0).collect();
    assert_eq!(rules, ["bad-six", "bad-style"]);
    insta::assert_snapshot!(stale(&document).join("\n"), @r#"
    bad-word | src/a.py:3 | it is not found any more
    suppression | src/a.py:6 | it names no rule: write tend: ignore[RULE] reason
    "#);
    let all = shown(&world, &["--all"]);
    assert_eq!(all["counts"]["suppressed"], 2);
    assert_eq!(fixed(&all), Vec::<&str>::new());
    // Where nothing is found any more, the comment is told all the same.
    world.write("src/a.py", "two = 2  # tend: ignore[bad-eval] ours\n");
    look(&world, "mended");
    let document = shown(&world, &[]);
    assert_eq!(
        stale(&document),
        ["bad-eval | src/a.py:1 | it is not found any more"]
    );
}

#[test]
fn findings_are_narrowed() {
    let world = world("");
    let rules = |args: &[&str]| {
        let document = shown(&world, args);
        let rules: Vec<String> = states(&document)
            .into_iter()
            .map(|it| it.0.trim_start_matches("bad-").to_owned())
            .collect();
        rules.join(" ")
    };
    for (args, expected) in [
        (&["--severity", "high"][..], "eval"),
        (&["--severity", "medium"], "eval open"),
        (&["--severity", "info"], "eval open style"),
        (&["--path", "src/deep"], "style"),
        (&["--path", "./src/deep/"], "style"),
        (&["--path", "src/a.py"], "eval open"),
        (&["--path", "src/*.py"], "eval open"),
        (&["--path", "**/*.py"], "eval open style"),
        (&["--path", "src/a"], ""),
        (&["--path", "."], "eval open style"),
        (&["--path", "./"], "eval open style"),
        (
            &[
                "--path",
                "src/deep",
                "--path",
                "src/a.py",
                "--severity",
                "medium",
            ],
            "eval open",
        ),
        (&["--task", "check"], "eval open style"),
        (&["--commit", "HEAD"], "eval open style"),
        (&["--new"], "eval open style"),
    ] {
        assert_eq!(rules(args), expected, "{args:?}");
    }
    let refused = world.tend(["findings", "--severity", "bad"]).code(2);
    assert!(refused.stderr.contains("critical"), "{}", refused.stderr);
    let refused = world.tend(["findings", "--task", "nothing"]).code(2);
    assert!(refused.stderr.contains("check"), "{}", refused.stderr);
    world.tend(["findings", "--new", "--all"]).code(2);
    world.tend(["findings", "--commit", "nowhere"]).code(2);
}

#[test]
fn a_scan_of_changed_files_is_about_no_other_commit() {
    let world = world("");
    edit(&world);
    look(&world, "two");
    world.write("src/a.py", "# bad-change low not committed\n");
    let config = std::fs::read_to_string(world.repo().join("tend.toml")).unwrap();
    let config = config.replace("[task.check]\n", "[task.check]\nworkspace = \"worktree\"\n");
    world.write("tend.toml", config);
    world.tend(["run", "check", "--trust"]).code(0);
    let document = shown(&world, &[]);
    assert_eq!(
        states(&document),
        [("bad-change", "new"), ("bad-style", "unchanged")]
    );
    assert_eq!(document["tasks"][0]["dirty"], true);
    for rev in ["HEAD", "HEAD~"] {
        let document = shown(&world, &["--commit", rev]);
        assert_eq!(states(&document).len(), 3, "{rev}: {document:#}");
        assert_eq!(document["tasks"][0]["dirty"], false);
    }
}

#[test]
fn a_later_look_at_an_earlier_commit_changes_nothing() {
    let world = world("");
    edit(&world);
    look(&world, "two");
    world.tend(["run", "check", "--commit", "HEAD~"]).code(0);
    let document = shown(&world, &[]);
    assert_eq!(states(&document), EDITED);
    assert_eq!(fixed(&document), ["bad-open"]);
}

#[test]
fn the_text_is_for_people() {
    let world = world("");
    edit(&world);
    look(&world, "two");
    insta::assert_snapshot!(world.tend(["findings"]).code(0).stdout, @r#"
    src/a.py
      1:13    high check[bad-zero] new new here
              |
            1 | zero = 0  # bad-zero high new here
              |             ^
            2 | one = 1
            3 | two = eval(one)  # bad-eval error never do this
              |

      3:20    high check[bad-eval] never do this
              |
            1 | zero = 0  # bad-zero high new here
            2 | one = 1
            3 | two = eval(one)  # bad-eval error never do this
              |                    ^
            4 | three = 3
              |

    src/deep/b.py
      2:17    low check[bad-style] ugly
              |
            1 | def f():
            2 |     return 1  # bad-style note ugly
              |                 ^

    check
      check  3 findings

    fixed: src/a.py:4:21 check[bad-open] it leaks
    3 findings (2 high, 1 low)
    1 new since the first parent, 2 unchanged, 1 fixed
    "#);
    insta::assert_snapshot!(world.tend(["findings", "--compact"]).code(0).stdout, @r#"
    src/a.py:1:13: high check[bad-zero] new here (new)
    src/a.py:3:20: high check[bad-eval] never do this
    src/deep/b.py:2:17: low check[bad-style] ugly

    check
      check  3 findings

    fixed: src/a.py:4:21 check[bad-open] it leaks
    3 findings (2 high, 1 low)
    1 new since the first parent, 2 unchanged, 1 fixed
    "#);
    insta::assert_snapshot!(world.tend(["findings", "--new", "--compact"]).code(0).stdout, @r#"
    src/a.py:1:13: high check[bad-zero] new here (new)

    check
      check  3 findings

    fixed: src/a.py:4:21 check[bad-open] it leaks
    1 finding (1 high)
    1 new since the first parent, 1 fixed
    "#);
    insta::assert_snapshot!(world.tend(["report", "--format", "markdown"]).code(0).stdout, @r#"
    <!-- git-tend:findings -->
    ### ❌ 1 new finding

    3 findings (2 high, 1 low): 1 new since the first parent, 2 unchanged, 1 fixed

    | Severity | Where | Rule | What |
    | --- | --- | --- | --- |
    | high | `src/a.py:1:13` | check bad-zero | new here |

    <details><summary>2 unchanged</summary>

    | Severity | Where | Rule | What |
    | --- | --- | --- | --- |
    | high | `src/a.py:3:20` | check bad-eval | never do this |
    | low | `src/deep/b.py:2:17` | check bad-style | ugly |

    </details>

    <details><summary>1 fixed</summary>

    | Severity | Where | Rule | What |
    | --- | --- | --- | --- |
    | medium | `src/a.py:4:21` | check bad-open | it leaks |

    </details>

    <details><summary>Tools</summary>

    | Task | Tool | Version | Verdict | |
    | --- | --- | --- | --- | --- |
    | check | check |  | 3 findings |  |

    </details>
    "#);
    insta::assert_snapshot!(world.tend(["report", "--format", "github"]).code(0).stdout, @r#"
    ::error title=check[bad-zero],file=src/a.py,line=1,endLine=1,col=13,endColumn=13::src/a.py:1:13: new here
    ::error title=check[bad-eval],file=src/a.py,line=3,endLine=3,col=20,endColumn=20::src/a.py:3:20: never do this
    ::notice title=check[bad-style],file=src/deep/b.py,line=2,endLine=2,col=17,endColumn=17::src/deep/b.py:2:17: ugly
    ::notice title=git-tend::3 findings (2 high, 1 low)%0A1 new since the first parent, 2 unchanged, 1 fixed
    "#);
    insta::assert_snapshot!(world.tend(["report", "--format", "github", "--new"]).code(0).stdout, @r#"
    ::error title=check[bad-zero],file=src/a.py,line=1,endLine=1,col=13,endColumn=13::src/a.py:1:13: new here
    ::notice title=git-tend::3 findings (2 high, 1 low)%0A1 new since the first parent, 2 unchanged, 1 fixed
    "#);
}

#[test]
fn programs_read_the_reports() {
    let world = world("[suppress.style]\nrule = \"bad-style\"\nreason = \"generated\"\n");
    edit(&world);
    look(&world, "two");
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/sarif/sarif-schema-2.1.0.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for format in ["sarif", "github-sarif"] {
        let report = world.tend(["report", "--format", format]).code(0).json();
        let wrong: Vec<String> = schema
            .iter_errors(&report)
            .map(|it| it.to_string())
            .collect();
        assert!(wrong.is_empty(), "{format}: {wrong:?}");
        let results = report["runs"][0]["results"].as_array().unwrap();
        let mut states: Vec<_> = results
            .iter()
            .map(|one| {
                let place = &one["locations"][0]["physicalLocation"];
                json!([
                    one["ruleId"],
                    one["baselineState"],
                    place["artifactLocation"]["uri"],
                    place["region"]["startLine"],
                    one["suppressions"].as_array().map_or(0, Vec::len),
                ])
            })
            .collect();
        states.sort_by_key(ToString::to_string);
        let mut expected = vec![
            json!(["bad-eval", "unchanged", "src/a.py", 3, 0]),
            json!(["bad-zero", "new", "src/a.py", 1, 0]),
        ];
        if format == "sarif" {
            expected.insert(0, json!(["bad-open", "absent", "src/a.py", 4, 0]));
            expected.insert(1, json!(["bad-style", "unchanged", "src/deep/b.py", 2, 1]));
            expected.sort_by_key(ToString::to_string);
        }
        assert_eq!(states, expected, "{format}");
    }
    for (args, failures) in [(&["junit"][..], 2), (&["junit", "--new"], 1)] {
        let args = [&["report", "-o", "report.xml", "--format"], args].concat();
        world.tend(args).code(0);
        let script = "\
import xml.etree.ElementTree as tree
root = tree.parse('report.xml').getroot()
print(*(len(list(root.iter(name))) for name in ('testcase', 'failure', 'skipped')))
suites = list(root.iter('testsuite'))
print(*(sum(int(suite.get(name)) for suite in suites) for name in ('tests', 'failures', 'skipped')))
print(root.get('tests'), root.get('failures'))
";
        let mut python = world.command("python3");
        let said = python.args(["-c", script]).output().unwrap();
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let numbers: Vec<&str> = said.split_whitespace().collect();
        assert_eq!(numbers[..3], numbers[3..6], "{said}");
        assert_eq!(numbers[..2], numbers[6..], "{said}");
        assert_eq!(numbers[1], failures.to_string(), "{said}");
    }
}
