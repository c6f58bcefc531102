//! What the child process of a job does: it runs the tools that a task has for a project, or the user's own command, and
//! puts what they found into one form.

use std::ffi::OsString;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::adapter::{Part, Tool, Wanted};
use super::call::{self, Came, Run, Where};
use super::judge::Codes;
use super::order::{Order, What};
use super::parts::{self, Role};
use super::project::{Planned, Project};
use super::reading::Reading;
use super::summary::{self, Kind};
use super::version::Versions;
use super::workplace::{Standing, Workplace, WorkplaceError, standing};
use super::{own, readers};
use crate::analyze::{as_findings, builtin};
use crate::findings::stored;
use crate::findings::{Finding, Place, Scan, StatusRule, Subject, ToolReport, Unchecked, Verdict};
use crate::system::env;
use crate::tasks::left::{Commit, Left, LeftResult};

/// What is left of the time when the last tool is ended: the results still have to be written.
const RESERVE: Duration = Duration::from_secs(2);
/// What each of the tools that follow has at least.
const SHARE: Duration = Duration::from_secs(5);

/// Where and for whom it runs.
pub struct Setting<'a> {
    /// What is to be done.
    pub order: &'a Order,
    /// The user's command, if it is one: its program, its arguments, and what `{files}` stands for.
    pub command: Option<Command>,
    /// The top of the files.
    pub top: &'a Path,
    /// The state directory.
    pub state: &'a Path,
    /// A folder of this run's own, which need not exist.
    pub scratch: PathBuf,
    /// The present moment.
    pub now: Timestamp,
    /// What this program finds out by itself, without a tool: the secrets of `security_scan`.
    pub secrets: &'a dyn Fn() -> Result<(Vec<Finding>, u64), String>,
    /// What findings are compared with, and which of them do not count.
    pub memory: &'a dyn Memory,
}

/// What is known of findings from before.
pub trait Memory {
    /// Gives findings their identities: known ones keep theirs. `commit` is what was looked at, if it is a commit.
    fn identify(
        &self,
        task: &str,
        findings: &mut [Finding],
        place: &Workplace,
        commit: Option<&str>,
        now: Timestamp,
    );

    /// Which of them are suppressed, in their order.
    fn suppressed(&self, findings: &[Finding], place: &Workplace) -> Vec<bool>;
}

/// A command of the user's own.
#[derive(Clone, Debug)]
pub struct Command {
    /// Absolute.
    pub program: PathBuf,
    /// With placeholders.
    pub args: Vec<OsString>,
    /// The files it is called with, if it is.
    pub files: Option<Vec<OsString>>,
}

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No built-in task of this name runs tools.
    #[error("find the tools of {0:?}")]
    Unknown(String),
    /// There is no tool of this name.
    #[error("find a tool named {0:?}")]
    UnknownTool(String),
    /// A user's output cannot be read.
    #[error("{0}")]
    Output(String),
    /// The files could not be listed.
    #[error(transparent)]
    Workplace(#[from] WorkplaceError),
    /// A file of ours could not be written.
    #[error("use the folder for reports: {0}")]
    Io(#[from] io::Error),
}

/// Runs everything.
pub fn run(setting: &Setting<'_>) -> Result<Left<Scan>, RunError> {
    let started = Instant::now();
    let before = setting.standing();
    let search = env::raw(env::PATH).unwrap_or_default();
    let order = setting.order;
    let place = Workplace::new(setting.top, &order.root, &order.selection, search)?;
    std::fs::create_dir_all(&setting.scratch)?;
    let mut all = Runs {
        setting,
        place: &place,
        env: environment(),
        versions: Versions::open(setting.state),
        started,
        reports: Vec::new(),
        findings: Vec::new(),
    };
    let kind = match &order.what {
        What::Tools { name, only } => {
            let Role { part, kind, .. } =
                parts::role_of(name).ok_or_else(|| RunError::Unknown(name.clone()))?;
            all.tools(*part, only)?;
            // Only beside tools: by itself it is part of `codebase_full`, and a job that waits for its tools waits.
            let named = only.iter().any(|name| name == builtin::SECRETS);
            let ran = all.reports.iter().any(|report| report.install.is_none());
            if *part == Part::Security && (named || (only.is_empty() && ran)) {
                all.secrets();
            }
            *kind
        }
        What::Command { output } => {
            let command = setting
                .command
                .as_ref()
                .ok_or_else(|| RunError::Output("the task has no command".to_owned()))?;
            all.command(command, &own::reading(output).map_err(RunError::Output)?)?;
            Kind {
                analysis_type: &order.task,
                rule: StatusRule::Quality,
            }
        }
    };
    let Runs {
        versions,
        reports,
        mut findings,
        ..
    } = all;
    versions.save();
    let about = setting.about(before.as_ref());
    let commit = match &about {
        Commit::Job => order.commit.as_deref(),
        Commit::Other(commit) => Some(commit.as_str()),
        Commit::Changes => None,
    };
    findings.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    setting
        .memory
        .identify(&order.task, &mut findings, &place, commit, setting.now);
    let suppressed = setting.memory.suppressed(&findings, &place);
    let active: Vec<bool> = suppressed.iter().map(|suppressed| !suppressed).collect();
    let scan = summary::scan(
        kind,
        reports,
        findings,
        &active,
        about == Commit::Changes,
        (setting.now, started.elapsed().as_secs_f64()),
    );
    let meaning = summary::meaning(&order.task, &scan);
    Ok(Left {
        results: vec![LeftResult {
            kind: stored::KIND.to_owned(),
            about,
            body: scan,
        }],
        meaning: Some(meaning),
    })
}

fn order_of(finding: &Finding) -> (&str, u32, u32, &str, &str, &str) {
    let place = finding.place.as_ref();
    (
        place.map_or("", |place| place.path.as_str()),
        place.and_then(|place| place.line).unwrap_or_default(),
        place.and_then(|place| place.column).unwrap_or_default(),
        finding.tool.as_str(),
        finding.rule.as_str(),
        finding.message.as_str(),
    )
}

/// What tools see of the environment: all of it, but no colours and no questions.
pub fn environment() -> Vec<(OsString, OsString)> {
    let quiet = [
        ("NO_COLOR", "1"),
        ("CLICOLOR", "0"),
        ("FORCE_COLOR", "0"),
        ("PY_COLORS", "0"),
        ("CARGO_TERM_COLOR", "never"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("npm_config_update_notifier", "false"),
        ("npm_config_fund", "false"),
        ("SEMGREP_SEND_METRICS", "off"),
        ("SEMGREP_ENABLE_VERSION_CHECK", "0"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ];
    env::all()
        .filter(|(name, _)| !quiet.iter().any(|(known, _)| name == known))
        .chain(quiet.map(|(name, value)| (name.into(), value.into())))
        .collect()
}

impl Setting<'_> {
    fn standing(&self) -> Option<Standing> {
        (!self.order.checkout).then(|| standing(self.top))
    }

    /// What the files were while the tools looked at them.
    fn about(&self, before: Option<&Standing>) -> Commit {
        let Some(before) = before else {
            return Commit::Job;
        };
        match (&before.head, standing(self.top) == *before && before.clean) {
            (Some(head), true) if self.order.commit.as_ref() == Some(head) => Commit::Job,
            (Some(head), true) => Commit::Other(head.clone()),
            _ => Commit::Changes,
        }
    }
}

struct Runs<'a> {
    setting: &'a Setting<'a>,
    place: &'a Workplace,
    env: Vec<(OsString, OsString)>,
    versions: Versions,
    started: Instant,
    reports: Vec<ToolReport>,
    findings: Vec<Finding>,
}

/// A run of a tool that is about to be made.
struct Prepared {
    tool: &'static Tool,
    planned: Planned,
    /// Whether it is said when it is not installed.
    missed: bool,
}

impl Runs<'_> {
    fn tools(&mut self, part: Part, only: &[String]) -> Result<(), RunError> {
        let place = self.place;
        let read = |path: &str| place.read(path);
        let installed = |folder: &str, program: &str| place.program(program, folder).is_ok();
        let project = Project {
            paths: place.paths(),
            read: &read,
            installed: &installed,
        };
        let mut prepared = Vec::new();
        for tool in parts::chosen(part, only, &project).map_err(RunError::UnknownTool)? {
            let named = !only.is_empty();
            let plans = (tool.plan)(&project);
            if plans.is_empty() && named {
                self.reports.push(ToolReport {
                    reason: Some("nothing here is for it".to_owned()),
                    ..report(tool.name, "", Verdict::NotChecked)
                });
            }
            prepared.extend(plans.into_iter().map(|planned| Prepared {
                tool,
                planned,
                missed: named || matches!(tool.wanted.within(&project), Wanted::Always),
            }));
        }
        let total = prepared.len();
        for (done, one) in prepared.into_iter().enumerate() {
            let following = u32::try_from(total - done - 1).unwrap_or(u32::MAX);
            self.tool(&one, following)?;
        }
        Ok(())
    }

    fn tool(&mut self, one: &Prepared, following: u32) -> Result<(), RunError> {
        let (tool, planned) = (one.tool, &one.planned);
        let name = planned.program.as_deref().unwrap_or(tool.program);
        let folder = self.place.from_top(&planned.folder);
        let program = match self.place.program(name, &planned.folder) {
            Ok(program) => program,
            Err(_) if !one.missed => return Ok(()),
            Err(unresolved) => {
                self.reports.push(ToolReport {
                    reason: Some(format!("failed to {unresolved}")),
                    install: Some(tool.install.to_owned()),
                    ..report(tool.name, &folder, Verdict::NotChecked)
                });
                return Ok(());
            }
        };
        let mut env = self.env.clone();
        for (name, value) in &planned.env {
            env.retain(|(known, _)| known != name);
            env.push(((*name).into(), value.into()));
        }
        let version = self.versions.of(&program, tool.version, &env);
        let args: Vec<OsString> = planned.args.iter().map(OsString::from).collect();
        let files: Vec<OsString> = planned.files.iter().map(argument).collect();
        let format = planned.format.unwrap_or(tool.format);
        let read = |report: &mut dyn BufRead| readers::read(format, self.setting.state, report);
        let mut came = call::run(&Run {
            program: &program,
            args: &args,
            files: (!files.is_empty()).then_some(files.as_slice()),
            input: planned.input.as_deref(),
            cwd: &self.place.folder(&planned.folder),
            env: &env,
            source: Where::of(planned.source.unwrap_or(tool.source)),
            read: &read,
            unchecked: &planned.unchecked,
            codes: Codes::from(tool),
            expected: planned
                .expected
                .or((!files.is_empty()).then_some(files.len() as u64)),
            timeout: self.time_for(following),
            scratch: &self.setting.scratch,
        })?;
        for finding in &mut came.reading.findings {
            tool.name.clone_into(&mut finding.tool);
            if let (None, Some(about)) = (&finding.place, &planned.about) {
                finding.place = Some(Place {
                    path: self.place.folder(about).to_string_lossy().into_owned(),
                    ..Place::default()
                });
            }
        }
        let about = planned.about.as_deref();
        self.add(tool.name, version, (&planned.folder, about), came);
        Ok(())
    }

    fn secrets(&mut self) {
        let started = Instant::now();
        let (verdict, reason, checked, findings) = match (self.setting.secrets)() {
            Ok((findings, 0)) if findings.is_empty() => {
                let reason = "it looked at nothing".to_owned();
                (Verdict::NotChecked, Some(reason), Some(0), findings)
            }
            Ok((findings, files)) if findings.is_empty() => {
                (Verdict::Clean, None, Some(files), findings)
            }
            Ok((findings, files)) => (Verdict::Findings, None, Some(files), findings),
            Err(error) => (Verdict::ToolError, Some(error), None, Vec::new()),
        };
        self.reports.push(ToolReport {
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            reason,
            checked,
            findings: findings.len() as u64,
            seconds: started.elapsed().as_secs_f64(),
            ..report(as_findings::TOOL, "", verdict)
        });
        self.findings.extend(findings);
    }

    fn command(&mut self, command: &Command, own: &own::OwnOutput) -> Result<(), RunError> {
        let (task, state) = (&self.setting.order.task, self.setting.state);
        let read = |report: &mut dyn BufRead| own.read(task, state, report);
        let folder = self.place.folder("");
        let names_a_report = command.args.iter().any(|argument| {
            argument
                .to_string_lossy()
                .contains(crate::config::task::REPORT)
        });
        let came = call::run(&Run {
            program: &command.program,
            args: &command.args,
            files: command.files.as_deref(),
            input: None,
            cwd: &folder,
            env: &self.env.clone(),
            source: own.source(names_a_report),
            read: &read,
            unchecked: &[],
            codes: own.codes(),
            expected: own.expected(),
            timeout: self.time_for(0),
            scratch: &self.setting.scratch,
        })?;
        let name = own.tool().unwrap_or(&self.setting.order.task).to_owned();
        self.add(&name, None, ("", None), came);
        Ok(())
    }

    fn time_for(&self, following: u32) -> Duration {
        self.setting
            .order
            .timeout
            .saturating_sub(self.started.elapsed())
            .saturating_sub(RESERVE)
            .saturating_sub(SHARE.saturating_mul(following))
            .max(Duration::from_secs(1))
    }

    fn add(
        &mut self,
        tool: &str,
        version: Option<String>,
        (below, about): (&str, Option<&str>),
        came: Came,
    ) {
        let Reading {
            mut findings,
            checked: _,
            unchecked,
            tests,
            version: told,
        } = came.reading;
        for finding in &mut findings {
            let is_test = matches!(finding.subject, Subject::Test { .. });
            if let Some(place) = &mut finding.place {
                place.path = if is_test {
                    self.place.meant(&place.path, below)
                } else {
                    self.place.normal(&place.path, below)
                };
            }
        }
        let unchecked: Vec<Unchecked> = unchecked
            .into_iter()
            .map(|one| Unchecked {
                what: self.place.known(&one.what, below),
                ..one
            })
            .collect();
        self.reports.push(ToolReport {
            version: version.or(told),
            reason: came.judged.reason,
            checked: came.checked,
            unchecked,
            findings: findings.len() as u64,
            tests,
            exit_code: came.exit_code,
            seconds: came.seconds,
            ..report(
                tool,
                &self.place.from_top(about.unwrap_or(below)),
                came.judged.verdict,
            )
        });
        self.findings.append(&mut findings);
    }
}

/// An argument that no program takes for an option.
fn argument(path: &String) -> OsString {
    if path.starts_with('-') {
        format!("./{path}").into()
    } else {
        path.into()
    }
}

fn report(tool: &str, folder: &str, verdict: Verdict) -> ToolReport {
    ToolReport {
        tool: tool.to_owned(),
        version: None,
        folder: folder.to_owned(),
        verdict,
        reason: None,
        install: None,
        checked: None,
        unchecked: Vec::new(),
        findings: 0,
        tests: None,
        exit_code: None,
        seconds: 0.0,
    }
}
