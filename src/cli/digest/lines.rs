//! `digest` for a person.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::scans::Found;
use super::{Agents, Digest};
use crate::analyze::summary::counted;
use crate::cli::screen::{Text, flow};
use crate::cli::ui::Role;
use crate::cli::{format, tables};
use crate::findings::Severity;
use crate::queue::State;
use crate::report::findings::one_line;
use crate::report::spending::dollars;
use crate::report::{agents, insights};

/// So much is named of each kind.
const NAMED: usize = 10;
/// Lines that go on are indented so far.
const INDENT: usize = 4;

/// Everything, in lines of at most `width` columns.
pub fn lines(digest: &Digest, width: usize, zone: &TimeZone) -> Vec<Text> {
    let now = digest.until;
    let since = Text::of(
        Role::Heading,
        format!("since {}", format::moment(digest.since, now, zone)),
    );
    let gone = format::span(format::between(digest.since, now));
    let since = since.and_of(Role::Faint, format!(" ({gone})"));
    if digest.is_empty() {
        return flow([Text::new("nothing").and(" ").then(since)], width, 0);
    }
    let mut page = Page {
        lines: vec![since.cut(width)],
        width,
    };
    page.findings(
        &digest.scans.new,
        Role::Bad,
        "new finding",
        "git tend findings --new",
    );
    page.findings(&digest.scans.fixed, Role::Good, "fixed finding", "");
    page.firsts(digest);
    page.tests(digest);
    page.slower(digest);
    page.ends(digest);
    page.waiting(digest);
    if let Some(agents) = &digest.agents {
        page.agents(agents);
    }
    page.spent(digest);
    page.lines
}

struct Page {
    lines: Vec<Text>,
    width: usize,
}

impl Page {
    fn heading(&mut self, role: Role, mark: &str, words: &str, command: &str) {
        let heading = Text::of(role, format!("{mark} {words}"));
        self.lines.push(Text::default());
        let parts = [heading, Text::of(Role::Name, command)];
        self.lines.extend(flow(parts, self.width, INDENT));
    }

    fn item(&mut self, parts: impl IntoIterator<Item = Text>) {
        let room = self.width.saturating_sub(2);
        let item = flow(parts, room, 2).into_iter();
        self.lines
            .extend(item.map(|line| Text::new("  ").then(line).cut(self.width)));
    }

    fn more(&mut self, all: usize) {
        if let Some(more) = all.checked_sub(NAMED).filter(|more| *more > 0) {
            let more = Text::of(Role::Faint, format!("  … {more} more"));
            self.lines.push(more.cut(self.width));
        }
    }

    fn findings(&mut self, found: &[Found], role: Role, one: &str, command: &str) {
        if found.is_empty() {
            return;
        }
        let mark = if role == Role::Good { "✓" } else { "✗" };
        let words = format::count(found.len(), one, &format!("{one}s"));
        self.heading(role, mark, &words, command);
        for found in found.iter().take(NAMED) {
            let look = match (role, found.finding.severity) {
                (Role::Good, _) => Role::Plain,
                (_, Severity::Critical | Severity::High) => Role::Bad,
                (_, Severity::Medium) => Role::Warning,
                _ => Role::Plain,
            };
            self.item([
                Text::of(look, one_line(&found.finding)),
                Text::of(Role::Faint, &found.task),
            ]);
        }
        self.more(found.len());
    }

    fn firsts(&mut self, digest: &Digest) {
        if digest.scans.first.is_empty() {
            return;
        }
        self.heading(Role::Active, "◦", "looked for the first time", "");
        for (task, count) in &digest.scans.first {
            let count = format::count(*count, "finding", "findings");
            self.item([Text::new(task), Text::new(count)]);
        }
    }

    fn tests(&mut self, digest: &Digest) {
        let flaky = &digest.scans.flaky;
        if flaky.is_empty() {
            return;
        }
        let words = format::count(flaky.len(), "test became flaky", "tests became flaky");
        self.heading(Role::Warning, "~", &words, "");
        for one in flaky.iter().take(NAMED) {
            self.item([Text::new(&one.test), Text::of(Role::Faint, &one.task)]);
        }
        self.more(flaky.len());
    }

    fn slower(&mut self, digest: &Digest) {
        if digest.slower.is_empty() {
            return;
        }
        let count = format::count(digest.slower.len(), "task got slower", "tasks got slower");
        self.heading(Role::Warning, "▲", &count, "");
        for one in &digest.slower {
            let tenths = one.now.as_millis() * 10 / one.before.as_millis().max(1);
            let took = Text::of(Role::Warning, format::span(one.now));
            self.item([
                Text::new(&one.task),
                took.and(format!(
                    ", was {} ({}.{}×)",
                    format::span(one.before),
                    tenths / 10,
                    tenths % 10
                )),
                Text::of(Role::Faint, format::count(one.runs, "run", "runs")),
            ]);
        }
    }

    fn ends(&mut self, digest: &Digest) {
        if !digest.failed.is_empty() {
            let count = format::count(digest.failed.len(), "task failed", "tasks failed");
            self.heading(Role::Bad, "✗", &count, "");
            for (job, failures) in digest.failed.iter().take(NAMED) {
                let error = match &job.state {
                    State::Failed { error, .. } => error.as_str(),
                    // Somebody has retried it meanwhile.
                    state => state.kind().name(),
                };
                let times = if *failures > 1 {
                    format!("{failures} times")
                } else {
                    String::new()
                };
                self.item([
                    Text::new(tables::title(job)),
                    Text::new(format::shortened(error, 120)),
                    Text::of(Role::Faint, times),
                    Text::of(Role::Name, format!("git tend show {}", job.id)),
                ]);
            }
            self.more(digest.failed.len());
        }
        if !digest.recovered.is_empty() {
            let count = digest.recovered.len();
            let count = format::count(count, "task recovered", "tasks recovered");
            self.heading(Role::Good, "✓", &count, "");
            let names = digest.recovered.iter().map(|end| Text::new(&end.task));
            self.item(names);
        }
    }

    fn waiting(&mut self, digest: &Digest) {
        if !digest.held.is_empty() {
            let count = format::count(digest.held.len(), "task is held", "tasks are held");
            self.heading(Role::Warning, "⏸", &count, "git tend trust");
            for held in digest.held.iter().take(NAMED) {
                let waits = format::span(format::between(held.since, digest.until));
                self.item([
                    Text::new(&held.task),
                    Text::new(format::count(held.jobs, "job", "jobs")),
                    Text::of(Role::Faint, format!("for {waits}")),
                ]);
            }
            self.more(digest.held.len());
        }
        if digest.dead > 0 {
            let count = usize::try_from(digest.dead).unwrap_or(usize::MAX);
            let words = format::count(count, "dead letter", "dead letters");
            self.heading(
                Role::Bad,
                "✗",
                &format!("{words} in the queue"),
                "git tend queue --state failed",
            );
        }
    }

    fn agents(&mut self, it: &Agents) {
        if it.sum.pieces > 0 {
            let words = counted(it.sum.pieces, "piece");
            let words = format!("{words} of work by coding agents");
            self.heading(Role::Active, "◦", &words, "git tend sessions list");
            let outcomes = it.outcomes.iter().map(|(outcome, sum)| {
                let told = Text::new(format!("{} {outcome}", sum.pieces));
                match sum.guessed() {
                    0 => told,
                    all if all == sum.pieces => told.and_of(Role::Faint, " (guessed)"),
                    some => told.and_of(Role::Faint, format!(" ({some} guessed)")),
                }
            });
            let took = [
                Some(counted(it.sum.tokens, "token")),
                agents::cost(dollars(it.sum.cost)),
            ];
            let took = took.into_iter().flatten().map(Text::new);
            self.item(outcomes.chain(took));
        }
        if !it.lessons.is_empty() {
            let all = it.lessons.len() + it.more_lessons;
            let words = format!(
                "{} from agents' work",
                format::count(all, "lesson", "lessons")
            );
            self.heading(Role::Active, "◦", &words, "");
            for lesson in &it.lessons {
                self.item([
                    Text::new(&lesson.summary),
                    Text::of(
                        Role::Faint,
                        format!("{}, {}", lesson.level, lesson.confidence),
                    ),
                    Text::of(
                        Role::Name,
                        format!("git tend sessions show {}", lesson.node),
                    ),
                ]);
            }
            if it.more_lessons > 0 {
                let more = Text::of(Role::Faint, format!("  … {} more", it.more_lessons));
                self.lines.push(more.cut(self.width));
            }
        }
        if !it.insights.is_empty() {
            let count = format::count(it.insights.len(), "insight", "insights");
            let words = format!("{count} from sessions told to agents no more");
            self.heading(Role::Warning, "~", &words, "");
            for one in &it.insights {
                let kind = insights::kind(one.insight.kind);
                let of = [kind, one.insight.model.as_str()].join(" ");
                self.item([
                    Text::new(insights::words(&one.insight, 200)),
                    Text::of(Role::Faint, of.trim()),
                    Text::of(Role::Faint, insights::standing(one.standing)),
                ]);
            }
        }
        if !it.analyses.is_empty() {
            self.lines.push(Text::default());
            let of = Text::of(Role::Faint, "to judge sessions of all your repositories:");
            let mut parts = agents::calls(&it.analyses).into_iter();
            let first = parts.next().unwrap_or_default();
            let first = of.and_of(Role::Faint, format!(" {first}"));
            let parts = parts.map(|part| Text::of(Role::Faint, part));
            let parts = std::iter::once(first).chain(parts);
            self.lines.extend(flow(parts, self.width, 2));
        }
    }

    fn spent(&mut self, digest: &Digest) {
        self.lines.push(Text::default());
        let spent = &digest.spent;
        let count = |count: u64, one: &str| {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            format::count(count, one, &format!("{one}s"))
        };
        let span = |ms| format::span(Duration::from_millis(ms));
        let mut parts = vec![Text::new(format!("{} ran", count(spent.jobs, "job")))];
        if spent.runs > spent.jobs {
            parts.push(Text::new(count(spent.runs, "attempt")));
        }
        if spent.runs > 0 {
            parts.push(Text::new(format!("{} of wall time", span(spent.wall_ms))));
            parts.push(Text::new(format!("{} of CPU time", span(spent.cpu_ms))));
        }
        let fired = digest.hooks.values().sum();
        if fired > 0 {
            parts.push(Text::new(format!("{} fired", count(fired, "hook"))));
        }
        let parts = parts
            .into_iter()
            .map(|part| Text::of(Role::Faint, part.bare()));
        self.lines.extend(flow(parts, self.width, 2));
    }
}
