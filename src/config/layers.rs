//! The layers of the configuration: built-in values, the user's file, the repository's, and its local overrides. Later
//! ones win, key by key; lists are replaced as a whole.
//!
//! Files are read from the worktree that the user is in, never from a commit.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{ConfigError, Diagnostic, Document};
use super::explain::explain;
use super::schema::{Config, USER_ONLY};

/// The repository's configuration file.
pub const PROJECT_FILE: &str = "tend.toml";
/// Its untracked overrides.
pub const LOCAL_FILE: &str = "tend.local.toml";
/// The user's file, in the folder of git-tend's configuration.
pub const USER_FILE: &str = "config.toml";

/// A larger file is not a configuration; reading one in a hook would hold git.
const LARGEST: u64 = 1 << 20;

/// Where a value may come from; later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Built in.
    Default,
    /// The user's own file.
    User,
    /// The repository's `tend.toml`, or the file that stands in for it.
    Project,
    /// The repository's `tend.local.toml`.
    Local,
}

impl Layer {
    /// The name printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
        }
    }
}

/// Which files there may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The user's file.
    pub user: Option<PathBuf>,
    /// The repository's file.
    pub project: Option<PathBuf>,
    /// Whether the repository's file was named on the command line, so that it must exist.
    pub project_was_named: bool,
    /// The local overrides.
    pub local: Option<PathBuf>,
}

impl Files {
    /// The files of a user and a worktree; `named` stands in for `tend.toml`.
    pub fn new(config_dir: Option<&Path>, worktree: Option<&Path>, named: Option<&Path>) -> Self {
        Self {
            user: config_dir.map(|dir| dir.join(USER_FILE)),
            project: named
                .map(Path::to_path_buf)
                .or_else(|| worktree.map(|top| top.join(PROJECT_FILE))),
            project_was_named: named.is_some(),
            local: worktree.map(|top| top.join(LOCAL_FILE)),
        }
    }
}

/// A file of one layer.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// Which layer.
    pub layer: Layer,
    /// The file.
    pub document: Arc<Document>,
}

/// A configuration and the files it came from.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The effective configuration.
    pub config: Config,
    /// The files, lowest layer first.
    pub files: Vec<LayerFile>,
}

impl Loaded {
    /// Whether the repository has a configuration of its own.
    pub fn has_project_file(&self) -> bool {
        self.files.iter().any(|file| file.layer == Layer::Project)
    }
}

impl Config {
    /// Reads and unites the layers.
    pub fn load(files: &Files) -> Result<Loaded, ConfigError> {
        let mut documents = Vec::new();
        let mut problems = Vec::new();
        for (layer, path, required) in [
            (Layer::User, &files.user, false),
            (Layer::Project, &files.project, files.project_was_named),
            (Layer::Local, &files.local, false),
        ] {
            let Some(path) = path else { continue };
            match read(path, required) {
                Ok(Some(document)) => documents.push(LayerFile {
                    layer,
                    document: Arc::new(document),
                }),
                Ok(None) => {}
                Err(problem) => problems.push(*problem),
            }
        }
        match ConfigError::of(problems) {
            Some(error) => Err(error),
            None => Self::from_layers(documents),
        }
    }

    /// Unites layers that were read.
    pub fn from_layers(files: Vec<LayerFile>) -> Result<Loaded, ConfigError> {
        let Some(config) = unite(&files) else {
            let problems = files.iter().flat_map(explain).collect();
            return Err(ConfigError::of(problems).unwrap_or_else(|| {
                // Each layer is valid by itself, so their union is too: this would be a fault of this program.
                let path = files.last().map(|file| file.document.path.clone());
                Diagnostic::of_file(
                    path.unwrap_or_default(),
                    "the layers of the configuration do not fit together",
                )
                .into()
            }));
        };
        Ok(Loaded { config, files })
    }
}

/// The union of the layers, or `None` if anything is wrong with any of them; what it is, [`explain`] finds out.
fn unite(files: &[LayerFile]) -> Option<Config> {
    let mut tables = Vec::with_capacity(files.len());
    for file in files {
        let table = DeTable::parse(&file.document.text).ok()?;
        if file.layer != Layer::User
            && USER_ONLY
                .iter()
                .any(|key| table.get_ref().contains_key(*key))
        {
            return None;
        }
        tables.push(table);
    }
    if tables.len() > 1 {
        // A mistake that a later layer hides is a mistake all the same.
        for table in &tables {
            Config::deserialize(toml::Deserializer::from(table.clone())).ok()?;
        }
    }
    let mut tables = tables.into_iter();
    let Some(mut united) = tables.next() else {
        return Some(Config::default());
    };
    for table in tables {
        merge(united.get_mut(), table.into_inner());
    }
    Config::deserialize(toml::Deserializer::from(united)).ok()
}

/// Puts one table over another.
fn merge<'a>(below: &mut DeTable<'a>, above: DeTable<'a>) {
    for (key, value) in above {
        match (below.get_mut(&key).map(toml::Spanned::get_mut), value) {
            (Some(DeValue::Table(lower)), upper) if upper.get_ref().is_table() => {
                if let DeValue::Table(upper) = upper.into_inner() {
                    merge(lower, upper);
                }
            }
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// Reads a file; `None` if there is none and there need not be one.
fn read(path: &Path, required: bool) -> Result<Option<Document>, Box<Diagnostic>> {
    let problem = |message: String| Box::new(Diagnostic::of_file(path, message));
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) && !required => return Ok(None),
        Err(error) => return Err(problem(format!("cannot be read: {error}"))),
    };
    // A pipe or a device could hold its reader for ever.
    if !metadata.is_file() {
        return Err(problem("is not a file".to_owned()));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| problem(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(problem("is larger than 1 MiB".to_owned()));
    }
    decode(path, &bytes).map(Some).map_err(Box::new)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The text of a file.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<Document, Diagnostic> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document = |text: String| Document {
        path: path.to_path_buf(),
        text,
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(document(text.to_owned())),
        Err(error) => {
            let readable = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes).into_owned();
            let problem = Diagnostic::at(
                &Arc::new(document(text)),
                readable.len()..readable.len() + 1,
                "the file is not UTF-8",
            );
            Err(
                if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
                    problem.hint("it looks like UTF-16; save it as UTF-8")
                } else {
                    problem
                },
            )
        }
    }
}
