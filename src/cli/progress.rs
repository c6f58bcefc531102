//! A drain's events for a person: bars on a terminal, plain lines elsewhere.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::format;
use super::ui::{Role, Ui, paint, plain};
use crate::drain::event::{Event, Listener};
use crate::queue::{JobId, StateKind};

/// Steps that are done one after the other, of which a terminal shows the one at work.
pub struct Steps {
    bar: Option<ProgressBar>,
}

impl Steps {
    /// Of so many steps.
    pub fn new(ui: &Ui, count: usize) -> Self {
        let bar = ui.shows_progress().then(|| {
            let bars = MultiProgress::new();
            bars.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            ui.set_progress(Some(bars.clone()));
            let bar = ProgressBar::new(count as u64);
            let bar =
                bars.add(bar.with_style(style("{spinner} {pos}/{len} {elapsed:>4} {wide_msg}")));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { bar }
    }

    /// The next one begins.
    pub fn next(&self, name: &str) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(name.to_owned());
        }
    }

    /// All are done.
    pub fn finish(&self, ui: &Ui) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            ui.set_progress(None);
        }
    }
}

/// Shows what a drain does.
pub struct Progress<'a> {
    ui: &'a Ui,
    bars: Option<MultiProgress>,
    running: HashMap<JobId, ProgressBar>,
    total: Option<(ProgressBar, usize)>,
    drawn: Instant,
    says_ends: bool,
    seen: BTreeSet<JobId>,
}

impl<'a> Progress<'a> {
    /// `expected` is the number of jobs the user waits for, if that is known.
    pub fn new(ui: &'a Ui, expected: Option<usize>) -> Self {
        let bars = ui.shows_progress().then(MultiProgress::new);
        let total = bars
            .as_ref()
            .zip(expected)
            .filter(|(_, count)| *count > 1)
            .map(|(bars, count)| {
                let bar = ProgressBar::new(count as u64)
                    .with_style(style("{pos}/{len} {wide_bar:.dim} {elapsed}"));
                (bars.add(bar), count)
            });
        if let Some(bars) = &bars {
            bars.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            ui.set_progress(Some(bars.clone()));
        }
        Self {
            ui,
            bars,
            running: HashMap::new(),
            total,
            drawn: Instant::now(),
            says_ends: true,
            seen: BTreeSet::new(),
        }
    }

    /// Whoever asked says himself what jobs came to.
    pub fn says_no_ends(&mut self) {
        self.says_ends = false;
    }

    /// The jobs whose ends a person has seen.
    pub fn into_seen(mut self) -> BTreeSet<JobId> {
        std::mem::take(&mut self.seen)
    }

    fn started(&mut self, job: &JobId, title: &str, attempt: u32, expected: Option<Duration>) {
        let Some(bars) = &self.bars else { return };
        let mut message = paint(Role::Active, plain(title));
        if attempt > 1 {
            message.push_str(&paint(Role::Faint, format!(" (attempt {attempt})")));
        }
        if let Some(expected) = expected {
            message.push_str(&paint(
                Role::Faint,
                format!(" usually {}", format::span(expected)),
            ));
        }
        let bar = ProgressBar::new_spinner().with_style(style("{spinner} {elapsed:>4} {wide_msg}"));
        let bar = match &self.total {
            Some((total, _)) => bars.insert_before(total, bar),
            None => bars.add(bar),
        };
        bar.set_message(message);
        self.running.insert(job.clone(), bar);
    }

    fn finished(&mut self, job: &JobId) {
        if self.bars.is_some() && self.says_ends {
            self.seen.insert(job.clone());
        }
        if let Some(bar) = self.running.remove(job) {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The mark, the word and the look of a state at the end of a run.
pub fn look(state: StateKind) -> (Role, &'static str) {
    match state {
        StateKind::Done => (Role::Good, "✓"),
        StateKind::Failed => (Role::Bad, "✗"),
        StateKind::Running => (Role::Active, "▶"),
        StateKind::Queued => (Role::Warning, "↻"),
        StateKind::Held => (Role::Warning, "⏸"),
        StateKind::Blocked => (Role::Faint, "…"),
        StateKind::Cancelled
        | StateKind::Expired
        | StateKind::Superseded
        | StateKind::Dropped
        | StateKind::Skipped => (Role::Faint, "–"),
    }
}

impl Listener for Progress<'_> {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Started {
                job,
                title,
                attempt,
                expected,
                ..
            } => {
                self.started(job, title, *attempt, *expected);
            }
            Event::Finished {
                job,
                title,
                state,
                wall,
                reason,
                again,
                logged,
                ..
            } => {
                self.finished(job);
                if !self.says_ends {
                    return;
                }
                let (role, mark) = look(*state);
                let mut line = format!(
                    "{} {} {}",
                    paint(role, mark),
                    plain(title),
                    paint(Role::Faint, format::span(*wall)),
                );
                if let Some(reason) = reason {
                    line.push_str(&format!(" · {}", plain(&format::shortened(reason, 200))));
                }
                if let Some(again) = again {
                    let wait = format::between(crate::system::clock::now(), *again);
                    line.push_str(&format!(" · again in {}", format::span(wait)));
                }
                if *logged && !matches!(state, StateKind::Done) {
                    line.push_str(&paint(Role::Faint, format!(" · git tend log {job}")));
                }
                self.ui.say(line);
                if let Some((total, _)) = &self.total
                    && state.is_terminal()
                {
                    total.inc(1);
                }
            }
            Event::NotStarted { .. } if !self.says_ends => {}
            Event::NotStarted { task, reason, .. } => {
                self.ui.say(format!(
                    "{} {} · {}",
                    paint(Role::Warning, "⏸"),
                    plain(task),
                    plain(reason)
                ));
            }
            Event::Recovered { job, task, reason } => {
                self.ui.say(format!(
                    "{} {} {} · {}",
                    paint(Role::Warning, "↻"),
                    plain(task),
                    job,
                    plain(reason)
                ));
            }
            Event::Note(text) => self.ui.say(plain(text)),
        }
    }

    fn tick(&mut self) {
        if self.drawn.elapsed() >= Duration::from_millis(100) {
            self.drawn = Instant::now();
            for bar in self
                .running
                .values()
                .chain(self.total.as_ref().map(|(bar, _)| bar))
            {
                bar.tick();
            }
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        for (_, bar) in self.running.drain() {
            bar.finish_and_clear();
        }
        if let Some((total, _)) = &self.total {
            total.finish_and_clear();
        }
        self.ui.set_progress(None);
    }
}
