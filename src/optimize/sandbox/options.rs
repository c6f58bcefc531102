//! How a script is tried, and why it was not.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::copy::CopyError;
use super::subject::Level;
use crate::system::sandbox::{Bounds, Claim, Means, SandboxError};

/// How a script is tried.
#[derive(Clone, Debug)]
pub struct Options {
    /// Our own program.
    pub helper: PathBuf,
    /// Where throw-away folders are made, such as [`super::default_folder`].
    pub folder: PathBuf,
    /// How freely it runs.
    pub level: Level,
    /// What isolates it; the best there is if nothing is said.
    pub means: Option<Means>,
    /// Whether nothing is run if something that the level promises does not hold.
    pub require: bool,
    /// Whether the user agreed to a run without any isolation.
    pub consent: bool,
    /// What it may take.
    pub bounds: Bounds,
    /// The user's home folder, which must not be readable.
    pub home: Option<PathBuf>,
    /// Further folders of tools, absolute, that it may read and execute at level partial, and read at level full.
    pub tools: Vec<PathBuf>,
    /// How long to wait for others to finish if [`super::AT_ONCE`] are running.
    pub wait: Duration,
}

/// Why a script was not tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No isolation, and no consent.
    #[error("run it without isolation: nobody agreed to that")]
    Consent,
    /// What the level promises does not hold here.
    #[error("confine it at level {}: {} cannot {}", level.name(), means.name(), words(missing))]
    NotEnforced {
        /// The level.
        level: Level,
        /// The best means there is.
        means: Means,
        /// What would be possible.
        missing: Vec<Claim>,
    },
    /// The means that was asked for does not work here.
    #[error("set up {}: {why}", means.name())]
    Means {
        /// The means.
        means: Means,
        /// What it said.
        why: String,
    },
    /// All places are taken.
    #[error("start a sandbox: {} are running already", super::AT_ONCE)]
    Busy,
    /// There is no copy of the repository.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The sandbox did not work.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A declared glob is none.
    #[error("read what it says it writes: {0}")]
    Declared(#[from] globset::Error),
    /// The throw-away folder could not be made or looked through.
    #[error("prepare {}: {error}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

fn words(claims: &[Claim]) -> String {
    let words: Vec<&str> = claims.iter().map(|claim| claim.words()).collect();
    format!("keep it from being able to {}", words.join(", "))
}
