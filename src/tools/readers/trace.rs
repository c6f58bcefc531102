//! Where a test failed, from the stack trace in its message: Python, JavaScript, Java, Rust, Go, PHP.

use crate::findings::Place;

/// Parts of paths of what is not the project's: interpreters, standard libraries, dependencies.
const FOREIGN: &[&str] = &[
    "node_modules/",
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    "/rustc/",
    "/.cargo/registry/",
    "/.cargo/git/",
    "/pkg/mod/",
    "/usr/lib/go",
    "/usr/local/go/",
    "/src/runtime/",
    "/src/testing/",
    "/vendor/phpunit/",
];

/// Beginnings of paths of what is not the project's.
const FOREIGN_ROOTS: &[&str] = &["node:", "internal/", "<", "../", "..\\", "native "];

/// Beginnings of Java classes of what is not the project's.
const FOREIGN_CLASSES: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "junit.",
    "kotlin.",
    "groovy.",
    "scala.",
    "org.junit.",
    "org.opentest4j.",
    "org.testng.",
    "org.gradle.",
    "org.apache.maven.",
    "org.assertj.",
    "org.hamcrest.",
    "org.mockito.",
    "org.codehaus.groovy.",
    "org.springframework.",
    "worker.org.gradle.",
];

/// The language of a line of a trace, as far as it matters for which line is the one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The panic itself.
    Panic,
    /// The innermost call is last.
    Python,
    /// The innermost call is first.
    InnermostFirst,
}

/// Where a test failed: the innermost place of the trace in `text` that seems to be the project's. `class` is the class
/// that the report names, whose frames come first in Java.
///
/// Paths are as the trace has them: absolute, relative to where the tests ran, of a Go test only the file's name, and of
/// Java by package (`com/example/AppTest.java`).
pub fn place(text: &str, class: &str) -> Option<Place> {
    let (mut python, mut innermost) = (None, None);
    for line in text.lines() {
        let line = line.trim();
        if let Some(place) = java_frame(line, |frame| is_of(frame, class)) {
            return Some(place);
        }
        let Some((kind, place)) = frame(line) else {
            continue;
        };
        if is_foreign(&place.path) {
            continue;
        }
        match kind {
            Kind::Panic => return Some(place),
            Kind::Python => python = Some(place),
            Kind::InnermostFirst => innermost = innermost.or(Some(place)),
        }
    }
    python.or(innermost)
}

fn frame(line: &str) -> Option<(Kind, Place)> {
    for words in ["panicked at ", "did not panic as expected at "] {
        if let Some((_, rest)) = line.split_once(words) {
            // Before Rust 1.73: panicked at 'message', src/lib.rs:1:2
            let rest = if rest.starts_with('\'') {
                rest.rsplit_once("', ").map_or(rest, |(_, place)| place)
            } else {
                rest
            };
            return Some((Kind::Panic, located(rest)?));
        }
    }
    let line = match line.strip_prefix("E ") {
        Some(rest) => rest.trim_start(),
        None => line,
    };
    let quoted = line
        .strip_prefix("File \"")
        .or_else(|| line.strip_prefix("file "));
    if let Some((path, rest)) = quoted.and_then(|rest| rest.split_once("line ")) {
        let path = path.trim_end().trim_end_matches(',').trim_end_matches('"');
        return Some((Kind::Python, at(path, number(rest)?.0, None)));
    }
    if let Some(rest) = line.strip_prefix("at ") {
        if let Some(place) = java_frame(line, |frame| {
            !FOREIGN_CLASSES.iter().any(|it| frame.starts_with(it))
        }) {
            return Some((Kind::InnermostFirst, place));
        }
        let rest = rest.strip_suffix(" {").unwrap_or(rest);
        let inner = rest
            .strip_suffix(')')
            .and_then(|rest| rest.rsplit_once('('))
            .map_or(rest, |(_, inner)| inner);
        let inner = inner.strip_prefix("async ").unwrap_or(inner);
        let place = located(inner).filter(|it| it.path.contains('.') && !is_java(&it.path))?;
        return Some((Kind::InnermostFirst, place));
    }
    if let Some(rest) = line.strip_prefix('❯') {
        let path = rest.trim().rsplit(' ').next()?;
        return Some((Kind::InnermostFirst, located(path)?));
    }
    let place = located(line)?;
    if place.path.contains(char::is_whitespace) {
        return None;
    }
    match place.path.rsplit_once('.')?.1 {
        "py" => Some((Kind::Python, place)),
        "go" | "php" => Some((Kind::InnermostFirst, place)),
        _ => None,
    }
}

/// `path:line` or `path:line:column` at the beginning of a text, whatever follows.
fn located(text: &str) -> Option<Place> {
    let text = text.strip_prefix("file://").unwrap_or(text);
    let mut from = 0;
    loop {
        let colon = from + text.get(from..)?.find(':')?;
        let (path, rest) = (text.get(..colon)?, text.get(colon + 1..)?);
        if let Some((line, rest)) = number(rest)
            && !path.is_empty()
        {
            let column = rest.strip_prefix(':').and_then(number);
            return Some(at(path, line, column.map(|(column, _)| column)));
        }
        from = colon + 1;
    }
}

fn at(path: &str, line: u32, column: Option<u32>) -> Place {
    Place {
        path: path.strip_prefix("./").unwrap_or(path).to_owned(),
        line: Some(line).filter(|line| *line > 0),
        column: column.filter(|column| *column > 0),
        ..Place::default()
    }
}

/// The number that a text begins with, and the rest.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

fn is_foreign(path: &str) -> bool {
    FOREIGN.iter().any(|part| path.contains(part))
        || FOREIGN_ROOTS.iter().any(|root| path.starts_with(root))
}

fn is_java(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, extension)| ["java", "kt", "groovy", "scala"].contains(&extension))
}

/// The place of `at [module/]com.example.AppTest.bad(AppTest.java:7)`, if its class and method are `wanted`.
fn java_frame(line: &str, wanted: impl Fn(&str) -> bool) -> Option<Place> {
    let (call, file) = line
        .strip_prefix("at ")?
        .strip_suffix(')')?
        .rsplit_once('(')?;
    let place = located(file).filter(|place| is_java(&place.path) && !place.path.contains('/'))?;
    let call = call.rsplit_once('/').map_or(call, |(_, call)| call);
    if !wanted(call) {
        return None;
    }
    let class = call.rsplit_once('.').map_or("", |(class, _)| class);
    let package = class.rsplit_once('.').map_or("", |(package, _)| package);
    let path = match package {
        "" => place.path,
        _ => format!("{}/{}", package.replace('.', "/"), place.path),
    };
    Some(Place { path, ..place })
}

/// Whether a frame is of a class or of one that is in it.
fn is_of(frame: &str, class: &str) -> bool {
    let outer = class.split('$').next().unwrap_or(class);
    !outer.is_empty()
        && frame
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with(['.', '$']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> String {
        let Some(place) = place(text, "com.ex.AppTest") else {
            return String::new();
        };
        let mut found = place.path;
        for number in [place.line, place.column].into_iter().flatten() {
            found.push_str(&format!(":{number}"));
        }
        found
    }

    #[test]
    fn the_innermost_place_of_the_project_is_found() {
        for (text, expected) in [
            (
                "test_app.py:6: \nhelper.py:4: in deep\n\nhelper.py:3: ValueError",
                "helper.py:3",
            ),
            (
                "test_a.py:6: \n../pv/lib/python3.11/site-packages/x.py:4: in deep",
                "test_a.py:6",
            ),
            (
                "  File \"/home/dev/t.py\", line 15, in test_err\n    raise\nE     File \"/home/dev/u.py\", line 1",
                "/home/dev/u.py:1",
            ),
            (
                "file /home/dev/test_app.py, line 11\n  def",
                "/home/dev/test_app.py:11",
            ),
            (
                "  at new Promise (<anonymous>)\n      at TestContext.<anonymous> (file:///home/dev/a.test.js:2:43)\n      at Test.run (node:internal/test_runner/test:796:25)",
                "/home/dev/a.test.js:2:43",
            ),
            (
                "Error: x\n    at /home/dev/vt/a.test.js:4:62\n    at file:///home/dev/node_modules/v/b.js:302:11",
                "/home/dev/vt/a.test.js:4:62",
            ),
            (" ❯ vt/a.test.js:2:46", "vt/a.test.js:2:46"),
            (" ❯ Object.f src/a b.ts:2:46", "b.ts:2:46"),
            (
                "x\n\tat org.junit.Assert.fail(Assert.java:89)\n\tat com.ex.App.add(App.java:1)\n\tat com.ex.AppTest$In.bad(AppTest.java:7)\n\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)",
                "com/ex/AppTest.java:7",
            ),
            (
                "\tat java.base/java.util.A.b(A.java:9)\n\tat com.ex.Other.a(Other.kt:8)",
                "com/ex/Other.kt:8",
            ),
            (
                "thread 'tests::bad' (22690) panicked at src/lib.rs:26:44:\nassertion\n   5: ct::tests\n             at ./src/other.rs:26:21",
                "src/lib.rs:26:44",
            ),
            (
                "thread 'a' panicked at 'it, 'quoted', said', src/lib.rs:2:3",
                "src/lib.rs:2:3",
            ),
            (
                "thread 'a' panicked at /rustc/59807/library/core/src/option.rs:1:2:\nx\n   1: a\n             at /rustc/1/x.rs:1:1\n             at ./src/b.rs:26:21",
                "src/b.rs:26:21",
            ),
            (
                "note: test did not panic as expected at src/lib.rs:30:32",
                "src/lib.rs:30:32",
            ),
            ("    a_test.go:6: 1 + 1 = 2", "a_test.go:6"),
            (
                "panic: x\n\t/usr/lib/go-1.19/src/os/proc.go:68 +0x55\nm.T()\n\t/home/dev/go/s_test.go:4 +0x1b",
                "/home/dev/go/s_test.go:4",
            ),
            (
                "Failed asserting\n\n/home/dev/tests/FooTest.php:12",
                "/home/dev/tests/FooTest.php:12",
            ),
            ("expected a.b:12 to be 3", ""),
            ("at 12:30 it failed: see x", ""),
            (
                "at (:1)\n❯\nFile \"\nFile \"x\", line \npanicked at :::",
                "",
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(at |File \"|panicked at |❯ |[ -~ä\n:().0-9]){0,60}", class in any::<String>()) {
            let _ = place(&text, &class);
        }
    }
}
