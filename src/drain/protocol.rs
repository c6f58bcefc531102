//! What a runner and its supervisor tell each other: one line each way, and two letters.
//!
//! The runner writes an [`ExecSpec`] as one line of JSON to the supervisor's standard input and keeps the pipe open. Its
//! end of file means that the runner died, and the job dies with it; [`TERMINATE`] and [`KILL`] are orders. The
//! supervisor answers with one [`ExecReport`], a line on its standard output. Standard error is the job's log.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::cgroup::Delegation;
use crate::tasks::spec::Limits;

use super::limits::Enforced;

/// The hidden verb by which a supervisor knows what it is.
pub const VERB: &str = "__exec";
/// Ask the job to end, and kill it after the grace.
pub const TERMINATE: u8 = b't';
/// Kill the job now.
pub const KILL: u8 = b'k';

/// Time between asking a job to end and killing it.
pub const GRACE: Duration = Duration::from_secs(5);
/// The largest log a job may write.
pub const LOG_CAP: u64 = 64 * 1024 * 1024;

/// Everything a supervisor must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecSpec {
    /// The job's identity.
    pub job: String,
    /// The claim it runs under.
    pub fence: i64,
    /// Random; names this run in the environment of all its processes, as `TEND_RUN`.
    pub cookie: String,
    /// Absolute.
    #[serde(with = "native::one")]
    pub program: OsString,
    /// Without the program's name.
    #[serde(with = "native::list")]
    pub args: Vec<OsString>,
    /// The arguments of more calls of the program, each made when the one before has exited with 0.
    #[serde(default, with = "native::lists", skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Vec<OsString>>,
    /// The working directory.
    #[serde(with = "native::one")]
    pub cwd: OsString,
    /// All variables of the job; `TEND_RUN` is added.
    #[serde(with = "native::pairs")]
    pub env: Vec<(OsString, OsString)>,
    /// Where both outputs are appended. The runner opens it, so it does not travel.
    #[serde(skip)]
    pub log: PathBuf,
    /// The largest log; a job that writes more is killed.
    pub log_cap: u64,
    /// The longest run.
    pub timeout_ms: u64,
    /// Time between asking and killing.
    pub grace_ms: u64,
    /// What it may use.
    pub limits: Limits,
    /// The lock file of its slot, in which the supervisor leaves its identity.
    #[serde(
        default,
        with = "native::maybe",
        skip_serializing_if = "Option::is_none"
    )]
    pub slot_lock: Option<OsString>,
    /// The control group below which it may create its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cgroup: Option<Delegation>,
    /// The present boot.
    pub boot_id: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// By itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// By a signal that was not ours.
    Signalled {
        /// Which.
        signal: i32,
    },
    /// It took longer than its time-out.
    TimedOut,
    /// It held more memory than it may.
    MemoryExceeded {
        /// The most that was seen, in bytes.
        peak: u64,
    },
    /// It used more CPU time than it may.
    CpuExceeded,
    /// It wrote more to its log than it may.
    OutputExceeded,
    /// The runner, or a signal to the supervisor, asked for its end.
    Terminated,
    /// It could not be started.
    SpawnFailed {
        /// The system's error number, where there is one.
        errno: Option<i32>,
        /// For people.
        message: String,
    },
}

impl Outcome {
    /// The name stored with the run.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Exited { .. } => "exited",
            Self::Signalled { .. } => "signalled",
            Self::TimedOut => "timed_out",
            Self::MemoryExceeded { .. } => "memory_exceeded",
            Self::CpuExceeded => "cpu_exceeded",
            Self::OutputExceeded => "output_exceeded",
            Self::Terminated => "terminated",
            Self::SpawnFailed { .. } => "spawn_failed",
        }
    }

    /// The exit code, of a job that ended by itself.
    pub const fn exit_code(&self) -> Option<i32> {
        match self {
            Self::Exited { code } => Some(*code),
            _ => None,
        }
    }

    /// The signal, of a job that was ended by one that was not ours.
    pub const fn signal(&self) -> Option<i32> {
        match self {
            Self::Signalled { signal } => Some(*signal),
            _ => None,
        }
    }
}

/// What a supervisor tells at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecReport {
    /// How it ended.
    pub outcome: Outcome,
    /// From the start of the program to the end of the last of its processes.
    pub wall_ms: u64,
    /// CPU time of all its processes.
    pub cpu_ms: u64,
    /// The most memory: of the whole tree where it was sampled, else of the largest process.
    pub peak_rss_kib: u64,
    /// Which limits were really enforced.
    pub enforced: Enforced,
    /// How much it wrote to the log.
    pub log_bytes: u64,
    /// Whether the end of that was cut off.
    pub truncated: bool,
    /// Processes that did not die of SIGKILL in time: stuck in the kernel, or another user's.
    pub left_behind: u32,
}

/// Paths, arguments and variables as JSON: text where they are UTF-8, which is nearly always, else a list of bytes.
mod native {
    use std::borrow::Cow;
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Native<'a> {
        #[serde(borrow)]
        Text(Cow<'a, str>),
        Bytes(Vec<u8>),
    }

    impl<'a> From<&'a OsString> for Native<'a> {
        fn from(value: &'a OsString) -> Self {
            let value: &OsStr = value;
            value.to_str().map_or_else(
                || Self::Bytes(value.as_bytes().to_vec()),
                |text| Self::Text(text.into()),
            )
        }
    }

    impl From<Native<'_>> for OsString {
        fn from(value: Native<'_>) -> Self {
            match value {
                Native::Text(text) => text.into_owned().into(),
                Native::Bytes(bytes) => Self::from_vec(bytes),
            }
        }
    }

    pub(super) mod one {
        use super::{Deserialize as _, Native, OsString, Serialize as _};

        pub fn serialize<S: serde::Serializer>(value: &OsString, to: S) -> Result<S::Ok, S::Error> {
            Native::from(value).serialize(to)
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            from: D,
        ) -> Result<OsString, D::Error> {
            Native::deserialize(from).map(OsString::from)
        }
    }

    pub(super) mod maybe {
        use super::{Deserialize as _, Native, OsString, Serialize as _};

        #[allow(clippy::ref_option)] // the signature that serde asks for
        pub fn serialize<S: serde::Serializer>(
            value: &Option<OsString>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            value.as_ref().map(Native::from).serialize(to)
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            from: D,
        ) -> Result<Option<OsString>, D::Error> {
            Ok(Option::<Native<'_>>::deserialize(from)?.map(OsString::from))
        }
    }

    pub(super) mod list {
        use super::{Deserialize as _, Native, OsString};

        pub fn serialize<S: serde::Serializer>(
            values: &[OsString],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(values.iter().map(Native::from))
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<OsString>, D::Error> {
            let values = Vec::<Native<'_>>::deserialize(from)?;
            Ok(values.into_iter().map(OsString::from).collect())
        }
    }

    pub(super) mod lists {
        use super::{Deserialize as _, Native, OsString};

        pub fn serialize<S: serde::Serializer>(
            lists: &[Vec<OsString>],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(
                lists
                    .iter()
                    .map(|list| list.iter().map(Native::from).collect::<Vec<_>>()),
            )
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<Vec<OsString>>, D::Error> {
            let lists = Vec::<Vec<Native<'_>>>::deserialize(from)?;
            Ok(lists
                .into_iter()
                .map(|list| list.into_iter().map(OsString::from).collect())
                .collect())
        }
    }

    pub(super) mod pairs {
        use super::{Deserialize as _, Native, OsString};

        pub fn serialize<S: serde::Serializer>(
            values: &[(OsString, OsString)],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(
                values
                    .iter()
                    .map(|(name, value)| (Native::from(name), Native::from(value))),
            )
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<(OsString, OsString)>, D::Error> {
            let values = Vec::<(Native<'_>, Native<'_>)>::deserialize(from)?;
            Ok(values
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::ffi::OsStringExt as _;

    use proptest::prelude::*;

    use super::*;

    fn native() -> impl Strategy<Value = OsString> {
        prop_oneof![
            "\\PC{0,8}".prop_map(OsString::from),
            proptest::collection::vec(1_u8.., 0..8).prop_map(OsString::from_vec),
        ]
    }

    proptest! {
        #[test]
        fn a_specification_survives_the_pipe_as_one_line(
            program in native(),
            args in proptest::collection::vec(native(), 0..4),
            then in proptest::collection::vec(proptest::collection::vec(native(), 0..3), 0..3),
            env in proptest::collection::vec((native(), native()), 0..4),
            slot_lock in proptest::option::of(native()),
        ) {
            let spec = ExecSpec {
                job: "0a1b2c3d".into(),
                fence: 7,
                cookie: "c".into(),
                program,
                args,
                then,
                cwd: "/".into(),
                env,
                log: PathBuf::new(),
                log_cap: LOG_CAP,
                timeout_ms: 1,
                grace_ms: 2,
                limits: Limits { memory: Some(1), ..Limits::default() },
                slot_lock,
                cgroup: None,
                boot_id: "b".into(),
            };
            let line = serde_json::to_string(&spec).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<ExecSpec>(&line).unwrap(), spec);
        }
    }

    #[test]
    fn outcomes_are_stored_under_the_names_they_travel_with() {
        let all = [
            Outcome::Exited { code: 1 },
            Outcome::Signalled { signal: 9 },
            Outcome::TimedOut,
            Outcome::MemoryExceeded { peak: 1 },
            Outcome::CpuExceeded,
            Outcome::OutputExceeded,
            Outcome::Terminated,
            Outcome::SpawnFailed {
                errno: None,
                message: String::new(),
            },
        ];
        for outcome in all {
            let value = serde_json::to_value(&outcome).unwrap();
            assert_eq!(value.get("kind").unwrap(), outcome.name());
        }
    }
}
