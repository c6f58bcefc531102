//! What a mail says, before it is text or HTML: every text of it plain, and no longer than somebody reads.

use jiff::tz::TimeZone;

use crate::config::notify::Severity;
use crate::notify::message::Content;
use crate::notify::{Message, Notice};
use crate::system::plain::{lines, plain, shortened};

/// So many notices are spelt out; of the others their number is told.
const SPELT_OUT: usize = 50;
/// A title, a task's name and suchlike, in characters.
const NAME: usize = 150;
/// A line of a message, in characters.
const LINE: usize = 1000;

/// How much of a message is told.
#[derive(Clone, Copy)]
struct Room {
    lines: usize,
    characters: usize,
}

/// Of a notice that has the mail for itself.
const ALONE: Room = Room {
    lines: 200,
    characters: 20_000,
};
/// Of one among others.
const AMONG_OTHERS: Room = Room {
    lines: 8,
    characters: 800,
};

/// What a mail says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Letter {
    /// `[ERROR] docs failed in website`.
    pub subject: String,
    /// The heading: what it is about, in a few words.
    pub title: String,
    /// The most serious of the notices.
    pub severity: Severity,
    /// The notices by severity, the most serious first; within one the oldest first.
    pub groups: Vec<Group>,
    /// What is said of notices that are not spelt out.
    pub more: Option<String>,
    /// Where it comes from.
    pub from: String,
}

/// Notices of one severity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// How serious they are.
    pub severity: Severity,
    /// The notices.
    pub entries: Vec<Entry>,
}

/// One notice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// A few words.
    pub title: String,
    /// The message.
    pub lines: Vec<String>,
    /// What is said of lines that are missing.
    pub cut: Option<String>,
    /// What it is about: names and values.
    pub facts: Vec<(&'static str, String)>,
}

impl Letter {
    /// `None` for a message that tells nothing.
    pub fn of(message: &Message, zone: &TimeZone) -> Option<Self> {
        let content = message.content()?;
        let severity = message.severity();
        let title = name(&message.subject());
        let (mut notices, room): (Vec<&Notice>, Room) = match content {
            Content::One(notice) => (vec![notice], ALONE),
            Content::Several(notices) => (notices.iter().collect(), AMONG_OTHERS),
        };
        // Stable: they stay in the order of time.
        notices.sort_by_key(|notice| std::cmp::Reverse(notice.severity));
        let from = from(&notices);
        let more = notices.len().checked_sub(SPELT_OUT + 1).map(|more| {
            let more = more + 1;
            let word = if more == 1 { "notice" } else { "notices" };
            format!("and {more} more {word}: `git tend notify log` lists them all")
        });
        notices.truncate(SPELT_OUT);
        let groups = notices
            .chunk_by(|one, next| one.severity == next.severity)
            .filter_map(|group| {
                Some(Group {
                    severity: group.first()?.severity,
                    entries: group
                        .iter()
                        .map(|notice| Entry::of(notice, room, zone))
                        .collect(),
                })
            })
            .collect();
        Some(Self {
            subject: format!("[{}] {title}", severity.name().to_uppercase()),
            title,
            severity,
            groups,
            more,
            from,
        })
    }

    /// Its only notice.
    pub fn only(&self) -> Option<&Entry> {
        match self.groups.as_slice() {
            [group] if self.more.is_none() => match group.entries.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Entry {
    fn of(notice: &Notice, room: Room, zone: &TimeZone) -> Self {
        let (lines, cut) = cut(&notice.message, room);
        let cut = cut.map(|what| match &notice.job {
            Some(job) => format!("… {what}: `git tend show {}`", name(job)),
            None => format!("… {what}"),
        });
        let time = notice.time.to_zoned(zone.clone());
        let facts = [
            ("Task", notice.task.as_deref().map(name)),
            ("Job", notice.job.as_deref().map(name)),
            ("Repository", Some(name(&notice.repository))),
            (
                "Time",
                Some(time.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()),
            ),
        ];
        Self {
            title: name(&notice.title),
            lines,
            cut,
            facts: facts
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)))
                .collect(),
        }
    }
}

/// A name or another few words from elsewhere.
pub(super) fn name(text: &str) -> String {
    // Shortened first: what is plain is longer, and the text may be of any length.
    let text = plain(&shortened(text.trim(), NAME)).into_owned();
    shortened(&text, 2 * NAME).into_owned()
}

/// The beginning of a message, and what of it is missing.
fn cut(message: &str, room: Room) -> (Vec<String>, Option<String>) {
    let mut kept = Vec::new();
    let mut left = room.characters;
    let mut is_shortened = false;
    for line in lines(message).take(room.lines) {
        if left == 0 {
            break;
        }
        let short = shortened(&line, left.min(LINE));
        is_shortened |= short.len() != line.len();
        // An empty line takes room as well.
        left = left.saturating_sub(short.chars().count().max(1));
        kept.push(short.into_owned());
    }
    // Counted as they came: made plain, a long message would cost more than all that is told of it.
    let all = message
        .trim_matches(['\n', '\r', ' ', '\t'])
        .split('\n')
        .count();
    let missing = all.saturating_sub(kept.len());
    if kept.iter().all(String::is_empty) {
        kept.clear();
    }
    let what = match missing {
        0 => is_shortened.then(|| "shortened".to_owned()),
        1 => Some("1 more line".to_owned()),
        _ => Some(format!("{missing} more lines")),
    };
    (kept, what)
}

/// The machines that the notices come from.
fn from(notices: &[&Notice]) -> String {
    let mut hosts: Vec<String> = notices.iter().map(|notice| name(&notice.host)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let shown = hosts.len().min(3);
    let mut text = hosts.get(..shown).unwrap_or_default().join(", ");
    if hosts.len() > shown {
        text.push_str(", …");
    }
    text
}
