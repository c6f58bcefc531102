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
    carry(&queues(app), graph)
}

fn carry(
    queues: &BTreeMap<PathBuf, RepositoryId>,
    graph: &mut Graph,
) -> Result<usize, CommandError> {
    let mut carried = 0;
    for (state, id) in queues {
        if !state.join("queue.db").exists() {
            continue;
        }
        let opened = Queue::open(state, &OpenOptions::hook(PATIENCE));
        let Ok(mut queue) = opened else {
            tracing::debug!(state = %state.display(), "the queue is not ready: its commits wait");
            continue;
        };
        loop {
            match carry_some(&mut queue, id, graph)? {
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
        .map(
            |CommitSession {
                 commit,
                 session,
                 at,
                 ..
             }| CommitLink {
                repository: repository.as_str().to_owned(),
                commit,
                session,
                node: None,
                how: How::Hook,
                at,
            },
        )
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
    let registered = app
        .dirs()
        .ok()
        .map(|dirs| Registry::new(&dirs.state).list());
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::git::testing::TestRepo;
    use crate::store::Access;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn open_graph(folder: &Path) -> Graph {
        Graph::open(folder, &OpenOptions::new(Access::ReadWrite)).unwrap()
    }

    fn made(number: i64) -> CommitSession {
        CommitSession {
            commit: format!("{number:040}"),
            agent: "pi".to_owned(),
            session: format!("s{}", number % 3),
            at: at(number),
        }
    }

    #[test]
    fn what_the_hooks_were_told_is_carried_once_from_every_queue() {
        let folder = tempfile::tempdir().unwrap();
        let mut graph = open_graph(&folder.path().join("data"));
        let mut queues = BTreeMap::new();
        for name in ["a", "b", "empty"] {
            let common = folder.path().join(name);
            let state = common.join("tend");
            std::fs::create_dir_all(&state).unwrap();
            queues.insert(state, RepositoryId::of(&common).unwrap());
        }
        let open = |name: &str| {
            let state = folder.path().join(name).join("tend");
            Queue::open(&state, &OpenOptions::new(Access::ReadWrite)).unwrap()
        };
        // More than are taken at once.
        let many: Vec<CommitSession> = (0..2500).map(made).collect();
        open("a")
            .record_made("hook", &json!({}), &many, at(0))
            .unwrap();
        open("b")
            .record_made("hook", &json!({}), &[made(7)], at(0))
            .unwrap();
        std::fs::write(
            folder.path().join("empty/tend/queue.db"),
            "no database at all",
        )
        .unwrap();
        assert_eq!(carry(&queues, &mut graph).unwrap(), 2501);
        assert_eq!(carry(&queues, &mut graph).unwrap(), 0);
        let id = |name: &str| RepositoryId::of(&folder.path().join(name)).unwrap();
        let of = |graph: &Graph, name: &str| {
            graph
                .commits_of_repository(id(name).as_str(), 9999)
                .unwrap()
        };
        assert_eq!(of(&graph, "a").len(), 2500);
        let b = of(&graph, "b");
        assert_eq!(b[0].link.commit, made(7).commit);
        assert_eq!((b[0].link.how, b[0].link.at), (How::Hook, at(7)));
        // The queue keeps it for whoever asks about the commit.
        assert_eq!(
            open("b").sessions_of_commit(&made(7).commit).unwrap(),
            [made(7)]
        );
    }

    #[test]
    fn a_process_that_died_between_graph_and_queue_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let mut graph = open_graph(&folder.path().join("data"));
        let id = RepositoryId::of(folder.path()).unwrap();
        let link = CommitLink {
            repository: id.as_str().to_owned(),
            commit: made(1).commit,
            session: made(1).session,
            node: None,
            how: How::Hook,
            at: at(1),
        };
        graph.link_commits(&[link]).unwrap();
        let mut queue = Queue::open(folder.path(), &OpenOptions::new(Access::ReadWrite)).unwrap();
        queue
            .record_made("hook", &json!({}), &[made(1)], at(0))
            .unwrap();
        drop(queue);
        let queues = BTreeMap::from([(folder.path().to_owned(), id.clone())]);
        carry(&queues, &mut graph).unwrap();
        assert_eq!(
            graph.commits_of_repository(id.as_str(), 9).unwrap().len(),
            1
        );
    }

    #[test]
    fn what_a_session_tells_is_found_where_it_is() {
        let repo = TestRepo::new(&[]);
        repo.git(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
        let commit = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let top = repo.top().to_str().unwrap().to_owned();
        std::fs::create_dir(repo.top().join("sub")).unwrap();
        let seen = |abbreviation: &str, folders: &[&str]| Seen {
            abbreviation: abbreviation.to_owned(),
            folders: folders.iter().map(|it| (*it).to_owned()).collect(),
            at: Some(at(5)),
        };
        // Names that would lead elsewhere.
        repo.git(&["branch", "abcdef0"]);
        let sub = format!("{top}/sub");
        let mut resolver = Resolver::default();
        let links = resolver.links(
            "s",
            &[
                seen(&commit[..7], &["/nowhere", &sub]),
                seen(&commit[..7], &["/nowhere", "/"]),
                seen("abcdef0", &[&top]),
                seen("0000000", &[&top]),
                seen(&commit[..7], &[]),
            ],
        );
        let id = RepositoryId::of(&repo.top().join(".git")).unwrap();
        let expected = CommitLink {
            repository: id.as_str().to_owned(),
            commit,
            session: "s".to_owned(),
            node: None,
            how: How::Command,
            at: at(5),
        };
        assert_eq!(links, [expected]);
    }
}
