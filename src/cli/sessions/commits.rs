//! Commits from where they are told to the graph: out of the queues, which the hooks write to, and out of what sessions
//! say, which only the repository can complete.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::git::{GitEnv, Oid, Repo, discover};
use crate::graph::Graph;
use crate::graph::db::{CommitLink, How};
use crate::queue::{CommitSession, Queue, QueueError};
use crate::sessions::commits::Seen;
use crate::store::OpenOptions;
use crate::system::dirs::{RepositoryId, repository_state};
use crate::triggers::registry::Registry;

/// So many commits of a queue are taken at once.
const AT_ONCE: usize = 1000;
/// Whoever holds a queue for longer is looked at again by the next one.
const PATIENCE: Duration = Duration::from_millis(250);
/// So many folders are remembered; repositories stay open for as long.
const FOLDERS: usize = 64;

/// Carries what the hooks were told, in all registered repositories and this one, into the graph; returns how many links
/// that were. Done twice, or killed in between, it comes to the same. A queue that cannot be used now is left for later.
pub fn carry_over(app: &App, graph: &mut Graph) -> Result<usize, CommandError> {
    let mut carried = 0;
    for (state, id) in queues(app) {
        if !state.join("queue.db").exists() {
            continue;
        }
        let opened = Queue::open(&state, &OpenOptions::hook(PATIENCE));
        let Ok(mut queue) = opened else {
            tracing::debug!(state = %state.display(), "the queue is not ready: its commits wait");
            continue;
        };
        loop {
            match carry_some(&mut queue, &id, graph)? {
                Ok(0) => break,
                Ok(some) => carried += some,
                Err(error) => {
                    tracing::debug!(%error, state = %state.display(), "its commits wait");
                    break;
                }
            }
        }
    }
    Ok(carried)
}

/// Carries some of a queue's; the error of the graph is on the outside, that of the queue within.
fn carry_some(
    queue: &mut Queue,
    repository: &RepositoryId,
    graph: &mut Graph,
) -> Result<Result<usize, QueueError>, CommandError> {
    let (made, last) = match queue.sessions_to_carry(AT_ONCE) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    if made.is_empty() {
        return Ok(Ok(0));
    }
    let links: Vec<CommitLink> = made
        .into_iter()
        .map(|CommitSession { commit, session, at, .. }| CommitLink {
            repository: repository.as_str().to_owned(),
            commit,
            session,
            node: None,
            how: How::Hook,
            at,
        })
        .collect();
    graph
        .link_commits(&links)
        .context("store the sessions of commits")?;
    Ok(queue.sessions_carried(last).map(|()| links.len()))
}

/// The folders that hold queues, with the repositories that they are of.
fn queues(app: &App) -> BTreeMap<PathBuf, RepositoryId> {
    let mut found = BTreeMap::new();
    let mut add = |common_dir: &Path| {
        if let Ok(id) = RepositoryId::of(common_dir) {
            found.entry(repository_state(common_dir)).or_insert(id);
        }
    };
    // First: where one folder is said to hold all queues, it is this repository's.
    if let Ok(located) = app.located()
        && located.owned_by_us
    {
        add(&located.common_dir);
    }
    let registered = app.dirs().ok().map(|dirs| Registry::new(&dirs.state).list());
    for one in registered.into_iter().flatten().flatten() {
        add(&one.common_dir);
    }
    found
}

/// Finds the commits that sessions tell of, in the repositories of this machine.
#[derive(Default)]
pub struct Resolver {
    /// The user's repositories by folder; none where there is no such.
    folders: HashMap<String, Option<Place>>,
}

struct Place {
    id: RepositoryId,
    repo: Repo,
}

impl Resolver {
    /// The links of what a session tells. What is in no repository here is dropped.
    pub fn links(&mut self, session: &str, seen: &[Seen]) -> Vec<CommitLink> {
        let links = seen.iter().filter_map(|seen| {
            let (repository, oid, made_at) = seen
                .folders
                .iter()
                .find_map(|folder| self.find(folder, seen))?;
            Some(CommitLink {
                repository,
                commit: oid.as_str().to_owned(),
                session: session.to_owned(),
                node: None,
                how: How::Command,
                at: seen.at.unwrap_or(made_at),
            })
        });
        links.collect()
    }

    fn find(&mut self, folder: &str, seen: &Seen) -> Option<(String, Oid, jiff::Timestamp)> {
        if self.folders.len() >= FOLDERS && !self.folders.contains_key(folder) {
            self.folders.clear();
        }
        let place = self
            .folders
            .entry(folder.to_owned())
            .or_insert_with(|| place(Path::new(folder)))
            .as_ref()?;
        let oid = place.repo.resolve_commit(&seen.abbreviation).ok()?;
        // A branch may be named like an id.
        if !oid.as_str().starts_with(&seen.abbreviation) {
            return None;
        }
        let made_at = place.repo.commit(&oid).ok()?.author_time;
        Some((place.id.as_str().to_owned(), oid, made_at))
    }
}

fn place(folder: &Path) -> Option<Place> {
    // Not where this process was told to work: that is another matter.
    let located = discover(folder, &GitEnv::default()).ok()?;
    if !located.owned_by_us {
        return None;
    }
    Some(Place {
        id: RepositoryId::of(&located.common_dir).ok()?,
        repo: Repo::open(&located).ok()?,
    })
}
