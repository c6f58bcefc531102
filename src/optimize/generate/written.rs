//! What is asked for, and what comes of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::config::HookName;
use crate::config::schedule::Cron;
use crate::optimize::automation::Form;
use crate::optimize::recipe::{Parameter, SlotKind};

/// What kind of work a recipe is, which says what its script checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// Commands, one after the other.
    WorkflowSequence,
    /// Only files are copied, moved, linked, made or removed: what is read must be there, and nothing is written over
    /// without `--force`.
    FileOperation,
    /// jq makes something of JSON: what it reads must be JSON, and a file is written whole or not at all.
    DataProcessing,
    /// Something is asked of a server: refused unless the network is allowed.
    ApiCall,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 4] = [
        Self::WorkflowSequence,
        Self::FileOperation,
        Self::DataProcessing,
        Self::ApiCall,
    ];

    /// The word in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WorkflowSequence => "workflow-sequence",
            Self::FileOperation => "file-operation",
            Self::DataProcessing => "data-processing",
            Self::ApiCall => "api-call",
        }
    }

    /// The template of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// What the text of an automation is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// The POSIX shell.
    Sh,
    /// bash, where what was typed needs it.
    Bash,
    /// Python 3.
    Python,
    /// A filter of jq, and the POSIX shell that applies it.
    Jq,
    /// GNU make.
    Make,
    /// just.
    Just,
    /// AppleScript.
    AppleScript,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 7] = [
        Self::Sh,
        Self::Bash,
        Self::Python,
        Self::Jq,
        Self::Make,
        Self::Just,
        Self::AppleScript,
    ];

    /// The word in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Bash => "bash",
            Self::Python => "python",
            Self::Jq => "jq",
            Self::Make => "make",
            Self::Just => "just",
            Self::AppleScript => "applescript",
        }
    }

    /// The language of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// How the syntax of a file in it is checked without running it: the file's path is to follow. None if nothing here
    /// can: AppleScript.
    pub const fn syntax_check(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Sh | Self::Jq => Some(&["sh", "-n"]),
            Self::Bash => Some(&["bash", "-n"]),
            // Not py_compile: that leaves a folder behind.
            Self::Python => Some(&[
                "python3",
                "-c",
                "import ast,sys; ast.parse(open(sys.argv[1],'rb').read())",
            ]),
            Self::Make => Some(&["make", "-n", "-f"]),
            Self::Just => Some(&["just", "--list", "--justfile"]),
            Self::AppleScript => None,
        }
    }
}

/// What a value must not be, because the command that it is given to would take it for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    /// It must not begin with `-`: it would be an option.
    Dash,
    /// It must have no `$`: make would expand it.
    Dollar,
}

/// A parameter as an option of what was generated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// The option without dashes. A recipe's own name, unless the script has an option of that name.
    pub name: String,
    /// The variable that holds it; of a make target and a just recipe also what it is set by.
    pub variable: String,
    /// What it is.
    pub kind: SlotKind,
    /// What it is if nothing is said; without one it must be said.
    pub default: Option<String>,
    /// What it was, most frequent first.
    pub observed: Vec<String>,
    /// What it must not be.
    pub guards: BTreeSet<Guard>,
}

impl From<&Argument> for Parameter {
    fn from(it: &Argument) -> Self {
        Self {
            name: it.name.clone(),
            kind: it.kind,
            default: it.default.clone(),
            observed: it.observed.clone(),
        }
    }
}

/// What a recipe is to be written with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether steps may talk to the network.
    pub allow_network: bool,
    /// Names that are taken where it is going to be: aliases, tasks, targets.
    pub taken: BTreeSet<String>,
    /// Of the form hook: which.
    pub hook: Option<HookName>,
    /// Of the form hook: whether a failure stops git.
    pub gate: bool,
    /// Of the form schedule: when.
    pub schedule: Option<Cron>,
}

/// A recipe in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The automation's id: 12 hexadecimal digits, the same for the same steps in the same form.
    pub id: String,
    /// Its name there: of the recipe, unless that is taken.
    pub name: String,
    /// The form.
    pub form: Form,
    /// What kind of work it is.
    pub template: Template,
    /// What `text` is written in.
    pub language: Language,
    /// What is run, and approved: the script; of the forms make-target and just-target a whole Makefile or justfile.
    pub text: String,
    /// Its options.
    pub parameters: Vec<Argument>,
    /// What is put where git, make, just or git-tend find it; a script stands for itself.
    pub entry: Option<Entry>,
    /// Of the form jq: the filters, in the order of the steps.
    pub filters: Vec<String>,
    /// What a reader must know: what differs from what was typed.
    pub notes: Vec<String>,
}

/// What is put where git, make, just or git-tend find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Entry {
    /// `alias.NAME` of git's configuration.
    GitAlias {
        /// Its value.
        value: String,
    },
    /// Lines of a Makefile.
    Makefile {
        /// The lines, without the marks.
        block: String,
    },
    /// Lines of a justfile.
    Justfile {
        /// The lines, without the marks.
        block: String,
    },
    /// `[task.NAME]` of `tend.toml` or `tend.local.toml`.
    Task {
        /// What is run.
        run: Vec<String>,
        /// When, as a cron expression.
        schedule: Option<String>,
        /// The hook that runs it.
        hook: Option<String>,
        /// Whether it is one of the hook's gates.
        gate: bool,
    },
}
