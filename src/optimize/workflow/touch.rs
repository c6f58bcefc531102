//! Whether two steps touch the same files.
//!
//! A path or glob is an interval in the order of all paths, from the literal part before the first wildcard on: two
//! intervals lie apart or one within the other. Apart, nothing can be touched by both; otherwise it may be. A path may be
//! a folder, and a folder is all that is below it. What leads out of the repository or leaves paths out may be anything.
//! Paths that differ in case are the same, as they are to some file systems.

use std::collections::BTreeMap;

use super::{Touched, Workflow};

/// So many paths of a set are told apart; of longer lists the folders, or those above them.
const PATHS: usize = 64;
/// What begins the part of a path that stands for more than itself: in globs, in rules of make, in what CI files and shells
/// replace.
const WILD: &[char] = &['*', '?', '[', ']', '{', '}', '\\', '$', '%', '!', '~', '`'];
/// Between the parts of a path: it sorts before all else, so that what is below a folder follows it directly.
const BETWEEN: char = '\0';

/// How two steps get on with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Of one of them nobody knows what it touches.
    Unknown,
    /// They touch nothing in common that one of them writes.
    Never,
    /// One of them may write what the other touches.
    Perhaps,
    /// One of them writes what the other touches.
    Certain,
}

/// A path or glob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    /// The literal part.
    key: String,
    /// The path itself and all below it; otherwise some of what begins with the key.
    whole: bool,
    /// As it was written, for globs: the same glob twice is the same files twice.
    glob: String,
}

impl Pattern {
    fn of(text: &str) -> Self {
        let text = text.trim().replace(BETWEEN, "/").to_lowercase();
        let out = text.starts_with(['/', '~', '!', ':'])
            || text.split('/').any(|part| part == "..")
            || text.chars().nth(1) == Some(':');
        if out {
            return Self {
                key: String::new(),
                whole: false,
                glob: text,
            };
        }
        let (literal, wild) = match text.find(WILD) {
            Some(at) => text.split_at(at),
            None => (text.as_str(), ""),
        };
        let ends_a_folder = literal.ends_with('/');
        let parts = literal.split('/').filter(|part| !matches!(*part, "" | "."));
        let mut key = parts.collect::<Vec<_>>().join("\0");
        let whole = wild.is_empty()
            || matches!(wild, "**" | "**/*" | "**/**") && (ends_a_folder || literal.is_empty());
        if !whole && ends_a_folder && !key.is_empty() {
            key.push(BETWEEN);
        }
        // A lone dot before a wildcard is the beginning of a name.
        if !whole && !ends_a_folder && literal.rsplit('/').next() == Some(".") {
            key.clear();
        }
        let glob = if whole { String::new() } else { text };
        Self { key, whole, glob }
    }

    /// All globs that begin alike, or the folder above.
    fn above(&self) -> Self {
        let key = if self.glob.is_empty() {
            let key = self.key.trim_end_matches(BETWEEN);
            let above = key.rfind(BETWEEN).and_then(|at| key.get(..=at));
            above.unwrap_or_default()
        } else {
            &self.key
        };
        Self {
            key: key.to_owned(),
            whole: false,
            glob: String::new(),
        }
    }

    fn depth(&self) -> usize {
        self.key.matches(BETWEEN).count()
    }

    /// Whether what begins so is covered.
    fn covers(&self, key: &str) -> bool {
        match key.strip_prefix(self.key.as_str()) {
            Some(rest) => {
                !self.whole || self.key.is_empty() || rest.is_empty() || rest.starts_with(BETWEEN)
            }
            None => false,
        }
    }
}

/// Places in the order of all literal parts, from the first to behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: usize,
    to: usize,
}

impl Span {
    const fn has(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

/// A set of paths.
#[derive(Clone, Debug, Default)]
struct Set {
    /// All, by their beginnings.
    all: Vec<Span>,
    /// Those that no other one has within it.
    outer: Vec<Span>,
    /// The same of those that are whole.
    whole: Vec<Span>,
    /// Globs, by their number among all.
    globs: Vec<usize>,
}

impl Set {
    fn may_meet(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (self.outer.iter(), other.outer.iter());
        let (mut one, mut two) = (mine.next(), theirs.next());
        while let (Some(a), Some(b)) = (one, two) {
            if a.from < b.to && b.from < a.to {
                return true;
            }
            if a.to <= b.from {
                one = mine.next();
            } else {
                two = theirs.next();
            }
        }
        false
    }

    fn must_meet(&self, other: &Self) -> bool {
        let held = |whole: &[Span], all: &[Span]| {
            all.iter().any(|span| {
                let at = whole.partition_point(|it| it.from <= span.from);
                let before = at.checked_sub(1).and_then(|at| whole.get(at));
                before.is_some_and(|it| it.has(*span))
            })
        };
        held(&self.whole, &other.all)
            || held(&other.whole, &self.all)
            || self
                .globs
                .iter()
                .any(|glob| other.globs.binary_search(glob).is_ok())
    }
}

/// What each step touches, ready to be compared: a comparison takes O(paths of both).
#[derive(Clone, Debug, Default)]
pub struct Touch {
    steps: Vec<Option<(Set, Set)>>,
    gathers: Vec<bool>,
}

impl Touch {
    /// Of all steps.
    pub fn of(workflow: &Workflow) -> Self {
        let patterns = |touched: &Touched| match touched {
            Touched::Unknown => None,
            Touched::Known(paths) => Some(few(paths)),
        };
        let steps = workflow.steps.iter();
        let steps: Vec<Option<(Vec<Pattern>, Vec<Pattern>)>> = steps
            .map(|step| Some((patterns(&step.reads)?, patterns(&step.writes)?)))
            .collect();
        let all = || {
            let known = steps.iter().flatten();
            known.flat_map(|(reads, writes)| reads.iter().chain(writes))
        };
        let mut keys: Vec<&str> = all().map(|it| it.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut globs = BTreeMap::new();
        for pattern in all().filter(|it| !it.glob.is_empty()) {
            let next = globs.len();
            globs.entry(pattern.glob.as_str()).or_insert(next);
        }
        let set = |patterns: &[Pattern]| set(patterns, &keys, &globs);
        let steps = steps.iter().map(|step| {
            let (reads, writes) = step.as_ref()?;
            Some((set(reads), set(writes)))
        });
        Self {
            steps: steps.collect(),
            gathers: workflow.steps.iter().map(|step| step.gathers).collect(),
        }
    }

    /// Whether a step stands for all that it needs.
    pub fn gathers(&self, step: usize) -> bool {
        self.gathers.get(step).copied().unwrap_or(false)
    }

    fn at(&self, step: usize) -> Option<&(Set, Set)> {
        self.steps.get(step).and_then(Option::as_ref)
    }

    /// Whether it is known what a step reads and writes.
    pub fn is_known(&self, step: usize) -> bool {
        self.at(step).is_some()
    }

    /// Whether one step may touch what another writes, or the other way round; unknown is never more than that.
    pub fn conflict(&self, one: usize, other: usize) -> Conflict {
        let (Some((reads, writes)), Some((others_reads, others_writes))) =
            (self.at(one), self.at(other))
        else {
            return Conflict::Unknown;
        };
        let pairs = [
            (writes, others_writes),
            (writes, others_reads),
            (reads, others_writes),
        ];
        let mut pairs = pairs.into_iter().filter(|(a, b)| a.may_meet(b)).peekable();
        if pairs.peek().is_none() {
            Conflict::Never
        } else if pairs.any(|(a, b)| a.must_meet(b)) {
            Conflict::Certain
        } else {
            Conflict::Perhaps
        }
    }
}

/// The patterns of a list, those of one folder as one where there are too many.
fn few(paths: &[String]) -> Vec<Pattern> {
    let mut patterns: Vec<Pattern> = paths.iter().map(|path| Pattern::of(path)).collect();
    patterns.sort_unstable();
    patterns.dedup();
    while patterns.len() > PATHS {
        let deepest = patterns.iter().map(Pattern::depth).max().unwrap_or(0);
        for pattern in &mut patterns {
            if pattern.depth() == deepest {
                *pattern = pattern.above();
            }
        }
        patterns.sort_unstable();
        patterns.dedup();
    }
    patterns
}

fn set(patterns: &[Pattern], keys: &[&str], globs: &BTreeMap<&str, usize>) -> Set {
    let span = |pattern: &Pattern| {
        let from = keys.partition_point(|key| *key < pattern.key.as_str());
        let below = keys.get(from..).unwrap_or_default();
        Span {
            from,
            to: from + below.partition_point(|key| pattern.covers(key)),
        }
    };
    let mut all: Vec<Span> = patterns.iter().map(span).collect();
    all.sort_unstable();
    let whole = patterns.iter().filter(|it| it.whole).map(span).collect();
    let mut globs: Vec<usize> = patterns
        .iter()
        .filter_map(|it| globs.get(it.glob.as_str()).copied())
        .collect();
    globs.sort_unstable();
    Set {
        outer: outer(all.clone()),
        whole: outer(whole),
        all,
        globs,
    }
}

/// Those that none of the others has within it, by their beginnings.
fn outer(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.from, std::cmp::Reverse(span.to)));
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        if kept.last().is_none_or(|last| !last.has(span)) {
            kept.push(span);
        }
    }
    kept
}
