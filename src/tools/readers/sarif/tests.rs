#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;

use super::*;
use crate::tools::readers::testing::{lines, read_fixture, survives_anything};

#[test]
fn every_way_to_say_something_is_understood() {
    let lines = read_fixture!(read, "../../../../fixtures/tools/sarif/everything.sarif");
    assert_snapshot!(lines, @r"
    critical A2/injection | High | /home/dev/my proj/code/src/table.c 7:3-7:9 | CWE [78, 79, 89] | x is tainted, {really} | quote it
    low E1 | Low | x/a.c -:---:- | **bold**
    info unknown | shared words
    medium A1 | the first rule | https://example.org/A1
    medium A1 | not yet suppressed | https://example.org/A1
    low  | no rule
    checked Some(3), version 1.2.3
    unchecked /home/dev/my proj/code/src/broken.c: cannot be parsed
    ");
}

#[test]
fn bandit_keeps_its_severities_in_properties() {
    let lines = read_fixture!(read, "../../../../fixtures/tools/sarif/bandit.sarif");
    assert_snapshot!(lines, @r"
    low B403 | High | app.py 1:1-1:30 | CWE [502] | Consider possible security implications associated with pickle module. | https://bandit.readthedocs.io/en/1.9.4/blacklists/blacklist_imports.html#b403-import-pickle
    low B105 | Medium | app.py 2:12-2:27 | CWE [259] | Possible hardcoded password | https://bandit.readthedocs.io/en/1.9.4/plugins/b105_hardcoded_password_string.html
    high B602 | High | app.py 8:17-8:55 | CWE [78] | subprocess call with shell=True identified, security issue. | https://bandit.readthedocs.io/en/1.9.4/plugins/b602_subprocess_popen_with_shell_equals_true.html
    low B110 | High | app.py 9:13-10:21 | CWE [703] | Try, Except, Pass detected. | https://bandit.readthedocs.io/en/1.9.4/plugins/b110_try_except_pass.html
    low B101 | High | app.py 12:9-12:18 | CWE [703] | Use of assert detected. The enclosed code will be removed when compili | https://bandit.readthedocs.io/en/1.9.4/plugins/b101_assert_used.html
    medium B301 | High | app.py 13:49-13:64 | CWE [502] | Pickle and modules that wrap it can be unsafe when used to deserialize | https://bandit.readthedocs.io/en/1.9.4/blacklists/blacklist_calls.html#b301-pickle
    checked None, version 1.9.4
    ");
}

#[test]
fn ruff_writes_whole_paths() {
    let lines = read_fixture!(read, "../../../../fixtures/tools/sarif/ruff.sarif");
    assert_snapshot!(lines, @r"
    high I001 | /home/dev/proj/app.py 1:1-1:30 | Import block is un-sorted or un-formatted | Organize imports | https://docs.astral.sh/ruff/rules/unsorted-imports
    high F401 | /home/dev/proj/app.py 1:8-1:10 | `os` imported but unused | Remove unused import: `os` | https://docs.astral.sh/ruff/rules/unused-import
    high S110 | /home/dev/proj/app.py 9:13-10:21 | `try`-`except`-`pass` detected, consider logging the exception | https://docs.astral.sh/ruff/rules/try-except-pass
    high BLE001 | /home/dev/proj/app.py 9:20-9:29 | Do not catch blind exception: `Exception` | https://docs.astral.sh/ruff/rules/blind-except
    checked None, version 0.17.5
    ");
}

#[test]
fn semgrep_leaves_levels_to_the_rules() {
    let lines = read_fixture!(read, "../../../../fixtures/tools/sarif/semgrep.sarif");
    assert_snapshot!(lines, @r#"
    low info-rule | app.py 4:5-4:13 | assert
    high shell-true | High | app.py 5:12-5:50 | CWE [78] | shell=True with "ls " + x
    checked None, version 1.182.0
    "#);
}

fn of(text: &str) -> String {
    lines(&read(&mut text.as_bytes()))
}

#[test]
fn a_run_that_failed_is_not_clean() {
    let run = |rest: &str| {
        of(&format!(
            r#"{{"runs": [{{"tool": {{"driver": {{"name": "t"}}}}, {rest}}}]}}"#
        ))
    };
    let failed = r#""invocations": [{"executionSuccessful": false, "exitCodeDescription": "out of memory"}]"#;
    assert_eq!(
        run(&format!(r#"{failed}, "results": []"#)),
        "refused: out of memory"
    );
    assert_eq!(run(failed), "refused: out of memory");
    assert_snapshot!(run(&format!(r#"{failed}, "results": [{{"message": {{"text": "found"}}}}]"#)), @r"
    medium  | found
    checked None, version -
    unchecked t: out of memory
    ");
    assert_snapshot!(run(r#""results": null"#), @r"
    checked None, version -
    unchecked t: it has no list of results
    ");
    assert_snapshot!(run(r#""results": []"#), @"checked None, version -");
    let clean = r#"{"tool": {"driver": {"name": "t"}}, "artifacts": [{}], "results": []}"#;
    assert_snapshot!(of(&format!(r#"{{"runs": [{clean}, {clean}]}}"#)), @"checked Some(2), version -");
    let silent = r#"{"tool": {"driver": {"name": "t"}}, "results": []}"#;
    assert_snapshot!(of(&format!(r#"{{"runs": [{clean}, {silent}]}}"#)), @"checked None, version -");
    assert_snapshot!(of(r#"{"runs": []}"#), @"checked Some(0), version -");
    assert_snapshot!(of(r#"{"runs": null}"#), @"malformed: its report is not SARIF: it has no runs");
}

#[test]
fn utf_16_is_read() {
    let text = include_str!("../../../../fixtures/tools/sarif/semgrep.sarif");
    let little: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let expected = read(&mut text.as_bytes()).unwrap();
    assert_eq!(read(&mut little.as_slice()).unwrap(), expected);
    assert_eq!(
        read(&mut format!("\u{feff}{text}").as_bytes()).unwrap(),
        expected
    );
    assert!(matches!(
        read(&mut b"\xff\xfe".as_slice()),
        Err(ReadError::Empty)
    ));
}

#[test]
fn many_results_of_many_rules_are_read_in_time() {
    let rules: Vec<String> = (0..20_000)
        .map(|at| format!(r#"{{"id": "r{at}"}}"#))
        .collect();
    let results: Vec<String> = (0..20_000)
        .map(|at| format!(r#"{{"rule": {{"id": "r{at}/x/y", "toolComponent": {{"index": 0}}}}, "message": {{"text": "m"}}}}"#))
        .collect();
    let text = format!(
        r#"{{"runs": [{{"tool": {{"driver": {{"name": "t"}}, "extensions": [{{"name": "e", "rules": [{}]}}]}}, "results": [{}]}}]}}"#,
        rules.join(","),
        results.join(",")
    );
    let start = std::time::Instant::now();
    assert_eq!(read(&mut text.as_bytes()).unwrap().findings.len(), 20_000);
    assert!(start.elapsed() < std::time::Duration::from_secs(10));
}

survives_anything!(read, "../../../../fixtures/tools/sarif/everything.sarif");
