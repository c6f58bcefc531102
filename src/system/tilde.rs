//! Paths as people write them in configuration files: `~` is the home folder.

use std::path::{Path, PathBuf};

use super::env;

/// The path, with a leading `~` or `~/` as the home folder. `~somebody` is a name like any other.
pub fn expanded(path: &str) -> PathBuf {
    below(path, env::raw(env::HOME).map(PathBuf::from).as_deref())
}

/// The same, where this is the home folder.
pub fn below(path: &str, home: Option<&Path>) -> PathBuf {
    let rest = match path.strip_prefix('~') {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix('/'),
        None => None,
    };
    match (rest, home.filter(|home| home.is_absolute())) {
        // Without what a second slash would make absolute.
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(path),
    }
}

/// A path as people write it, where this is the home folder.
pub fn written(path: &str, home: Option<&str>) -> String {
    let home = home.map(|home| home.trim_end_matches('/'));
    let rest = home
        .filter(|home| !home.is_empty())
        .and_then(|home| path.strip_prefix(home));
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tilde_of_its_own_is_the_home_folder() {
        let home = Some(Path::new("/home/u"));
        for (path, expected) in [
            ("~", "/home/u/"),
            ("~/bin/x", "/home/u/bin/x"),
            ("~//etc/x", "/home/u/etc/x"),
            ("~root/x", "~root/x"),
            ("a/~/x", "a/~/x"),
            ("/x", "/x"),
        ] {
            assert_eq!(below(path, home), Path::new(expected));
        }
        assert_eq!(below("~/x", None), Path::new("~/x"));
        assert_eq!(below("~/x", Some(Path::new("rel"))), Path::new("~/x"));
    }
    #[test]
    fn what_is_below_the_home_folder_is_written_with_a_tilde() {
        for (path, home, expected) in [
            ("/home/u/shop", "/home/u", "~/shop"),
            ("/home/u", "/home/u/", "~"),
            ("/home/us/shop", "/home/u", "/home/us/shop"),
            ("/srv", "/", "/srv"),
            ("/srv", "", "/srv"),
        ] {
            assert_eq!(written(path, Some(home)), expected);
        }
        assert_eq!(written("/srv", None), "/srv");
    }
}
