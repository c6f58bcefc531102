//! What a person reads of a commit's sessions: one line beside a job, and all of a commit.

use serde_json::{Value, json};

use super::made_by::MadeBy;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::progress::look;
use crate::cli::screen::{Give, Grid, Text, fields, flow};
use crate::cli::ui::Role;
use crate::cli::{format, tables};
use crate::git::{Oid, Written};
use crate::graph::db::How;
use crate::queue::{Filter, Job, Queue, Which};
use crate::report::{agents, json as documents};

/// So much of what a session was about is in a job's line.
const TITLE: usize = 72;
/// So many jobs of a commit are listed.
const JOBS: usize = 50;

/// A commit, whose it is and what was done about it.
pub struct ToldCommit {
    oid: Oid,
    written: Written,
    made_by: Vec<MadeBy>,
    jobs: Vec<Job>,
}

impl ToldCommit {
    /// Reads what there is; without a queue there are no jobs.
    pub fn read(app: &App, queue: Option<&Queue>, oid: Oid) -> Result<Self, CommandError> {
        let filter = Filter {
            which: Which::All,
            commit: Some(oid.as_str().to_owned()),
            limit: Some(JOBS),
            ..Filter::default()
        };
        Ok(Self {
            written: app.repo()?.written(&oid).context("read the commit")?,
            made_by: super::made_by::made_by(app, queue, oid.as_str())?,
            jobs: match queue {
                Some(queue) => queue.list(&filter).context("list the commit's jobs")?,
                None => Vec::new(),
            },
            oid,
        })
    }

    /// The document that scripts rely on.
    pub fn document(&self) -> Value {
        json!({
            "schema": documents::SCHEMA,
            "commit": {
                "id": self.oid.as_str(),
                "subject": self.written.subject,
                "author": self.written.author,
                "at": self.written.at,
            },
            "sessions": self.made_by.iter().map(MadeBy::document).collect::<Vec<_>>(),
            "jobs": self.jobs.iter().map(documents::JobLine::from).collect::<Vec<_>>(),
        })
    }

    /// In lines of at most `width` columns.
    pub fn lines(&self, width: usize, app: &App) -> Vec<Text> {
        let (now, zone) = (app.now(), app.zone());
        let heading = [
            Text::of(Role::Name, tables::short_commit(Some(self.oid.as_str())))
                .and(" ")
                .and_of(Role::Heading, format::shortened(&self.written.subject, 100)),
            Text::new(&self.written.author),
            Text::of(Role::Faint, format::moment(self.written.at, now, &zone)),
        ];
        let mut lines = flow(heading, width, 2);
        for one in &self.made_by {
            lines.push(Text::default());
            lines.extend(flow([session_heading(one)], width, 2));
            lines.extend(fields(&about(one), width));
        }
        if self.made_by.is_empty() {
            lines.extend(flow(
                [Text::of(
                    Role::Faint,
                    "no session of a coding agent is known to have made it",
                )],
                width,
                2,
            ));
        }
        if !self.jobs.is_empty() {
            lines.push(Text::default());
            lines.push(Text::of(Role::Heading, "jobs").cut(width));
            let mut grid =
                Grid::new(&["", "", "", ""]).gives(&[(2, Give::Shrink(8)), (3, Give::Leave)]);
            for job in &self.jobs {
                let (role, mark) = look(job.state.kind());
                grid.row([
                    Text::of(role, format!("  {mark}")),
                    Text::of(Role::Name, &job.id),
                    Text::new(tables::title(job)),
                    Text::of(role, job.state.kind())
                        .and_of(Role::Faint, format!(" {}", tables::when(job, now, &zone))),
                ]);
            }
            lines.extend(grid.lines(width));
        }
        lines.into_iter().map(|line| line.cut(width)).collect()
    }
}

fn session_heading(one: &MadeBy) -> Text {
    let how = match one.how {
        How::Hook => "it told the hook",
        How::Command => "it ran git",
        How::TimeAndFolder => "it was at work there then",
    };
    Text::of(Role::Heading, format!("{}'s session ", one.agent_name()))
        .and_of(Role::Name, &one.session)
        .and_of(Role::Faint, format!(" · {how}"))
}

fn about(one: &MadeBy) -> Vec<(&'static str, Text)> {
    let more = is_a_word(&one.session).then(|| format!("git tend sessions show {}", one.session));
    let more = more.map_or_else(Text::default, |more| Text::of(Role::Name, more));
    let Some(node) = &one.node else {
        return vec![(
            "about",
            Text::of(Role::Faint, "not read yet · ").and_of(Role::Name, "git tend sessions scan"),
        )];
    };
    let figures = [
        Some(agents::tokens(node)),
        agents::cost(node.metadata.cost),
        agents::duration(node),
    ];
    let words = |words: Vec<String>| Text::new(words.join(", "));
    let signals = node.signals.as_ref();
    vec![
        ("about", Text::new(agents::about(node, 300))),
        ("outcome", Text::new(node.content.outcome)),
        (
            "took",
            Text::new(
                figures
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · "),
            ),
        ),
        ("models", words(agents::models(node))),
        (
            "friction",
            signals.map_or_else(Text::default, |it| words(agents::friction(it))),
        ),
        (
            "delight",
            signals.map_or_else(Text::default, |it| words(agents::delight(it))),
        ),
        ("more", more),
    ]
}

/// Whether it can be typed as it stands.
fn is_a_word(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(fits)
}

/// Who made a job's commit, in a line.
pub fn line(one: &MadeBy, commit: &str, app: &App) -> Text {
    let title = one.node.as_ref().map(|node| agents::about(node, TITLE));
    let title = title.unwrap_or_else(|| one.session.chars().take(40).collect());
    Text::new(one.agent_name())
        .and(" · ")
        .and(title)
        .and_of(
            Role::Faint,
            format!(" · {} · ", format::moment(one.at, app.now(), &app.zone())),
        )
        .and_of(
            Role::Name,
            format!("git tend show {}", tables::short_commit(Some(commit))),
        )
}
