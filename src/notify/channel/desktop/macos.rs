//! The notification centre of macOS, by AppleScript, whose arguments are values and never script.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::address::Bus;
use super::bubble::Bubble;
use super::{APP, Refusal};
use crate::system::errand::{self, End, Errand};
use crate::system::signals::Signals;

const OSASCRIPT: &str = "/usr/bin/osascript";

const SCRIPT: [&str; 3] = [
    "on run argv",
    "display notification (item 1 of argv) with title (item 2 of argv) subtitle (item 3 of argv)",
    "end run",
];

/// Shows a bubble. Urgency and time are the user's own settings for it.
pub(super) fn show(_: Option<&Bus>, bubble: Bubble, limit: Duration) -> Result<(), Refusal> {
    let mut args: Vec<OsString> = Vec::new();
    for line in SCRIPT {
        args.extend(["-e".into(), line.into()]);
    }
    args.extend(["--".into(), bubble.body(false).into(), APP.into()]);
    args.push(bubble.summary.into());
    let errand = Errand {
        program: Path::new(OSASCRIPT),
        args: &args,
        env: &[],
        stdin: &[],
        timeout: limit,
        first_word: None,
    };
    let answer = Signals::stops_and_children()
        .and_then(|signals| errand::run(errand, &signals))
        .map_err(|error| Refusal::Later(format!("start {OSASCRIPT}: {error}")))?;
    match answer.end {
        End::Exited(Some(0)) => Ok(()),
        End::Exited(_) => Err(Refusal::Later(format!(
            "the desktop did not take it: {}",
            String::from_utf8_lossy(&answer.stderr).trim()
        ))),
        End::Silent | End::TimedOut => {
            let text = "the desktop did not answer in time";
            Err(Refusal::Later(text.to_owned()))
        }
    }
}

/// The name of the service.
pub(super) fn identify(_: Option<&Bus>, _: Duration) -> Result<String, Refusal> {
    if Path::new(OSASCRIPT).exists() {
        Ok("Notification Center".to_owned())
    } else {
        Err(Refusal::Final(format!("{OSASCRIPT} is missing")))
    }
}
