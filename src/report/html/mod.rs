//! The report as one page of HTML: self-contained, with a strict content-security policy, for a browser with scripts or
//! without.
//!
//! A [`Page`] is everything that is shown, as values; each section makes of it what its template says. Templates write every
//! value through [`escape::Text`]; what is markup already is made by [`escape::Markup`].

mod assets;
mod code;
pub mod escape;
mod found;
mod health;
mod hot;
mod link;
pub mod page;
mod saved;
mod sessions;
pub mod site;
pub mod svg;
mod tasks;
mod tested;
mod trends;
mod words;

use std::io::{self, Write};

use askama::Template;

pub use page::Page;

use self::words::{moment, short};

#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Whole<'a> {
    policy: String,
    version: &'static str,
    repository: &'a str,
    branch: Option<&'a str>,
    commit: Option<(String, String, String, String)>,
    commit_link: Option<String>,
    sections: Vec<(&'static str, &'static str)>,
    style: &'static str,
    script: &'static str,
    health: health::Health,
    found: found::Found,
    trends: Option<trends::Trends>,
    tested: Option<tested::Tested>,
    hot: Option<hot::Hot>,
    code: Option<code::Code>,
    agents: Option<sessions::Sessions>,
    saved: Option<saved::Saved>,
    tasks: tasks::Tasks,
    made: String,
    looked: Vec<(String, String, String)>,
}

/// Writes the page.
pub fn write(out: &mut dyn Write, page: &Page<'_>) -> io::Result<()> {
    let trends = trends::trends(page);
    let tested = tested::tested(page);
    let hot = hot::hot(page);
    let code = code::code(page);
    let agents = sessions::sessions(page);
    let optimizer = page.optimizer.as_ref();
    let saved = optimizer.and_then(|it| saved::saved(it, &page.about.zone));
    let sections = [
        Some(("findings", "Findings")),
        trends.is_some().then_some(("trends", "Trends")),
        tested.is_some().then_some(("tests", "Tests")),
        hot.is_some().then_some(("hot", "Hot spots")),
        code.is_some().then_some(("code", "Code")),
        agents.is_some().then_some(("sessions", "Agent sessions")),
        saved.is_some().then_some(("saved", "Repeated work")),
        Some(("tasks", "Tasks")),
        Some(("queue", "Queue")),
    ];
    let document = page.findings;
    let commit = page.about.commit.as_ref();
    let whole = Whole {
        policy: assets::policy(),
        version: env!("CARGO_PKG_VERSION"),
        repository: &document.repository,
        branch: page.about.branch.as_deref(),
        commit: commit.map(|commit| {
            let subject = crate::system::plain::first_line(&commit.subject, 120);
            let author = crate::system::plain::first_line(&commit.author, 80);
            (short(&commit.id), subject, author, moment(commit.at, page))
        }),
        commit_link: commit.and_then(|commit| page.commit_link(&commit.id)),
        sections: sections.into_iter().flatten().collect(),
        style: assets::STYLE,
        script: assets::SCRIPT,
        health: health::health(page),
        found: found::found(page),
        trends,
        tested,
        hot,
        code,
        agents,
        saved,
        tasks: tasks::tasks(page),
        made: moment(document.generated_at, page),
        looked: looked(page),
    };
    whole.write_into(&mut io::BufWriter::with_capacity(1 << 16, out))
}

/// Which task looked at what, and when.
fn looked(page: &Page<'_>) -> Vec<(String, String, String)> {
    let of = |commit: Option<&str>, dirty: bool| match commit {
        Some(commit) if dirty => format!("{} and what was changed since", short(commit)),
        Some(commit) => short(commit),
        None => "changed files".to_owned(),
    };
    let scans = page.findings.tasks.iter().map(|task| {
        let what = of(task.commit.as_deref(), task.dirty);
        (task.task.clone(), moment(task.at, page), what)
    });
    let analyses = page.analyses.iter().map(|(kind, it)| {
        let what = kind.trim_end_matches("_analysis").replace('_', " ");
        let task = format!("{what} ({})", it.task);
        (task, moment(it.at, page), of(it.commit.as_deref(), false))
    });
    scans.chain(analyses).collect()
}
