//! The real pi, with a stub of a model on the loopback: what each answer and failure comes to, through the binary.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{LOCK, Stage};
use crate::sessions::files::configure;
use crate::support::{tool, until};

/// A world in which pi asks the stub, and the stub.
struct Real {
    stage: Stage,
    stub: Child,
    log: PathBuf,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.stub.kill();
        let _ = self.stub.wait();
    }
}

impl Real {
    fn new(control: &Value, model: &str, settings: &str) -> Option<Self> {
        let pi = tool("pi")?;
        let stage = Stage::new("")?;
        let home = stage.world.home();
        let (log, plan) = (home.join("requests"), home.join("control"));
        fs::write(&plan, control.to_string()).unwrap();
        let mut stub = stage
            .world
            .command("python3")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/fixtures/pi/stub_model.py"
            ))
            .args([&log, &plan])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let stdout = stub.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut port).unwrap();
        let provider = |port: &str| {
            json!({
                "baseUrl": format!("http://127.0.0.1:{port}/v1"), "api": "openai-completions", "apiKey": "x",
                "compat": {"supportsDeveloperRole": false, "supportsReasoningEffort": false,
                           "maxTokensField": "max_tokens"},
                "models": [{"id": "stub-1", "cost": {"input": 2.0, "output": 10.0, "cacheRead": 0.5, "cacheWrite": 0}}],
            })
        };
        let agent = home.join(".pi/agent");
        fs::create_dir_all(&agent).unwrap();
        // Nobody listens on the discard port.
        let models = json!({"providers": {"stub": provider(port.trim()), "down": provider("9")}});
        fs::write(agent.join("models.json"), models.to_string()).unwrap();
        // It would try again by itself for 22 seconds.
        let retries = json!({"retry": {"enabled": false}});
        fs::write(agent.join("settings.json"), retries.to_string()).unwrap();
        let (provider, model) = model.split_once('/').unwrap();
        configure(
            &stage.world,
            &format!(
                "[agent]\nenabled = true\ncommand = [{:?}]\nprovider = {provider:?}\nmodel = {model:?}\n{settings}\n",
                pi.to_str().unwrap()
            ),
        );
        stage.session();
        stage.tend(&["sessions", "scan"]).code(0);
        Some(Self { stage, stub, log })
    }

    /// Drains until the job has ended.
    fn to_the_end(&self) -> Value {
        for _ in 0..8 {
            self.stage.tend(&["drain", "--user"]);
            if self.stage.job()["state"] != "queued" {
                break;
            }
            self.stage.later(SignedDuration::from_mins(90));
        }
        self.stage.job()
    }

    fn requests(&self) -> Vec<Value> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }
}

/// What the model does, who is asked, and the state, the category, the tries, the requests and the word that it comes to. A try
/// is a start of pi; the library that it asks with tries a refused request twice more by itself.
const TABLE: [(&str, &str, &str, &str, usize, usize, &str); 12] = [
    ("ok", "stub/stub-1", "done", "-", 1, 1, ""),
    (
        "err401",
        "stub/stub-1",
        "failed",
        "permanent",
        1,
        1,
        "authentication",
    ),
    (
        "err429",
        "stub/stub-1",
        "failed",
        "max_retries",
        6,
        18,
        "rate_limit",
    ),
    (
        "err503",
        "stub/stub-1",
        "failed",
        "max_retries",
        6,
        18,
        "overloaded",
    ),
    (
        "ok",
        "down/stub-1",
        "failed",
        "max_retries",
        4,
        0,
        "network",
    ),
    (
        "err404",
        "stub/nope",
        "failed",
        "permanent",
        1,
        1,
        "settings",
    ),
    (
        "ok",
        "nobody/stub-1",
        "failed",
        "permanent",
        1,
        0,
        "settings",
    ),
    (
        "garbage",
        "stub/stub-1",
        "failed",
        "permanent",
        1,
        2,
        "schema",
    ),
    ("invalid", "stub/stub-1", "done", "-", 1, 2, ""),
    ("hang", "stub/stub-1", "failed", "timeout", 4, 4, "timeout"),
    ("partial", "stub/stub-1", "done", "-", 1, 1, ""),
    (
        "huge=50000000",
        "stub/stub-1",
        "failed",
        "permanent",
        1,
        1,
        "too_much_output",
    ),
];

#[test]
fn each_answer_and_failure_comes_to_what_it_should() {
    if tool("pi").is_none() || tool("python3").is_none() {
        return;
    }
    // Two at once: pi takes some seconds of a processor to start.
    let halves = [0, 1].map(|half| {
        std::thread::spawn(move || {
            let rows = TABLE.iter().skip(half).step_by(2);
            let mut wrong = Vec::new();
            for &(mode, model, state, category, tries, requests, word) in rows {
                let settings = if mode == "hang" {
                    "timeout = \"8s\""
                } else {
                    ""
                };
                let real = Real::new(&json!({ "mode": mode }), model, settings).unwrap();
                let job = real.to_the_end();
                let told = format!("{mode} {model}: {job}");
                let error = job["error"].as_str().unwrap_or_default();
                let is_right = job["state"] == state
                    && job["category"].as_str().unwrap_or("-") == category
                    && job["attempt"] == tries
                    && real.requests().len() == requests
                    && error.contains(word);
                if !is_right {
                    wrong.push(format!("{} requests: {told}", real.requests().len()));
                    continue;
                }
                if state == "done" {
                    assert_eq!(real.stage.node()["version"], 2, "{told}");
                }
                // Without tools, and with what was asked where nobody else sees it.
                for request in real.requests() {
                    let body: Value =
                        serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
                    assert!(body["tools"].as_array().is_none_or(Vec::is_empty), "{body}");
                    assert!(
                        body.to_string().contains("Please work on the lock"),
                        "{body}"
                    );
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        })
    });
    for half in halves {
        half.join().unwrap();
    }
}

#[test]
fn the_doctor_looks_at_it_and_asks_the_model_only_when_told_to() {
    let Some(real) = Real::new(&json!({ "answer": "OK" }), "stub/stub-1", "") else {
        return;
    };
    let stage = &real.stage;
    let seen = stage.tend(&["doctor", "--user", "--json"]).code(0).json();
    assert_eq!(real.requests().len(), 0);
    let says = |seen: &Value, name: &str| -> Vec<(String, String)> {
        let checks = seen["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| check["check"] == name)
            .map(|check| {
                let text = |key: &str| check[key].as_str().unwrap().to_owned();
                (text("level"), text("message"))
            })
            .collect()
    };
    assert_eq!(
        says(&seen, "agent version"),
        [("ok".to_owned(), "0.73.1".to_owned())]
    );
    assert_eq!(says(&seen, "skill").len(), 2, "{seen}");
    let health = &seen["health"];
    assert_eq!(health["healthy"], true);
    assert_eq!(health["queue"]["pending"], 1);
    assert_eq!(
        health["workers"],
        json!({"total": 1, "active": 0, "idle": 1})
    );
    let seen = stage
        .tend(&["doctor", "--user", "--probe-model", "--json"])
        .code(0)
        .json();
    assert_eq!(
        says(&seen, "model"),
        [("ok".to_owned(), "it answers".to_owned())]
    );
    assert_eq!(real.requests().len(), 1);
    fs::write(
        stage.world.home().join("control"),
        json!({"answer": "I am a teapot."}).to_string(),
    )
    .unwrap();
    let seen = stage
        .tend(&["doctor", "--user", "--probe-model", "--json"])
        .code(0)
        .json();
    assert_eq!(says(&seen, "model")[0].0, "warning");
    fs::write(
        stage.world.home().join("control"),
        json!({"mode": "err401"}).to_string(),
    )
    .unwrap();
    let seen = stage.tend(&["doctor", "--user", "--probe-model"]).code(1);
    assert!(
        seen.stdout.contains("✗ model") && seen.stdout.contains("Not ready"),
        "{}",
        seen.stdout
    );
}

#[test]
fn killed_while_the_model_answers_it_asks_again_and_afterwards_never() {
    let control = json!({ "modes": ["hang", "ok"] });
    let Some(real) = Real::new(&control, "stub/stub-1", "") else {
        return;
    };
    let stage = &real.stage;
    let mut drain = stage.command(&["drain", "--user"]).spawn().unwrap();
    until(60, "the model is asked", || {
        (real.requests().len() == 1).then_some(())
    });
    drain.kill().unwrap();
    drain.wait().unwrap();
    stage.later(SignedDuration::from_mins(5));
    let job = real.to_the_end();
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(real.requests().len(), 2);
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    assert_eq!(real.requests().len(), 2);
}

#[test]
fn a_question_is_answered_with_its_sources() {
    let Some(real) = Real::new(&json!({ "mode": "ok" }), "stub/stub-1", "") else {
        return;
    };
    let stage = &real.stage;
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    let node = stage.node()["id"].as_str().unwrap().to_owned();
    let answer = |sources: Value| {
        json!({"answer": json!({"answer": "The lock was made fair.", "summary": "It is fair now.", "confidence": "high",
               "sources": sources}).to_string()})
    };
    let control = stage.world.home().join("control");
    fs::write(
        &control,
        answer(json!([{"nodeId": node, "excerpt": "the lock"}])).to_string(),
    )
    .unwrap();
    let told = stage
        .tend(&["graph", "ask", "what became of the lock?"])
        .code(0);
    assert!(
        told.stdout.starts_with("The lock was made fair.\n"),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains(&node[..8]), "{}", told.stdout);
    let last = real.requests().pop().unwrap();
    assert!(
        last["body"]
            .as_str()
            .unwrap()
            .contains("what became of the lock?")
    );
    // What nobody gave it is no source.
    fs::write(
        &control,
        answer(json!([{"nodeId": "0123456789abcdef", "excerpt": "made up"}])).to_string(),
    )
    .unwrap();
    let told = stage
        .tend(&["graph", "ask", "and of the queue, with the lock?"])
        .code(1);
    assert!(told.stderr.contains("sources[0]"), "{}", told.stderr);
}
