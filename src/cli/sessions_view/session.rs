//! Sessions in a listing, and one with everything that is known of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::links::{self, Linked};
use super::node::commits;
use super::{find, words};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Page, Text, fields, flow};
use crate::cli::ui::Role;
use crate::graph::db::{CommitOf, Graph, Overview, SessionFile};
use crate::graph::node::ModelUse;
use crate::graph::{Edge, Node};
use crate::sessions::read::Broken;
use crate::sessions::{Lineage, Session};

/// So many edges to other sessions are shown.
const EDGES: usize = 30;

/// Sessions as a table.
pub fn list(sessions: &[Overview], graph: &Graph, now: Timestamp, width: usize) -> Vec<Text> {
    let headings = [
        "SESSION", "", "WHEN", "AGENT", "PROJECT", "NODES", "TOKENS", "COST", "TOOK", "ABOUT",
    ];
    let mut grid = Grid::new(&headings).right(&[5, 6, 7, 8]).gives(&[
        (9, Give::Shrink(40)),
        (8, Give::Leave),
        (5, Give::Leave),
        (9, Give::Shrink(24)),
        (6, Give::Leave),
        (7, Give::Leave),
        (3, Give::Leave),
        (4, Give::Shrink(10)),
        (9, Give::Shrink(12)),
        (4, Give::Leave),
        (1, Give::Leave),
    ]);
    for it in sessions {
        let (role, mark) = it.outcome.map_or((Role::Faint, ""), words::look);
        let last = it.ended_at.or(it.started_at);
        let about = match (&it.about, it.nodes) {
            (Some(about), _) => Text::new(about),
            (None, _) => Text::of(Role::Faint, "still going on, or too small"),
        };
        grid.row([
            Text::of(Role::Name, find::short_session(graph, &it.id)),
            Text::of(role, mark),
            Text::new(last.map_or_else(String::new, |at| format::ago(at, now))),
            Text::new(it.agent.map_or("", |agent| agent.as_str())),
            Text::new(it.project.as_deref().map_or("", words::project)),
            Text::new(it.nodes),
            Text::new(words::some_tokens(it.tokens)),
            Text::new(words::cost(it.cost)),
            Text::new(words::minutes(it.minutes)),
            about,
        ]);
    }
    grid.lines(width)
}

/// What is known of a session.
pub struct Told {
    /// Its figures.
    pub whole: Overview,
    /// The files that it was read from.
    pub files: Vec<SessionFile>,
    /// Its nodes, in the order of its segments.
    pub nodes: Vec<Node>,
    /// The edges at them.
    pub edges: Vec<Edge>,
    /// The commits that were made in it.
    pub commits: Vec<CommitOf>,
}

/// Reads what there is about the session that `text` names.
pub fn told(graph: &Graph, text: &str, app: &App) -> Result<Told, CommandError> {
    let id = find::session(graph, text, app)?;
    let doing = "read the session";
    let whole = graph.overview(&id).context(doing)?;
    let whole = whole.ok_or_else(|| CommandError::failed("the session was just forgotten"))?;
    let mut nodes = Vec::new();
    for listed in graph.nodes_of_session(&id).context(doing)? {
        nodes.extend(graph.node(listed.id).context(doing)?.map(|it| it.node));
    }
    Ok(Told {
        whole,
        nodes,
        files: graph.files_of_session(&id).context(doing)?,
        edges: graph.edges_of_session(&id).context(doing)?,
        commits: graph.commits_of_session(&id).context(doing)?,
    })
}

impl Told {
    /// What a file's head says.
    pub fn head(&self) -> Option<&Session> {
        self.files.iter().find_map(|file| file.head.as_ref())
    }

    fn is_own(&self, edge: &Edge) -> bool {
        let has = |id| self.nodes.iter().any(|node| node.id == id);
        has(edge.source_node_id) && has(edge.target_node_id)
    }

    /// The edge by which a node follows from what was before it: the session's structure.
    fn came_by(&self, node: &Node) -> Option<&Edge> {
        self.edges
            .iter()
            .find(|edge| edge.target_node_id == node.id && edge.kind.is_structural())
    }

    /// What the models took in all nodes together, in the order in which they first came.
    fn models(&self) -> Vec<ModelUse> {
        let mut all: Vec<ModelUse> = Vec::new();
        for used in self
            .nodes
            .iter()
            .flat_map(|it| &it.observations.models_used)
        {
            match all.iter_mut().find(|it| it.name() == used.name()) {
                None => all.push(used.clone()),
                Some(sum) => {
                    sum.tokens_input = sum.tokens_input.saturating_add(used.tokens_input);
                    sum.tokens_output = sum.tokens_output.saturating_add(used.tokens_output);
                    sum.cache_read = sum.cache_read.saturating_add(used.cache_read);
                    sum.cache_write = sum.cache_write.saturating_add(used.cache_write);
                    sum.cost += used.cost;
                }
            }
        }
        all
    }
}

/// How many lines of a file could not be read, where its reader tells.
pub fn broken_lines(state: &Value) -> Option<Broken> {
    let told = ["/broken", "/reader/broken"];
    let told = told.iter().find_map(|at| state.pointer(at))?;
    serde_json::from_value(told.clone()).ok()
}

/// The story in lines of at most `width` columns.
pub fn story(it: &Told, graph: &Graph, width: usize, app: &App) -> Result<Vec<Text>, CommandError> {
    let (now, zone) = (app.now(), app.zone());
    let mut page = Page::new(width);
    page.add(heading(it, width, now));
    page.add(fields(&about(it, graph, now, &zone), width));
    let room = page.room();
    page.section("nodes", nodes(it, graph, now, &zone, room));
    let models = it.models();
    page.section("models", super::node::models(&models, room));
    page.section("connections", connections(it, graph, room)?);
    page.section("commits", commits(&it.commits, now, &zone, room));
    Ok(page.lines())
}

fn heading(it: &Told, width: usize, now: Timestamp) -> Vec<Text> {
    let whole = &it.whole;
    let (role, mark) = whole.outcome.map_or((Role::Faint, "·"), words::look);
    let last = whole.ended_at.or(whole.started_at);
    flow(
        [
            Text::of(role, mark).and(" ").and_of(Role::Name, &whole.id),
            Text::new(whole.agent.map_or("", |agent| agent.as_str())),
            Text::of(
                Role::Heading,
                whole.project.as_deref().map_or("", words::project),
            ),
            Text::new(last.map_or_else(String::new, |at| format::ago(at, now))),
        ],
        width,
        2,
    )
}

fn about(it: &Told, graph: &Graph, now: Timestamp, zone: &TimeZone) -> Vec<(&'static str, Text)> {
    let whole = &it.whole;
    let head = it.head();
    let when = match (whole.started_at, whole.ended_at) {
        (Some(from), to) => words::from_to(from, to.unwrap_or(from), now, zone),
        (None, _) => String::new(),
    };
    let count = |number: u64, one, many| {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        Text::new(format::count(number, one, many))
    };
    let took = [
        count(whole.nodes, "node", "nodes"),
        Text::new(words::spent(whole.tokens)),
        Text::new(words::cost(whole.cost)),
        Text::new(match words::minutes(whole.minutes) {
            spent if spent.is_empty() => spent,
            spent => format!("{spent} at work"),
        }),
    ];
    let mut said = vec![
        (
            "about",
            match &whole.about {
                Some(about) => Text::new(about),
                None => Text::of(
                    Role::Faint,
                    "nothing yet: it is still going on, or too small for a node",
                ),
            },
        ),
        (
            "project",
            Text::new(
                whole
                    .project
                    .as_deref()
                    .map_or_else(String::new, words::path),
            ),
        ),
        ("when", Text::new(when)),
        ("took", Text::joined(took, " · ")),
        (
            "began at",
            Text::joined(
                [
                    Text::new(
                        head.and_then(|head| head.branch.as_deref())
                            .unwrap_or_default(),
                    ),
                    Text::of(
                        Role::Name,
                        head.and_then(|head| head.commit.as_deref())
                            .map_or_else(String::new, |commit| commit.chars().take(8).collect()),
                    ),
                ],
                " · ",
            ),
        ),
        ("comes from", lineage(head, graph)),
        (
            "version",
            Text::new(
                head.and_then(|head| head.version.as_deref())
                    .unwrap_or_default(),
            ),
        ),
    ];
    for (nth, file) in it.files.iter().enumerate() {
        said.push((
            if nth == 0 { "read from" } else { "" },
            read_from(file, now),
        ));
    }
    said
}

fn lineage(head: Option<&Session>, graph: &Graph) -> Text {
    let Some(parent) = head.and_then(|head| head.parent.as_ref()) else {
        return Text::default();
    };
    match parent {
        Lineage::ForkOfFile(file) => Text::new(format!("fork of {}", words::path(file))),
        Lineage::ForkOf(id) => {
            Text::new("fork of ").and_of(Role::Name, find::short_session(graph, id))
        }
        Lineage::SubAgentOf(id) => {
            Text::new("sub-agent of ").and_of(Role::Name, find::short_session(graph, id))
        }
    }
}

fn read_from(file: &SessionFile, now: Timestamp) -> Text {
    let path = Text::new(words::path(&file.path.to_string_lossy()));
    let read = match file.gone_at {
        Some(gone) => Text::of(
            Role::Warning,
            format!("gone for {}", format::span(format::between(gone, now))),
        ),
        None => Text::of(
            Role::Faint,
            format!("read {}", format::ago(file.read_at, now)),
        ),
    };
    let broken = broken_lines(&file.state).map_or(0, Broken::total);
    let broken = if broken == 0 {
        Text::default()
    } else {
        let count = usize::try_from(broken).unwrap_or(usize::MAX);
        let lines = format::count(count, "line", "lines");
        Text::of(Role::Warning, format!("{lines} could not be read"))
    };
    Text::joined([path, read, broken], " · ")
}

fn nodes(it: &Told, graph: &Graph, now: Timestamp, zone: &TimeZone, width: usize) -> Vec<Text> {
    let headings = [
        "NODE", "", "WHEN", "CAME BY", "TYPE", "TOOK", "TOKENS", "COST", "ABOUT",
    ];
    let mut grid = Grid::new(&headings).right(&[5, 6, 7]).gives(&[
        (8, Give::Shrink(40)),
        (7, Give::Leave),
        (4, Give::Leave),
        (8, Give::Shrink(24)),
        (6, Give::Leave),
        (5, Give::Leave),
        (3, Give::Shrink(10)),
        (2, Give::Leave),
        (8, Give::Shrink(10)),
    ]);
    for node in &it.nodes {
        let (role, mark) = words::look(node.content.outcome);
        grid.row([
            Text::of(Role::Name, find::short_node(graph, node.id)),
            Text::of(role, mark),
            Text::new(format::moment(node.metadata.timestamp, now, zone)),
            it.came_by(node).map_or_else(Text::default, came_by),
            Text::new(node.classification.kind),
            Text::new(words::minutes(node.metadata.duration_minutes)),
            Text::new(words::some_tokens(node.metadata.tokens_used)),
            Text::new(words::cost(node.metadata.cost)),
            Text::new(words::about(node)),
        ]);
    }
    grid.lines(width)
}

/// What made a new segment of it.
fn came_by(edge: &Edge) -> Text {
    let pause = edge.metadata.gap_minutes.map(words::minutes);
    match pause.filter(|pause| !pause.is_empty()) {
        Some(pause) => Text::new(edge.kind).and_of(Role::Faint, format!(" after {pause}")),
        None => Text::new(edge.kind),
    }
}

/// The edges to other sessions.
fn connections(it: &Told, graph: &Graph, width: usize) -> Result<Vec<Text>, CommandError> {
    let foreign = || it.edges.iter().filter(|edge| !it.is_own(edge));
    let mut linked: Vec<Linked> = Vec::new();
    for edge in foreign().take(EDGES) {
        let leads_away = it.nodes.iter().any(|node| node.id == edge.source_node_id);
        linked.extend(links::with_other_ends(
            graph,
            vec![edge.clone()],
            leads_away,
        )?);
    }
    let mut lines = links::lines(&linked, true, graph, width);
    lines.extend(super::node::more(foreign().count(), EDGES));
    Ok(lines)
}
