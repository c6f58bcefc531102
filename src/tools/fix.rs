//! What the child process of a job does that mends files: it runs the fixers in the workspace, and what they changed
//! there becomes a patch.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bstr::{BString, ByteSlice as _};
use serde::{Deserialize, Serialize};

use super::adapter::Wanted;
use super::call::{self, Came, Run, Where};
use super::fixers;
use super::judge::Codes;
use super::parts;
use super::project::{Planned, Project, is_within, relative};
use super::reading::Reading;
use super::run::environment;
use super::version::Versions;
use super::workplace::{Workplace, WorkplaceError};
use crate::git::patch;
use crate::system::env;
use crate::system::git_command::{GitCommand, GitCommandError};
use crate::tasks::Selection;
use crate::tasks::left::{Commit, Left, LeftResult, Meaning};
use crate::tasks::spec::Fixers;

/// The verb of that process: `__fix ORDER GIT_DIR STATE RESULT TOP FILES`.
///
/// `ORDER` is a [`FixOrder`] as JSON. `FILES` lists the files to mend, NUL-separated.
pub const VERB: &str = "__fix";
/// The type of the results.
pub const KIND: &str = "patch";
/// The version of their form.
pub const SCHEMA: u32 = 1;

/// What is left of the time when the last fixer is ended: the patch still has to be made.
const RESERVE: Duration = Duration::from_secs(5);
/// How long git may take for it.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is to be mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixOrder {
    /// The job's task.
    pub task: String,
    /// With what.
    pub by: Fixers,
    /// The folder it runs in, below the top; empty for the top.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Whether fixers may change files that are not listed.
    pub everything: bool,
    /// Folders of the worktree that are shown there: they are no files of the repository.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// How long it may take altogether.
    pub timeout: Duration,
}

/// What fixers changed, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredPatch {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The tree that was mended.
    pub tree: String,
    /// The files that are changed.
    pub files: Vec<PatchedFile>,
    /// What ran.
    pub fixers: Vec<FixerRun>,
    /// How [`Self::patch`] is written: `hex` if it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The patch, for `git apply`; empty if nothing is to be mended.
    pub patch: String,
}

/// A file that is changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchedFile {
    /// Its path from the top.
    pub path: String,
    /// How many lines it gains; none are counted in a binary file.
    pub added: Option<u64>,
    /// How many it loses.
    pub removed: Option<u64>,
    /// Who changed it.
    pub tools: Vec<String>,
}

/// A fixer that ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixerRun {
    /// Its name.
    pub tool: String,
    /// Its version, if it tells it.
    pub version: Option<String>,
    /// The folder it ran in, from the top; empty for the top.
    pub folder: String,
    /// Program and arguments; `{files}` stands for the files.
    pub command: Vec<String>,
    /// Its exit code.
    pub exit_code: Option<i32>,
    /// How long it took.
    pub seconds: f64,
}

impl StoredPatch {
    /// The patch's bytes; `None` if they are not written as they should be.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self.encoding.as_deref() {
            None => Some(self.patch.clone().into_bytes()),
            Some("hex") => {
                let digits = self.patch.as_bytes().chunks(2);
                digits
                    .map(|pair| u8::from_str_radix(pair.to_str().ok()?, 16).ok())
                    .collect()
            }
            Some(_) => None,
        }
    }
}

/// Where it runs.
pub struct Setting<'a> {
    /// What is to be done.
    pub order: &'a FixOrder,
    /// The top of the workspace: a clean checkout.
    pub top: &'a Path,
    /// The state directory.
    pub state: &'a Path,
    /// A folder of this run's own, which need not exist.
    pub scratch: PathBuf,
    /// The files to mend, relative to the folder it runs in.
    pub files: Vec<OsString>,
}

/// Why there is no patch.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// The files could not be listed.
    #[error(transparent)]
    Workplace(#[from] WorkplaceError),
    /// Git could not tell what was changed.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// A file of ours could not be written.
    #[error("use the folder for the patch: {0}")]
    Io(#[from] io::Error),
    /// A fixer failed.
    #[error("{0}")]
    Fixer(String),
}

/// One call of a fixer.
struct Call {
    argv: Vec<String>,
    /// Below the folder of the task.
    folder: String,
    /// What `{files}` stands for, if it is there.
    files: Option<Vec<OsString>>,
}

/// Runs the fixers. A fixer that is not installed is what the job needs and has not.
pub fn run(setting: &Setting<'_>) -> Result<Left<StoredPatch>, FixError> {
    let order = setting.order;
    let started = Instant::now();
    fs::create_dir_all(&setting.scratch)?;
    let changes = Changes::from_here(setting)?;
    let search = env::raw(env::PATH).unwrap_or_default();
    let place = Workplace::new(setting.top, &order.root, &Selection::default(), search)?;
    let calls = match &order.by {
        Fixers::Command { argv, .. } => vec![Call {
            argv: argv.clone(),
            folder: String::new(),
            files: takes_files(argv).then(|| setting.files.clone()),
        }],
        Fixers::Tools { name, only } => of_tools(setting, &place, name, only),
    };
    let mut versions = Versions::open(setting.state);
    let env = environment();
    let (mut fixers, mut missing) = (Vec::new(), Vec::new());
    let mut touched: BTreeMap<BString, BTreeSet<String>> = BTreeMap::new();
    let mut tree = changes.base.clone();
    for call in calls
        .iter()
        .filter(|call| call.files.as_ref().is_none_or(|it| !it.is_empty()))
    {
        let Some((program, args)) = call.argv.split_first() else {
            return Err(FixError::Fixer("the fixer has no program".to_owned()));
        };
        let tool = fixers::name_of(&call.argv);
        let Ok(path) = place.program(program, &call.folder) else {
            missing.push(program.clone());
            continue;
        };
        let version =
            fixers::version_of(&call.argv).and_then(|args| versions.of(&path, args, &env));
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let came = call::run(&Run {
            program: &path,
            args: &args,
            files: call.files.as_deref(),
            input: None,
            cwd: &place.folder(&call.folder),
            env: &env,
            source: Where::Both,
            read: &|_| Ok(Reading::default()),
            unchecked: &[],
            // Judged here: a fixer has no report.
            codes: Codes {
                clean: &[0],
                found: &[],
                nothing: &[],
            },
            expected: Some(1),
            timeout: order
                .timeout
                .saturating_sub(started.elapsed())
                .saturating_sub(RESERVE),
            scratch: &setting.scratch,
        })?;
        let next = changes.tree()?;
        check(&call.argv, &came, next != tree)?;
        for path in changes.between(&tree, &next)? {
            touched.entry(path).or_default().insert(tool.clone());
        }
        tree = next;
        fixers.push(FixerRun {
            tool,
            version,
            folder: place.from_top(&call.folder),
            command: call.argv.clone(),
            exit_code: came.exit_code,
            seconds: came.seconds,
        });
    }
    versions.save();
    let meaning = match missing.first() {
        Some(program) if fixers.is_empty() => Meaning::Missing(format!(
            "{program} is not installed: not in .venv/bin, node_modules/.bin or PATH"
        )),
        _ => Meaning::Done,
    };
    Ok(Left {
        results: vec![LeftResult {
            kind: KIND.to_owned(),
            about: Commit::Changes,
            body: changes.stored(&tree, &touched, fixers)?,
        }],
        meaning: Some(meaning),
    })
}

fn takes_files(argv: &[String]) -> bool {
    argv.iter()
        .any(|argument| argument == crate::config::task::FILES)
}

/// Whether a fixer failed. What it cannot mend is left to whoever reads the patch.
fn check(argv: &[String], came: &Came, changed: bool) -> Result<(), FixError> {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    let Some(code) = came.exit_code else {
        let reason = came.judged.reason.as_deref().unwrap_or("it did not end");
        return Err(FixError::Fixer(format!("{name}: {reason}")));
    };
    let is_left =
        fixers::left_codes(argv).contains(&code) && (changed || !fixers::needs_patch(argv));
    if code == 0 || is_left {
        return Ok(());
    }
    let reason = came.judged.reason.clone();
    let reason = reason.unwrap_or_else(|| format!("it exited with {code}"));
    Err(FixError::Fixer(format!("{name}: {reason}")))
}

/// The fixers that a built-in task's tools have for this project: called as the checks are, but with the files to mend
/// where that is possible.
fn of_tools(setting: &Setting<'_>, place: &Workplace, name: &str, only: &[String]) -> Vec<Call> {
    let read = |path: &str| place.read(path);
    let installed = |folder: &str, program: &str| place.program(program, folder).is_ok();
    let project = Project {
        paths: place.paths(),
        read: &read,
        installed: &installed,
    };
    let Some(role) = parts::role_of(name) else {
        return Vec::new();
    };
    let chosen = parts::chosen(role.part, only, &project).unwrap_or_default();
    let mut calls = Vec::new();
    for tool in chosen
        .iter()
        .filter(|tool| fixers::OF_TOOLS.contains(&tool.name))
    {
        // As for checks: what nobody has chosen is not missed.
        let missed = !only.is_empty() || matches!(tool.wanted.within(&project), Wanted::Always);
        for planned in (tool.plan)(&project) {
            if missed || installed(&planned.folder, tool.program) {
                calls.extend(of_plan(setting, tool.program, &planned));
            }
        }
    }
    calls
}

fn of_plan(setting: &Setting<'_>, program: &str, planned: &Planned) -> Option<Call> {
    let check: Vec<String> = std::iter::once(program.to_owned())
        .chain(planned.args.clone())
        .collect();
    let mut argv = fixers::of_check(&check)?;
    let (extensions, option): (&[&str], Option<&str>) = match program {
        "ruff" => (&["py", "pyi", "ipynb"], Some("--force-exclude")),
        "eslint" => (
            &[
                "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte",
            ],
            None,
        ),
        _ => (&["rs"], None),
    };
    let files: Vec<OsString> = setting
        .files
        .iter()
        .filter_map(|file| {
            let file = file.to_str()?;
            let file = file.strip_prefix("./").unwrap_or(file);
            let (_, extension) = file.rsplit_once('.')?;
            let is_here = extensions.contains(&extension) && is_within(file, &planned.folder);
            is_here.then(|| format!("./{}", relative(file, &planned.folder).unwrap_or(file)).into())
        })
        .collect();
    let files = match argv.last().map(String::as_str) {
        _ if setting.order.everything => None,
        // The last argument of a check is where it begins.
        Some(".") => {
            argv.pop();
            argv.extend(option.map(str::to_owned));
            argv.push(crate::config::task::FILES.to_owned());
            Some(files)
        }
        _ if files.is_empty() => return None,
        _ => None,
    };
    Some(Call {
        argv,
        folder: planned.folder.clone(),
        files,
    })
}

/// What is changed in a workspace, told by an index of our own: fixers may use the workspace's.
struct Changes<'a> {
    setting: &'a Setting<'a>,
    index: PathBuf,
    base: String,
}

impl<'a> Changes<'a> {
    fn from_here(setting: &'a Setting<'a>) -> Result<Self, FixError> {
        let said = GitCommand::in_folder(setting.top)
            .args(["rev-parse", "--verify", "HEAD^{tree}"])
            .run()?;
        let theirs = setting.top.join(".git/index");
        let index = setting.scratch.join("index");
        fs::copy(&theirs, &index)?;
        // Files that were changed after an index was written are known by its time: a copy has the same.
        let modified = fs::metadata(&theirs)?.modified()?;
        File::options()
            .write(true)
            .open(&index)?
            .set_modified(modified)?;
        Ok(Self {
            setting,
            index,
            base: String::from_utf8_lossy(&said).trim().to_owned(),
        })
    }

    fn git(&self) -> GitCommand {
        GitCommand::in_repository(&self.setting.top.join(".git"), Some(self.setting.top))
            .env("GIT_INDEX_FILE", &self.index)
            .args([
                "-c",
                "core.safecrlf=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .timeout(PATIENCE)
    }

    /// The tree of what the patch is to hold now.
    fn tree(&self) -> Result<String, FixError> {
        let order = self.setting.order;
        match &order.by {
            Fixers::Command { creates: true, .. } => {
                let links = order
                    .links
                    .iter()
                    .map(|link| format!(":(top,literal,exclude){link}"));
                self.git()
                    .args(["add", "--all", "--", ":(top)"])
                    .args(links)
                    .run()?;
            }
            Fixers::Tools { .. } if !order.everything => {
                let mut list = Vec::new();
                for file in &self.setting.files {
                    let file = file.as_bytes();
                    let file = OsStr::from_bytes(file.strip_prefix(b"./").unwrap_or(file));
                    list.extend_from_slice(
                        Path::new(&order.root).join(file).as_os_str().as_bytes(),
                    );
                    list.push(0);
                }
                if !list.is_empty() {
                    self.git()
                        .args(["--literal-pathspecs", "add", "--update"])
                        .args(["--pathspec-from-file=-", "--pathspec-file-nul"])
                        .stdin(list)
                        .run()?;
                }
            }
            Fixers::Command { .. } | Fixers::Tools { .. } => {
                self.git().args(["add", "--update", "--", ":(top)"]).run()?;
            }
        }
        let said = self.git().arg("write-tree").run()?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    fn between(&self, one: &str, other: &str) -> Result<Vec<BString>, FixError> {
        let counts = patch::line_counts(self.git(), one, other)?;
        Ok(counts.into_iter().map(|count| count.path).collect())
    }

    fn stored(
        &self,
        tree: &str,
        touched: &BTreeMap<BString, BTreeSet<String>>,
        fixers: Vec<FixerRun>,
    ) -> Result<StoredPatch, FixError> {
        let files = patch::line_counts(self.git(), &self.base, tree)?
            .into_iter()
            .map(
                |patch::LineCount {
                     path,
                     added,
                     removed,
                 }| PatchedFile {
                    tools: touched.get(&path).into_iter().flatten().cloned().collect(),
                    path: path.to_str_lossy().into_owned(),
                    added,
                    removed,
                },
            )
            .collect();
        let (encoding, patch) =
            match String::from_utf8(patch::between(self.git(), &self.base, tree)?) {
                Ok(text) => (None, text),
                Err(bytes) => {
                    let digits: Vec<String> = bytes
                        .as_bytes()
                        .iter()
                        .map(|byte| format!("{byte:02x}"))
                        .collect();
                    (Some("hex".to_owned()), digits.concat())
                }
            };
        Ok(StoredPatch {
            schema: SCHEMA,
            tree: self.base.clone(),
            files,
            fixers,
            encoding,
            patch,
        })
    }
}
