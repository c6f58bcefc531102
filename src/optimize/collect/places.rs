//! Where histories are kept, by the environment alone: whether anything is there is for the caller to see.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::optimize::event::Source;

/// The file of our own journal in the user's data folder.
pub const JOURNAL: &str = "shell-journal";

/// The files in which a shell may keep its history, the likeliest first. `variable` looks up the environment.
///
/// `HISTFILE` is mostly a shell's own and not in the environment of what it starts; where it is, its name or `SHELL` tells
/// whose it is. A source that is no shell has none.
pub fn histories(source: Source, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let path = |name: &str| {
        set(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = path("HOME");
    let below_home = |names: &[&str]| -> Vec<PathBuf> {
        let home = home.iter();
        home.flat_map(|home| names.iter().map(|name| home.join(name)))
            .collect()
    };
    let histfile = path("HISTFILE").filter(|file| owner(file, set("SHELL")) == Some(source));
    let mut found: Vec<PathBuf> = match source {
        Source::Bash => histfile
            .into_iter()
            .chain(below_home(&[".bash_history"]))
            .collect(),
        Source::Zsh => {
            let names = [".zsh_history", ".zhistory", ".histfile"];
            let own = path("ZDOTDIR").map(|dir| names.map(|name| dir.join(name)));
            histfile
                .into_iter()
                .chain(own.into_iter().flatten())
                .chain(below_home(&names))
                .collect()
        }
        Source::Fish => {
            let data = path("XDG_DATA_HOME")
                .or_else(|| home.as_ref().map(|home| home.join(".local/share")));
            // An empty name is a session that is kept nowhere; it says nothing of others.
            let name = match set("fish_history") {
                Some(name) if name != "default" => name,
                _ => "fish".into(),
            };
            let is_name = !name.as_encoded_bytes().contains(&b'/');
            let mut file = name;
            file.push("_history");
            data.filter(|_| is_name)
                .map(|data| data.join("fish").join(file))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    };
    let mut seen = Vec::new();
    found.retain(|path| {
        let is_new = !seen.contains(path);
        seen.push(path.clone());
        is_new
    });
    found
}

/// Whose history `HISTFILE` names.
fn owner(file: &Path, shell: Option<OsString>) -> Option<Source> {
    let name = file.file_name()?.to_string_lossy().into_owned();
    let by_name = if name.contains("zsh") || name == ".zhistory" || name == ".histfile" {
        Some(Source::Zsh)
    } else if name.contains("bash") {
        Some(Source::Bash)
    } else {
        None
    };
    by_name.or_else(|| {
        let shell = PathBuf::from(shell?);
        match shell.file_name()?.to_str()? {
            "bash" => Some(Source::Bash),
            "zsh" => Some(Source::Zsh),
            _ => None,
        }
    })
}

/// atuin's configuration file.
pub fn atuin_config(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("ATUIN_CONFIG_DIR").or_else(|| {
        let base = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
        Some(base.join("atuin"))
    })?;
    Some(folder.join("config.toml"))
}

/// atuin's database: `ATUIN_DB_PATH`, `db_path` of its configuration, or where it is if nobody says anything else.
///
/// `config` is the text of [`atuin_config`], if there is one.
pub fn atuin(config: Option<&str>, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = set("HOME");
    let said = || {
        let table: toml::Table = config?.parse().ok()?;
        let path = table.get("db_path")?.as_str()?;
        (!path.is_empty()).then(|| PathBuf::from(path))
    };
    let expanded = |path: PathBuf| match (path.strip_prefix("~"), &home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    };
    let usual = || {
        let data =
            set("XDG_DATA_HOME").or_else(|| home.as_ref().map(|home| home.join(".local/share")))?;
        Some(data.join("atuin/history.db"))
    };
    set("ATUIN_DB_PATH")
        .or_else(said)
        .map(expanded)
        .or_else(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'a>(
        variables: &'a [(&'a str, &'a str)],
    ) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        }
    }

    fn told(source: Source, variables: &[(&str, &str)]) -> Vec<String> {
        let found = histories(source, environment(variables));
        let found = found.iter().map(|path| path.display().to_string());
        found.collect()
    }

    #[test]
    fn histories_are_where_the_shells_keep_them() {
        let home = ("HOME", "/h");
        assert_eq!(told(Source::Bash, &[home]), ["/h/.bash_history"]);
        assert_eq!(
            told(Source::Zsh, &[home, ("ZDOTDIR", "/h")]),
            ["/h/.zsh_history", "/h/.zhistory", "/h/.histfile"]
        );
        assert_eq!(
            told(Source::Fish, &[home]),
            ["/h/.local/share/fish/fish_history"]
        );
        assert_eq!(
            told(
                Source::Fish,
                &[home, ("XDG_DATA_HOME", "/d"), ("fish_history", "work")]
            ),
            ["/d/fish/work_history"]
        );
        assert_eq!(
            told(Source::Fish, &[home, ("fish_history", "../x")]),
            [""; 0]
        );
        assert_eq!(told(Source::Bash, &[("HOME", "")]), [""; 0]);
        assert_eq!(told(Source::Git, &[home]), [""; 0]);
    }

    #[test]
    fn a_history_that_is_named_belongs_to_one_shell() {
        let named = |file, shell| [("HISTFILE", file), ("SHELL", shell)];
        let zsh = named("/x/zsh-hist", "/bin/bash");
        assert_eq!(told(Source::Zsh, &zsh), ["/x/zsh-hist"]);
        assert_eq!(told(Source::Bash, &zsh), [""; 0]);
        let bash = named("/x/history", "/bin/bash");
        assert_eq!(told(Source::Bash, &bash), ["/x/history"]);
        assert_eq!(told(Source::Zsh, &bash), [""; 0]);
        let neither = named("/x/history", "/bin/fish");
        assert_eq!(told(Source::Bash, &neither), [""; 0]);
    }

    #[test]
    fn atuin_is_where_its_configuration_has_it() {
        let home = ("HOME", "/h");
        let at = |config, variables: &[(&str, &str)]| {
            atuin(config, environment(variables)).map(|path| path.display().to_string())
        };
        let usual = Some("/h/.local/share/atuin/history.db".to_owned());
        assert_eq!(at(None, &[home]), usual);
        assert_eq!(at(Some("db_path = 3\n"), &[home]), usual);
        assert_eq!(at(Some("= nonsense"), &[home]), usual);
        assert_eq!(
            at(Some("db_path = \"~/a.db\"\n"), &[home]).as_deref(),
            Some("/h/a.db")
        );
        assert_eq!(
            at(
                Some("db_path = \"~/a.db\"\n"),
                &[("ATUIN_DB_PATH", "/x.db")]
            )
            .as_deref(),
            Some("/x.db")
        );
        assert_eq!(
            atuin_config(environment(&[home])).as_deref(),
            Some(Path::new("/h/.config/atuin/config.toml"))
        );
    }
}
