//! Where sessions begin that are forks of others.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::plan::id_of;
use crate::sessions::find::Walked;
use crate::sessions::follow::{Origin, Partly};
use crate::sessions::lineage::{ForkPoint, Prints, event_id, families, fork_point, wanted};
use crate::sessions::{Agent, Session};

/// Finds parents among the files that are here.
#[derive(Clone)]
pub struct Origins<'a> {
    walked: &'a Walked,
    /// Made when a fork asks for its parent; most sessions are none.
    by_id: Arc<OnceLock<HashMap<&'a str, Vec<PathBuf>>>>,
}

impl<'a> Origins<'a> {
    /// Among these files.
    pub fn new(walked: &'a Walked) -> Self {
        Self {
            walked,
            by_id: Arc::default(),
        }
    }

    /// Where the own entries of the session in this file begin, by what its head says.
    pub fn of(&self, path: &Path, session: &Session) -> io::Result<Origin> {
        let Some(wanted) = wanted(session) else {
            return Ok(Origin::Own);
        };
        for parent in wanted.files(path, |id| self.files_of(id)) {
            if let Some(origin) = between(path, Some(session.agent), &parent)? {
                return Ok(origin);
            }
        }
        let named = wanted.path.map(|path| path.to_string_lossy().into_owned());
        Ok(wanted
            .id
            .or(named)
            .map_or(Origin::Own, |parent| Origin::Awaits { parent }))
    }

    fn files_of(&self, id: &str) -> Vec<PathBuf> {
        let by_id = self.by_id.get_or_init(|| {
            let mut by_id: HashMap<&str, Vec<PathBuf>> = HashMap::new();
            for found in &self.walked.files {
                if let Some(id) = id_of(found) {
                    by_id.entry(id).or_default().push(found.path.clone());
                }
            }
            by_id
        });
        by_id.get(id).cloned().unwrap_or_default()
    }
}

/// Where the own entries of a fork begin, whose parent lies in another file; none if that is no session, or cannot be read.
pub fn between(fork: &Path, agent: Option<Agent>, parent: &Path) -> io::Result<Option<Origin>> {
    let Ok(prints) = Prints::read(parent, None) else {
        return Ok(None);
    };
    let Some(id) = prints.session().map(|session| session.id.clone()) else {
        return Ok(None);
    };
    let own = Prints::read(fork, agent)?;
    let point = fork_point(&own, &prints);
    Ok(Some(copied(
        point,
        id,
        parent,
        partly(&own, &prints, point),
    )))
}

/// Which of both may not be all there yet. Of Claude Code's, the whole family tells: see [`of_family`].
fn partly(own: &Prints, parent: &Prints, point: ForkPoint) -> Partly {
    let Some(session) = own.session().filter(|it| it.agent != Agent::ClaudeCode) else {
        return Partly::default();
    };
    let after =
        |at: Option<Timestamp>| at.is_some_and(|at| session.started_at.is_some_and(|it| at > it));
    Partly {
        fork: !own
            .events()
            .iter()
            .skip(point.copied)
            .any(|event| after(event.at())),
        parent: !parent.events().iter().any(|event| after(event.at())),
    }
}

/// A copy of a session that lies in this file.
fn copied(point: ForkPoint, parent: String, file: &Path, partly: Partly) -> Origin {
    let entry = point
        .in_parent
        .and_then(|at| event_id(file, None, at).ok()?);
    Origin::Copied {
        events: point.copied,
        entry,
        parent,
        partly,
    }
}

/// Where the own entries of each file of a family begin. Files that cannot be read any more are left out.
pub fn of_family(family: &[(PathBuf, String)]) -> Vec<(PathBuf, Origin)> {
    // A session may lie in several places.
    let mut sessions: BTreeMap<&str, Prints> = BTreeMap::new();
    for (path, session) in family {
        if sessions.contains_key(session.as_str()) {
            continue;
        }
        if let Ok(prints) = Prints::read(path, None) {
            sessions.insert(session, prints);
        }
    }
    let members: Vec<(&str, &Prints)> = sessions.iter().map(|(id, prints)| (*id, prints)).collect();
    let descents = families(&members);
    let origin = |session: &str| {
        let place = members.iter().position(|(id, _)| *id == session)?;
        let Some(descent) = descents.get(place)? else {
            return Some(Origin::Own);
        };
        let (parent, _) = members.get(descent.parent)?;
        let (file, _) = family.iter().find(|(_, session)| session == parent)?;
        Some(copied(
            descent.point,
            (*parent).to_owned(),
            file,
            Partly::default(),
        ))
    };
    let found = family
        .iter()
        .filter_map(|(path, session)| Some((path.clone(), origin(session)?)));
    found.collect()
}
