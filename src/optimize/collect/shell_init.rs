//! The journal that a shell writes by itself: what no history keeps (where, how long, how it ended).
//!
//! A snippet is evaluated by an interactive shell when it starts. It runs before and after each command without starting a
//! process, but for bash, which forks once to learn what was typed, and leaves hooks of others as they are. Lines that begin
//! with a space are not written. The format is that of [`super::Dialect::Journal`].

use std::path::Path;

/// A shell that can write the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// 4.4 or newer; an older one writes nothing.
    Bash,
    /// With its module `zsh/datetime`.
    Zsh,
    /// 3.0 or newer; before 3.5 a `date` is started for each command.
    Fish,
}

impl Shell {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Bash, Self::Zsh, Self::Fish];

    /// Its name, which is that of its program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// The shell of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shell| shell.name() == name)
    }
}

/// What `eval "$(git tend optimize shell-init bash)"` evaluates; for fish, `git tend optimize shell-init fish | source`.
///
/// `journal` is an absolute path; its folder must exist.
pub fn snippet(shell: Shell, journal: &Path) -> String {
    let (text, quoted) = match shell {
        Shell::Bash => (include_str!("shell_init/bash.sh"), quoted_posix(journal)),
        Shell::Zsh => (include_str!("shell_init/zsh.zsh"), quoted_posix(journal)),
        Shell::Fish => (include_str!("shell_init/fish.fish"), quoted_fish(journal)),
    };
    text.replace("@JOURNAL@", &quoted)
}

fn quoted_posix(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

fn quoted_fish(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', r"\\");
    format!("'{}'", text.replace('\'', r"\'"))
}

#[cfg(test)]
pub(in crate::optimize::collect) mod tests;
