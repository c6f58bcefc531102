//! The real pi, with a model that is a stub on the loopback.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::agent::ask;
use crate::agent::skills::{Version, version};
use crate::graph::node::{Answer, Strictness};
use crate::system::env;

/// pi, where `.ci/tools` puts it or the machine has it. Where it must be there, its absence is a failure.
fn pi() -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/node_modules/.bin");
    let path = env::raw("PATH").unwrap_or_default();
    let found = std::iter::once(tools)
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join("pi"))
        .find(|path| path.is_file());
    let required = env::raw("TEND_TEST_REAL").is_some_and(|value| value == "1");
    assert!(
        found.is_some() || !required,
        "TEND_TEST_REAL=1 and pi is missing: .ci/tools installs it"
    );
    found
}

/// The stub, which ends with this process: it watches its standard input.
struct Stub {
    port: u16,
    log: PathBuf,
    _folder: tempfile::TempDir,
    _child: Child,
    _stdin: ChildStdin,
}

fn stub() -> &'static Stub {
    static STUB: OnceLock<Stub> = OnceLock::new();
    STUB.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pi/stub_model.py");
        let mut child = Command::new("python3")
            .arg(script)
            .arg(&log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        Stub {
            port: line.trim().parse().unwrap(),
            log,
            _stdin: child.stdin.take().unwrap(),
            _folder: folder,
            _child: child,
        }
    })
}

impl Stub {
    /// The modes of the requests whose question holds this word.
    fn requests(&self, word: &str) -> Vec<String> {
        let text = fs::read_to_string(&self.log).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &Value| line["body"].as_str().unwrap().contains(word))
            .map(|line| line["mode"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A place with the real pi, which does not try again by itself unless it is told to.
fn place(prompt: &str, retries: bool) -> Option<Place> {
    let pi = pi()?;
    let mut place = Place::new("");
    let agent = place.at("pi");
    fs::create_dir(&agent).unwrap();
    let provider = |port: u16| {
        json!({
            "baseUrl": format!("http://127.0.0.1:{port}/v1"), "api": "openai-completions", "apiKey": "x",
            "compat": {"supportsDeveloperRole": false, "supportsReasoningEffort": false, "maxTokensField": "max_tokens"},
            "models": [{"id": "stub-1", "cost": {"input": 2.0, "output": 10.0, "cacheRead": 0.5, "cacheWrite": 0}}],
        })
    };
    // Nobody listens on the discard port of the loopback.
    let models = json!({"providers": {"stub": provider(stub().port), "down": provider(9)}});
    fs::write(agent.join("models.json"), models.to_string()).unwrap();
    let settings = json!({"retry": {"enabled": retries}});
    fs::write(agent.join("settings.json"), settings.to_string()).unwrap();
    place.settings = Agent {
        command: vec![pi.display().to_string()],
        provider: "stub".into(),
        model: "stub-1".into(),
        ..Agent::default()
    };
    place.environment.extend([
        ("HOME".into(), place.at("").into()),
        ("PI_CODING_AGENT_DIR".into(), agent.into()),
    ]);
    prompt.clone_into(&mut place.prompt);
    Some(place)
}

#[test]
fn it_answers_and_is_paid_once() {
    let Some(mut place) = place("what happened? word-success", false) else {
        return;
    };
    let skill = place.at("a-skill");
    fs::create_dir(&skill).unwrap();
    fs::write(
        skill.join("SKILL.md"),
        "---\nname: a-skill\ndescription: looks at things\n---\nLook.\n",
    )
    .unwrap();
    place.prompt.push_str(&" much is said".repeat(20_000));
    let mut log = Vec::new();
    let skills = [skill];
    let called = place.with(|request| {
        let request = Request {
            skills: &skills,
            ..*request
        };
        call(&request, &|| false, &mut log)
    });
    let log = String::from_utf8(log).unwrap();
    let reply = called
        .result
        .unwrap_or_else(|failure| panic!("{failure}\n{log}"));
    assert!(reply.text.starts_with("Here it is:"), "{}", reply.text);
    assert_eq!(reply.model.unwrap().name, "stub-1");
    let usage = called.usage;
    assert_eq!((usage.output, usage.cache_read), (200, 100));
    assert!(usage.input > 60_000);
    let cost = usage.cost.unwrap();
    #[allow(clippy::cast_precision_loss)]
    let expected = (usage.input as f64 * 2.0 + 200.0 * 10.0 + 100.0 * 0.5) / 1e6;
    assert!((cost - expected).abs() < 1e-9, "{cost} {expected}");
    assert!(!log.contains("much is said"));
    let request = fs::read_to_string(&stub().log).unwrap();
    let request = request.lines().find(|line| line.contains("word-success"));
    let body: Value = serde_json::from_str(request.unwrap()).unwrap();
    let body: Value = serde_json::from_str(body["body"].as_str().unwrap()).unwrap();
    assert!(body["tools"].as_array().is_none_or(Vec::is_empty), "{body}");
    let system = body["messages"][0].to_string();
    assert!(system.contains("be brief"), "{system}");
    assert_eq!(stub().requests("word-success"), ["ok"]);
}

#[test]
fn refusals_are_understood() {
    std::thread::scope(|scope| {
        // Two at once: pi takes a second of a processor to start.
        let cases: [&[(&str, Reason)]; 2] = [
            &[
                ("err401", Reason::Authentication),
                ("err429", Reason::RateLimit),
                ("err404", Reason::Settings),
                ("quota", Reason::Credit),
                ("reset", Reason::Network),
                ("empty", Reason::NoAnswer),
            ],
            &[
                ("err500", Reason::Server),
                ("overloaded", Reason::Overloaded),
                ("toolong", Reason::TooLong),
                ("filter", Reason::Refused),
                ("err503", Reason::Overloaded),
            ],
        ];
        for cases in cases {
            scope.spawn(move || {
                for &(mode, reason) in cases {
                    let prompt = format!("stub:{mode}");
                    let Some(place) = place(&prompt, false) else {
                        return;
                    };
                    let (called, log) = place.call();
                    let failure = called.result.unwrap_err();
                    assert_eq!(failure.reason, reason, "{mode}: {failure}\n{log}");
                    assert!(place.left().is_empty());
                }
            });
        }
    });
}

#[test]
fn it_tries_again_by_itself_and_tells_why_it_gave_up() {
    let Some(place) = place("stub:err429 word-retries", true) else {
        return;
    };
    let (called, log) = place.call();
    assert_eq!(called.result.unwrap_err().reason, Reason::RateLimit);
    assert!(log.contains("tries again (3 of 3"), "{log}");
    assert!(stub().requests("word-retries").len() >= 4);
}

#[test]
fn settings_that_are_wrong_are_said_to_be() {
    let Some(mut place) = place("stub:ok", false) else {
        return;
    };
    "down".clone_into(&mut place.settings.provider);
    assert_eq!(place.reason(), Reason::Network);
    "nobody".clone_into(&mut place.settings.provider);
    assert_eq!(place.reason(), Reason::Settings);
    // A provider that is known, and no key for it.
    "zai".clone_into(&mut place.settings.provider);
    "glm-4.7".clone_into(&mut place.settings.model);
    assert_eq!(place.reason(), Reason::Authentication);
    place.settings.arguments = Some(vec!["--skills".into(), "rlm,codemap".into()]);
    assert_eq!(place.reason(), Reason::Settings);
}

#[test]
fn a_model_that_hangs_is_given_up() {
    for prompt in ["stub:hang", "stub:stall"] {
        let Some(mut place) = place(prompt, false) else {
            return;
        };
        // Of every process below, the environment tells whose it is.
        let mark = format!("MARK={}", place.at("").display());
        place.environment.push(("MARK".into(), place.at("").into()));
        place.timeout = Duration::from_secs(6);
        let begun = Instant::now();
        assert_eq!(place.reason(), Reason::Timeout);
        assert!(begun.elapsed() < Duration::from_secs(20));
        let alive = crate::system::process_tree::table()
            .into_iter()
            .filter(|found| !found.zombie)
            .filter(|found| crate::system::process_tree::has_variable(found.pid, mark.as_bytes()));
        assert_eq!(alive.count(), 0, "{prompt}");
        assert!(place.left().is_empty());
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    // With five times as much pi runs out of memory before it writes any of it.
    let Some(place) = place("stub:huge=10000000", false) else {
        return;
    };
    let begun = Instant::now();
    let (called, log) = place.call();
    let failure = called.result.unwrap_err();
    assert_eq!(failure.reason, Reason::TooMuch, "{failure}\n{log}");
    assert!(begun.elapsed() < Duration::from_secs(100));
}

fn asked(place: &Place) -> ask::Asked<Answer> {
    ask::ask(
        &mut |prompt| {
            place.with(|request| {
                let request = Request { prompt, ..*request };
                call(&request, &|| false, &mut io::sink())
            })
        },
        &place.prompt,
        &|value| Answer::read(value, Strictness::Quality),
        &|value, faults| Answer::salvage(value, faults, jiff::Timestamp::UNIX_EPOCH),
    )
}

#[test]
fn a_form_is_asked_for_once_more() {
    let Some(mut place) = place("stub:invalid word-form", false) else {
        return;
    };
    let once = asked(&place);
    let answer = once.result.unwrap();
    assert_eq!(answer.semantic.tags, ["stub"]);
    assert_eq!((once.calls, once.is_partial), (2, false));
    assert_eq!(once.usage.output, 400);
    assert_eq!(stub().requests("word-form").len(), 2);
    // All of it is kept.
    let again = asked(&place);
    assert_eq!((again.result.unwrap(), again.calls), (answer, 0));
    assert_eq!(again.usage, Usage::default());
    "stub:garbage word-garbage".clone_into(&mut place.prompt);
    let garbage = asked(&place);
    assert_eq!(garbage.result.unwrap_err().reason, Reason::Schema);
    assert_eq!(garbage.calls, 2);
    "stub:partial".clone_into(&mut place.prompt);
    let partial = asked(&place);
    assert!(partial.is_partial);
    assert_eq!(partial.calls, 1);
    let summary = partial.result.unwrap().content.summary;
    assert!(summary.starts_with("The stub looked"), "{summary}");
}

#[test]
fn half_an_answer_is_asked_for_once_more() {
    // When the connection is dropped, pi says that the answer stopped by itself.
    let Some(place) = place("stub:drop word-drop", false) else {
        return;
    };
    let half = asked(&place);
    assert!(half.is_partial);
    assert_eq!(half.calls, 2);
    let summary = half.result.unwrap().content.summary;
    assert!(summary.starts_with("The stub looked"), "{summary}");
}

#[test]
fn it_tells_its_version() {
    let Some(place) = place("", false) else {
        return;
    };
    let found = version(&place.settings, &place.environment).unwrap();
    let found: Version = found.unwrap();
    assert!(found.is_enough(), "{found}");
}
