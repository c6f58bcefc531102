//! Finding the files of sessions: one walk over the folders that reads none of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::model::Agent;
use super::read::{Folder, Identity};

/// How deep sessions lie in a folder of which nobody knows how it is laid out: a synchronised copy of a home folder has them at
/// `.codex/sessions/YYYY/MM/DD`, below a folder for the machine.
const DEEPEST: usize = 7;

/// A folder in which sessions are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where; it need not exist.
    pub path: PathBuf,
    /// Whose sessions lie there, if that is known: then only files are looked at that have the names of sessions.
    pub agent: Option<Agent>,
    /// Whether another machine sends them.
    pub synced: bool,
}

/// A file that may be a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// Whose it is by where it lies.
    pub agent: Option<Agent>,
    /// The machine that sends it, by the name of the place; none of this one.
    pub computer: Option<String>,
    /// How it stands.
    pub identity: Identity,
}

/// What a walk came to.
#[derive(Debug, Default)]
pub struct Walked {
    /// The files, place by place. One that can be reached in two ways is found once: by the first of the places, and there by
    /// the first of its paths.
    pub files: Vec<Found>,
    /// Places that were walked: of what is not found in them one can say that it is gone.
    pub walked: Vec<PathBuf>,
    /// What could not be looked at: nothing is known of what lies below.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

impl Walked {
    /// Whether a file that was known is gone: it would have been found.
    pub fn misses(&self, path: &Path) -> bool {
        self.walked.iter().any(|place| path.starts_with(place))
            && !self
                .unreadable
                .iter()
                .any(|(place, _)| path.starts_with(place))
    }
}

/// Walks over the places. Links are followed, loops of them are not walked twice.
pub fn walk(places: &[Place]) -> Walked {
    let mut walked = Walked::default();
    let mut seen: HashMap<(u64, u64), usize> = HashMap::new();
    for place in places {
        let first = walked.files.len();
        let layout = place.agent.map(|agent| Folder {
            agent,
            path: place.path.clone(),
        });
        let depth = layout.as_ref().map_or(DEEPEST, |layout| layout.depth() + 1);
        let computer = place.synced.then(|| name_of(&place.path));
        let entries = WalkDir::new(&place.path)
            .follow_links(true)
            .max_depth(depth);
        let mut is_there = true;
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    is_there &= !walked.note(place, error);
                    continue;
                }
            };
            let Some(identity) = candidate(layout.as_ref(), &entry) else {
                continue;
            };
            let found = Found {
                agent: place.agent.or_else(|| Agent::of_path(entry.path())),
                path: entry.into_path(),
                computer: computer.clone(),
                identity,
            };
            match seen.entry((identity.device, identity.inode)) {
                Entry::Vacant(vacant) => {
                    vacant.insert(walked.files.len());
                    walked.files.push(found);
                }
                Entry::Occupied(known) => {
                    let known = Some(*known.get()).filter(|known| *known >= first);
                    let known = known.and_then(|known| walked.files.get_mut(known));
                    if let Some(known) = known.filter(|known| found.path < known.path) {
                        *known = found;
                    }
                }
            }
        }
        if is_there {
            walked.walked.push(place.path.clone());
        }
    }
    walked
}

impl Walked {
    /// Notes an error; whether it is that the place itself is not there.
    fn note(&mut self, place: &Place, error: walkdir::Error) -> bool {
        // What is linked to what it lies in is walked already.
        if error.loop_ancestor().is_some() {
            return false;
        }
        let path = error.path().unwrap_or(&place.path).to_path_buf();
        let is_place = path == place.path;
        let error = error
            .into_io_error()
            .unwrap_or_else(|| io::Error::other("cannot be walked"));
        // A link that leads nowhere, or what went while it was looked at; a place that is not there may be mounted later.
        if error.kind() != io::ErrorKind::NotFound {
            self.unreadable.push((path, error));
            return false;
        }
        is_place
    }
}

/// How a file stands that may be a session.
fn candidate(layout: Option<&Folder>, entry: &DirEntry) -> Option<Identity> {
    if !entry.file_type().is_file() || entry.path().extension() != Some(OsStr::new("jsonl")) {
        return None;
    }
    if layout.is_some_and(|layout| !layout.holds(entry.path())) {
        return None;
    }
    // One that went meanwhile is not there.
    entry.metadata().ok().map(|it| Identity::of(&it))
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn place(path: &Path, agent: Option<Agent>) -> Place {
        Place {
            path: path.to_path_buf(),
            agent,
            synced: agent.is_none(),
        }
    }

    fn write(path: PathBuf) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}\n").unwrap();
    }

    fn names(walked: &Walked) -> Vec<String> {
        let name = |found: &Found| {
            found
                .path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        };
        let mut names: Vec<String> = walked.files.iter().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn each_file_is_found_once_whatever_links_lead_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("sessions");
        write(home.join("--a--/1.jsonl"));
        write(home.join("--a--/2.jsonl"));
        write(home.join("--a--/notes.txt"));
        symlink(&home, home.join("loop")).unwrap();
        symlink(home.join("--a--"), home.join("same")).unwrap();
        symlink("nowhere.jsonl", home.join("--a--/gone.jsonl")).unwrap();
        fs::hard_link(home.join("--a--/2.jsonl"), home.join("--a--/3.jsonl")).unwrap();
        let walked = walk(&[place(&home, Some(Agent::Pi)), place(&home, None)]);
        assert_eq!(names(&walked), ["1.jsonl", "2.jsonl"]);
        assert!(walked.unreadable.is_empty(), "{walked:?}");
        assert!(walked.misses(&home.join("--b--/x.jsonl")));
        assert!(!walked.misses(Path::new("/elsewhere/x.jsonl")));
    }

    #[test]
    fn a_place_says_which_machine_sends_it_and_a_layout_which_files_are_sessions() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path().join("laptop/.claude/projects/-p/x.jsonl"));
        write(dir.path().join("home/-p/x.jsonl"));
        let walked = walk(&[
            place(&dir.path().join("laptop"), None),
            place(&dir.path().join("home"), Some(Agent::ClaudeCode)),
        ]);
        let [sent] = &walked.files[..] else {
            panic!("{walked:?}")
        };
        assert_eq!(sent.computer.as_deref(), Some("laptop"));
        assert_eq!(sent.agent, Some(Agent::ClaudeCode));
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_gone() {
        let dir = tempfile::tempdir().unwrap();
        let missing = walk(&[place(&dir.path().join("mount"), None)]);
        assert!(!missing.misses(&dir.path().join("mount/x.jsonl")));
        let home = dir.path().join("home");
        write(home.join("open/x.jsonl"));
        fs::create_dir(home.join("closed")).unwrap();
        fs::set_permissions(home.join("closed"), fs::Permissions::from_mode(0o0)).unwrap();
        let walked = walk(&[place(&home, None)]);
        fs::set_permissions(home.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(walked.misses(&home.join("open/y.jsonl")));
        // Root may look everywhere.
        if crate::system::user::effective_uid() != 0 {
            assert!(!walked.misses(&home.join("closed/y.jsonl")));
        }
    }
}
