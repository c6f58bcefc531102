#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::case_sensitive_file_extension_comparisons
)]

mod fakes;
mod kept;
mod real;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::*;

/// A place with an agent of our own: a script of the shell.
pub(super) struct Place {
    folder: tempfile::TempDir,
    pub settings: Agent,
    pub environment: Vec<(OsString, OsString)>,
    pub prompt: String,
    pub timeout: Duration,
}

/// The last line of a stream with an answer.
pub(super) const ANSWER: &str = r#"{"type":"message_end","message":{"role":"assistant","content":[{"type":"text","text":"yes"}],"provider":"p","model":"m","usage":{"input":7,"output":3,"cost":{"total":0.5}},"stopReason":"stop"}}
{"type":"agent_end","messages":[{"role":"assistant","content":[{"type":"text","text":"yes"}],"provider":"p","model":"m","stopReason":"stop"}]}
"#;

impl Place {
    /// In the script, `$F` is the place's folder, and `$F/answer` holds [`ANSWER`].
    pub fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.sh");
        fs::write(&path, script).unwrap();
        fs::write(folder.path().join("answer"), ANSWER).unwrap();
        let settings = Agent {
            command: vec!["sh".into(), path.display().to_string()],
            arguments: Some(vec!["{system_prompt}".into()]),
            ..Agent::default()
        };
        let environment = vec![
            ("PATH".into(), crate::system::env::raw("PATH").unwrap()),
            ("F".into(), folder.path().into()),
        ];
        Self {
            folder,
            settings,
            environment,
            prompt: "a question".into(),
            timeout: Duration::from_secs(120),
        }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    pub fn with<T>(&self, then: impl FnOnce(&Request<'_>) -> T) -> T {
        let answers = self.at("answers");
        then(&Request {
            settings: &self.settings,
            system_prompt: "be brief",
            prompt: &self.prompt,
            skills: &[],
            timeout: self.timeout,
            environment: &self.environment,
            answers: &answers,
        })
    }

    pub fn call_until(&self, stop: &dyn Fn() -> bool) -> (Called, String) {
        let mut log = Vec::new();
        let called = self.with(|request| call(request, stop, &mut log));
        (called, String::from_utf8(log).unwrap())
    }

    pub fn call(&self) -> (Called, String) {
        self.call_until(&|| false)
    }

    pub fn reason(&self) -> Reason {
        self.call().0.result.unwrap_err().reason
    }

    /// The names of what is in the folder of answers, without locks.
    pub fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.at("answers")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.ends_with(".lock")).collect()
    }
}

pub(super) fn text_of(called: &Called) -> &str {
    &called.result.as_ref().unwrap().text
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
