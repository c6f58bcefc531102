//! From what the database holds to a [`Document`]: the newest scan of each task, compared with the base's, without what is
//! suppressed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::document::{Base, Document, Entry, Stale, State, Suppressed, TaskReport};
use crate::findings::stored::{StoredError, changes};
use crate::findings::{
    self, Applied, Baseline, Changes, Checked, Finding, Looked, Markers, Scan, Stored, Subject,
    Suppression, Verdict, baseline, match_findings, suppress,
};
use crate::git::{GitError, Oid, Repo};
use crate::queue::ResultEntry;

/// What is to be gathered, and from where.
pub struct Wanted<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// Its scans.
    pub stored: &'a Stored<'a>,
    /// What the repository is called.
    pub name: String,
    /// The commit whose findings are wanted; none in a repository without commits.
    pub commit: Option<Oid>,
    /// Whether files that have been changed since are looked at too, where that is the newest.
    pub with_changes: bool,
    /// Only of these tasks; of all if none is named.
    pub tasks: &'a [String],
    /// What the configuration says does not count.
    pub suppressions: &'a [Suppression],
    /// The accepted findings, if there is such a file.
    pub baseline: Option<&'a Baseline>,
    /// Reads a file as it was looked at: in that commit, or as it is now where none is named.
    pub read: &'a ReadFile<'a>,
    /// The present moment.
    pub now: Timestamp,
    /// The present day, where the user is.
    pub today: Date,
}

/// Reads the file of a path: in the commit that is named, or as it is now.
pub type ReadFile<'a> = dyn Fn(Option<&str>, &str) -> Option<Vec<u8>> + 'a;

/// Why nothing could be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The scans.
    #[error(transparent)]
    Stored(#[from] StoredError),
}

/// What findings are compared with.
type Chosen = baseline::Base<Oid, ()>;

/// Puts the document together.
pub fn gather(wanted: &Wanted<'_>) -> Result<Document, GatherError> {
    let has_file = wanted.baseline.is_some();
    let chosen = baseline::Standpoint::of(wanted.repo)?.base(
        wanted.repo,
        wanted.commit.as_ref(),
        false,
        has_file,
    )?;
    let mut gathered = Gathered {
        wanted,
        chosen: chosen.as_ref(),
        differences: RefCell::default(),
        tasks: Vec::new(),
        entries: Vec::new(),
        fixed: Vec::new(),
        compared: None,
    };
    for task in wanted.stored.tasks() {
        if !wanted.tasks.is_empty() && !wanted.tasks.iter().any(|one| one == task) {
            continue;
        }
        let entry = match &wanted.commit {
            Some(commit) if !wanted.with_changes => wanted.stored.nearest(task, commit),
            commit => wanted.stored.newest(task, commit.as_ref()),
        };
        if let Some(entry) = entry
            && let Some(scan) = wanted.stored.load(entry)?
        {
            gathered.add(entry, scan)?;
        }
    }
    gathered.drop_repetitions();
    let mut stale = gathered.apply_baseline();
    stale.extend(gathered.apply_suppressions());
    let label = chosen.as_ref().map(|chosen| Base {
        // A name must not promise another commit than the one that was compared with.
        label: match &gathered.compared {
            Some(_) => format!(
                "the last commit that was looked at before {}",
                chosen.name()
            ),
            None => chosen.name().to_owned(),
        },
        commit: gathered
            .compared
            .clone()
            .or_else(|| chosen.commit().map(|it| it.as_str().to_owned())),
    });
    Ok(Document {
        repository: wanted.name.clone(),
        commit: wanted.commit.as_ref().map(|it| it.as_str().to_owned()),
        base: label,
        generated_at: wanted.now,
        tasks: gathered.tasks,
        entries: gathered.entries,
        fixed: gathered.fixed,
        stale,
    })
}

/// From a commit to another one, or to the worktree.
type Sides = (Oid, Option<String>);

struct Gathered<'a> {
    wanted: &'a Wanted<'a>,
    chosen: Option<&'a Chosen>,
    /// Between two sides, once each.
    differences: RefCell<HashMap<Sides, Option<Rc<Changes>>>>,
    tasks: Vec<TaskReport>,
    entries: Vec<Entry>,
    fixed: Vec<Entry>,
    /// The commit that was really compared with, where that is not the base itself.
    compared: Option<String>,
}

impl Gathered<'_> {
    fn add(&mut self, entry: &ResultEntry, scan: Scan) -> Result<(), GatherError> {
        let task = entry.task.clone();
        self.tasks.push(TaskReport {
            task: task.clone(),
            commit: entry.commit.clone(),
            dirty: scan.dirty,
            at: scan.timestamp,
            status: scan.status,
            verdict: scan.verdict,
            summary: scan.summary,
            duration: scan.duration,
            tools: scan.tools,
        });
        let before = match self.chosen.and_then(baseline::Base::commit) {
            Some(commit) => self.wanted.stored.nearest(&task, commit),
            None => None,
        };
        let earlier = match before {
            // Nothing is new compared with itself.
            Some(before) if before.id == entry.id => Some(None),
            Some(before) => self.wanted.stored.load(before)?.map(Some),
            None => None,
        };
        let mut states = vec![State::Unknown; scan.findings.len()];
        match (&earlier, before) {
            (Some(None), _) => states.fill(State::Unchanged),
            (Some(Some(earlier)), Some(before)) => {
                let changes = self.difference(before.commit.as_deref(), entry.commit.as_deref());
                let matching =
                    match_findings(&earlier.findings, &scan.findings, changes.as_deref());
                states.fill(State::New);
                for (_, new, _) in &matching.pairs {
                    if let Some(state) = states.get_mut(*new) {
                        *state = State::Unchanged;
                    }
                }
                let gone = matching
                    .fixed
                    .iter()
                    .filter_map(|at| earlier.findings.get(*at));
                self.fixed.extend(gone.map(|finding| Entry {
                    task: task.clone(),
                    state: State::Unchanged,
                    suppressed: None,
                    finding: finding.clone(),
                }));
                let base = self.chosen.and_then(baseline::Base::commit);
                if before.commit.as_deref() != base.map(Oid::as_str) {
                    self.compared.clone_from(&before.commit);
                }
            }
            _ => {}
        }
        let entries = scan.findings.into_iter().zip(states);
        self.entries.extend(entries.map(|(finding, state)| Entry {
            task: task.clone(),
            state,
            suppressed: None,
            finding,
        }));
        Ok(())
    }

    fn difference(&self, from: Option<&str>, to: Option<&str>) -> Option<Rc<Changes>> {
        let from: Oid = from?.parse().ok()?;
        let key = (from.clone(), to.map(str::to_owned));
        let mut known = self.differences.borrow_mut();
        let found = known.entry(key).or_insert_with(|| {
            let commit = match to {
                Some(to) => Some(to.parse::<Oid>().ok()?),
                None => None,
            };
            let looked = commit.as_ref().map_or(Looked::Worktree, Looked::Commit);
            changes(self.wanted.repo, &from, looked).map(Rc::new)
        });
        found.clone()
    }

    /// What two tasks found is one finding: an audit is part of the security scan too.
    fn drop_repetitions(&mut self) {
        let mut seen = HashSet::new();
        self.entries.retain(|entry| {
            let finding = &entry.finding;
            !matches!(finding.subject, Subject::Dependency(_))
                || seen.insert((finding.tool.clone(), finding.id.clone()))
        });
    }

    /// Where the baseline file is the base, what it has is not new.
    fn apply_baseline(&mut self) -> Vec<Stale> {
        let (Some(baseline::Base::File(())), Some(baseline)) = (self.chosen, self.wanted.baseline)
        else {
            return Vec::new();
        };
        let all: Vec<&Finding> = self.entries.iter().map(|it| &it.finding).collect();
        let coverage = baseline.matches(&all);
        for (entry, covered) in self.entries.iter_mut().zip(&coverage.covered) {
            entry.state = match covered {
                Some(_) => State::Unchanged,
                None => State::New,
            };
        }
        let tools = self.tools_that_looked();
        let stale = coverage.stale.iter().filter_map(|(number, count)| {
            let accepted = baseline.entries().get(*number)?;
            tools.contains(&accepted.tool).then(|| Stale {
                what: format!("{} {} in {}", accepted.tool, accepted.rule, accepted.path),
                place: Some(baseline::FILE_NAME.to_owned()),
                why: match count {
                    1 => "it is not found any more".to_owned(),
                    count => format!("{count} of them are not found any more"),
                },
            })
        });
        stale.collect()
    }

    fn tools_that_looked(&self) -> BTreeSet<String> {
        let reports = self.tasks.iter().flat_map(|task| &task.tools);
        reports
            .filter(|tool| matches!(tool.verdict, Verdict::Clean | Verdict::Findings))
            .map(|tool| tool.tool.clone())
            .collect()
    }

    fn apply_suppressions(&mut self) -> Vec<Stale> {
        let wanted = self.wanted;
        let of_task: BTreeMap<&str, Option<&str>> = self
            .tasks
            .iter()
            .map(|task| (task.task.as_str(), task.commit.as_deref()))
            .collect();
        let mut markers: BTreeMap<String, Markers> = BTreeMap::new();
        // A comment about what has been fixed stays behind where nothing else is found.
        for entry in self.entries.iter().chain(&self.fixed) {
            let Some(place) = &entry.finding.place else {
                continue;
            };
            if !markers.contains_key(&place.path) {
                let commit = of_task.get(entry.task.as_str()).copied().flatten();
                let bytes = (wanted.read)(commit, &place.path).unwrap_or_default();
                markers.insert(place.path.clone(), Markers::of(&bytes));
            }
        }
        let markers: Vec<(String, Markers)> = markers.into_iter().collect();
        let tools = self.tools_that_looked();
        let complete = wanted.tasks.is_empty()
            && self
                .tasks
                .iter()
                .flat_map(|task| &task.tools)
                .all(|tool| matches!(tool.verdict, Verdict::Clean | Verdict::Findings));
        let checked = Checked {
            tools: &tools,
            has_all_tools: complete,
            has_file: &|path| {
                markers
                    .binary_search_by(|(known, _)| known.as_str().cmp(path))
                    .is_ok()
            },
            has_all_files: true,
        };
        let Applied { states, faults } = suppress::apply(
            self.entries.iter().map(|it| &it.finding),
            wanted.suppressions,
            &markers,
            &checked,
            wanted.today,
        );
        for (entry, state) in self.entries.iter_mut().zip(states) {
            if let suppress::State::Suppressed { by, reason } = state {
                let in_source = entry
                    .finding
                    .place
                    .as_ref()
                    .is_some_and(|place| place.path == by.file);
                entry.suppressed = Some(Suppressed {
                    reason,
                    by: if in_source {
                        "in-line".to_owned()
                    } else {
                        by.file
                    },
                });
            }
        }
        let stale = faults.into_iter().map(|(written, fault)| Stale {
            what: match &fault {
                findings::Fault::Stale { what } => what.clone(),
                findings::Fault::Expired { .. } | findings::Fault::NoRule => {
                    "suppression".to_owned()
                }
            },
            place: Some(format!("{}:{}", written.file, written.line)),
            why: match &fault {
                findings::Fault::Stale { .. } => "it is not found any more".to_owned(),
                fault => fault.to_string(),
            },
        });
        stale.collect()
    }
}
