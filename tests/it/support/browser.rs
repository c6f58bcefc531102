//! Pages in a real browser: the door to `browser/look.mjs`, which says what settings and steps there are.
//!
//! ```ignore
//! let Some(looked) = Browser::open(&page)
//!     .settings(&["light", "dark phone", "no-scripts"])
//!     .step(Step::new("axe", true))
//!     .step(Step::new("overflow", true))
//!     .step(Step::new("count", "tr.finding").named("findings"))
//!     .run()
//! else {
//!     return;
//! };
//! looked.assert_quiet();
//! looked.assert_accessible();
//! looked.assert_no_overflow();
//! assert_eq!(looked.look("no-scripts").value("findings"), &json!(3));
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{npm_package, tool, tool_of};

/// How long starting Node.js and ending Chromium may take beside what the request allows.
const AROUND: Duration = Duration::from_secs(20);

/// A page to look at, and how.
pub struct Browser {
    page: PathBuf,
    settings: Vec<Value>,
    steps: Vec<Value>,
    limit: Duration,
    step_limit: Duration,
}

/// Something to do on the page, or to ask of it.
#[derive(Clone)]
pub struct Step(Map<String, Value>);

/// What was seen.
pub struct Looked {
    answer: Answer,
    folder: TempDir,
}

#[derive(Deserialize)]
struct Answer {
    ms: u64,
    timed_out: bool,
    settings: Vec<Look>,
    error: Option<String>,
}

/// What was seen in one setting.
#[derive(Deserialize)]
pub struct Look {
    pub setting: String,
    opened: Opened,
    steps: Vec<Outcome>,
    console: Vec<Value>,
    page_errors: Vec<String>,
    csp: Vec<Value>,
    requests: Vec<Value>,
    surprises: Vec<String>,
    error: Option<String>,
}

/// How the page opened; times are milliseconds since the navigation began.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    /// The end of the load event.
    pub load_ms: Option<f64>,
    /// Painted after the load event, and a key that was pressed then handled; none without scripts.
    pub interactive_ms: Option<f64>,
    /// The longest time for which the page could not react; 0 below 50.
    pub longest_task_ms: Option<f64>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Outcome {
    step: Map<String, Value>,
    #[serde(default)]
    value: Value,
    error: Option<String>,
}

impl Step {
    /// A verb with its argument, as `look.mjs` lists them.
    pub fn new(verb: &str, argument: impl Into<Value>) -> Self {
        Self(Map::from_iter([(verb.to_owned(), argument.into())]))
    }

    /// One more word about the step, such as `until`.
    pub fn with(mut self, option: &str, value: impl Into<Value>) -> Self {
        self.0.insert(option.to_owned(), value.into());
        self
    }

    /// The name under which [`Look::value`] knows the outcome.
    pub fn named(self, name: &str) -> Self {
        self.with("as", name)
    }
}

impl Browser {
    /// The page of a file, in a light window of a desktop unless there are settings.
    pub fn open(page: &Path) -> Self {
        Self {
            page: page.to_owned(),
            settings: Vec::new(),
            steps: Vec::new(),
            limit: Duration::from_secs(60),
            step_limit: Duration::from_secs(10),
        }
    }

    /// Settings in which the page is opened, one after the other.
    pub fn settings(mut self, settings: &[&str]) -> Self {
        self.settings
            .extend(settings.iter().map(|words| json!(words)));
        self
    }

    /// A setting in which more steps follow those for all.
    pub fn setting_with(mut self, setting: &str, steps: impl IntoIterator<Item = Step>) -> Self {
        let steps: Vec<Value> = steps.into_iter().map(|step| step.0.into()).collect();
        self.settings
            .push(json!({ "setting": setting, "steps": steps }));
        self
    }

    /// A step in every setting.
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step.0.into());
        self
    }

    /// How long all of it may take, and how long a step.
    pub fn limits(mut self, all: Duration, step: Duration) -> Self {
        self.limit = all;
        self.step_limit = step;
        self
    }

    /// Looks. `None` where there is no browser, which fails where the tools are required.
    #[track_caller]
    pub fn run(self) -> Option<Looked> {
        let node = tool("node")?;
        let chromium = tool_of(&[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ])?;
        npm_package("playwright-core")?;
        npm_package("axe-core")?;
        let settings = if self.settings.is_empty() {
            vec![json!("light")]
        } else {
            self.settings
        };
        let request = json!({
            "file": self.page,
            "settings": settings,
            "steps": self.steps,
            "limit_ms": milliseconds(self.limit),
            "step_ms": milliseconds(self.step_limit),
            "chromium": chromium,
        });
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/browser");
        let folder = tempfile::Builder::new()
            .prefix("tend-look-")
            .tempdir()
            .unwrap();
        let node = duct::cmd(node, [program.join("look.mjs")])
            .env("TMPDIR", folder.path())
            .stdin_bytes(request.to_string())
            .stdout_capture()
            .stderr_capture()
            .unchecked()
            .start()
            .unwrap();
        let output = node.wait_timeout(self.limit + AROUND).unwrap().cloned();
        let Some(output) = output else {
            // Chromium ends by itself when nobody holds the other end of its pipe any more.
            node.kill().unwrap();
            panic!("the browser's driver did not keep its time limit");
        };
        let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!(
                "{error}\n--- stdout\n{}--- stderr\n{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
        });
        Some(Looked { answer, folder })
    }
}

impl Looked {
    /// The time from the start of Node.js to the answer.
    pub fn took(&self) -> Duration {
        Duration::from_millis(self.answer.ms)
    }

    /// Where the browser had its temporary files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn looks(&self) -> &[Look] {
        &self.answer.settings
    }

    #[track_caller]
    pub fn look(&self, setting: &str) -> &Look {
        let found = self.looks().iter().find(|look| look.setting == setting);
        found.unwrap_or_else(|| panic!("nobody looked in “{setting}”: {:?}", self.failures()))
    }

    /// What could not be done or asked.
    pub fn failures(&self) -> Vec<String> {
        let all = self.answer.error.iter().cloned();
        let late = self
            .answer
            .timed_out
            .then(|| "not finished in time".to_owned());
        all.chain(late)
            .chain(self.each(Look::failures))
            .chain(self.looks().is_empty().then(|| "nobody looked".to_owned()))
            .collect()
    }

    /// Messages, script errors, violations of the content security policy, requests, dialogs and windows.
    pub fn noises(&self) -> Vec<String> {
        self.each(Look::noises)
    }

    /// Serious and critical findings of axe-core.
    pub fn barriers(&self) -> Vec<String> {
        self.each(Look::barriers)
    }

    /// What is wider than the screen.
    pub fn overflows(&self) -> Vec<String> {
        self.each(Look::overflows)
    }

    /// Requires that everything could be done, and that the page kept to itself.
    #[track_caller]
    pub fn assert_quiet(&self) {
        assert_nothing("the looks failed", &self.failures());
        assert_nothing("the page is not quiet", &self.noises());
    }

    /// Requires that axe-core ran in every setting and found nothing serious.
    #[track_caller]
    pub fn assert_accessible(&self) {
        self.assert_asked("axe");
        assert_nothing("the page has barriers", &self.barriers());
    }

    /// Requires that the page's width was asked for in every setting, and is the screen's.
    #[track_caller]
    pub fn assert_no_overflow(&self) {
        self.assert_asked("overflow");
        assert_nothing("the page is too wide", &self.overflows());
    }

    #[track_caller]
    fn assert_asked(&self, verb: &str) {
        assert_nothing("the looks failed", &self.failures());
        for look in self.looks() {
            let asked = look.outcomes(verb).next().is_some();
            assert!(asked, "{}: no step asks for {verb}", look.setting);
        }
    }

    fn each(&self, what: impl Fn(&Look) -> Vec<String>) -> Vec<String> {
        self.looks()
            .iter()
            .flat_map(|look| {
                what(look)
                    .into_iter()
                    .map(|one| format!("{}: {one}", look.setting))
            })
            .collect()
    }
}

impl Look {
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The outcome of a named step, which must have one.
    #[track_caller]
    pub fn value(&self, name: &str) -> &Value {
        let named = |outcome: &&Outcome| outcome.step.get("as").is_some_and(|given| given == name);
        let Some(outcome) = self.steps.iter().find(named) else {
            panic!("{}: no step is named {name}", self.setting);
        };
        if let Some(error) = &outcome.error {
            panic!("{}: {name}: {error}", self.setting);
        }
        &outcome.value
    }

    fn outcomes(&self, verb: &str) -> impl Iterator<Item = &Value> {
        self.steps
            .iter()
            .filter(move |outcome| outcome.step.contains_key(verb))
            .map(|outcome| &outcome.value)
    }

    fn failures(&self) -> Vec<String> {
        let steps = self.steps.iter().filter_map(|outcome| {
            let error = outcome.error.as_ref()?;
            Some(format!("{}: {error}", Value::from(outcome.step.clone())))
        });
        let whole = self.error.iter().chain(&self.opened.error).cloned();
        whole.chain(steps).collect()
    }

    fn noises(&self) -> Vec<String> {
        let told = |kind: &'static str| move |value: &Value| format!("{kind}: {value}");
        self.console
            .iter()
            .map(told("console"))
            .chain(
                self.page_errors
                    .iter()
                    .map(|error| format!("script: {error}")),
            )
            .chain(self.csp.iter().map(told("content security policy")))
            .chain(self.requests.iter().map(told("request")))
            .chain(self.surprises.iter().cloned())
            .collect()
    }

    fn barriers(&self) -> Vec<String> {
        let violations = self
            .outcomes("axe")
            .filter_map(|found| found["violations"].as_array())
            .flatten();
        violations
            .filter(|rule| rule["impact"] == "serious" || rule["impact"] == "critical")
            .map(|rule| {
                let mut text = format!(
                    "{} ({}): {}, {} times",
                    word(&rule["rule"]),
                    word(&rule["impact"]),
                    word(&rule["help"]),
                    rule["count"]
                );
                for node in rule["nodes"].as_array().into_iter().flatten() {
                    let why = word(&node["why"]).replace('\n', "\n      ");
                    text += &format!("\n    {}\n      {why}", word(&node["target"]));
                }
                text
            })
            .collect()
    }

    fn overflows(&self) -> Vec<String> {
        self.outcomes("overflow")
            .filter(|found| found["overflows"] == true)
            .map(|found| {
                let mut text = format!(
                    "{} px in a window of {}",
                    found["scroll_width"]
                        .as_f64()
                        .unwrap_or(0.0)
                        .max(found["inner_width"].as_f64().unwrap_or(0.0)),
                    found["width"]
                );
                for one in found["elements"].as_array().into_iter().flatten() {
                    text += &format!("\n    {} to {} px", word(&one["element"]), one["right"]);
                }
                text
            })
            .collect()
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[track_caller]
fn assert_nothing(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
