//! Where agents keep their sessions, and what names of folders and files tell.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::sessions::model::Agent;

/// A folder in which an agent keeps sessions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Folder {
    /// Which agent.
    pub agent: Agent,
    /// Where; it need not exist.
    pub path: PathBuf,
}

/// The folders of all agents for one user. `variable` looks up the environment.
///
/// Where a variable names another place for new sessions only, the usual one is told too: old ones are still there.
pub fn folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<Folder> {
    let set = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = set("HOME");
    let at_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let expanded = |path: PathBuf| match (path.strip_prefix("~"), &home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    };
    let pi = set("PI_CODING_AGENT_DIR")
        .map(expanded)
        .or_else(|| at_home(".pi/agent"));
    let claude = set("CLAUDE_CONFIG_DIR").map_or_else(
        || vec![at_home(".claude"), at_home(".config/claude")],
        |path| vec![Some(path)],
    );
    let codex = set("CODEX_HOME").or_else(|| at_home(".codex"));
    let of = |agent, path: Option<PathBuf>| path.map(|path| Folder { agent, path });
    let below = |path: &Option<PathBuf>, name: &str| path.as_ref().map(|path| path.join(name));
    let mut found = vec![
        of(Agent::Pi, below(&pi, "sessions")),
        of(Agent::Pi, set("PI_CODING_AGENT_SESSION_DIR").map(expanded)),
        of(Agent::Codex, below(&codex, "sessions")),
        of(Agent::Codex, below(&codex, "archived_sessions")),
    ];
    found.extend(
        claude
            .iter()
            .map(|path| of(Agent::ClaudeCode, below(path, "projects"))),
    );
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort();
    found.dedup();
    found
}

impl Folder {
    /// How many folders below this one sessions lie at most.
    pub fn depth(&self) -> usize {
        match self.agent {
            // PROJECT/SESSION.jsonl, or SESSION.jsonl where the folder was named by hand.
            Agent::Pi => 1,
            // PROJECT/SESSION.jsonl and PROJECT/SESSION/subagents/agent-ID.jsonl; YYYY/MM/DD/rollout-….jsonl, and
            // archived ones in the folder itself.
            Agent::ClaudeCode | Agent::Codex => 3,
        }
    }

    /// Whether the file at `path`, below this folder, is a session: agents keep other files beside them.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(within) = path.strip_prefix(&self.path) else {
            return false;
        };
        let names: Vec<_> = within
            .components()
            .map(|part| match part {
                Component::Normal(name) => name.to_str().unwrap_or_default(),
                _ => "",
            })
            .collect();
        let Some((file, above)) = names.split_last() else {
            return false;
        };
        let Some(name) = file.strip_suffix(".jsonl").filter(|name| !name.is_empty()) else {
            return false;
        };
        match self.agent {
            Agent::Pi => above.len() <= self.depth(),
            Agent::ClaudeCode => match above {
                [_project] => is_uuid(name) || name.starts_with("agent-"),
                [_project, session, "subagents"] => is_uuid(session) && name.starts_with("agent-"),
                _ => false,
            },
            Agent::Codex => above.len() <= self.depth() && name.starts_with("rollout-"),
        }
    }
}

impl Agent {
    /// Whose file it is, by where it lies: below one of the usual folders, in any home.
    pub fn of_path(path: &Path) -> Option<Self> {
        let names: Vec<_> = path
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        let lies_in = |folder: &[&str]| names.windows(folder.len()).any(|window| window == folder);
        if lies_in(&[".pi", "agent", "sessions"]) {
            Some(Self::Pi)
        } else if lies_in(&[".claude", "projects"]) || lies_in(&[".config", "claude", "projects"]) {
            Some(Self::ClaudeCode)
        } else if lies_in(&[".codex", "sessions"]) || lies_in(&[".codex", "archived_sessions"]) {
            Some(Self::Codex)
        } else {
            None
        }
    }
}

/// The name of the folder in which pi keeps the sessions of `folder`. Several folders may have one name.
pub fn pi_folder(folder: &str) -> String {
    let inner = folder.strip_prefix(['/', '\\']).unwrap_or(folder);
    format!("--{}--", inner.replace(['/', '\\', ':'], "-"))
}

/// The name of the folder in which Claude Code keeps the sessions of `folder`. Several folders may have one name.
///
/// What is neither letter nor digit becomes `-`, by UTF-16 units; a name of more than 200 is cut, and Java's hash of the
/// whole follows (2.1.197).
pub fn claude_folder(folder: &str) -> String {
    const LONGEST: usize = 200;
    let plain = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii_alphanumeric() => char::from(byte),
        _ => '-',
    };
    let units = || folder.encode_utf16();
    if units().count() <= LONGEST {
        return units().map(plain).collect();
    }
    let hash = units().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    });
    let mut name: String = units().take(LONGEST).map(plain).collect();
    name.push('-');
    name.push_str(&base36(hash.unsigned_abs()));
    name
}

fn base36(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(number % 36, 36));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// The id of a session by the name of its file without `.jsonl`; that name, if it holds no id.
pub fn session_id(agent: Agent, name: &str) -> &str {
    const UUID: usize = 36;
    let id = match agent {
        // TIME_UUID
        Agent::Pi => name.rsplit_once('_').map(|(_, id)| id),
        // rollout-TIME-UUID
        Agent::Codex => name
            .len()
            .checked_sub(UUID)
            .and_then(|at| name.get(at..))
            .filter(|id| is_uuid(id)),
        Agent::ClaudeCode => None,
    };
    match id.filter(|id| !id.is_empty()).unwrap_or(name) {
        "" => "unnamed",
        id => id,
    }
}

/// Whether `text` is a UUID as they are usually written.
pub fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12])
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(variables: &[(&str, &str)]) -> Vec<String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        folders(variable)
            .iter()
            .map(|folder| format!("{:?} {}", folder.agent, folder.path.display()))
            .collect()
    }

    #[test]
    fn folders_follow_the_environment() {
        assert_eq!(
            told(&[("HOME", "/h")]),
            [
                "Pi /h/.pi/agent/sessions",
                "ClaudeCode /h/.claude/projects",
                "ClaudeCode /h/.config/claude/projects",
                "Codex /h/.codex/archived_sessions",
                "Codex /h/.codex/sessions",
            ]
        );
        assert_eq!(
            told(&[
                ("HOME", "/h"),
                ("PI_CODING_AGENT_DIR", "~/pi"),
                ("PI_CODING_AGENT_SESSION_DIR", "/s"),
                ("CLAUDE_CONFIG_DIR", "/c"),
                ("CODEX_HOME", "/x"),
            ]),
            [
                "Pi /h/pi/sessions",
                "Pi /s",
                "ClaudeCode /c/projects",
                "Codex /x/archived_sessions",
                "Codex /x/sessions"
            ]
        );
        assert_eq!(told(&[("HOME", "")]), [""; 0]);
    }

    #[test]
    fn only_sessions_are_held() {
        let uuid = "01a1fb4a-ff60-7302-afe9-b0a6c75e7f1d";
        let holds = |agent, path: &str| {
            Folder {
                agent,
                path: "/f".into(),
            }
            .holds(Path::new(path))
        };
        assert!(holds(Agent::Pi, "/f/--home-dev--/x.jsonl"));
        assert!(holds(Agent::Pi, "/f/x.jsonl"));
        assert!(!holds(Agent::Pi, "/f/a/b/x.jsonl"));
        assert!(!holds(Agent::Pi, "/g/x.jsonl"));
        assert!(holds(Agent::ClaudeCode, &format!("/f/-p/{uuid}.jsonl")));
        assert!(holds(
            Agent::ClaudeCode,
            &format!("/f/-p/{uuid}/subagents/agent-1.jsonl")
        ));
        assert!(!holds(
            Agent::ClaudeCode,
            &format!("/f/-p/{uuid}/tool-results/x.jsonl")
        ));
        assert!(holds(
            Agent::Codex,
            &format!("/f/2026/11/21/rollout-x-{uuid}.jsonl")
        ));
        assert!(!holds(Agent::Codex, "/f/2026/11/21/other.jsonl"));
    }

    #[test]
    fn names_are_as_the_agents_write_them() {
        assert_eq!(pi_folder("/home/dev/my_proj.x"), "--home-dev-my_proj.x--");
        assert_eq!(
            claude_folder("/home/dev/my_proj.x y"),
            "-home-dev-my-proj-x-y"
        );
        let long = claude_folder(&format!("/home/dev/{}", "long".repeat(60)));
        assert_eq!(long.len(), 207);
        assert!(long.ends_with("lo-qgq72t"), "{long}");
        let uuid = "01a1fffb-4c92-7073-b06b-4d34f6ff1047";
        assert_eq!(
            session_id(Agent::Codex, &format!("rollout-2026-11-21T21-20-21-{uuid}")),
            uuid
        );
        assert_eq!(
            session_id(Agent::Pi, &format!("2026-11-20T23-29-18-697Z_{uuid}")),
            uuid
        );
        assert_eq!(session_id(Agent::ClaudeCode, ""), "unnamed");
    }

    #[test]
    fn a_path_tells_its_agent() {
        let of = |path: &str| Agent::of_path(Path::new(path));
        assert_eq!(of("/home/a/.pi/agent/sessions/x/y.jsonl"), Some(Agent::Pi));
        assert_eq!(
            of("/home/a/.claude/projects/x/y.jsonl"),
            Some(Agent::ClaudeCode)
        );
        assert_eq!(
            of("/home/a/.codex/archived_sessions/y.jsonl"),
            Some(Agent::Codex)
        );
        assert_eq!(of("/spoke/y.jsonl"), None);
    }
}
