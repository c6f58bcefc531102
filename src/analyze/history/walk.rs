//! Git's own order of commits, replayed.
//!
//! `git log` takes the commit with the latest committer date from a queue, then queues its parents in their order; of
//! equal dates the one that was queued first comes first (`commit_list_insert_by_date` in git's commit.c). Commits that
//! were seen are not queued again. With `--since`, a commit that is too old is passed over together with what can be
//! reached through it alone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What to do with a commit whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Go on with its parents.
    Descend,
    /// Go on without them.
    Prune,
    /// End here.
    Stop,
}

/// Commits by number.
pub(super) trait Graph {
    /// How many there are; larger numbers are passed over.
    fn len(&self) -> usize;
    /// When it was committed.
    fn date(&self, commit: u32) -> i64;
    /// Its parents, in their order.
    fn parents(&self, commit: u32) -> &[u32];
}

/// Walks from `tips`. Returns whether everything was seen: `false` after [`Step::Stop`].
pub(super) fn walk(graph: &impl Graph, tips: &[u32], mut visit: impl FnMut(u32) -> Step) -> bool {
    let mut seen = vec![false; graph.len()];
    let mut queue = BinaryHeap::new();
    let mut queued = 0_u64;
    let mut enqueue = |queue: &mut BinaryHeap<_>, commits: &[u32]| {
        for commit in commits {
            if let Some(seen) = seen.get_mut(*commit as usize)
                && !std::mem::replace(seen, true)
            {
                queue.push((graph.date(*commit), Reverse(queued), *commit));
                queued += 1;
            }
        }
    };
    enqueue(&mut queue, tips);
    while let Some((_, _, commit)) = queue.pop() {
        match visit(commit) {
            Step::Descend => enqueue(&mut queue, graph.parents(commit)),
            Step::Prune => {}
            Step::Stop => return false,
        }
    }
    true
}
