//! Habits, good and bad: each a number, a threshold and the formula that leads from the commits to the number.

use serde::Serialize;

use super::super::people::People;
use super::super::state::State;
use super::super::window::share;
use super::churn::Churn;
use super::hot_files::HotFiles;
use super::ownership::of_file;
use super::style::CommitStyle;

/// Fewer commits show no habit.
const SAMPLE: u64 = 50;

/// Whether a habit helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// It does.
    BestPractice,
    /// It costs.
    AntiPattern,
}

/// A habit that was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Practice {
    /// Its name, such as `small_commits`.
    pub name: &'static str,
    /// Whether it helps.
    pub habit: Habit,
    /// One sentence.
    pub description: &'static str,
    /// The number.
    pub value: f64,
    /// What it was compared with.
    pub threshold: f64,
    /// How many commits or files it was computed from.
    pub sample: u64,
    /// How it was computed.
    pub formula: &'static str,
    /// 0.6, and more with the sample: 0.9 from 1,000 on.
    pub confidence: f64,
}

struct Rule {
    name: &'static str,
    habit: Habit,
    description: &'static str,
    formula: &'static str,
    threshold: f64,
    /// Whether the number must not fall short of the threshold, or must not exceed it.
    at_least: bool,
}

#[allow(clippy::cast_precision_loss)] // capped first
fn confidence(sample: u64) -> f64 {
    0.6 + 0.3 * (sample.min(1_000) as f64 / 1_000.0)
}

impl Rule {
    fn judge(self, value: f64, sample: u64, least: u64) -> Option<Practice> {
        let meets = if self.at_least {
            value >= self.threshold
        } else {
            value <= self.threshold
        };
        (sample >= least && meets).then(|| Practice {
            name: self.name,
            habit: self.habit,
            description: self.description,
            value,
            threshold: self.threshold,
            sample,
            formula: self.formula,
            confidence: (confidence(sample) * 1e4).round() / 1e4,
        })
    }
}

/// The habits of a repository.
pub(in super::super) fn observe(
    state: &State,
    people: &People,
    style: &CommitStyle,
    hot: &HotFiles,
    churn: &Churn,
) -> Vec<Practice> {
    let commits = style.commits;
    let conventional = Rule {
        name: "conventional_commits",
        habit: Habit::BestPractice,
        description: "Subjects follow the Conventional Commits convention.",
        formula: "commits whose subject is `type(scope): text` / commits",
        threshold: 0.8,
        at_least: true,
    };
    let small = Rule {
        name: "small_commits",
        habit: Habit::BestPractice,
        description: "Commits are small.",
        formula: "median of the files that a commit changes",
        threshold: 3.0,
        at_least: false,
    };
    let explained = Rule {
        name: "explained_commits",
        habit: Habit::BestPractice,
        description: "Commits say why they were made.",
        formula: "commits with more than a subject and trailers / commits",
        threshold: 0.5,
        at_least: true,
    };
    let tested = Rule {
        name: "tests_with_code",
        habit: Habit::BestPractice,
        description: "Tests change together with the code.",
        formula: "commits that change code and tests / commits that change code",
        threshold: 0.4,
        at_least: true,
    };
    let large = Rule {
        name: "large_commits",
        habit: Habit::AntiPattern,
        description: "Many commits are too large to be reviewed.",
        formula: "commits of more than 30 files / commits",
        threshold: 0.1,
        at_least: true,
    };
    let untested = Rule {
        name: "code_without_tests",
        habit: Habit::AntiPattern,
        description: "Code rarely changes together with tests.",
        formula: "commits that change code and tests / commits that change code",
        threshold: 0.1,
        at_least: false,
    };
    let reverted = Rule {
        name: "frequent_reverts",
        habit: Habit::AntiPattern,
        description: "Many commits take others back.",
        formula: "commits that git revert made / commits",
        threshold: 0.05,
        at_least: true,
    };
    let single = Rule {
        name: "single_author_hot_files",
        habit: Habit::AntiPattern,
        description: "Files that change often are known to one person alone.",
        formula: "files that one person alone ever changed / the files that change most, now and of all time",
        threshold: 0.5,
        at_least: true,
    };
    let median = f64::from(style.files_median.unwrap_or(0));
    let tests = style.tests_with_code_share;
    let (lonely, known) = single_author(state, people, hot, churn);
    [
        conventional.judge(style.conventional_share, commits, SAMPLE),
        small.judge(median, commits, SAMPLE),
        explained.judge(style.body_share, commits, SAMPLE),
        tested.judge(tests, style.code_commits, SAMPLE),
        large.judge(style.large_share, commits, SAMPLE),
        untested.judge(tests, style.code_commits, SAMPLE),
        reverted.judge(style.revert_share, commits, SAMPLE),
        single.judge(share(lonely, known), known, 5),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Of the files that change most: those that one person changed, and all. None where there are fewer than three people:
/// there, it cannot be otherwise.
fn single_author(state: &State, people: &People, hot: &HotFiles, churn: &Churn) -> (u64, u64) {
    if people.all.iter().filter(|person| !person.bot).count() < 3 {
        return (0, 0);
    }
    let mut files: Vec<_> = hot.files.iter().map(|file| &file.path).collect();
    files.extend(churn.files.iter().map(|file| &file.path));
    files.sort();
    files.dedup();
    let known: Vec<_> = files
        .into_iter()
        .filter_map(|path| of_file(state, people, path.0.as_ref()))
        .collect();
    let lonely = known.iter().filter(|file| file.authors == 1).count();
    (lonely as u64, known.len() as u64)
}
