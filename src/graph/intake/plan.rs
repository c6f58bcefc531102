//! Which files to look at, from what was known of them and how they stand now.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::graph::db::KnownFile;
use crate::sessions::find::{Found, Walked};
use crate::sessions::follow::Origin;
use crate::sessions::read::place::session_id;
use crate::sessions::ready::Thresholds;

/// A file to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The file.
    pub found: Found,
    /// Whether something is known of it.
    pub is_known: bool,
    /// Since when it is known to stand as it does.
    pub unchanged_since: Option<Timestamp>,
    /// Whether it must be read from its beginning.
    pub anew: bool,
    /// Where its own entries begin, if that was found out by comparing it with others.
    pub origin: Option<Origin>,
}

/// What there is to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// To be read.
    pub candidates: Vec<Candidate>,
    /// Files whose time of change is to come: only from when they are first seen can be told whether they rest.
    pub ahead: Vec<Found>,
    /// Files that are not there any more.
    pub gone: Vec<PathBuf>,
    /// How many are being written now, and are left in peace.
    pub active: usize,
}

/// What there is to do with the files that were found; `words` says whether what was said is to be kept.
pub fn plan(
    known: &[KnownFile],
    walked: &Walked,
    thresholds: &Thresholds,
    words: bool,
    now: Timestamp,
) -> Plan {
    // By bytes: comparing and hashing paths part by part is slow where there are many.
    let mut of_path: HashMap<&[u8], &KnownFile> = known
        .iter()
        .map(|it| (it.path.as_os_str().as_bytes(), it))
        .collect();
    let mut plan = Plan::default();
    for found in &walked.files {
        let known = of_path.remove(found.path.as_os_str().as_bytes());
        let is_same = known.is_some_and(|known| known.identity == found.identity);
        let is_due = known
            .and_then(|known| known.look_at)
            .is_some_and(|at| at <= now);
        let anew = words && known.is_some_and(|known| !known.messages && known.session.is_some());
        if is_same && !is_due && !anew {
            continue;
        }
        let unchanged_since = known.filter(|_| is_same).map(|known| known.read_at);
        match rests(found, unchanged_since, thresholds, now) {
            Rests::Yes => plan.candidates.push(Candidate {
                found: found.clone(),
                is_known: known.is_some(),
                unchanged_since,
                anew,
                origin: None,
            }),
            Rests::NotYet => plan.active += 1,
            Rests::Unknown => plan.ahead.push(found.clone()),
        }
    }
    let not_found = of_path.into_values().map(|known| &known.path);
    let gone = not_found.filter(|path| walked.misses(path));
    plan.gone = gone.cloned().collect();
    plan.gone.sort();
    plan
}

/// The session that a file holds, by its name.
pub fn id_of(found: &Found) -> Option<&str> {
    let stem = found.path.file_stem()?.to_str()?;
    // Where nobody knows whose it is, the name tells: only pi writes the time before the id, and a `_` between.
    Some(match found.agent {
        Some(agent) => session_id(agent, stem),
        None => stem.rsplit_once('_').map_or(stem, |(_, id)| id),
    })
}

enum Rests {
    Yes,
    NotYet,
    Unknown,
}

/// Whether nobody writes to a file. Source: S3, stability.
fn rests(
    found: &Found,
    unchanged_since: Option<Timestamp>,
    thresholds: &Thresholds,
    now: Timestamp,
) -> Rests {
    let modified = Timestamp::from_nanosecond(found.identity.modified_ns.into());
    let modified = modified.unwrap_or(Timestamp::UNIX_EPOCH);
    let since = unchanged_since.map_or(modified, |since| since.min(modified));
    let stable = if found.computer.is_some() {
        thresholds.synced
    } else {
        thresholds.local
    };
    let rested = now.duration_since(since);
    if rested >= stable {
        Rests::Yes
    } else if rested < SignedDuration::ZERO && unchanged_since.is_none() {
        Rests::Unknown
    } else {
        Rests::NotYet
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::sessions::Agent;
    use crate::sessions::read::Identity;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const NOW: i64 = 10_000;

    fn identity(seconds_ago: i64) -> Identity {
        Identity {
            device: 1,
            inode: 1,
            size: 10,
            modified_ns: (NOW - seconds_ago) * 1_000_000_000,
        }
    }

    fn found(name: &str, seconds_ago: i64) -> Found {
        Found {
            path: format!("/s/{name}.jsonl").into(),
            agent: Some(Agent::Pi),
            computer: None,
            identity: identity(seconds_ago),
        }
    }

    fn known(name: &str, seconds_ago: i64) -> KnownFile {
        KnownFile {
            path: format!("/s/{name}.jsonl").into(),
            identity: identity(seconds_ago),
            read_at: at(NOW - 3),
            look_at: None,
            messages: true,
            session: Some(name.to_owned()),
        }
    }

    fn planned(known: &[KnownFile], found: Vec<Found>) -> Plan {
        let walked = Walked {
            files: found,
            walked: vec!["/s".into()],
            unreadable: Vec::new(),
        };
        plan(known, &walked, &Thresholds::default(), true, at(NOW))
    }

    fn names(plan: &Plan) -> Vec<(String, bool)> {
        let name = |it: &Candidate| {
            let stem = it.found.path.file_stem().unwrap();
            (stem.to_string_lossy().into_owned(), it.anew)
        };
        plan.candidates.iter().map(name).collect()
    }

    #[test]
    fn only_what_is_new_or_changed_and_rests_is_read() {
        let plan = planned(
            &[
                known("same", 100),
                known("changed", 100),
                known("gone", 100),
            ],
            vec![
                found("same", 100),
                found("changed", 50),
                found("new", 5),
                found("busy", 4),
            ],
        );
        assert_eq!(
            names(&plan),
            [("changed".into(), false), ("new".into(), false)]
        );
        assert_eq!(plan.active, 1);
        assert_eq!(plan.gone, [PathBuf::from("/s/gone.jsonl")]);
    }

    #[test]
    fn a_file_that_rests_is_looked_at_when_it_is_due() {
        let due = KnownFile {
            look_at: Some(at(NOW)),
            ..known("due", 100)
        };
        let later = KnownFile {
            look_at: Some(at(NOW + 1)),
            ..known("later", 100)
        };
        let plan = planned(&[due, later], vec![found("due", 100), found("later", 100)]);
        assert_eq!(names(&plan), [("due".into(), false)]);
        assert_eq!(plan.candidates[0].unchanged_since, Some(at(NOW - 3)));
    }

    #[test]
    fn words_that_are_wanted_now_make_it_begin_anew() {
        let silent = KnownFile {
            messages: false,
            ..known("silent", 100)
        };
        let no_session = KnownFile {
            messages: false,
            session: None,
            ..known("none", 100)
        };
        let plan = planned(
            &[silent, no_session],
            vec![found("silent", 100), found("none", 100)],
        );
        assert_eq!(names(&plan), [("silent".into(), true)]);
    }

    #[test]
    fn a_time_to_come_is_remembered_first() {
        let plan = planned(&[], vec![found("ahead", -50)]);
        assert_eq!((plan.ahead.len(), plan.candidates.len()), (1, 0));
        let seen = KnownFile {
            read_at: at(NOW - 5),
            look_at: Some(at(NOW)),
            ..known("ahead", -50)
        };
        let plan = planned(&[seen], vec![found("ahead", -50)]);
        assert_eq!(names(&plan), [("ahead".into(), false)]);
    }
}
