//! Everything that the history shows, and the same in the form that all patterns have.

use bstr::{BStr, BString, ByteSlice};
use jiff::Timestamp;
use serde::Serialize;

use super::observe::Whose;
use super::observe::churn::{self, Churn};
use super::observe::co_change::{self, CoChange};
use super::observe::hot_files::{self, HotFiles};
use super::observe::ownership::{self, Ownership};
use super::observe::practices::{self, Habit, Practice};
use super::observe::rhythm::{self, WorkHours};
use super::observe::style::{self, CommitStyle};
use super::people::People;
use super::state::State;
use crate::analyze::patterns::{Kind, Pattern};

/// What is needed beside the state.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Who is who.
    pub people: &'a People,
    /// The files of the commit that is looked at, in any order.
    pub tracked: &'a [BString],
    /// The present.
    pub now: Timestamp,
}

/// What the history shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Patterns {
    /// Grows when what is here means something else.
    pub schema: u32,
    /// Commits that can be reached.
    pub commits: u64,
    /// Of these, merges.
    pub merges: u64,
    /// Of these, commits at the border of a shallow clone: what they changed is not known and counted nowhere.
    pub borders: u64,
    /// Of these, commits of programs: they are counted where it is about files, not where it is about people.
    pub bot_commits: u64,
    /// The programs, by name.
    pub bots: Vec<crate::analyze::text::Text>,
    /// How many of the latest commits were looked at one by one.
    pub latest: usize,
    /// The files that change most these days.
    pub hot_files: HotFiles,
    /// Changes of all time.
    pub churn: Churn,
    /// Files that change together.
    pub co_change: CoChange,
    /// Who knows what.
    pub ownership: Ownership,
    /// When work happens.
    pub work_hours: WorkHours,
    /// How commits are made.
    pub commit_style: CommitStyle,
    /// Habits.
    pub practices: Vec<Practice>,
}

/// What the user's own commits show: material for the user's own profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnHistory {
    /// When they work.
    pub work_hours: WorkHours,
    /// How they commit.
    pub commit_style: CommitStyle,
}

/// Looks at a history.
pub fn describe(state: &State, view: &View<'_>) -> Patterns {
    let View { people, now, .. } = *view;
    let mut tracked: Vec<&BStr> = view.tracked.iter().map(|path| path.as_bstr()).collect();
    if !tracked.is_sorted() {
        tracked.sort_unstable();
    }
    tracked.dedup();
    let everybody = Whose::People;
    let hot_files = hot_files::observe(state, now);
    let churn = churn::observe(state, &tracked, now);
    let commit_style = style::observe(state, people, &everybody);
    let mut bots: Vec<_> = people.all.iter().filter(|person| person.bot).collect();
    bots.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    bots.dedup_by(|one, other| one.name == other.name);
    let authors = (0..).zip(&state.sums.by_author);
    let bot_commits = authors
        .filter(|(author, _)| people.is_bot(people.of_author(*author)))
        .map(|(_, counts)| u64::from(counts.commits));
    Patterns {
        schema: 1,
        commits: state.commits(),
        merges: state.merges(),
        borders: state.sums.borders,
        bot_commits: bot_commits.sum(),
        bots: bots
            .into_iter()
            .map(|bot| bot.name.as_bstr().into())
            .collect(),
        latest: state.recent.latest().len(),
        co_change: co_change::observe(state, &tracked),
        ownership: ownership::observe(state, people, &tracked),
        work_hours: rhythm::observe(state, people, &everybody, now),
        practices: practices::observe(state, people, &commit_style, &hot_files, &churn),
        hot_files,
        churn,
        commit_style,
    }
}

/// Looks at the commits of one person alone: the user's own, named by their addresses (in any case; recorded ones or
/// those of the mailmap).
pub fn describe_own(state: &State, people: &People, emails: &[&str], now: Timestamp) -> OwnHistory {
    let own = Whose::Of(people.with_addresses(emails));
    OwnHistory {
        work_hours: rhythm::observe(state, people, &own, now),
        commit_style: style::observe(state, people, &own),
    }
}

impl Patterns {
    /// The same, in the form that all patterns have. What has no evidence is left out.
    pub fn list(&self) -> Vec<Pattern> {
        let mut all = Vec::new();
        if !self.hot_files.files.is_empty() {
            all.push(
                Pattern::new(
                    "hot_files",
                    Kind::Code,
                    "Files that change often.",
                    &self.hot_files,
                    0.9,
                )
                .with_insight("may benefit from refactoring"),
            );
        }
        if self.churn.changes > 0 {
            let text = "Where the changes of all time went, and where none go any more.";
            all.push(Pattern::new("churn", Kind::Code, text, &self.churn, 0.9));
        }
        let pairs = &self.co_change.pairs;
        if !pairs.is_empty() || !self.co_change.groups.is_empty() {
            let text = "Files that change together.";
            let degree = pairs.first().map_or(1.0, |strongest| strongest.degree);
            let confidence = degree.min(0.95);
            all.push(
                Pattern::new("co_change", Kind::Code, text, &self.co_change, confidence)
                    .with_insight("may depend on each other in a way the code does not show"),
            );
        }
        if self.ownership.files > 0 {
            let text = "How the knowledge of the code is spread.";
            let pattern = Pattern::new("ownership", Kind::Code, text, &self.ownership, 0.8);
            all.push(match self.ownership.bus_factor {
                1 if self.ownership.authors > 1 => {
                    pattern.with_insight("one person made more than half of the commits")
                }
                _ => pattern,
            });
        }
        if self.work_hours.commits > 0 {
            let text = "When work happens, in the authors' local time.";
            all.push(Pattern::new(
                "work_hours",
                Kind::Work,
                text,
                &self.work_hours,
                0.8,
            ));
        }
        if self.commit_style.commits > 0 {
            let text = "How commits are made.";
            all.push(Pattern::new(
                "commit_style",
                Kind::Work,
                text,
                &self.commit_style,
                0.8,
            ));
        }
        for practice in &self.practices {
            let name = match practice.habit {
                Habit::BestPractice => format!("best_practice/{}", practice.name),
                Habit::AntiPattern => format!("anti_pattern/{}", practice.name),
            };
            all.push(Pattern::new(
                &name,
                Kind::Work,
                practice.description,
                practice,
                practice.confidence,
            ));
        }
        all
    }
}
