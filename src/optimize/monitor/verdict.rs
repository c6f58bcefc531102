//! What is to be done about an automation.

use serde::{Deserialize, Serialize};

use crate::metrics::Anomaly;
use crate::metrics::anomaly::Kind;
use crate::optimize::automation::{Change, Run, RunKind, State};

/// What is to be done about an automation, and why: sentences without its name, that begin in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "verdict", content = "reason")]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// Nothing yet: it fails at times, or has only just recovered.
    Watch(String),
    /// It takes longer than it did: whoever uses it is told, once.
    Regressed(String),
    /// It fails: it should be disabled.
    Bad(String),
}

/// The live runs since an automation was enabled, in ms UTC: those that count for its state.
pub fn since_enabled(runs: &[Run], enabled_at: Option<i64>) -> Vec<&Run> {
    let since = enabled_at.unwrap_or(i64::MIN);
    let runs = runs.iter();
    runs.filter(|run| run.kind == RunKind::Live && run.at >= since)
        .collect()
}

/// Judges an automation by its runs since it was enabled ([`since_enabled`]), in their order, and by what is unusual about all
/// that are kept ([`super::anomalies`]).
///
/// Bad is what is unstable by the rule of its state (success below 0.7 over five runs or more), or shows a series of failures
/// that its earlier rate does not explain (p < 0.01), if its last run failed: what has recovered is not disabled. What began before
/// it was enabled was known to whoever enabled it.
pub fn judge(since: &[&Run], anomalies: &[Anomaly]) -> Verdict {
    let (Some(last), Some(first)) = (since.last(), since.iter().map(|run| run.at).min()) else {
        return Verdict::Fine;
    };
    let state = state(since);
    let ongoing = |kinds: &'static [Kind]| {
        let all = anomalies.iter();
        all.filter(move |it| it.ongoing && kinds.contains(&it.kind))
    };
    // The fence of an automation's run is the moment at which it began.
    let failing = ongoing(&[Kind::Failures]).find(|it| it.began.fence >= first);
    if !last.ok {
        let unstable = (state == State::Unstable).then(|| {
            let said = last.error.as_deref().map(|error| format!(" ({error})"));
            let said = said.unwrap_or_default();
            format!("{}; the last one failed{said}", course(since))
        });
        let reasons: Vec<String> = unstable
            .into_iter()
            .chain(failing.map(Anomaly::sentence))
            .collect();
        if !reasons.is_empty() {
            return Verdict::Bad(reasons.join("; "));
        }
    }
    let slower: Vec<String> = ongoing(&[Kind::Slow, Kind::Drift])
        .filter(|it| it.noticed.fence >= first)
        .map(Anomaly::sentence)
        .collect();
    if !slower.is_empty() {
        return Verdict::Regressed(slower.join("; "));
    }
    match state {
        State::Unstable => {
            Verdict::Watch(format!("{}, though the last one succeeded", course(since)))
        }
        State::Testing => Verdict::Watch(course(since)),
        _ => Verdict::Fine,
    }
}

/// The state of what was just enabled and then ran so.
fn state(since: &[&Run]) -> State {
    let ran = Change::Ran {
        runs: count(since.len()),
        ok: succeeded(since),
    };
    State::Enabled.after(ran).unwrap_or(State::Enabled)
}

fn succeeded(since: &[&Run]) -> u64 {
    count(since.iter().filter(|run| run.ok).count())
}

fn course(since: &[&Run]) -> String {
    let (runs, ok) = (count(since.len()), succeeded(since));
    // Rounded down: what is below a threshold is not shown to be at it.
    let percent = ok.saturating_mul(100) / runs.max(1);
    format!("succeeded in {ok} of {runs} runs since it was enabled ({percent} %)")
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
