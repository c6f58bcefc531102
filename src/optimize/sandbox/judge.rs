//! What is expected of a script in each case.

use super::case::CaseKind;
use super::changes::Change;
use super::report::CaseReport;
use crate::system::sandbox::End;

/// At least this share of the cases must be as expected (the original's threshold, `validate ≥ .9`).
pub const PASSING_RATE: f64 = 0.9;

/// What a shell exits with when it cannot start a program.
const NOT_STARTED: [i32; 2] = [126, 127];

/// What was not as it should be; nothing if all was.
///
/// `first` are the changes of the happy case, as far as it was run.
pub fn judge(kind: CaseKind, end: &End, changes: &[Change], first: &[Change]) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(problem) = ending(end) {
        problems.push(problem);
    }
    let code = match end {
        End::Exited(code) => Some(*code),
        _ => None,
    };
    match (kind, code) {
        (CaseKind::Happy, Some(code)) if code != 0 => {
            problems.push(format!("it exited with {code}"));
        }
        (CaseKind::Twice, Some(code)) if code != 0 => {
            problems.push(format!("the second run exited with {code}"));
        }
        (CaseKind::MissingInput, Some(0)) => {
            problems.push("it succeeded without a value that it needs".to_owned());
        }
        // A file that it makes is an output, and need not be there.
        (CaseKind::AbsentFile, Some(0)) if !changes.iter().any(|change| change.declared) => {
            problems.push("it succeeded although its input is not there".to_owned());
        }
        (CaseKind::EmptyInput, Some(code)) if NOT_STARTED.contains(&code) => {
            problems.push(format!(
                "it exited with {code}: a program could not be started"
            ));
        }
        (CaseKind::ReadOnly, Some(0)) if first.iter().any(|change| !change.volatile) => {
            problems.push("it succeeded although it could not write".to_owned());
        }
        _ => {}
    }
    let further = changes.iter().filter(|change| match kind {
        // What it may write it may write again, but the same.
        CaseKind::Twice => !change.volatile,
        CaseKind::ReadOnly => !change.volatile && !change.path.starts_with("~/"),
        _ => change.is_undeclared(),
    });
    let paths: Vec<&str> = further.map(|change| change.path.as_str()).collect();
    if let Some(list) = listed(&paths) {
        problems.push(match kind {
            CaseKind::Twice => format!("the second run changed {list}"),
            CaseKind::ReadOnly => format!("it changed {list}, which is read-only"),
            _ => format!("it changed {list} without having said so"),
        });
    }
    problems
}

/// What was not as it should be about how a script ended by itself or was ended; nothing if it exited.
pub fn ending(end: &End) -> Option<String> {
    Some(match end {
        End::Exited(_) => return None,
        End::Signalled(signal) => format!("it was ended by signal {signal}"),
        End::TimedOut => "it took too long".to_owned(),
        End::OverMemory => "it took too much memory".to_owned(),
        End::OverProcesses => "it started too many processes".to_owned(),
        End::OverDisk => "it took too much of the disk".to_owned(),
        End::Refused(_) => "it was not run: what was demanded is not enforced here".to_owned(),
        End::Failed(message) => message.clone(),
        End::Stopped => "it was stopped from outside".to_owned(),
    })
}

fn listed(paths: &[&str]) -> Option<String> {
    let (first, rest) = paths.split_first()?;
    Some(match rest.len() {
        0 => (*first).to_owned(),
        more => format!("{first} and {more} more"),
    })
}

/// The share of cases that were as expected; none if there were none.
#[allow(clippy::cast_precision_loss)] // a handful of cases
pub fn success_rate(cases: &[CaseReport]) -> Option<f64> {
    let good = cases.iter().filter(|case| case.problems.is_empty()).count();
    (!cases.is_empty()).then(|| good as f64 / cases.len() as f64)
}

/// Whether a script may be called tested: enough of the cases were as expected, the plain one among them, and a second
/// run changed nothing.
pub fn passed(cases: &[CaseReport]) -> bool {
    let good = |kind| {
        cases
            .iter()
            .any(|case| case.kind == kind && case.problems.is_empty())
    };
    success_rate(cases).is_some_and(|rate| rate >= PASSING_RATE)
        && good(CaseKind::Happy)
        && good(CaseKind::Twice)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::changes::ChangeKind;
    use super::*;

    fn change(path: &str, declared: bool, volatile: bool) -> Change {
        Change {
            path: path.to_owned(),
            kind: ChangeKind::Changed,
            size: None,
            digest: None,
            declared,
            volatile,
        }
    }

    /// A kind, how it ended, its changes, those of the first run, and whether that is as it should be.
    type Row<'a> = (CaseKind, &'a End, &'a [Change], &'a [Change], bool);

    #[test]
    fn what_is_expected_differs_by_case() {
        use CaseKind::{AbsentFile, EmptyInput, Happy, MissingInput, ReadOnly, Twice};
        let said = [change("out", true, false)];
        let unsaid = [change("other", false, false)];
        let cache = [change(".git/index", false, true)];
        let none: [Change; 0] = [];
        let ok = End::Exited(0);
        let no = End::Exited(2);
        let table: [Row<'_>; 19] = [
            (Happy, &ok, &said, &none, true),
            (Happy, &ok, &unsaid, &none, false),
            (Happy, &ok, &cache, &none, true),
            (Happy, &no, &none, &none, false),
            (Happy, &End::TimedOut, &none, &none, false),
            (Twice, &ok, &none, &said, true),
            (Twice, &ok, &cache, &said, true),
            (Twice, &ok, &said, &said, false),
            (Twice, &no, &none, &said, false),
            (MissingInput, &no, &none, &said, true),
            (MissingInput, &ok, &none, &said, false),
            (MissingInput, &no, &unsaid, &said, false),
            (AbsentFile, &no, &none, &none, true),
            (AbsentFile, &ok, &said, &none, true),
            (AbsentFile, &ok, &none, &none, false),
            (EmptyInput, &no, &none, &none, true),
            (EmptyInput, &End::Exited(127), &none, &none, false),
            (ReadOnly, &no, &none, &said, true),
            (ReadOnly, &ok, &none, &said, false),
        ];
        for (kind, end, changes, first, good) in table {
            let problems = judge(kind, end, changes, first);
            assert_eq!(problems.is_empty(), good, "{kind:?} {end:?} {problems:?}");
        }
        assert!(!judge(ReadOnly, &no, &said, &said).is_empty());
        assert!(judge(ReadOnly, &ok, &none, &none).is_empty());
    }
}
