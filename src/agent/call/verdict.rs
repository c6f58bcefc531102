//! How a call went.

use std::time::Duration;

use super::{Heard, Reply};
use crate::agent::failure::{Failure, Reason, classify};
use crate::agent::stream::NoAnswer;
use crate::system::conversation::Ended;

/// How a call went.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub result: Result<Reply, Failure>,
    /// What there is of an answer that was cut off.
    pub cut: Option<Reply>,
}

impl From<Result<Reply, Failure>> for Verdict {
    fn from(result: Result<Reply, Failure>) -> Self {
        Self { result, cut: None }
    }
}

/// How a call went that ended so, after this was heard.
pub fn verdict(ended: Ended, heard: &Heard<'_, '_>, timeout: Duration) -> Verdict {
    let no_answer = match heard.stream.answer() {
        // Whatever became of the program after it.
        Ok(reply) => return Ok(reply).into(),
        Err(NoAnswer::Truncated(reply)) => {
            let message = "the answer was cut off at the longest that the model may answer";
            return Verdict {
                result: Err(Failure::new(Reason::Truncated, message)),
                cut: Some(reply),
            };
        }
        Err(no_answer) => no_answer,
    };
    let failure = match (ended, no_answer) {
        (_, NoAnswer::TooLong) => {
            Failure::new(Reason::TooMuch, "it wrote an answer of more than 4 MiB")
        }
        (Ended::Stopped, _) => Failure::new(Reason::Stopped, "it was stopped"),
        (Ended::CutOff, _) => {
            let what = heard.too_much.map_or("too much", |too_much| too_much.0);
            Failure::new(Reason::TooMuch, &format!("it wrote {what}"))
        }
        // It spent its time trying again, and why is known: more time would not help.
        (Ended::TimedOut, NoAnswer::Failed(message)) if classify(&message) != Reason::Unknown => {
            Failure::told(&message)
        }
        (Ended::TimedOut, no_answer) => {
            let mut message = format!("no answer within {} s", timeout.as_secs_f64());
            if let NoAnswer::Failed(said) = no_answer {
                message.push_str("; before that: ");
                message.push_str(&said);
            }
            Failure::new(Reason::Timeout, &message)
        }
        (_, NoAnswer::Failed(message)) if !message.trim().is_empty() => Failure::told(&message),
        (_, NoAnswer::Silent) => of_end(ended, &heard.complaints),
        (_, NoAnswer::Failed(_)) => Failure::new(Reason::Unknown, "it failed and did not say why"),
        (_, _) => Failure::new(Reason::NoAnswer, "it ended without an answer"),
    };
    Err(failure).into()
}

/// What Node.js says when a text is too large for it, or for its pipe: pi dies of its model's answer, and would again.
const OVERWHELMED: [&str; 3] = ["ENOBUFS", "heap out of memory", "Invalid string length"];

/// What the end of a program means that said nothing on standard output.
fn of_end(ended: Ended, complaints: &str) -> Failure {
    let known = classify(complaints);
    let how = match ended {
        Ended::Exited(0) => "it said nothing".to_owned(),
        Ended::Exited(code) => format!("it exited with {code}"),
        Ended::Signalled(signal) => format!("signal {signal} ended it"),
        _ => "it was ended".to_owned(),
    };
    let is_overwhelmed = OVERWHELMED.iter().any(|words| complaints.contains(words));
    let reason = match ended {
        Ended::Exited(_) | Ended::Signalled(_) if is_overwhelmed => Reason::TooMuch,
        Ended::Signalled(_) => Reason::Crashed,
        _ if known != Reason::Unknown => known,
        Ended::Exited(0) => Reason::NoAnswer,
        // As shells say it.
        Ended::Exited(126 | 127) => Reason::Spawn,
        _ => Reason::Crashed,
    };
    let message = if complaints.is_empty() {
        how
    } else {
        format!("{how}: {complaints}")
    };
    Failure::new(reason, &message)
}
