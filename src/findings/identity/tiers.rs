//! The tiers as a table: what each compares, from the surest sign to the weakest.

use super::Tier;
use super::row::{Kind, NONE, Row};

/// What is equal of findings that may be the same.
pub(super) type Key = [u32; 6];

/// Which findings of the same key are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// As many as there are, the nearest first.
    Any,
    /// The same, once it is known which files findings moved to.
    Followed,
    /// One on either side that is left; several are too many to tell.
    Single,
    /// One on either side, even among those that are matched already.
    Unique,
    /// Those within so many lines, the nearest first.
    Near { lines: u32 },
}

/// One comparison.
pub(super) struct Pass {
    pub tier: Tier,
    pub group: Group,
    /// Nothing for findings that it has nothing to say about.
    pub key: fn(&Row) -> Option<Key>,
}

const fn pass(tier: Tier, group: Group, key: fn(&Row) -> Option<Key>) -> Pass {
    Pass { tier, group, key }
}

/// How far from where it should be a finding may be that is known by a message alone, which others in its file have, too.
/// In 400 commits of Flask, about a third of those at any distance were right, and half of those at 4 to 10 lines.
const NEAR: u32 = 3;

/// What moves from one file to another.
pub(super) const MOVED: Pass = pass(Tier::Moved, Group::Unique, |row| {
    let is_known = row.text != NONE && !row.is_blank;
    code(row, is_known, [row.text, row.message, NONE, NONE])
});

pub(super) const PASSES: [Pass; 20] = [
    pass(Tier::Subject, Group::Any, |row| {
        subject(row, true, [row.path, row.text])
    }),
    pass(Tier::Subject, Group::Any, |row| {
        subject(row, true, [row.path, NONE])
    }),
    pass(Tier::Subject, Group::Any, |row| {
        subject(row, stays_anywhere(row), [NONE, row.text])
    }),
    pass(Tier::Subject, Group::Any, |row| {
        subject(row, stays_anywhere(row), [NONE, NONE])
    }),
    pass(Tier::Subject, Group::Unique, |row| {
        subject(row, true, [NONE, NONE])
    }),
    pass(Tier::SameBlob, Group::Any, |row| {
        let is_sure = row.is_same_blob && row.is_same_line;
        code(row, is_sure, [row.path, row.line, row.column, row.message])
    }),
    pass(Tier::SameBlob, Group::Any, |row| {
        let is_known = row.blob != NONE && row.path != NONE;
        let line = [row.path, row.blob, row.blob_line, row.message];
        code(row, is_known, line)
    }),
    pass(Tier::SameLine, Group::Any, |row| {
        let line = [row.path, row.line, row.message, NONE];
        code(row, row.is_same_line, line)
    }),
    pass(Tier::SameLine, Group::Any, |row| {
        let line = [row.path, row.line, row.shape, NONE];
        code(row, row.is_same_line, line)
    }),
    // The message changed: a number of branches, or a path in it. Two at one line are told apart by their columns.
    pass(Tier::SameLine, Group::Any, |row| {
        let is_sure = row.is_same_line && row.column != 0;
        code(row, is_sure, [row.path, row.line, row.column, NONE])
    }),
    pass(Tier::SameLine, Group::Single, |row| {
        let line = [row.path, row.line, NONE, NONE];
        code(row, row.is_same_line, line)
    }),
    pass(Tier::TextAndMessage, Group::Any, |row| {
        let is_known = row.path != NONE && row.text != NONE;
        code(row, is_known, [row.path, row.text, row.message, NONE])
    }),
    pass(Tier::Text, Group::Any, |row| {
        let is_known = row.path != NONE && row.text != NONE;
        code(row, is_known, [row.path, row.text, NONE, NONE])
    }),
    // A rename that no difference tells of.
    pass(Tier::SameBlob, Group::Any, |row| {
        let line = [row.blob, row.blob_line, row.column, row.message];
        code(row, row.blob != NONE, line)
    }),
    MOVED,
    // Lines that are there more than once, such as `def __init__(`, go where the others of their file went.
    pass(Tier::Moved, Group::Followed, |row| {
        let is_known = row.origin != NONE && row.text != NONE;
        code(row, is_known, [row.origin, row.text, row.message, NONE])
    }),
    pass(Tier::Moved, Group::Any, |row| {
        let is_known = row.target != NONE && row.text != NONE;
        code(row, is_known, [row.target, row.text, row.message, NONE])
    }),
    pass(Tier::Edited, Group::Any, |row| {
        let is_known = row.path != NONE && row.hunk != NONE;
        code(row, is_known, [row.path, row.hunk, row.shape, NONE])
    }),
    // A file has one such finding: that it has no licence, or that a name of its own is not used.
    pass(Tier::Message, Group::Single, |row| {
        let is_known = row.path != NONE;
        code(row, is_known, [row.path, row.shape, NONE, NONE])
    }),
    pass(Tier::Message, Group::Near { lines: NEAR }, |row| {
        let is_known = row.path != NONE;
        code(row, is_known, [row.path, row.shape, NONE, NONE])
    }),
];

/// The key of a finding about a place in a file.
fn code(row: &Row, is_known: bool, rest: [u32; 4]) -> Option<Key> {
    let [one, two, three, four] = rest;
    let key = [row.tool, row.rule, one, two, three, four];
    (row.subject.is_none() && is_known).then_some(key)
}

/// The key of a finding about something else.
fn subject(row: &Row, is_known: bool, rest: [u32; 2]) -> Option<Key> {
    let (kind, name) = row.subject?;
    let [one, two] = rest;
    let key = [row.tool, row.rule, kind as u32, name, one, two];
    is_known.then_some(key)
}

/// Whether what it is about is the same thing in whatever file it is. Functions of one name are many.
fn stays_anywhere(row: &Row) -> bool {
    row.subject.is_some_and(|(kind, _)| kind != Kind::Function)
}
