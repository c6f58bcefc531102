//! `__tools`: the child process of a job that runs tools, below its supervisor.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::ExitCode;

use crate::analyze::{as_findings, builtin};
use crate::config::{Config, Files};
use crate::drain::place::scratch_path;
use crate::findings::stored::KIND;
use crate::findings::{Finding, Scan, StatusRule, Suppression, ToolReport, Verdict};
use crate::git::{GitEnv, Located, Repo, discover};
use crate::queue::Queue;
use crate::store::{Access, OpenOptions};
use crate::system::dirs::Dirs;
use crate::system::{clock, zone};
use crate::tasks::left::{Commit, Left, LeftResult, Meaning};
use crate::tasks::suppressions;
use crate::tools::memory::Remembered;
use crate::tools::order::Order;
use crate::tools::run::{self, Command, Setting};
use crate::tools::summary::{self, Kind};

use serde_json::Value;

use super::threads;

/// Runs what it is told to run and leaves what was found for the drain.
pub fn main(args: &[OsString]) -> ExitCode {
    let [order, git_dir, state, result, top, worktree, command @ ..] = args else {
        return ExitCode::from(2);
    };
    let Ok(order) = serde_json::from_slice::<Order>(order.as_encoded_bytes()) else {
        return ExitCode::from(2);
    };
    let result = Path::new(result);
    let left = command_of(command).and_then(|command| {
        let known = Known::open(git_dir, Path::new(state), Path::new(worktree))?;
        run::run(&Setting {
            order: &order,
            command,
            top: Path::new(top),
            state: Path::new(state),
            scratch: scratch_path(result),
            now: clock::now(),
            secrets: &|| known.secrets(order.commit.as_deref(), Path::new(state)),
            memory: &known.remembered(),
        })
        .map_err(|error| format!("failed to {error}"))
    });
    let left = left.unwrap_or_else(|error| {
        super::ui::to_log(&error);
        Left {
            results: Vec::new(),
            meaning: Some(Meaning::Failed(error)),
        }
    });
    for line in left
        .results
        .iter()
        .flat_map(|result| log_lines(&result.body))
    {
        super::ui::to_log(&line);
    }
    match left.write(result) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            super::ui::to_log(&format!("failed to write the result: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What is known of the repository: its earlier scans, and what its configuration does not want to hear of.
struct Known {
    located: Located,
    repo: Repo,
    queue: Option<Queue>,
    suppressions: Vec<Suppression>,
}

impl Known {
    fn open(git_dir: &OsStr, state: &Path, worktree: &Path) -> Result<Self, String> {
        let environment = GitEnv {
            git_dir: Some(git_dir.to_os_string()),
            ..GitEnv::default()
        };
        let located =
            discover(Path::new("/"), &environment).map_err(|error| format!("failed to {error}"))?;
        let repo = Repo::open(&located).map_err(|error| format!("failed to {error}"))?;
        // Which files are the repository's, its folder alone does not tell.
        let worktree = Some(worktree).filter(|path| !path.as_os_str().is_empty());
        let dirs = Dirs::from_environment().ok();
        let files = Files::new(dirs.as_ref().map(|it| it.config.as_path()), worktree, None);
        // The job was enqueued under a valid configuration; if it is not valid now, nothing is suppressed by it.
        let loaded = Config::load(&files).ok();
        let suppressions = loaded.map(|loaded| suppressions::of(&loaded, worktree));
        Ok(Self {
            located,
            repo,
            // Without its earlier scans every finding is first seen now.
            queue: Queue::open(state, &OpenOptions::new(Access::ReadOnly)).ok(),
            suppressions: suppressions.unwrap_or_default(),
        })
    }

    /// The secrets in a commit's files and in the latest commits; in HEAD's where none is named.
    fn secrets(&self, commit: Option<&str>, state: &Path) -> Result<(Vec<Finding>, u64), String> {
        let commit = commit.and_then(|commit| commit.parse().ok());
        let setting = builtin::Setting {
            located: &self.located,
            commit: commit.as_ref(),
            state: Some(state),
            user: None,
            threads: threads::count(),
            now: clock::now(),
        };
        let found = builtin::run(builtin::SECRETS, &setting).map_err(|error| error.to_string())?;
        let body = found.results.last().map(|result| &result.body);
        Ok(body.map(as_findings::secrets).unwrap_or_default())
    }

    fn remembered(&self) -> Remembered<'_> {
        Remembered {
            repo: &self.repo,
            queue: self.queue.as_ref(),
            suppressions: &self.suppressions,
            today: clock::now().to_zoned(zone::local()).date(),
        }
    }
}

/// The complex functions and large files of `performance_profile` as a scan, beside the analysis itself.
pub fn performance(
    git_dir: &OsStr,
    state: &Path,
    commit: Option<&str>,
    (body, seconds): (&Value, f64),
) -> Result<LeftResult<Scan>, String> {
    let known = Known::open(git_dir, state, Path::new(""))?;
    let now = clock::now();
    let head = known.repo.head().ok().and_then(|head| head.oid().cloned());
    let looked = commit
        .map(str::to_owned)
        .or(head.map(|it| it.as_str().to_owned()));
    let mut findings = as_findings::complexity(body);
    known
        .remembered()
        .recognise(PERFORMANCE, &mut findings, looked.as_deref(), now);
    let verdict = if findings.is_empty() {
        Verdict::Clean
    } else {
        Verdict::Findings
    };
    let report = ToolReport {
        tool: as_findings::TOOL.to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        folder: String::new(),
        verdict,
        reason: None,
        install: None,
        checked: body.get("files").and_then(Value::as_u64),
        unchecked: Vec::new(),
        findings: findings.len() as u64,
        tests: None,
        exit_code: None,
        seconds,
    };
    let kind = Kind {
        analysis_type: "performance",
        rule: StatusRule::Performance,
    };
    let active = vec![true; findings.len()];
    let when = (now, seconds);
    Ok(LeftResult {
        kind: KIND.to_owned(),
        about: match (commit, looked) {
            (None, Some(head)) => Commit::Other(head),
            _ => Commit::Job,
        },
        body: summary::scan(kind, vec![report], findings, &active, false, when),
    })
}

/// The built-in task whose result is findings too.
pub const PERFORMANCE: &str = "performance_profile";

fn command_of(words: &[OsString]) -> Result<Option<Command>, String> {
    let [files, program, args @ ..] = words else {
        return Ok(None);
    };
    Ok(Some(Command {
        program: program.into(),
        args: args.to_vec(),
        files: listed(files)?,
    }))
}

/// The files of a list; nothing if there is no list.
fn listed(path: &OsStr) -> Result<Option<Vec<OsString>>, String> {
    if path.is_empty() {
        return Ok(None);
    }
    let bytes =
        fs::read(path).map_err(|error| format!("failed to read the list of files: {error}"))?;
    let files = bytes
        .split(|byte| *byte == 0)
        .filter(|file| !file.is_empty())
        .map(|file| OsString::from_vec(file.to_vec()));
    Ok(Some(files.collect()))
}

/// What each tool came to, in a line of the log.
fn log_lines(scan: &Scan) -> Vec<String> {
    let tools = scan.tools.iter().map(|tool| {
        let version = tool
            .version
            .as_deref()
            .map_or_else(String::new, |it| format!(" {it}"));
        let place = match tool.folder.as_str() {
            "" => String::new(),
            folder => format!(" in {folder}"),
        };
        let reason = tool
            .reason
            .as_deref()
            .map_or_else(String::new, |it| format!(" · {it}"));
        format!("{}{version}{place}: {}{reason}", tool.tool, tool.verdict)
    });
    tools.chain([scan.summary.clone()]).collect()
}
