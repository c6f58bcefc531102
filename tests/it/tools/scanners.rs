//! Scanners and audits beside themselves. Registries are stubs on loopback.

use std::fs;

use serde_json::{Value, json};

use super::real::{Stub, Tooled, places, told};
use crate::support::World;

const PYTHON: &[(&str, &str)] = &[
    (
        "app/main.py",
        "import subprocess\nimport pickle\n\n\ndef f(words):\n    subprocess.call(words, shell=True)\n    assert words\n    return pickle.loads(words)\n",
    ),
    (
        "app/deep/größe.py",
        "import hashlib\nPASSWORD = 'hunter2'\nhashlib.md5(b'x')\nexec('1')\n",
    ),
    (
        "app/quiet.py",
        "import subprocess  # nosec\nassert 1  # nosec B101\n",
    ),
    ("clean.py", "x = 1\n"),
];

#[test]
fn bandit_finds_what_bandit_says() {
    let Some(tooled) = Tooled::new("security_scan", &["bandit"], &["bandit"], PYTHON) else {
        return;
    };
    // A shell, weak hashes: high.
    let ran = tooled.tend(&["run", "security_scan"]);
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    let said = tooled.tool(
        "",
        "bandit",
        &[
            "-q",
            "-r",
            ".",
            "-f",
            "custom",
            "--msg-template",
            "{relpath}:{line}: {test_id} {severity}",
        ],
    );
    let said = said.code(1).stdout;
    let places_said = told(&said, r"^(?<path>[^:]+):(?<line>\d+): (?<rule>B\d+) ", 0);
    assert!(places_said.len() >= 7, "{said}");
    let mut found = places(&shown);
    for at in &mut found {
        at.2 = 0;
    }
    assert_eq!(found, places_said, "{}", ran.stderr);
    let text = tooled.tool("", "bandit", &["-r", ".", "-f", "txt"]).stdout;
    let issues = text.lines().filter(|line| line.starts_with(">> Issue:"));
    assert_eq!(issues.count(), found.len());
    for severity in ["high", "medium", "low"] {
        let word = severity.to_uppercase();
        let count = said.lines().filter(|line| line.ends_with(&word)).count();
        assert_eq!(shown["counts"]["severity"][severity], count, "{severity}");
    }
    let report = &tooled.scan("security_scan")["tools"][0];
    assert_eq!(report["checked"], 4);
    assert_eq!(report["version"], "1.9.4");
}

#[test]
fn bandit_has_not_checked_what_it_cannot_parse() {
    let broken = ("app/broken.py", "def f(:\n");
    let files = [PYTHON, &[broken]].concat();
    let Some(tooled) = Tooled::new("security_scan", &["bandit"], &["bandit"], &files) else {
        return;
    };
    tooled.tend(&["run", "security_scan"]);
    let scan = tooled.scan("security_scan");
    assert_eq!(scan["verdict"], "findings");
    let report = &scan["tools"][0];
    assert_eq!(report["unchecked"][0]["what"], "app/broken.py");
    assert_eq!(report["checked"], 4);
    let Some(tooled) = Tooled::new("security_scan", &["bandit"], &["bandit"], &[broken]) else {
        return;
    };
    tooled.tend(&["run", "security_scan"]).code(0);
    assert_eq!(tooled.scan("security_scan")["verdict"], "not-checked");
}

#[test]
fn without_python_there_is_nothing_to_scan() {
    let world = World::with_config("");
    // What has nothing to do is asked about only by name.
    let asked = world.tend(["trust", "--yes"]).code(0);
    assert!(!asked.stderr.contains("security_scan"), "{}", asked.stderr);
    world.tend(["trust", "--yes", "security_scan"]).code(0);
    let ran = world.tend(["run", "security_scan", "--json"]).code(0);
    let job = &ran.json()["jobs"][0];
    assert_eq!(job["state"], "skipped", "{job}");
    let tasks = world.tend(["results", "list", "--json"]).code(0).json();
    let has_scan = |entry: &Value| entry["task"] == "security_scan";
    let results = tasks["results"].as_array().unwrap();
    assert!(!results.iter().any(has_scan), "{tasks}");
    // Named, it says that there was nothing.
    let Some(tooled) = Tooled::new("security_scan", &["bandit"], &["bandit"], &[("a.txt", "")])
    else {
        return;
    };
    tooled.tend(&["run", "security_scan"]).code(0);
    let scan = tooled.scan("security_scan");
    assert_eq!(scan["verdict"], "not-checked");
}

const NPM: &[(&str, &str)] = &[
    (
        "web/package.json",
        r#"{"name":"a","version":"1.0.0","dependencies":{"lodash":"4.17.15","mkdirp":"0.5.1"},"devDependencies":{"minimist":"1.2.0"}}"#,
    ),
    (
        "web/package-lock.json",
        r#"{"name":"a","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{
"":{"name":"a","version":"1.0.0","dependencies":{"lodash":"4.17.15","mkdirp":"0.5.1"},"devDependencies":{"minimist":"1.2.0"}},
"node_modules/lodash":{"version":"4.17.15","resolved":"https://registry.npmjs.org/lodash/-/lodash-4.17.15.tgz"},
"node_modules/minimist":{"version":"1.2.0","dev":true,"resolved":"https://registry.npmjs.org/minimist/-/minimist-1.2.0.tgz"},
"node_modules/mkdirp":{"version":"0.5.1","resolved":"https://registry.npmjs.org/mkdirp/-/mkdirp-0.5.1.tgz","dependencies":{"minimist":"0.0.8"}},
"node_modules/mkdirp/node_modules/minimist":{"version":"0.0.8","resolved":"https://registry.npmjs.org/minimist/-/minimist-0.0.8.tgz"}}}
"#,
    ),
];

fn npm(mode: &str) -> Option<(Tooled, Stub)> {
    let mut tooled = Tooled::new("dependency_audit", &["npm audit"], &["npm", "python3"], NPM)?;
    let stub = Stub::start(tooled.world.folder(), "stub_npm.py", mode);
    let registry = format!("http://127.0.0.1:{}/", stub.port);
    tooled.set("npm_config_registry", &registry);
    tooled.set("npm_config_fetch_retries", "0");
    Some((tooled, stub))
}

#[test]
fn npm_audit_finds_what_npm_says() {
    let Some((tooled, _stub)) = npm("advisories") else {
        return;
    };
    let ran = tooled.tend(&["run", "dependency_audit"]);
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    let said = tooled.tool("web", "npm", &["audit", "--json", "--package-lock-only"]);
    let said = said.code(1).json();
    let mut advisories: Vec<(String, String)> = Vec::new();
    for (_, vulnerability) in said["vulnerabilities"].as_object().unwrap() {
        let via = vulnerability["via"].as_array().unwrap();
        for advisory in via.iter().filter(|one| one.is_object()) {
            let url = advisory["url"].as_str().unwrap();
            let name = url.rsplit('/').next().unwrap();
            advisories.push((
                advisory["name"].as_str().unwrap().to_owned(),
                name.to_owned(),
            ));
        }
    }
    advisories.sort();
    advisories.dedup();
    let mut found: Vec<(String, String)> = shown["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["path"], "web/package-lock.json", "{one}");
            let subject = &one["subject"];
            let text = |key: &str| subject[key].as_str().unwrap_or_default().to_owned();
            (text("package"), text("advisory"))
        })
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, advisories, "{}", ran.stderr);
    assert_eq!(found.len(), 5);
    assert_eq!(shown["counts"]["severity"]["critical"], 1);
    // Something critical was found.
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_registry_that_fails_is_never_clean() {
    for mode in ["refuse", "broken", "error"] {
        let Some((tooled, _stub)) = npm(mode) else {
            return;
        };
        tooled.tend(&["run", "dependency_audit"]).code(1);
        let scan = tooled.scan("dependency_audit");
        assert_eq!(scan["verdict"], "tool-error", "{mode}: {scan}");
    }
    let Some((tooled, stub)) = npm("none") else {
        return;
    };
    tooled.tend(&["run", "dependency_audit"]).code(0);
    assert_eq!(tooled.scan("dependency_audit")["verdict"], "clean");
    drop(stub);
    tooled.tend(&["run", "dependency_audit"]).code(1);
    assert_eq!(tooled.scan("dependency_audit")["verdict"], "tool-error");
}

fn pip(mode: &str, requirements: &str) -> Option<(Tooled, Stub)> {
    let files = [("api/requirements.txt", requirements)];
    let programs = ["pip-audit", "python3"];
    let mut tooled = Tooled::new("dependency_audit", &["pip-audit"], &programs, &files)?;
    let stub = Stub::start(tooled.world.folder(), "stub_osv.py", mode);
    tooled.set("PIP_AUDIT_VULNERABILITY_SERVICE", "osv");
    let url = format!("http://127.0.0.1:{}/v1/query", stub.port);
    tooled.set("PIP_AUDIT_OSV_URL", &url);
    Some((tooled, stub))
}

#[test]
fn pip_audit_finds_what_pip_audit_says() {
    let pinned = "jinja2==2.10\nrequests==2.19.0\nsix==1.16.0\n";
    let Some((tooled, _stub)) = pip("advisories", pinned) else {
        return;
    };
    let ran = tooled.tend(&["run", "dependency_audit"]);
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    let args = [
        "-r",
        "requirements.txt",
        "--no-deps",
        "--disable-pip",
        "--format=columns",
        "--aliases",
        "--progress-spinner=off",
    ];
    let said = tooled.tool("api", "pip-audit", &args).code(1).stdout;
    let mut said = told(&said, r"^(?<path>\S+) .*(?<rule>GHSA-[\w-]+)", 0);
    said.sort();
    let mut found: Vec<_> = shown["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["path"], "api/requirements.txt", "{one}");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&one["subject"]["package"]), 0, 0, text(&one["rule"]))
        })
        .collect();
    found.sort();
    assert_eq!(found.len(), 4, "{}", ran.stderr);
    assert_eq!(found, said);
    assert_eq!(tooled.scan("dependency_audit")["tools"][0]["checked"], 3);
}

#[test]
fn what_nothing_pins_and_services_that_fail_are_not_clean() {
    let Some((tooled, _stub)) = pip("none", "jinja2>=2\nrequests\n") else {
        return;
    };
    tooled.tend(&["run", "dependency_audit"]).code(0);
    let scan = tooled.scan("dependency_audit");
    assert_eq!(scan["verdict"], "not-checked");
    let unchecked = scan["tools"][0]["unchecked"].to_string();
    for name in ["jinja2", "requests"] {
        assert!(unchecked.contains(name), "{unchecked}");
    }
    for (mode, pinned, verdict) in [
        ("none", "jinja2==2.10\n", "clean"),
        ("none", "jinja2==2.10\nrequests\n", "not-checked"),
        ("error", "jinja2==2.10\n", "tool-error"),
        ("broken", "jinja2==2.10\n", "tool-error"),
    ] {
        let Some((tooled, _stub)) = pip(mode, pinned) else {
            return;
        };
        let failed = i32::from(verdict == "tool-error");
        tooled.tend(&["run", "dependency_audit"]).code(failed);
        let scan = tooled.scan("dependency_audit");
        assert_eq!(scan["verdict"], verdict, "{mode} {pinned}: {scan}");
    }
}

/// The machine's own folders of programs, in which no Python scanner is, as a value of `PATH`.
fn bare_path(world: &World) -> String {
    let bin = world.folder().join("bin");
    fs::create_dir(&bin).unwrap();
    for name in ["git", "sh"] {
        let machine = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&machine)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
            .unwrap();
        std::os::unix::fs::symlink(found, bin.join(name)).unwrap();
    }
    bin.to_str().unwrap().to_owned()
}

#[test]
fn a_missing_tool_is_said_to_a_person_and_waited_for_otherwise() {
    let world = World::with_config("[defaults]\nbuiltin = false\n[task.security_scan]\n");
    world.write("a.py", "x = 1\n");
    world.commit("python");
    world.tend(["trust", "--yes"]).code(0);
    let path = bare_path(&world);
    let vars = [("PATH", path.as_str())];
    let install = "pipx install 'bandit[toml]'";
    let typed = world.tend_with(&vars, ["run", "security_scan", "--json"]);
    let job = typed.code(0).json()["jobs"][0].clone();
    assert_eq!(job["state"], "skipped", "{job}");
    let said = world.tend_with(&vars, ["run", "security_scan"]).code(0);
    assert!(said.stderr.contains(install), "{}", said.stderr);
    // Nobody waits for the answer; and the PATH may be cron's.
    world
        .tend_with(&vars, ["run", "--enqueue", "security_scan"])
        .code(0);
    world.tend_with(&vars, ["drain", "--budget", "20s"]).code(0);
    let queue = world.tend(["queue", "--json"]).code(0).json();
    let jobs = queue["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 1, "{queue:#}");
    let job = &jobs[0];
    assert_eq!(
        (&job["task"], &job["state"]),
        (&json!("security_scan"), &json!("queued"))
    );
    assert!(job["error"].as_str().unwrap().contains(install), "{job}");
    let moment = |key: &str| {
        job[key]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    assert!(
        moment("run_at")
            .duration_since(moment("started_at"))
            .as_mins()
            >= 14,
        "{job}"
    );
}

#[test]
fn a_commits_job_waits_for_a_missing_tool() {
    let world = World::with_config(
        "[defaults]\nbuiltin = false\n[task.security_scan]\non = [\"post-commit\"]\n",
    );
    world.write("a.py", "x = 1\n");
    world.commit("python");
    world.tend(["trust", "--yes"]).code(0);
    let path = bare_path(&world);
    let vars = [("PATH", path.as_str())];
    world.tend_with(&vars, ["install-hooks"]).code(0);
    // In CI a hook starts no drain.
    let mut git = world.command("git");
    git.args(["commit", "--quiet", "--allow-empty", "-m", "more"]);
    let ran = git.env("PATH", &path).env("CI", "1").status().unwrap();
    assert!(ran.success());
    world.tend_with(&vars, ["drain", "--budget", "20s"]).code(0);
    let queue = world.tend(["queue", "--json"]).code(0).json();
    let job = &queue["jobs"][0];
    assert_eq!(
        (&job["task"], &job["state"]),
        (&json!("security_scan"), &json!("queued"))
    );
    assert!(
        job["error"].as_str().unwrap().contains("pipx install"),
        "{job}"
    );
}
