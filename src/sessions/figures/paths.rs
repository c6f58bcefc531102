//! Paths as they are written in a session, relative to its folder. Nothing is looked up: the session may be another machine's.

/// Longer paths are none, in bytes.
const LONGEST: usize = 4096;

/// The path relative to the folder if it is below, with `/` between its parts and without `.` and `..`; as it stands there,
/// but so written, if it is elsewhere. None for the folder itself and for what is no path.
pub(super) fn relative(path: &str, folder: Option<&str>) -> Option<String> {
    let path = path.trim();
    if path.is_empty() || path.len() > LONGEST || path.contains(['\n', '\0']) {
        return None;
    }
    let is_windows = is_of_windows(path) || folder.is_some_and(is_of_windows);
    let path = parts(path, is_windows);
    let folder = folder.map(|folder| parts(folder, is_windows));
    let below = |folder: &Path| {
        let same = |(one, other): (&String, &String)| {
            one == other || (is_windows && one.eq_ignore_ascii_case(other))
        };
        folder.is_absolute == path.is_absolute
            && path.parts.len() >= folder.parts.len()
            && path.parts.iter().zip(&folder.parts).all(same)
    };
    if let Some(folder) = folder.filter(|folder| path.is_absolute && below(folder)) {
        let inner = path.parts.get(folder.parts.len()..)?.join("/");
        return (!inner.is_empty()).then_some(inner);
    }
    let joined = path.parts.join("/");
    let root = if path.is_absolute && !is_windows {
        "/"
    } else {
        ""
    };
    (!joined.is_empty()).then(|| format!("{root}{joined}"))
}

fn is_of_windows(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

struct Path {
    is_absolute: bool,
    parts: Vec<String>,
}

fn parts(path: &str, is_windows: bool) -> Path {
    let is_separator = |letter: char| letter == '/' || (is_windows && letter == '\\');
    let is_absolute = path.starts_with(is_separator) || is_of_windows(path);
    let mut parts: Vec<String> = Vec::new();
    for part in path.split(is_separator) {
        match part {
            "" | "." => (),
            ".." if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => (),
            part => parts.push(part.to_owned()),
        }
    }
    Path { is_absolute, parts }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::relative;

    #[test]
    fn paths_below_the_folder_are_relative_to_it() {
        let of = |path, folder| relative(path, Some(folder));
        for (path, folder, expected) in [
            (
                "/home/dev/proj/src/a.rs",
                "/home/dev/proj",
                Some("src/a.rs"),
            ),
            (
                "/home/dev/proj/src/a.rs",
                "/home/dev/proj/",
                Some("src/a.rs"),
            ),
            (
                "/home/dev/project/a.rs",
                "/home/dev/proj",
                Some("/home/dev/project/a.rs"),
            ),
            ("./src/../b.rs", "/home/dev/proj", Some("b.rs")),
            ("../other/b.rs", "/home/dev/proj", Some("../other/b.rs")),
            ("/home/dev/proj/../x", "/home/dev/proj", Some("/home/dev/x")),
            ("/home/dev/proj", "/home/dev/proj", None),
            ("/home", "/home/dev/proj", Some("/home")),
            (".", "/home/dev/proj", None),
            ("~/x", "/home/dev/proj", Some("~/x")),
            (
                "C:\\Work\\Proj\\src\\a.rs",
                "c:\\work\\proj",
                Some("src/a.rs"),
            ),
            ("src\\a.rs", "C:\\work", Some("src/a.rs")),
            ("src\\a.rs", "/work", Some("src\\a.rs")),
            ("D:\\x", "C:\\work", Some("D:/x")),
            ("", "/work", None),
            ("a\nb", "/work", None),
            ("/", "/", None),
            ("/a", "/", Some("a")),
        ] {
            assert_eq!(of(path, folder).as_deref(), expected, "{path} in {folder}");
        }
        assert_eq!(relative("/a/./b", None).as_deref(), Some("/a/b"));
    }

    proptest! {
        #[test]
        fn twice_is_once(path in "[a-z./~]{0,20}", folder in "/[a-z/]{0,8}") {
            if let Some(once) = relative(&path, Some(&folder)) {
                let twice = relative(&once, Some("/elsewhere/entirely"));
                prop_assert_eq!(twice, Some(once));
            }
        }
    }
}
