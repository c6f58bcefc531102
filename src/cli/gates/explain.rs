//! Why a verdict is known, or why it is not.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::ui::plain;
use crate::drain::judging;
use crate::gates::Scope;
use crate::gates::definition::differences;
use crate::gates::known::{Answer, Judging};
use crate::git::Oid;
use crate::queue::{Job, Queue, Source, Verdict};
use crate::tasks::spec::RunSpec;

/// So many files that differ are named.
const NAMED: usize = 5;

/// What a job judges and whether it is known, as names and values; nothing if nobody asks for its verdict.
pub fn fields(
    queue: &Queue,
    job: &Job,
    app: &App,
) -> Result<Vec<(&'static str, String)>, CommandError> {
    let Ok(spec) = RunSpec::of(&job.spec) else {
        return Ok(Vec::new());
    };
    let Some(judges) = &spec.judges else {
        return Ok(Vec::new());
    };
    let place = app.place()?;
    let answer = judging::answer(queue, &place, job, &spec, app.now(), true)
        .context("tell what it judges")?;
    let judging = match answer {
        Some(Answer::Open(judging)) => judging,
        Some(Answer::Nothing) => {
            return Ok(vec![(
                "judges",
                "nothing: its globs select no file".to_owned(),
            )]);
        }
        _ => return Ok(Vec::new()),
    };
    let mut fields = Vec::new();
    let tree = judging.tree.as_ref().map_or("", Oid::short);
    let what = match (Scope::of(&spec, judges), &judging.files) {
        (Scope::Message, _) => "a commit message".to_owned(),
        (Scope::Tree, _) => format!("all files of the tree {tree}"),
        (Scope::Each, Some(files)) => format!(
            "{} of the tree {tree}, each by itself",
            format::count(files.len(), "changed file", "changed files")
        ),
        (Scope::Selected | Scope::Each, _) => {
            format!("the files of the tree {tree} that its globs select, and settings")
        }
    };
    fields.push(("judges", what));
    fields.push(("key", judging.key.clone()));
    // Of files that are judged each by itself, those that are fine are known one by one.
    let answer = judging::answer(queue, &place, job, &spec, app.now(), false)
        .context("look for its verdict")?;
    match answer {
        Some(Answer::Known(verdict)) => fields.push(("verdict", told(&verdict, app))),
        Some(Answer::Content) => {
            fields.push((
                "verdict",
                "known: each of them was judged before".to_owned(),
            ));
        }
        _ => {
            let why = why_unknown(queue, job, &judging, app)?;
            fields.push(("verdict", format!("not known: {why}")));
        }
    }
    Ok(fields)
}

fn told(verdict: &Verdict, app: &App) -> String {
    let by = match &verdict.source {
        Source::Job(job) => format!("by job {job}"),
        Source::Signer(signer) => format!("signed by {}", plain(signer)),
    };
    let when = format::ago(verdict.made_at, app.now());
    format!("known: {} · {by} {when}", plain(&verdict.summary))
}

/// What is different from the newest verdict of the task.
fn why_unknown(
    queue: &Queue,
    job: &Job,
    judging: &Judging,
    app: &App,
) -> Result<String, CommandError> {
    let newest = queue
        .newest_verdict(&job.task)
        .context("look for verdicts")?;
    let Some(newest) = newest else {
        return Ok("nothing of this task was judged yet".to_owned());
    };
    let since = format!(
        "since the verdict of {}",
        format::ago(newest.made_at, app.now())
    );
    if newest.definition != judging.definition.digest {
        let parts = queue
            .definition(&newest.definition)
            .context("look for what was judged")?
            .and_then(|parts| serde_json::from_str::<Vec<(String, String)>>(&parts).ok())
            .unwrap_or_default();
        let changed: Vec<&str> = differences(&parts, &judging.definition.parts)
            .into_iter()
            .map(|(name, _, _)| name)
            .collect();
        return Ok(format!("{} changed {since}", plain(&changed.join(", "))));
    }
    let (Some(before), Some(after)) = (&newest.tree, &judging.tree) else {
        return Ok("it is another message than the one judged last".to_owned());
    };
    let changes = before
        .parse()
        .ok()
        .and_then(|before: Oid| app.repo().ok()?.changed(Some(&before), after).ok())
        .unwrap_or_default();
    let named: Vec<String> = changes
        .iter()
        .take(NAMED)
        .map(|change| plain(&change.path.to_string()))
        .collect();
    let more = changes.len().saturating_sub(NAMED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Ok(if named.is_empty() {
        "the last one was about other files".to_owned()
    } else {
        format!("{}{more} changed {since}", named.join(", "))
    })
}
