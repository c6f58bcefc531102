//! Where figures go, besides to whoever asks for them.

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{FromText, Invalid, text_schema, text_value};

/// Where figures go. They are always collected, and kept as `[retention]` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// A file that drains write at their end, at most once a minute, in the form of `OpenMetrics`: for
    /// `node_exporter`'s textfile collector it ends in `.prom`. A folder (it ends in `/`) gets a file for each repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub textfile: Option<UserPath>,
}

/// A path that says by itself where it leads: absolute, or below the user's home folder as `~/…`. Nothing else in it is
/// replaced by anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPath(String);

impl UserPath {
    /// The path, for a user with this home folder; nothing if it is below one and there is none.
    pub fn below(&self, home: Option<&Path>) -> Option<PathBuf> {
        match self.0.strip_prefix("~/") {
            Some(rest) => home.map(|home| home.join(rest)),
            None => Some(PathBuf::from(&self.0)),
        }
    }

    /// Whether it is written as a folder.
    pub fn is_folder(&self) -> bool {
        self.0.ends_with('/')
    }
}

impl fmt::Display for UserPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromText for UserPath {
    const EXPECTED: &'static str = "a path such as \"/var/lib/node_exporter/git-tend.prom\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let shown = text.escape_debug();
        if text.chars().any(char::is_control) {
            return Err(Invalid::new(format!(
                "`{shown}` has a control character in it"
            )));
        }
        let rest = text.strip_prefix("~/");
        if rest.is_none_or(str::is_empty) && !text.starts_with('/') {
            return Err(
                Invalid::new(format!("`{shown}` does not say where it leads"))
                    .hint("write a path that begins with `/` or `~/`"),
            );
        }
        Ok(Self(text.to_owned()))
    }
}

text_value!(UserPath);
text_schema!(UserPath, "UserPath", {
    "type": "string",
    "description": "An absolute path, or one below your home folder, written `~/…`.",
    "pattern": "^(/|~/.)",
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_path_leads_to_the_same_place_from_everywhere() {
        let read = |text: &str| text.parse::<UserPath>();
        let home = Some(Path::new("/home/u"));
        let path = |text: &str| read(text).unwrap().below(home).unwrap();
        assert_eq!(path("/var/x.prom"), Path::new("/var/x.prom"));
        assert_eq!(path("~/x.prom"), Path::new("/home/u/x.prom"));
        assert_eq!(path("/a/~/$HOME"), Path::new("/a/~/$HOME"));
        assert_eq!(read("~/x").unwrap().below(None), None);
        assert!(read("~/metrics/").unwrap().is_folder());
        for wrong in [
            "", "x.prom", "./x", "~", "~/", "~user/x", "$HOME/x", "/a\nb", "/a\0",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
