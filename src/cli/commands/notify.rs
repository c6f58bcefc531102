//! `git tend notify`.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::notifying::deliver::{self, Round, When};
use crate::cli::notifying::{collect, routes};
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{arguments, format, tables};
use crate::config::notify::Severity;
use crate::notify::{Message, Notice};
use crate::queue::{Delivery, Posted};
use crate::report::json as documents;
use crate::report::safe_json;

/// Tell people what happens: try, send, list
#[derive(Debug, clap::Args)]
pub struct NotifyArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Send a test through each channel that is on, and say how that went
    Test(TestArgs),
    /// Send a notice of your own to whoever is told of its severity
    Send(SendArgs),
    /// List notices, and which channels have taken them
    Log(LogArgs),
    /// Send what waits
    Deliver(DeliverArgs),
}

/// Options of `notify test`.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Only this channel, such as `email` or `webhook.team`; may be repeated
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Vec<String>,
    /// How serious it is
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = severity)]
    pub severity: Severity,
    /// A few words
    #[arg(long, value_name = "TEXT", default_value = "Test notification")]
    pub title: String,
    /// A line or more
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "This is a test message of git-tend."
    )]
    pub message: String,
}

/// Options of `notify send`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// What it is about, in a word of your own
    #[arg(long, value_name = "NAME", default_value = "custom")]
    pub event: String,
    /// How serious it is
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = severity)]
    pub severity: Severity,
    /// A few words
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// A line or more
    #[arg(long, value_name = "TEXT")]
    pub message: String,
    /// The task that it is about
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// Something more for programs; may be repeated
    #[arg(long = "meta", value_name = "KEY=VALUE", value_parser = pair)]
    pub metadata: Vec<(String, String)>,
}

/// Options of `notify log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// At most so many, the newest
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Only those that some channel has not taken
    #[arg(long)]
    pub waiting: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `notify deliver`.
#[derive(Debug, clap::Args)]
pub struct DeliverArgs {
    /// Everything at once: in quiet hours, before its time, and what was given up
    #[arg(long)]
    pub now: bool,
    /// How long it may take
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = arguments::duration)]
    pub budget: Duration,
    /// Leave at once if somebody else is sending: he looks again before he leaves
    #[arg(long, hide = true)]
    pub background: bool,
}

fn severity(text: &str) -> Result<Severity, String> {
    text.parse().map_err(|()| {
        let names: Vec<_> = Severity::ALL.map(Severity::name).to_vec();
        format!("one of {}", names.join(", "))
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| "write KEY=VALUE".to_owned())?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Tries, sends, lists.
pub fn notify(args: &NotifyArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.action {
        Action::Test(args) => test(args, app),
        Action::Send(args) => send(args, app),
        Action::Log(args) => log(args, app),
        Action::Deliver(args) => deliver(args, app),
    }
}

/// What a channel may take where somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

fn test(args: &TestArgs, app: &App) -> Result<Exit, CommandError> {
    let all = routes::routes(app)?;
    let unknown = |name: &&String| {
        name.as_str() != routes::CONSOLE && all.iter().all(|route| route.name != **name)
    };
    if let Some(name) = args.channel.iter().find(unknown) {
        let names: Vec<&str> = all.iter().map(|route| route.name.as_str()).collect();
        return Err(
            CommandError::usage(format!("{} is no channel that is on", plain(name))).hint(format!(
                "these are on: {}",
                plain(&[&[routes::CONSOLE], names.as_slice()].concat().join(", "))
            )),
        );
    }
    let draft = collect::custom(
        app,
        args.severity,
        values(&args.title, &args.message, "test", &[]),
        None,
    );
    let posted = collect::posted(app, &draft)?;
    let notice: Notice = serde_json::from_str(&posted.body)
        .map_err(|error| CommandError::failed("failed to write a notice").because(&error))?;
    let message = Message {
        id: notice.id.clone(),
        time: notice.time,
        notices: vec![notice],
    };
    let is_asked = |name: &str| args.channel.is_empty() || args.channel.iter().any(|it| it == name);
    let mut exit = Exit::Fine;
    if is_asked(routes::CONSOLE) && app.loaded()?.config.notify.console.enabled {
        said(app, routes::CONSOLE, Ok(()))?;
    }
    for route in all.iter().filter(|route| is_asked(&route.name)) {
        let result = match route.channel.check() {
            Ok(()) => route.channel.send(&message, PATIENCE),
            wrong => wrong,
        };
        if result.is_err() {
            exit = Exit::Failed;
        }
        said(app, &route.name, result.map_err(|it| it.to_string()))?;
    }
    Ok(exit)
}

fn said(app: &App, name: &str, result: Result<(), String>) -> Result<(), CommandError> {
    let (mark, what) = match result {
        Ok(()) => (paint(Role::Good, "✓"), "taken".to_owned()),
        Err(error) => (paint(Role::Bad, "✗"), plain(&error)),
    };
    app.ui.out(format!("{mark} {:<16} {what}", plain(name)))
}

fn values(
    title: &str,
    message: &str,
    event: &str,
    more: &[(String, String)],
) -> Map<String, Value> {
    let mut values = Map::new();
    for (key, value) in more {
        values.insert(key.clone(), json!(value));
    }
    values.insert("title".to_owned(), json!(title));
    values.insert("message".to_owned(), json!(message));
    values.insert("event_type".to_owned(), json!(event));
    values
}

fn send(args: &SendArgs, app: &App) -> Result<Exit, CommandError> {
    let mut queue = app.queue()?;
    let values = values(&args.title, &args.message, &args.event, &args.metadata);
    let task = args.task.as_deref().map(|name| app.task_key(name));
    let notice = collect::posted(app, &collect::custom(app, args.severity, values, task))?;
    queue.post_one(&notice).context("write the outbox")?;
    let ways: Vec<&str> = notice.channels.iter().map(String::as_str).collect();
    if ways.is_empty() {
        app.ui
            .say("no channel carries it: none that is on takes notices of this kind and severity");
        return Ok(Exit::Fine);
    }
    let here: Vec<routes::Route<'_>> = routes::routes(app)?
        .into_iter()
        .filter(|route| notice.channels.contains(&route.name))
        .collect();
    let end = Instant::now().checked_add(PATIENCE);
    let round = deliver::deliver(app, &mut queue, &here, end, When::Due)?;
    app.ui
        .say(format!("{} for {}", notice.id, plain(&ways.join(", "))));
    Ok(conclude(app, &round))
}

/// How often a messenger that is at work is waited for.
const PAUSE: Duration = Duration::from_millis(20);

fn deliver(args: &DeliverArgs, app: &App) -> Result<Exit, CommandError> {
    let mut queue = app.queue()?;
    let end = Instant::now().checked_add(args.budget);
    let when = if args.now { When::Now } else { When::Due };
    let mut routes = routes::routes(app)?;
    let is_over = || end.is_some_and(|end| Instant::now() >= end);
    if args.now {
        queue.send_again(app.now()).context("write the outbox")?;
    }
    let mut all = Round::default();
    let round = loop {
        let mut round = deliver::deliver(app, &mut queue, &routes, end, when)?;
        if !round.is_busy {
            all.sent += std::mem::take(&mut round.sent);
            // What a channel refuses once in a round, it is not asked again.
            routes.retain(|route| round.refused.iter().all(|(name, _)| *name != route.name));
            all.refused.append(&mut round.refused);
            // Whoever found this one at work relied on it to see what has come since.
            if is_over() || !deliver::anything_due(app, &queue, &routes)? {
                break all;
            }
        } else if args.background || is_over() {
            break round;
        } else {
            std::thread::sleep(PAUSE);
        }
    };
    if round.is_busy {
        app.ui.say("somebody else is sending");
        return Ok(Exit::Fine);
    }
    if round.sent > 0 || round.refused.is_empty() {
        let sent = format::count(round.sent, "message sent", "messages sent");
        app.ui.say(sent);
    }
    Ok(conclude(app, &round))
}

fn conclude(app: &App, round: &Round) -> Exit {
    for (channel, error) in &round.refused {
        app.ui
            .warn(format!("{} refused: {}", plain(channel), plain(error)));
    }
    if round.refused.is_empty() {
        Exit::Fine
    } else {
        Exit::Failed
    }
}

fn log(args: &LogArgs, app: &App) -> Result<Exit, CommandError> {
    let posted = match app.existing_queue()? {
        Some(queue) => queue
            .posted(args.limit, args.waiting)
            .context("read the outbox")?,
        None => Vec::new(),
    };
    let read = |one: Posted| {
        let notice: Notice = serde_json::from_str(&one.body).ok()?;
        Some((notice, one.deliveries))
    };
    let all: Vec<(Notice, Vec<Delivery>)> = posted.into_iter().filter_map(read).collect();
    if args.json {
        let notices: Vec<Value> = all.iter().map(|it| document(&it.0, &it.1)).collect();
        let whole = json!({ "schema": documents::SCHEMA, "notices": notices });
        return app
            .ui
            .write_data(|out| {
                safe_json::pretty(out, &whole)?;
                writeln!(out)
            })
            .map(|()| Exit::Fine);
    }
    if all.is_empty() {
        app.ui.say(if args.waiting {
            "nothing waits"
        } else {
            "no notices"
        });
        return Ok(Exit::Fine);
    }
    let (now, zone) = (app.now(), app.zone());
    let mut table = tables::table(&["WHEN", "SEVERITY", "EVENT", "MESSAGE", "CHANNELS"]);
    for (notice, deliveries) in &all {
        let role = match notice.severity {
            Severity::Info => Role::Faint,
            Severity::Warning => Role::Warning,
            Severity::Error | Severity::Critical => Role::Bad,
        };
        let channels: Vec<String> = deliveries.iter().map(channel).collect();
        table.add_row([
            format::moment(notice.time, now, &zone),
            paint(role, notice.severity.name()),
            notice.event.name().to_owned(),
            format::shortened(&plain(&notice.message), 80),
            channels.join(" "),
        ]);
    }
    app.ui.write_out(&tables::render(&table))?;
    Ok(Exit::Fine)
}

fn channel(delivery: &Delivery) -> String {
    let name = plain(&delivery.channel);
    match (delivery.state.as_str(), delivery.attempts) {
        ("sent", _) => paint(Role::Good, format!("{name}✓")),
        ("given-up", _) => paint(Role::Bad, format!("{name}✗")),
        (_, 0) => paint(Role::Faint, format!("{name}…")),
        (_, tries) => paint(Role::Warning, format!("{name}…({tries})")),
    }
}

fn document(notice: &Notice, deliveries: &[Delivery]) -> Value {
    let mut value = json!(notice);
    let deliveries: Vec<Value> = deliveries
        .iter()
        .map(|it| {
            json!({
                "channel": it.channel,
                "state": it.state,
                "attempts": it.attempts,
                "error": it.error,
                "due_at": it.due_at.filter(|_| it.state == "waiting"),
                "ended_at": it.ended_at,
            })
        })
        .collect();
    if let Value::Object(map) = &mut value {
        map.insert("deliveries".to_owned(), json!(deliveries));
    }
    value
}
