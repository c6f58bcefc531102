//! What a confined program is started with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::standing::Claim;

/// What isolates. Landlock and the filter of system calls are added to the first two, wherever the kernel has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// Namespaces that bubblewrap makes.
    Bubblewrap,
    /// Namespaces that we make.
    Namespaces,
    /// No namespaces: Landlock and the filter alone.
    Landlock,
    /// Nothing: only limits and time.
    None,
}

impl Means {
    /// The word in reports and options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Namespaces => "namespaces",
            Self::Landlock => "landlock",
            Self::None => "none",
        }
    }

    /// Whether the program gets its own view of files, processes and networks.
    pub const fn has_namespaces(self) -> bool {
        matches!(self, Self::Bubblewrap | Self::Namespaces)
    }
}

/// A folder or file that the program sees, at the path it has outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Absolute, without symbolic links.
    pub path: PathBuf,
    /// Whether it may be written to.
    pub writable: bool,
}

/// What the program sees of the file system; nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its own folders and files.
    pub places: Vec<Place>,
    /// Folders of the system and of tools, to read.
    pub system: Vec<PathBuf>,
    /// Single files of the system, to read.
    pub files: Vec<PathBuf>,
    /// If given, the only files that may be executed, and only these and `libraries` may be read of the system;
    /// otherwise whatever of the system and of `places` can be.
    pub programs: Option<Vec<PathBuf>>,
    /// Folders and files of the system that programs read while they run.
    pub libraries: Vec<PathBuf>,
    /// The folder that stands for `/tmp` and `/var/tmp` where there are namespaces.
    pub tmp: PathBuf,
    /// The folder that stands for `/dev/shm` there.
    pub shm: PathBuf,
    /// The repository's copy if it must not be written to.
    pub frozen: Option<PathBuf>,
}

/// How much may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounds {
    /// Wall clock, in ms.
    pub wall_ms: u64,
    /// From the request to end to the end by force, in ms.
    pub grace_ms: u64,
    /// Address space of each process, in bytes.
    pub address_space: u64,
    /// Resident memory of all processes together, in bytes.
    pub resident: u64,
    /// CPU time of each process, in seconds.
    pub cpu_seconds: u64,
    /// Size of each file, in bytes.
    pub file_size: u64,
    /// What all files together may take on disk, in bytes, those included that were there before.
    pub disk: u64,
    /// How many files and folders there may be.
    pub files: u64,
    /// How many processes and threads there may be at once.
    pub processes: u64,
    /// How many descriptors each process may have.
    pub descriptors: u64,
    /// How much of the end of each output is kept, in bytes.
    pub output: usize,
}

const MIB: u64 = 1024 * 1024;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            wall_ms: 30_000,
            grace_ms: 5_000,
            address_space: 512 * MIB,
            resident: 1024 * MIB,
            cpu_seconds: 30,
            file_size: 64 * MIB,
            disk: 512 * MIB,
            files: 100_000,
            processes: 64,
            descriptors: 256,
            output: 64 * 1024,
        }
    }
}

/// What to run, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// By what.
    pub means: Means,
    /// bubblewrap's program, for [`Means::Bubblewrap`].
    pub bubblewrap: Option<PathBuf>,
    /// Absolute.
    pub program: PathBuf,
    /// Without the program's name.
    pub args: Vec<String>,
    /// The working directory: one of the places, or below one.
    pub folder: PathBuf,
    /// All of its variables.
    pub env: Vec<(String, String)>,
    /// The throw-away folder that holds the places. Its parent is used for things that must be out of reach.
    pub top: PathBuf,
    /// What it sees.
    pub view: View,
    /// What it may take.
    pub bounds: Bounds,
    /// What must be enforced, or nothing is started.
    pub require: Vec<Claim>,
    /// Files and folders that it must not be able to open.
    pub secrets: Vec<PathBuf>,
    /// Whose identity it gets if the user is root; nobody else may have this number.
    pub stand_in: u32,
}
