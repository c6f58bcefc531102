//! From a path as a tool wrote it to the file of the project that it means.

use super::project::is_within;

/// The project's file that `written` means, for a tool that ran in `folder`; both and `paths` (sorted) are relative to the
/// same top, with `/`, and `written` is so already where it was absolute.
///
/// Some tools write less than a path, and some write more: Java's traces name a package's path (`com/ex/AppTest.java`), Go's
/// tests the import path of their package (`example.com/m/sub/a_test.go`). So the file is, in this order, the one that
/// `written` is below `folder`; the only one below `folder` that ends with `written`; the one that is left when as little as
/// possible is taken from the beginning of `written`. Nothing if there is none, or if there are several: a wrong place is
/// worse than none.
pub fn locate<'p>(written: &str, folder: &str, paths: &'p [String]) -> Option<&'p str> {
    let find = |path: &str| {
        let below = match folder {
            "" => path.to_owned(),
            _ => format!("{folder}/{path}"),
        };
        let at = paths.binary_search(&below).ok()?;
        paths.get(at).map(String::as_str)
    };
    if let Some(path) = find(written) {
        return Some(path);
    }
    let ends = |path: &&String| {
        is_within(path, folder)
            && path
                .strip_suffix(written)
                .is_some_and(|rest| rest.ends_with('/'))
    };
    let mut endings = paths.iter().filter(ends);
    match (endings.next(), endings.next()) {
        (Some(path), None) => return Some(path),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    // Deeper than this is no package of Go's.
    let mut rest = written;
    for _ in 0..64 {
        (_, rest) = rest.split_once('/')?;
        if let Some(path) = find(rest) {
            return Some(path);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_is_meant_is_found() {
        let paths = [
            "api/src/test/java/com/ex/AppTest.java",
            "go.mod",
            "root_test.go",
            "sub/a_test.go",
            "tests/test_a.py",
            "x/same.py",
            "y/same.py",
        ]
        .map(str::to_owned);
        for (written, folder, expected) in [
            ("tests/test_a.py", "", Some("tests/test_a.py")),
            ("test_a.py", "tests", Some("tests/test_a.py")),
            (
                "com/ex/AppTest.java",
                "",
                Some("api/src/test/java/com/ex/AppTest.java"),
            ),
            (
                "com/ex/AppTest.java",
                "api",
                Some("api/src/test/java/com/ex/AppTest.java"),
            ),
            ("com/ex/AppTest.java", "sub", None),
            ("example.com/m/sub/a_test.go", "", Some("sub/a_test.go")),
            ("example.com/m/root_test.go", "", Some("root_test.go")),
            ("same.py", "", None),
            ("same.py", "y", Some("y/same.py")),
            ("usr/lib/python3/ast.py", "", None),
            ("", "", None),
        ] {
            assert_eq!(
                locate(written, folder, &paths),
                expected,
                "{written} in {folder}"
            );
        }
    }
}
