//! What the agent brings: its skills, and its version.
//!
//! The original gave its analyser a list of skills by name, which no pi takes, and failed without one of them. Here a session
//! is divided before the agent sees it, so no skill is needed: it gets those that are configured, by their folders.

use std::ffi::OsString;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::call::{program, variable};
use super::failure::{Failure, Reason};
use crate::config::user::Agent;
use crate::system::conversation::{self, Conversation, Ended, Listener};
use crate::system::{env, tilde};

/// The file that makes a folder a skill.
const SKILL: &str = "SKILL.md";
/// Where pi looks for its folder, if not in `~/.pi/agent`.
const PI_FOLDER: &str = "PI_CODING_AGENT_DIR";
/// Those that the original wanted.
const ORIGINAL: [&str; 2] = ["rlm", "codemap"];
/// How long the agent may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much it may say about its version, in bytes.
const LONGEST: usize = 64 * 1024;

/// The folders of the configured skills, or the failure that names the first one that is not there.
pub fn skills(
    settings: &Agent,
    environment: &[(OsString, OsString)],
) -> Result<Vec<PathBuf>, Failure> {
    let found = settings.skills.iter().map(|skill| {
        let places = places(skill, environment);
        let found = places.iter().find(|place| is_skill(place));
        found.cloned().ok_or_else(|| {
            let looked: Vec<String> = places
                .iter()
                .map(|place| place.join(SKILL).display().to_string())
                .collect();
            let message = match looked.as_slice() {
                [] => format!("the skill `{skill}` is neither a folder nor the name of one"),
                all => format!("the skill `{skill}` is missing: no {}", all.join(", no ")),
            };
            Failure::new(Reason::MissingSkill, &message)
        })
    });
    found.collect()
}

/// A skill that others may expect and that is not configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconfigured {
    /// Its name.
    pub name: &'static str,
    /// Where it is, if it is there.
    pub folder: Option<PathBuf>,
}

/// The skills that the original wanted and that are not configured. They are not needed.
pub fn unconfigured(settings: &Agent, environment: &[(OsString, OsString)]) -> Vec<Unconfigured> {
    let is_configured = |name: &str| {
        settings.skills.iter().any(|skill| {
            let last = skill.trim_end_matches('/').rsplit('/').next();
            last == Some(name)
        })
    };
    ORIGINAL
        .into_iter()
        .filter(|name| !is_configured(name))
        .map(|name| Unconfigured {
            name,
            folder: places(name, environment)
                .into_iter()
                .find(|place| is_skill(place)),
        })
        .collect()
}

fn is_skill(folder: &Path) -> bool {
    folder.join(SKILL).is_file()
}

/// Where a skill may be. A name is looked for in the user's folder of skills and in pi's.
fn places(skill: &str, environment: &[(OsString, OsString)]) -> Vec<PathBuf> {
    let home = variable(environment, env::HOME).map(Path::new);
    let home = home.filter(|home| home.is_absolute());
    if skill.contains('/') || skill.starts_with('~') {
        let path = tilde::below(skill, home);
        return if path.is_absolute() {
            vec![path]
        } else {
            home.map(|home| home.join(path)).into_iter().collect()
        };
    }
    if matches!(skill.trim(), "" | "." | "..") {
        return Vec::new();
    }
    let own = variable(environment, PI_FOLDER)
        .and_then(|folder| folder.to_str())
        .filter(|folder| !folder.is_empty())
        .map(|folder| tilde::below(folder, home));
    let of_pi = own.or_else(|| Some(home?.join(".pi/agent")));
    let folders = [
        home.map(|home| home.join("skills")),
        of_pi.map(|pi| pi.join("skills")),
    ];
    let folders = folders.into_iter().flatten();
    folders.map(|folder| folder.join(skill)).collect()
}

/// A version of the agent. Versions are in their order, one of a coming release before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The numbers before, between and after the dots.
    pub numbers: [u64; 3],
    /// What follows a `-`, such as `beta.1`.
    pub coming: Option<String>,
}

impl Version {
    /// The oldest that is known to work.
    pub const OLDEST: Self = Self {
        numbers: [0, 1, 0],
        coming: None,
    };

    /// Whether it is known to work.
    pub fn is_enough(&self) -> bool {
        let release = |version: &Self| (version.numbers, version.coming.is_none());
        release(self) >= release(&Self::OLDEST)
    }

    /// The first version in a text, such as `0.73.1`, `v1.2` or `pi 0.87.1-beta.1 (x)`.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '/' | '@'))
            .find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix(['v', 'V']).unwrap_or(word);
        let (word, _) = word.split_once('+').unwrap_or((word, ""));
        let (numbers, coming) = match word.split_once('-') {
            Some((numbers, coming)) => (numbers, Some(coming)),
            None => (word, None),
        };
        let mut parts = numbers.split('.').map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| is_number)
        });
        let numbers = [
            parts.next()??,
            parts.next()??,
            parts.next().unwrap_or(Some(0))?,
        ];
        parts.next().is_none().then(|| Self {
            numbers,
            coming: coming.map(str::to_owned),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        match &self.coming {
            Some(coming) => write!(f, "-{coming}"),
            None => Ok(()),
        }
    }
}

/// What the agent says when it is asked for its version.
#[derive(Default)]
struct Said {
    out: Vec<u8>,
    err: Vec<u8>,
}

fn keep(bytes: &[u8], into: &mut Vec<u8>) {
    let room = LONGEST.saturating_sub(into.len()).min(bytes.len());
    into.extend_from_slice(bytes.get(..room).unwrap_or_default());
}

impl Listener for Said {
    fn heard(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        keep(bytes, &mut self.out);
        ControlFlow::Continue(())
    }

    fn complained(&mut self, bytes: &[u8]) {
        keep(bytes, &mut self.err);
    }
}

/// The version that the agent tells with `--version`, within ten seconds; none if what it says is none.
pub fn version(
    settings: &Agent,
    environment: &[(OsString, OsString)],
) -> Result<Option<Version>, Failure> {
    let program = program(settings, environment)?;
    let mut args: Vec<OsString> = settings.command.iter().skip(1).map(Into::into).collect();
    args.push("--version".into());
    let mut said = Said::default();
    let ended = conversation::hold(
        Conversation {
            program: &program,
            args: &args,
            cwd: Path::new("/"),
            env: environment,
            stdin: b"",
            timeout: PATIENCE,
        },
        &mut said,
        &|| false,
    )
    .map_err(|error| {
        let message = format!("failed to run {}: {error}", program.display());
        Failure::new(Reason::Spawn, &message)
    })?;
    let [out, err] = [&said.out, &said.err].map(|bytes| String::from_utf8_lossy(bytes));
    match ended {
        Ended::Exited(0) => Ok(Version::find(&out).or_else(|| Version::find(&err))),
        Ended::Exited(code) => {
            let message = format!("{} --version exited with {code}: {err}", program.display());
            Err(Failure::new(Reason::Crashed, &message))
        }
        Ended::TimedOut => {
            let message = format!("{} --version took more than 10 s", program.display());
            Err(Failure::new(Reason::Timeout, &message))
        }
        _ => {
            let message = format!("{} --version was ended", program.display());
            Err(Failure::new(Reason::Crashed, &message))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn with(skills: &[&str]) -> Agent {
        Agent {
            skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
            ..Agent::default()
        }
    }

    fn make(folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(SKILL), "---\nname: x\n---\n").unwrap();
    }

    #[test]
    fn skills_are_found_by_folder_and_by_name() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        for path in ["skills/a", ".pi/agent/skills/b", "else/c", "skills/rlm"] {
            make(&at(path));
        }
        fs::create_dir_all(at("skills/empty")).unwrap();
        let env = [("HOME".into(), home.path().into())];
        let absolute = at("else/c").display().to_string();
        let found = skills(&with(&["a", "b", "~/else/c", &absolute]), &env);
        let expected = ["skills/a", ".pi/agent/skills/b", "else/c", "else/c"].map(at);
        assert_eq!(found.unwrap(), expected);
        assert_eq!(skills(&with(&[]), &[]), Ok(Vec::new()));
        for (wrong, named) in [
            ("empty", at("skills/empty/SKILL.md")),
            ("none", at(".pi/agent/skills/none/SKILL.md")),
            ("/no/such", "/no/such/SKILL.md".into()),
        ] {
            let failure = skills(&with(&["a", wrong]), &env).unwrap_err();
            assert_eq!(failure.reason, Reason::MissingSkill);
            let named = named.display().to_string();
            assert!(failure.message.contains(&named), "{failure}");
        }
        for wrong in ["", "..", "."] {
            let failure = skills(&with(&[wrong]), &env).unwrap_err();
            assert!(failure.message.contains("neither"), "{failure}");
        }
        let mut env = env.to_vec();
        env.push((PI_FOLDER.into(), at("else").into()));
        make(&at("else/skills/d"));
        let found = skills(&with(&["d"]), &env).unwrap();
        assert_eq!(found, [at("else/skills/d")]);
    }

    #[test]
    fn what_the_original_wanted_is_noted_and_not_needed() {
        let home = tempfile::tempdir().unwrap();
        make(&home.path().join("skills/rlm"));
        let env = [("HOME".into(), home.path().into())];
        let notes = unconfigured(&with(&["~/x/codemap/"]), &env);
        let rlm = Unconfigured {
            name: "rlm",
            folder: Some(home.path().join("skills/rlm")),
        };
        assert_eq!(notes, [rlm]);
        assert_eq!(unconfigured(&with(&[]), &env).len(), 2);
        assert_eq!(skills(&with(&[]), &env), Ok(Vec::new()));
    }

    #[test]
    fn versions_are_read_and_compared() {
        for (text, version, is_enough) in [
            ("0.73.1\n", Some("0.73.1"), true),
            ("pi v0.1\n", Some("0.1.0"), true),
            (
                "@x/pi/1.2.3-beta.1+b (node v20.1.0)",
                Some("1.2.3-beta.1"),
                true,
            ),
            ("0.0.9", Some("0.0.9"), false),
            ("0.1.0-rc.1", Some("0.1.0-rc.1"), false),
            ("0.10.0", Some("0.10.0"), true),
            ("", None, false),
            ("seven", None, false),
            (
                "1.2.3.4 1..2 1.-2 +1.2 99999999999999999999999.1",
                None,
                false,
            ),
        ] {
            let found = Version::find(text);
            assert_eq!(found.as_ref().map(Version::to_string).as_deref(), version);
            assert_eq!(found.is_some_and(|found| found.is_enough()), is_enough);
        }
    }

    fn program_that(script: &str) -> (tempfile::TempDir, Agent) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent");
        fs::write(&path, script).unwrap();
        let agent = Agent {
            command: vec!["sh".into(), path.display().to_string(), "first".into()],
            ..Agent::default()
        };
        (folder, agent)
    }

    #[test]
    fn a_program_is_asked_for_its_version() {
        let env = [("PATH".into(), "/usr/bin:/bin".into())];
        let asked = |script: &str| {
            let (_folder, agent) = program_that(script);
            version(&agent, &env)
        };
        let found = asked("[ \"$*\" = 'first --version' ] && echo 1.2.3").unwrap();
        assert_eq!(found.unwrap().numbers, [1, 2, 3]);
        assert_eq!(asked("echo 4.5.6 >&2").unwrap().unwrap().numbers, [4, 5, 6]);
        assert_eq!(asked("yes | head -c 1000000").unwrap(), None);
        let failure = asked("echo broken >&2; exit 3").unwrap_err();
        assert!(failure.message.contains("broken"), "{failure}");
        let failure = version(&with(&[]), &env).unwrap_err();
        assert_eq!(failure.reason, Reason::MissingProgram);
    }
}
