//! A document of what bandit, ruff and pytest said of a small file, with everything else that a document can have.

use jiff::Timestamp;
use serde_json::Value;

use super::api::{
    Base, Case, CaseOutcome, Confidence, Dependency, Document, Entry, Excerpt, Finding, FirstSeen,
    Place, Severity, Stale, State, Status, Subject, Suppressed, TaskReport, Tests, ToolReport,
    Unchecked, Verdict,
};

const BANDIT: &str = include_str!("../../../../fixtures/report/bandit.json");
const RUFF: &str = include_str!("../../../../fixtures/report/ruff.json");
const APP: &str = include_str!("../../../../fixtures/report/app.py");

pub const COMMIT: &str = "1f2e3d4c5b6a79880f1e2d3c4b5a69788f7e6d5c";
pub const OLDER: &str = "a0b1c2d3e4f5061728394a5b6c7d8e9f00112233";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap_or_default()
}

/// Two lines around a finding in `app.py`.
pub fn source(finding: &Finding) -> Option<Excerpt> {
    let place = finding.place.as_ref().filter(|it| it.path == "app.py")?;
    let first = place.line?.saturating_sub(2).max(1);
    let last = place.end_line.or(place.line)?.saturating_add(2);
    let lines: Vec<&str> = APP
        .lines()
        .skip(first as usize - 1)
        .take((last - first) as usize + 1)
        .collect();
    Some(Excerpt {
        first_line: first,
        text: lines.join("\n"),
    })
}

fn number(value: &Value, pointer: &str) -> Option<u32> {
    u32::try_from(value.pointer(pointer)?.as_u64()?).ok()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn entry(task: &str, state: State, finding: Finding) -> Entry {
    Entry {
        task: task.to_owned(),
        state,
        suppressed: None,
        finding,
    }
}

fn bandit() -> Vec<Finding> {
    let report: Value = serde_json::from_str(BANDIT).unwrap_or_default();
    let results = report["results"].as_array().cloned().unwrap_or_default();
    let read = |result: &Value| {
        let severity = match text(result, "/issue_severity") {
            "HIGH" => Severity::High,
            "MEDIUM" => Severity::Medium,
            _ => Severity::Low,
        };
        let message = text(result, "/issue_text").to_owned();
        let mut finding = Finding::new("bandit", text(result, "/test_id"), severity, message);
        finding.confidence = Some(Confidence::High);
        finding.url = Some(text(result, "/more_info").to_owned());
        finding.cwe = number(result, "/issue_cwe/id").into_iter().collect();
        finding.place = Some(Place {
            path: "app.py".to_owned(),
            line: number(result, "/line_number"),
            column: number(result, "/col_offset").map(|column| column + 1),
            end_line: None,
            end_column: number(result, "/end_col_offset").map(|column| column + 1),
        });
        finding
    };
    results.iter().map(read).collect()
}

fn ruff() -> Vec<Finding> {
    let report: Value = serde_json::from_str(RUFF).unwrap_or_default();
    let results = report.as_array().cloned().unwrap_or_default();
    let read = |result: &Value| {
        let message = text(result, "/message").to_owned();
        let mut finding = Finding::new("ruff", text(result, "/code"), Severity::Medium, message);
        finding.url = Some(text(result, "/url").to_owned());
        finding.fix = Some(text(result, "/fix/message").to_owned()).filter(|fix| !fix.is_empty());
        finding.place = Some(Place {
            path: "app.py".to_owned(),
            line: number(result, "/location/row"),
            column: number(result, "/location/column"),
            end_line: number(result, "/end_location/row"),
            end_column: number(result, "/end_location/column"),
        });
        finding
    };
    results.iter().map(read).collect()
}

fn place(path: &str, line: u32, column: Option<u32>) -> Place {
    Place {
        path: path.to_owned(),
        line: Some(line),
        column,
        ..Place::default()
    }
}

fn test(name: &str, message: &str, line: u32) -> Finding {
    let mut finding = Finding::new("pytest", "failed", Severity::High, message.to_owned());
    finding.subject = Subject::Test {
        name: name.to_owned(),
    };
    finding.place = Some(place("test_app.py", line, None));
    finding
}

fn case(name: &str, outcome: CaseOutcome, seconds: f64) -> Case {
    Case {
        name: name.to_owned(),
        outcome,
        seconds: Some(seconds),
    }
}

fn tool(name: &str, verdict: Verdict, findings: u64) -> ToolReport {
    ToolReport {
        tool: name.to_owned(),
        version: None,
        folder: String::new(),
        verdict,
        reason: None,
        install: None,
        checked: None,
        unchecked: Vec::new(),
        findings,
        tests: None,
        exit_code: Some(i32::from(findings > 0)),
        seconds: 0.31,
    }
}

fn task(name: &str, status: Status, tools: Vec<ToolReport>) -> TaskReport {
    TaskReport {
        task: name.to_owned(),
        commit: Some(COMMIT.to_owned()),
        dirty: false,
        at: at(0),
        status,
        verdict: Verdict::of_all(tools.iter().map(|tool| tool.verdict)),
        summary: "as its tools say".to_owned(),
        duration: 1.2,
        tools,
    }
}

fn security() -> TaskReport {
    let mut bandit = tool("bandit", Verdict::Findings, 6);
    bandit.version = Some("1.9.4".to_owned());
    bandit.checked = Some(2);
    bandit.unchecked = vec![Unchecked {
        what: "old/py2.py".to_owned(),
        reason: "syntax error while parsing AST from file".to_owned(),
    }];
    let mut gitleaks = tool("gitleaks", Verdict::Findings, 1);
    gitleaks.version = Some("8.21.2".to_owned());
    let mut semgrep = tool("semgrep", Verdict::NotChecked, 0);
    semgrep.reason = Some("it is not installed".to_owned());
    semgrep.install = Some("pipx install semgrep".to_owned());
    semgrep.exit_code = None;
    task(
        "security_scan",
        Status::Warning,
        vec![bandit, gitleaks, semgrep],
    )
}

fn quality() -> TaskReport {
    let ruff = tool("ruff", Verdict::Findings, 4);
    let mut eslint = tool("eslint", Verdict::ToolError, 0);
    "packages/web".clone_into(&mut eslint.folder);
    eslint.exit_code = Some(2);
    eslint.reason = Some(
        "it exited with 2: Error: Cannot find module 'eslint-config-airbnb' required by .eslintrc.json".to_owned(),
    );
    let mut clippy = tool("clippy", Verdict::Clean, 0);
    clippy.checked = Some(14);
    let mut task = task("code_analysis", Status::Warning, vec![ruff, eslint, clippy]);
    task.commit = Some(OLDER.to_owned());
    task
}

fn tests() -> TaskReport {
    let mut counted = Tests::default();
    for (name, outcome, seconds) in [
        ("test_app::test_ok", CaseOutcome::Passed, 0.001),
        ("test_app::test_bad", CaseOutcome::Failed, 0.001),
        ("test_app::test_skip", CaseOutcome::Skipped, 0.0),
        ("test_app::test_p[1]", CaseOutcome::Passed, 0.019),
        ("test_app::test_p[2]", CaseOutcome::Flaky, 0.001),
        ("test_app::test_err", CaseOutcome::Error, 0.0),
    ] {
        counted.count(case(name, outcome, seconds));
    }
    // More tests than have names.
    counted.passed += 480;
    let mut pytest = tool("pytest", Verdict::Findings, 2);
    pytest.version = Some("8.4.2".to_owned());
    pytest.tests = Some(counted);
    let mut task = task("test_runner", Status::Error, vec![pytest]);
    task.dirty = true;
    task
}

fn dependencies() -> TaskReport {
    task(
        "dependency_audit",
        Status::Error,
        vec![tool("pip-audit", Verdict::Findings, 1)],
    )
}

/// What the reports say.
fn of_reports() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, mut finding) in bandit().into_iter().enumerate() {
        finding.id = format!("b{index:015x}");
        finding.first_seen = Some(FirstSeen {
            at: at(-86_400),
            commit: Some(OLDER.to_owned()),
        });
        let state = if finding.rule == "B602" {
            State::New
        } else {
            State::Unchanged
        };
        let mut entry = entry("security_scan", state, finding);
        if entry.finding.rule == "B101" {
            entry.suppressed = Some(Suppressed {
                reason: "asserts are fine here".to_owned(),
                by: "tend.toml".to_owned(),
            });
        }
        entries.push(entry);
    }
    for (index, mut finding) in ruff().into_iter().enumerate() {
        finding.id = format!("f{index:015x}");
        let state = if finding.rule == "F401" {
            State::New
        } else {
            State::Unchanged
        };
        let mut entry = entry("code_analysis", state, finding);
        if entry.finding.rule == "S110" {
            entry.suppressed = Some(Suppressed {
                reason: String::new(),
                by: "in-line".to_owned(),
            });
        }
        entries.push(entry);
    }
    entries
}

/// A finding of each other kind.
fn of_other_tools() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut eval = Finding::new(
        "ruff",
        "S307",
        Severity::Medium,
        "Use of possibly insecure function; consider using `ast.literal_eval`".to_owned(),
    );
    eval.place = Some(Place {
        end_line: Some(16),
        end_column: Some(35),
        ..place("app.py", 16, Some(24))
    });
    entries.push(entry("code_analysis", State::New, eval));

    let mut secret = Finding::new(
        "gitleaks",
        "generic-password",
        Severity::High,
        "A password is written in the source.".to_owned(),
    );
    secret.subject = Subject::Secret {
        digest: "5f1d0c4b".to_owned(),
    };
    secret.place = Some(place("app.py", 2, Some(12)));
    entries.push(entry("security_scan", State::New, secret));

    let bad = "assert 1 == 2\n\n>   def test_bad(): assert 1 == 2\n                    ^^^^^^^^^^^^^\nE   assert 1 == 2\n\ntest_app.py:3: AssertionError";
    entries.push(entry(
        "test_runner",
        State::New,
        test("test_app::test_bad", bad, 3),
    ));
    let error = "failed on setup with \"fixture 'nofix' not found\"";
    entries.push(entry(
        "test_runner",
        State::Unchanged,
        test("test_app::test_err", error, 8),
    ));

    let mut advisory = Finding::new(
        "pip-audit",
        "GHSA-9wx4-h78v-vm56",
        Severity::Critical,
        "requests 2.31.0: sessions do not verify certificates after a first request with verify=False"
            .to_owned(),
    );
    advisory.subject = Subject::Dependency(Dependency {
        ecosystem: "pypi".to_owned(),
        package: "requests".to_owned(),
        version: Some("2.31.0".to_owned()),
        advisory: "GHSA-9wx4-h78v-vm56".to_owned(),
        aliases: vec!["CVE-2024-35195".to_owned()],
        fixed_in: vec!["2.32.0".to_owned()],
        direct: Some(true),
    });
    advisory.fix = Some("update requests to 2.32.0".to_owned());
    advisory.place = Some(place("requirements.txt", 3, None));
    entries.push(entry("dependency_audit", State::New, advisory));
    entries
}

/// The document.
pub fn document() -> Document {
    let mut entries = of_reports();
    entries.extend(of_other_tools());
    let mut mended = Finding::new(
        "bandit",
        "B608",
        Severity::Medium,
        "Possible SQL injection vector through string-based query construction.".to_owned(),
    );
    "b00000000000000ff".clone_into(&mut mended.id);
    mended.place = Some(place("db.py", 31, Some(9)));
    Document {
        repository: "https://user:secret@example.org/dev/proj.git".to_owned(),
        commit: Some(COMMIT.to_owned()),
        base: Some(Base {
            label: "merge-base with origin/main".to_owned(),
            commit: Some(OLDER.to_owned()),
        }),
        generated_at: at(60),
        tasks: vec![security(), quality(), dependencies(), tests()],
        entries,
        fixed: vec![entry("security_scan", State::Unchanged, mended)],
        stale: vec![Stale {
            what: "B102 in scripts/**".to_owned(),
            place: Some("tend.toml:12".to_owned()),
            why: "nothing matches it any more".to_owned(),
        }],
    }
}
