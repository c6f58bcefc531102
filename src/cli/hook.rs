//! The hook's path: what git waits for. Nothing is parsed, opened or started that the event does not need.
//!
//! Whatever goes wrong here is said in one line and stops nobody: commits are found by reconciliation later. Only the
//! hook that was there before ours decides what git does.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::app::App;
use super::args::Global;
use super::audit::record;
use super::background;
use super::error::{CommandError, Context as _};
use super::exit_code::Exit;
use super::gates;
use super::permission::Permission;
use super::ui::{Role, Ui, paint, plain};
use crate::config::HookName;
use crate::queue::{CommitSession, Input, Queue, QueueError};
use crate::sessions::working::working;
use crate::store::StoreError;
use crate::system::{chain, env, filesystem};
use crate::tasks::Task;
use crate::triggers::hook::{self as meaning, Response, Said, Standing};
use crate::triggers::install::events::is_due_by_itself;
use crate::triggers::install::folder::set_aside;
use crate::triggers::{self, Reconciled, Wanted};

/// The verb.
pub const VERB: &str = "hook";

/// How long git may be held by other processes' transactions. Past it the work goes on behind git's back.
const PATIENCE: Duration = Duration::from_millis(250);

/// What git gives a hook is read up to this size; a rebase of a hundred thousand commits is below it.
const LARGEST_INPUT: u64 = 16 << 20;

/// Whether what goes wrong refuses: while a push asks its gates, for without a verdict nothing is pushed.
static REFUSES: AtomicBool = AtomicBool::new(false);

/// How many tasks are named in the line at the end.
const NAMED: usize = 3;

/// One call of a hook.
#[derive(Debug)]
pub struct Call {
    hook: HookName,
    /// What git gave it.
    args: Vec<OsString>,
    /// The installed file that calls us; the hook it took the place of lies beside its folder.
    shim: Option<PathBuf>,
    /// Behind git's back: the database may be created, and locks are waited for.
    late: bool,
}

impl Call {
    /// `[--shim PATH] EVENT [ARGS…]`.
    pub fn parse(words: &[OsString]) -> Option<Self> {
        let mut words = words.iter();
        let (mut shim, mut late) = (None, false);
        loop {
            let word = words.next()?;
            match word.to_str()? {
                "--shim" => shim = Some(PathBuf::from(words.next()?)),
                "--late" => late = true,
                name => {
                    let hook = HookName::ALL.into_iter().find(|hook| hook.name() == name)?;
                    return Some(Self {
                        hook,
                        args: words.cloned().collect(),
                        shim,
                        late,
                    });
                }
            }
        }
    }
}

/// Does what a hook does, before the command tree is built; `None` if the words are not those of a hook's call.
pub fn dispatch(words: &[OsString]) -> Option<ExitCode> {
    let call = Call::parse(words)?;
    // A mistake of ours must not become git's exit code.
    std::panic::set_hook(Box::new(|panic| {
        super::ui::to_log(&format!("tend: internal error: {panic}"));
        std::process::exit(i32::from(REFUSES.load(Ordering::Relaxed)));
    }));
    let app = App::new(Global::default(), Ui::new(None, false));
    Some(run(&call, &app).into())
}

/// Runs the hook that was there before ours, then does our part.
pub fn run(call: &Call, app: &App) -> Exit {
    let read = input(call.hook);
    // For what only has to be noticed, what cannot be read is taken for what is not there.
    let input = read.as_deref().unwrap_or_default();
    let chained = chained(call, input);
    if let Exit::Chained(_) = chained
        && call.hook.can_gate()
    {
        return chained;
    }
    if is_switched_off() {
        return chained;
    }
    let stopped = gated(call, read.as_deref().ok(), app);
    if stopped != Exit::Fine {
        return stopped;
    }
    if let Err(error) = respond(call, input, app) {
        app.ui.say(format!("tend: {}", plain(&error.one_line())));
    }
    chained
}

/// Asks the gates that git waits for.
fn gated(call: &Call, input: Option<&[u8]>, app: &App) -> Exit {
    match call.hook {
        _ if call.late => Exit::Fine,
        HookName::PrePush => {
            REFUSES.store(true, Ordering::Relaxed);
            let tips = input.and_then(meaning::tips);
            let exit = gates::hooks::before_push(tips.as_deref(), app);
            REFUSES.store(false, Ordering::Relaxed);
            exit
        }
        hook if hook.can_gate() => gates::hooks::before_commit(hook, &call.args, app),
        _ => Exit::Fine,
    }
}

/// What git writes to the hook's standard input, whole.
fn input(hook: HookName) -> io::Result<Vec<u8>> {
    let mut input = Vec::new();
    if meaning::has_input(hook) && !io::stdin().is_terminal() {
        let read = io::stdin()
            .lock()
            .take(LARGEST_INPUT + 1)
            .read_to_end(&mut input)?;
        if read as u64 > LARGEST_INPUT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
    Ok(input)
}

/// Runs the hook that ours took the place of, which lies under its own name in a folder beside that of the hooks.
fn chained(call: &Call, input: &[u8]) -> Exit {
    let Some(program) = call
        .shim
        .as_deref()
        .and_then(|shim| chained_path(shim, call.hook))
    else {
        return Exit::Fine;
    };
    let input = meaning::has_input(call.hook).then_some(input);
    match chain::run(&program, &call.args, input) {
        Ok(0) => Exit::Fine,
        Ok(code) => Exit::Chained(code),
        Err(error) => {
            super::ui::to_log(&format!(
                "tend: failed to run {}: {error}",
                program.display()
            ));
            Exit::Chained(1)
        }
    }
}

/// `.git/hooks/post-commit` took the place of `.git/hooks.tend-prev/post-commit`.
fn chained_path(shim: &Path, hook: HookName) -> Option<PathBuf> {
    // Git gives a relative path, from the folder in which the hook runs.
    let program = set_aside(shim.parent()?).join(hook.name());
    // A link back to ours would be called in circles.
    (chain::is_runnable(&program) && !filesystem::is_same(&program, shim)).then_some(program)
}

/// What a job does starts no jobs, and `TEND=0` is the user's own switch.
fn is_switched_off() -> bool {
    env::raw(env::TEND).is_some_and(|value| value == "0") || env::is_set(env::JOB_ID)
}

fn respond(call: &Call, input: &[u8], app: &App) -> Result<(), CommandError> {
    if !speaks(call.hook) {
        return Ok(());
    }
    let located = app.located()?;
    if !located.owned_by_us {
        app.ui.say(
            "tend: nothing is done here: the repository belongs to another user, who would own none of it",
        );
        return Ok(());
    }
    let said = meaning::listen(call.hook, &call.args, input);
    if said == Said::Restored {
        return Ok(());
    }
    let standing = standing(call.hook, app)?;
    let is_made = makes_a_commit(call.hook, &standing);
    let Some(response) = meaning::respond(call.hook, said, standing) else {
        return Ok(());
    };
    let made = if is_made {
        made(call, app)?
    } else {
        Vec::new()
    };
    let skipped = skipped(app);
    let tasks: Vec<Task> = app
        .tasks()?
        .iter()
        .filter(|task| !skipped.contains(&task.key))
        .cloned()
        .collect();
    let config = &app.loaded()?.config;
    let settings = config.hooks.get(&call.hook).cloned().unwrap_or_default();
    let interesting = triggers::is_of_interest(&tasks, &response);
    let judges = brings_commits(call.hook)
        && response.head.is_some()
        && tasks.iter().any(|task| task.enabled && task.is_gate());
    let leads_to_work = interesting
        || judges
        || tasks
            .iter()
            .any(|task| task.enabled && is_due_by_itself(task));
    if !settings.enabled || (!leads_to_work && made.is_empty()) {
        return Ok(());
    }
    let mut queue = if call.late {
        app.queue()?
    } else {
        match app.queue_at_once(PATIENCE) {
            Ok(queue) => queue,
            // To be created, migrated, repaired or waited for: not while git waits.
            Err(QueueError::Store(StoreError::NotReady | StoreError::Busy)) => {
                return go_on_late(call, input, app, settings.detach);
            }
            Err(error) => {
                return Err(CommandError::failed("failed to open the queue").because(&error));
            }
        }
    };
    let seen = if interesting {
        enqueue(&mut queue, &tasks, &response, call.hook, app)?
    } else {
        Reconciled::default()
    };
    if seen.busy && !call.late {
        drop(queue);
        return go_on_late(call, input, app, settings.detach);
    }
    let mut seen = seen;
    if judges {
        for (task, held) in gates::hooks::after_commit(call.hook, &mut queue, app)? {
            seen.enqueued.push(Wanted {
                task,
                why: String::new(),
                id: None,
                held,
            });
        }
    }
    if call.hook == HookName::PostRewrite {
        follow(input, &mut queue);
    }
    record_firing(call.hook, &seen, &made, &mut queue, app);
    if let Some(line) = line(&seen) {
        app.ui.say(line);
    }
    let waits = seen.enqueued.iter().any(|one| !one.held);
    if !leads_to_work
        || env::is_set(env::CI)
        || !(waits || queue.has_work(app.now()).context("look for work")?)
    {
        return Ok(());
    }
    drop(queue);
    let budget = settings.drain.get();
    if call.late || !settings.detach {
        background::run(app, budget, !settings.detach).map(drop)
    } else {
        background::hand_over(app, budget)
    }
}

/// Whether HEAD's commit was made just now, by whoever started git. What a rebase makes anew is of whoever made it before.
fn makes_a_commit(hook: HookName, standing: &Standing) -> bool {
    match hook {
        HookName::PostCommit | HookName::PostApplypatch => !standing.rebasing,
        HookName::PostMerge => standing.made,
        _ => false,
    }
}

/// HEAD's commit with the agents' sessions that made it, as they told. A person's commit costs a look at four variables.
fn made(call: &Call, app: &App) -> Result<Vec<CommitSession>, CommandError> {
    let sessions = working(env::raw);
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let repo = app.repo()?;
    let head = repo.head().context("read HEAD")?;
    // Behind git's back HEAD may have gone elsewhere.
    let went_on = call.late && repo.last_move().is_some_and(|last| !last.made_a_commit());
    let Some(commit) = head.oid().filter(|_| !went_on) else {
        return Ok(Vec::new());
    };
    let sessions = sessions.into_iter().map(|(agent, session)| CommitSession {
        commit: commit.as_str().to_owned(),
        agent: agent.as_str().to_owned(),
        session,
        at: app.now(),
    });
    Ok(sessions.collect())
}

/// Commits that take others' place are of the others' sessions. It is worth no failure.
fn follow(input: &[u8], queue: &mut Queue) {
    if let Err(error) = queue.commits_rewritten(&meaning::rewritten(input)) {
        tracing::debug!(%error, "sessions of rewritten commits are not noted");
    }
}

/// Writes into the audit trail that the hook fired, and what it enqueued; beside it, whose the commit is.
fn record_firing(
    hook: HookName,
    seen: &Reconciled,
    made: &[CommitSession],
    queue: &mut Queue,
    app: &App,
) {
    let names = |held: bool| -> BTreeSet<&str> {
        let jobs = seen.enqueued.iter().filter(|one| one.held == held);
        jobs.map(|one| one.task.as_str()).collect()
    };
    let data = json!({ "hook": hook.name(), "enqueued": names(false), "held": names(true) });
    if made.is_empty() {
        record::record(queue, record::HOOK, &data, app);
    } else if let Err(error) = queue.record_made(record::HOOK, &data, made, app.now()) {
        tracing::debug!(%error, "the commit's session is not noted");
    }
}

/// Whether HEAD's commit was made, or brought here, a moment before this hook.
const fn brings_commits(hook: HookName) -> bool {
    matches!(
        hook,
        HookName::PostCommit
            | HookName::PostApplypatch
            | HookName::PostMerge
            | HookName::PostRewrite
    )
}

/// Whether this hook can lead to anything but gates.
const fn speaks(hook: HookName) -> bool {
    !matches!(
        hook,
        HookName::PreCommit | HookName::PreMergeCommit | HookName::CommitMsg
    )
}

fn standing(hook: HookName, app: &App) -> Result<Standing, CommandError> {
    let rebasing = triggers::is_rebasing(&app.located()?.git_dir);
    let last = match hook {
        HookName::PostMerge => app.repo()?.last_move(),
        _ => None,
    };
    Ok(Standing {
        rebasing,
        made: last.as_ref().is_some_and(crate::git::Move::made_a_commit),
        before: last.and_then(|last| last.from),
    })
}

/// The tasks of `TEND_SKIP`, by their own names.
pub fn skipped(app: &App) -> Vec<String> {
    let text = env::text(env::SKIP).unwrap_or_default();
    text.split(',')
        .map(|name| app.task_key(name.trim()))
        .collect()
}

fn enqueue(
    queue: &mut Queue,
    tasks: &[Task],
    response: &Response,
    hook: HookName,
    app: &App,
) -> Result<Reconciled, CommandError> {
    let permission = Permission::new(app);
    let held = |task: &Task, input: &Input| permission.held(task, input);
    let context = triggers::Context {
        tasks,
        config: &app.loaded()?.config,
        held: &held,
        now: app.now(),
        zone: &app.zone(),
        dry_run: false,
        hook: Some(hook),
    };
    Ok(triggers::reconcile_hook(
        queue,
        app.repo()?,
        &context,
        response,
    ))
}

/// Does the same detached, where the database may be created and locks waited for.
fn go_on_late(call: &Call, input: &[u8], app: &App, detach: bool) -> Result<(), CommandError> {
    let mut args: Vec<OsString> = [VERB, "--late", call.hook.name()]
        .map(|word| OsStr::new(word).to_owned())
        .to_vec();
    args.extend(call.args.iter().cloned());
    if !detach {
        let late = Call {
            hook: call.hook,
            args: call.args.clone(),
            shim: None,
            late: true,
        };
        return respond(&late, input, app);
    }
    let state = app.state_dir()?;
    filesystem::private_dir(state).context("make the state folder")?;
    let file = match input {
        [] => None,
        said => Some(filesystem::nameless(state, said).context("keep what git said")?),
    };
    background::start_verb(app, &args, file).context("go on in the background")
}

/// The one line at the end of a hook; nothing when there is nothing to say.
fn line(seen: &Reconciled) -> Option<String> {
    let named = |held: bool| {
        let mut names: Vec<String> = Vec::new();
        for one in seen.enqueued.iter().filter(|one| one.held == held) {
            let name = plain(&one.task);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        (!names.is_empty()).then(|| {
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("{}{more}", names.join(", "))
        })
    };
    let mut parts = Vec::new();
    let queued = named(false);
    if let Some(names) = &queued {
        parts.push(format!("{names} queued"));
    }
    if let Some(names) = named(true) {
        let held = paint(Role::Warning, "held");
        parts.push(format!("{names} {held} · git tend trust"));
    } else if queued.is_some() {
        parts.push("git tend status".to_owned());
    }
    parts.extend(seen.notes.iter().map(|note| plain(&note.to_string())));
    (!parts.is_empty()).then(|| format!("tend: {}", parts.join(" · ")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn wanted(task: &str, held: bool) -> Wanted {
        Wanted {
            task: task.to_owned(),
            why: String::new(),
            id: None,
            held,
        }
    }

    fn line_of(enqueued: Vec<Wanted>) -> Option<String> {
        let seen = Reconciled {
            enqueued,
            ..Reconciled::default()
        };
        line(&seen)
    }

    #[test]
    fn one_line_says_what_waits_and_nothing_says_nothing() {
        assert_eq!(line_of(Vec::new()), None);
        let two = vec![
            wanted("docs", false),
            wanted("docs", false),
            wanted("lint", false),
        ];
        assert_eq!(
            line_of(two).unwrap(),
            "tend: docs, lint queued · git tend status"
        );
        let many = ["a", "b", "c", "d", "e"].map(|name| wanted(name, false));
        assert_eq!(
            line_of(many.to_vec()).unwrap(),
            "tend: a, b, c and 2 more queued · git tend status"
        );
    }

    #[test]
    fn a_call_is_what_a_shim_writes() {
        let words = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
        let call = Call::parse(&words(
            "--shim .git/hooks/post-checkout post-checkout a b 1",
        ))
        .unwrap();
        assert_eq!(call.hook, HookName::PostCheckout);
        assert_eq!(call.args, words("a b 1"));
        assert!(!call.late);
        for nonsense in ["", "--help", "post-index-change", "--shim", "--shim x"] {
            assert!(Call::parse(&words(nonsense)).is_none(), "{nonsense:?}");
        }
    }

    #[test]
    fn the_hook_before_ours_lies_beside_the_folder_of_the_hooks() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        std::fs::create_dir_all(top.join("hooks.tend-prev")).unwrap();
        let shim = top.join("hooks/pre-push");
        assert_eq!(chained_path(&shim, HookName::PrePush), None);
        let program = top.join("hooks.tend-prev/pre-push");
        std::fs::write(&program, "").unwrap();
        assert_eq!(
            chained_path(&shim, HookName::PrePush),
            None,
            "not executable"
        );
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        assert_eq!(chained_path(&shim, HookName::PrePush), Some(program));
    }
}
