//! The whole story of a node.

mod told;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::links::{self, Linked};
use super::{find, words};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::screen::{Give, Grid, Page, Text, fields, flow, wrapped};
use crate::cli::ui::Role;
use crate::cli::{format, tables};
use crate::graph::db::{CommitOf, Graph, How, Stored};
use crate::graph::node::{Cause, Node, diff};
use crate::sessions::draft::DRAFTED;

pub(super) use told::models;

/// So many edges in each direction are read, and so many lines of them shown.
const EDGES: usize = 1_000;
const EDGE_LINES: usize = 30;
/// So many files are named.
const FILES: usize = 20;
/// So many places are named that changed between two versions.
const CHANGES: usize = 4;

/// What is known of a node.
pub struct Told {
    /// The version that is shown.
    pub stored: Stored,
    /// All versions, oldest first.
    pub versions: Vec<Stored>,
    /// Its edges.
    pub links: Vec<Linked>,
    /// The commits that were made in it.
    pub commits: Vec<CommitOf>,
    /// Which of its session's nodes it is, from 1, and how many there are.
    pub place: (usize, usize),
}

/// Reads what there is about the node that `text` names.
pub fn told(graph: &Graph, text: &str) -> Result<Told, CommandError> {
    let (versions, stored) = find::versions(graph, text)?;
    let id = stored.node.id;
    let session = graph
        .nodes_of_session(&stored.node.source.session_id)
        .context("read the session")?;
    let before = session.iter().take_while(|other| other.id != id).count();
    Ok(Told {
        links: links::of_node(graph, id, EDGES)?,
        commits: graph.commits_of_node(id).context("read its commits")?,
        place: (before + 1, session.len()),
        stored,
        versions,
    })
}

/// The story in lines of at most `width` columns.
pub fn story(it: &Told, graph: &Graph, width: usize, app: &App) -> Vec<Text> {
    let node = &it.stored.node;
    let (now, zone) = (app.now(), app.zone());
    let mut page = Page::new(width);
    page.add(heading(it, graph, width, now));
    let summary = wrapped(&node.content.summary, width.saturating_sub(2)).into_iter();
    page.add(
        summary
            .map(|line| Text::new("  ").and(line).cut(width))
            .collect(),
    );
    page.add(vec![Text::default()]);
    page.add(fields(&about(it, graph, now, &zone), width));
    let room = page.room();
    page.section("models", models(&node.observations.models_used, room));
    page.section("decisions", told::decisions(node, room));
    page.section("files", files(node, room));
    page.section("errors", told::errors(node, room));
    page.section("how it went", told::signals(node, room));
    page.section("lessons", told::lessons(node, room));
    page.section("seen", told::observations(node, room));
    page.section("connections", connections(it, graph, room));
    page.section("commits", commits(&it.commits, now, &zone, room));
    page.section("versions", versions(it, now, &zone, room));
    page.section("next", next(it, graph, room));
    page.lines()
}

fn heading(it: &Told, graph: &Graph, width: usize, now: Timestamp) -> Vec<Text> {
    let node = &it.stored.node;
    let (role, mark) = words::look(node.content.outcome);
    let name = if it.stored.current {
        find::short_node(graph, node.id)
    } else {
        format!("{}-v{}", find::short_node(graph, node.id), node.version)
    };
    let project = words::project(&node.classification.project);
    let title = words::title(node).unwrap_or(project);
    flow(
        [
            Text::of(role, mark)
                .and(" ")
                .and_of(Role::Name, name)
                .and(" ")
                .and_of(Role::Heading, title),
            Text::new(node.classification.kind),
            words::outcome(node.content.outcome),
            Text::new(format::ago(node.metadata.timestamp, now)),
        ],
        width,
        2,
    )
}

fn about(it: &Told, graph: &Graph, now: Timestamp, zone: &TimeZone) -> Vec<(&'static str, Text)> {
    let node = &it.stored.node;
    let source = &node.source;
    let joined = |list: &[String]| Text::joined(list.iter().map(Text::new), ", ");
    let (nth, all) = it.place;
    let session = Text::joined(
        [
            Text::of(Role::Name, find::short_session(graph, &source.session_id)),
            Text::new(source.agent.map_or("", |agent| agent.as_str())),
            Text::of(Role::Faint, format!("node {nth} of {all}")),
        ],
        " · ",
    );
    let what = &node.classification;
    let mut languages: Vec<String> = what.language.clone().into_iter().collect();
    languages.extend(what.frameworks.iter().cloned());
    let mut said = vec![
        ("session", session),
        (
            "forked",
            Text::new(source.parent_session.as_deref().unwrap_or_default()),
        ),
        ("project", project(node)),
        ("when", when(node, now, zone)),
        ("took", took(node)),
        ("with", joined(&languages)),
        ("tools", joined(&node.content.tools_used)),
        ("tags", joined(&node.semantic.tags)),
        ("topics", joined(&node.semantic.topics)),
        ("concepts", joined(&node.semantic.concepts)),
        ("related", joined(&node.semantic.related_projects)),
        ("words by", words_by(&it.stored, now)),
    ];
    said.extend(it.stored.files.iter().enumerate().map(|(nth, file)| {
        let name = if nth == 0 { "read from" } else { "" };
        (name, Text::new(words::path(&file.to_string_lossy())))
    }));
    if it.stored.files.is_empty() {
        said.push(("read from", Text::new(words::path(&source.session_file))));
    }
    if let Some(since) = it.stored.gone_at {
        let since = format::span(format::between(since, now));
        let gone = format!("no file of it has been there for {since}");
        said.push(("", Text::of(Role::Warning, gone)));
    }
    said
}

fn project(node: &Node) -> Text {
    let what = &node.classification;
    let project = Text::new(words::path(&what.project));
    let mut said = Vec::new();
    if what.is_new_project {
        said.push("new");
    }
    if !what.had_clear_goal {
        said.push("no clear goal");
    }
    Text::joined([project, Text::of(Role::Faint, said.join(", "))], " · ")
}

fn when(node: &Node, now: Timestamp, zone: &TimeZone) -> Text {
    let at = node.metadata.timestamp;
    let end = words::end_of(node).unwrap_or(at);
    let when = words::from_to(at, end, now, zone);
    let took = words::minutes(node.metadata.duration_minutes);
    Text::joined([Text::new(when), Text::new(took)], " · ")
}

fn took(node: &Node) -> Text {
    let it = &node.metadata;
    let entries = node.source.segment.entry_count;
    let entries = usize::try_from(entries).unwrap_or(usize::MAX);
    Text::joined(
        [
            Text::new(words::spent(it.tokens_used)),
            Text::new(words::cost(it.cost)),
            Text::new(format::count(entries, "entry", "entries")),
        ],
        " · ",
    )
}

/// Whose words these are.
fn words_by(stored: &Stored, now: Timestamp) -> Text {
    let it = &stored.node.metadata;
    if it.analyzer_version == DRAFTED {
        return Text::of(
            Role::Faint,
            "the session's own, shortened: no model has read it",
        );
    }
    Text::new(&it.analyzer_version).and_of(
        Role::Faint,
        format!(", {}", format::ago(it.analyzed_at, now)),
    )
}

fn files(node: &Node, width: usize) -> Vec<Text> {
    let all = &node.content.files_touched;
    let mut lines: Vec<Text> = all
        .iter()
        .take(FILES)
        .map(|file| Text::new(file).cut(width))
        .collect();
    lines.extend(more(all.len(), FILES));
    lines
}

fn connections(it: &Told, graph: &Graph, width: usize) -> Vec<Text> {
    let shown = it.links.get(..EDGE_LINES).unwrap_or(&it.links);
    let mut lines = links::lines(shown, false, graph, width);
    lines.extend(more(it.links.len(), EDGE_LINES));
    lines
}

/// How many are not shown.
pub(super) fn more(all: usize, shown: usize) -> Option<Text> {
    let left = all.checked_sub(shown).filter(|left| *left > 0)?;
    Some(Text::of(
        Role::Faint,
        format!("… {left} more · --json has all"),
    ))
}

/// Commits, when they were made, and how that is known.
pub(super) fn commits(
    commits: &[CommitOf],
    now: Timestamp,
    zone: &TimeZone,
    width: usize,
) -> Vec<Text> {
    let mut grid = Grid::new(&["", "", ""]).gives(&[(2, Give::Shrink(8))]);
    for it in commits {
        grid.row([
            Text::of(Role::Name, tables::short_commit(Some(&it.link.commit))),
            Text::new(format::moment(it.link.at, now, zone)),
            Text::of(
                Role::Faint,
                match it.link.how {
                    How::Hook => "the agent told the hook",
                    How::Command => "the session ran git",
                    How::TimeAndFolder => "made in the session's folder while it was at work",
                },
            ),
        ]);
    }
    grid.lines(width)
}

fn versions(it: &Told, now: Timestamp, zone: &TimeZone, width: usize) -> Vec<Text> {
    if it.versions.len() < 2 {
        return Vec::new();
    }
    let mut grid = Grid::new(&["", "", "", "", ""]).gives(&[
        (4, Give::Shrink(20)),
        (2, Give::Leave),
        (4, Give::Shrink(8)),
    ]);
    let mut before: Option<&Node> = None;
    for stored in &it.versions {
        let node = &stored.node;
        grid.row([
            Text::of(Role::Name, format!("v{}", node.version)),
            Text::new(format::moment(node.metadata.analyzed_at, now, zone)),
            Text::new(&node.metadata.analyzer_version),
            Text::new(cause(stored.cause)),
            Text::of(
                Role::Faint,
                before.map_or_else(String::new, |old| changes(old, node)),
            ),
        ]);
        before = Some(node);
    }
    grid.lines(width)
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Initial => "read",
        Cause::PromptUpdate => "other instructions",
        Cause::ConnectionFound => "a connection was found",
        Cause::UserFeedback => "corrected",
        Cause::SchemaMigration => "another form",
    }
}

/// Where two versions differ: fields, without the places within them.
fn changes(old: &Node, new: &Node) -> String {
    let mut places: Vec<String> = Vec::new();
    for change in diff(old, new) {
        let field: Vec<&str> = change.path.splitn(3, '.').take(2).collect();
        let field = field.join(".");
        let field = field.split('[').next().unwrap_or_default().to_owned();
        // That it was made at another time goes without saying.
        if !field.starts_with("metadata.analyze") && !places.contains(&field) {
            places.push(field);
        }
    }
    let left = places.len().saturating_sub(CHANGES);
    places.truncate(CHANGES);
    match (places.len(), left) {
        (0, _) => String::new(),
        (_, 0) => format!("changed: {}", places.join(", ")),
        (_, left) => format!("changed: {} and {left} more", places.join(", ")),
    }
}

fn next(it: &Told, graph: &Graph, width: usize) -> Vec<Text> {
    let node = &it.stored.node;
    let id = find::short_node(graph, node.id);
    let session = find::short_session(graph, &node.source.session_id);
    let mut commands = vec![(
        format!("git tend sessions show {session}"),
        "the session that it is of",
    )];
    if it.versions.len() > 1 && it.stored.current {
        let old = format!(
            "git tend graph show {id}-v{}",
            node.version.saturating_sub(1)
        );
        commands.push((old, "the version before"));
    }
    if it.links.is_empty() {
        commands.push((
            format!("git tend graph connect {id}"),
            "look for connections",
        ));
    } else {
        commands.push((
            format!("git tend graph show {id} --neighbours 2"),
            "what is near it",
        ));
    }
    let mut grid = Grid::new(&["", ""]).gives(&[(1, Give::Leave), (0, Give::Shrink(4))]);
    for (command, what) in commands {
        grid.row([Text::of(Role::Name, command), Text::of(Role::Faint, what)]);
    }
    grid.lines(width)
}
