//! Checkstyle's XML, which many linters write: Checkstyle itself, `PHP_CodeSniffer`, eslint, flake8, golangci-lint, ktlint,
//! detekt, stylelint, `SwiftLint`, …

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::common::{Number, clean_text, malformed, skip_blank};
use crate::findings::{Finding, Place, Severity, Unchecked};
use crate::tools::{ReadError, Reading};

/// What the findings say they are from; whoever called the tool knows better.
pub const TOOL: &str = "checkstyle";
const EXPECTED: &str = "Checkstyle's XML";

/// Reads the report. `checked` counts the files that it names; some tools name all, others only those with findings, so
/// that it is left open when there are none.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    let mut xml = Reader::from_reader(report);
    xml.config_mut().trim_text(true);
    let mut document = Document::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => {
                document.start(&tag)?;
                document.depth += 1;
            }
            Ok(Event::Empty(tag)) => {
                document.start(&tag)?;
                document.is_complete |= document.depth == 0;
            }
            Ok(Event::Text(text)) => document.text(&text),
            Ok(Event::CData(text)) => document.text(&text),
            Ok(Event::End(tag)) => {
                document.depth = document.depth.saturating_sub(1);
                document.is_complete |= document.depth == 0;
                if tag.name().as_ref() == "file" {
                    document.file = None;
                }
                document.is_exception = false;
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(quick_xml::Error::Io(error)) => {
                return Err(ReadError::Io(std::io::Error::new(
                    error.kind(),
                    error.to_string(),
                )));
            }
            Err(error) => {
                let message = format!("{error}, at byte {}", xml.error_position());
                return Err(malformed(EXPECTED, message));
            }
        }
    }
    if !document.is_complete {
        return Err(malformed(EXPECTED, "it ends too early"));
    }
    let mut reading = document.reading;
    reading.checked = Some(document.files).filter(|files| *files > 0);
    Ok(reading)
}

#[derive(Default)]
struct Document {
    reading: Reading,
    file: Option<String>,
    files: u64,
    depth: usize,
    is_complete: bool,
    /// Within `<exception>`: why Checkstyle failed on the file.
    is_exception: bool,
}

impl Document {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), ReadError> {
        let name = tag.name();
        if self.depth == 0 && name.as_ref() != "checkstyle" {
            let message = format!("it begins with <{}>", name.as_ref());
            return Err(malformed(EXPECTED, message));
        }
        match name.as_ref() {
            "file" => {
                let [name] = attributes(tag, ["name"]);
                self.file = name;
                self.files += 1;
            }
            "error" => self.error(tag)?,
            "exception" => {
                self.is_exception = true;
                self.unreadable(String::new());
            }
            _ => {}
        }
        Ok(())
    }

    fn error(&mut self, tag: &BytesStart<'_>) -> Result<(), ReadError> {
        let names = ["line", "column", "severity", "message", "source"];
        let [line, column, severity, message, source] = attributes(tag, names);
        let number = |text: Option<String>| Number(text.and_then(|it| it.trim().parse().ok()));
        let severity = match severity.as_deref() {
            Some("ignore") => return Ok(()),
            Some("error") | None => Severity::High,
            Some("info") => Severity::Info,
            Some(_) => Severity::Medium,
        };
        let message = clean_text(&message.unwrap_or_default());
        let (rule, message) = match numbered(&message) {
            // flake8 names the plugin where others name the rule.
            Some((rule, rest)) if !source.as_deref().unwrap_or_default().contains('.') => {
                (rule.to_owned(), rest.to_owned())
            }
            _ => (source.as_deref().map(rule).unwrap_or_default(), message),
        };
        if rule.is_empty() && message.starts_with("Parsing error: ") {
            // eslint's: it did not look at the rest of the file.
            self.unreadable(message.clone());
        }
        let line = number(line).from_one();
        self.reading.push(Finding {
            place: self.file.clone().map(|path| Place {
                path,
                line,
                column: number(column).from_one().filter(|_| line.is_some()),
                end_line: None,
                end_column: None,
            }),
            ..Finding::new(TOOL, &rule, severity, message)
        })
    }

    fn unreadable(&mut self, reason: String) {
        self.files = self.files.saturating_sub(1);
        self.reading.unchecked.push(Unchecked {
            what: self.file.clone().unwrap_or_default(),
            reason,
        });
    }

    /// The first line of an exception says what it is; the others are its stack.
    fn text(&mut self, text: &str) {
        if !self.is_exception {
            return;
        }
        if let Some(unchecked) = self.reading.unchecked.last_mut()
            && unchecked.reason.is_empty()
        {
            unchecked.reason = clean_text(text.trim().lines().next().unwrap_or_default());
        }
    }
}

/// A text with its references resolved as far as XML knows them: some tools write those of HTML, or a bare `&`.
fn known(raw: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(raw.to_owned(), |text, (reference, c)| {
        text.replace(reference, c)
    })
}

/// The values of some attributes.
fn attributes<const N: usize>(tag: &BytesStart<'_>, names: [&str; N]) -> [Option<String>; N] {
    let mut values = [const { None }; N];
    for attribute in tag.attributes().with_checks(false).flatten() {
        let name = attribute.key.as_ref();
        let Some(value) = names
            .iter()
            .position(|it| *it == name)
            .and_then(|at| values.get_mut(at))
        else {
            continue;
        };
        let raw = attribute.value.as_ref();
        let text = quick_xml::escape::unescape(raw).map_or_else(|_| known(raw), Into::into);
        *value = Some(text);
    }
    values
}

/// A message that begins with its rule, such as `E401 multiple imports on one line`.
fn numbered(message: &str) -> Option<(&str, &str)> {
    let (rule, rest) = message.split_once(' ')?;
    let digits = rule.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_rule = digits.len() < rule.len()
        && (3..=5).contains(&digits.len())
        && digits.bytes().all(|it| it.is_ascii_digit());
    is_rule.then_some((rule, rest))
}

/// A rule's name from its source: `eslint.rules.eqeqeq` is `eqeqeq`, a class of Checkstyle's such as
/// `com.puppycrawl.tools.checkstyle.checks.sizes.LineLengthCheck` is `LineLength`; others are names themselves.
fn rule(source: &str) -> String {
    let source = clean_text(source);
    if let Some(rule) = source.strip_prefix("eslint.rules.") {
        return rule.to_owned();
    }
    match source.rsplit_once('.') {
        Some((_, class)) if source.starts_with("com.") || source.starts_with("org.") => {
            class.strip_suffix("Check").unwrap_or(class).to_owned()
        }
        _ => source,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::tools::readers::testing::{shown, told};

    fn read_file(name: &str) -> String {
        told(read, name)
    }

    #[test]
    fn of_eslint() {
        insta::assert_snapshot!(read_file("checkstyle/eslint.xml"), @r#"
        checked Some(3)
        high /home/dev/proj/src/a.js 1:7--:- no-unused-vars | 'x' is assigned a value but never used. (no-unused-vars)
        medium /home/dev/proj/src/a.js 2:27--:- eqeqeq | Expected '===' and instead saw '=='. (eqeqeq)
        high /home/dev/proj/src/bad.js 1:7--:-  | Parsing error: Unexpected token =
        medium /home/dev/proj/src/unused.js 1:1--:-  | Unused eslint-disable directive (no problems were reported from 'eqeqeq').
        unchecked /home/dev/proj/src/bad.js: Parsing error: Unexpected token =
        "#);
    }

    #[test]
    fn of_flake8() {
        insta::assert_snapshot!(read_file("checkstyle/flake8.xml"), @r#"
        checked Some(2)
        info pkg/app.py 1:1--:- F401 | 'os' imported but unused
        info pkg/app.py 2:1--:- F401 | 'subprocess' imported but unused
        high pkg/app.py 2:18--:- E401 | multiple imports on one line
        high pkg/app.py 10:9--:- E722 | do not use bare 'except'
        high pkg/app.py 12:5--:- E301 | expected 1 blank line, found 0
        info pkg/app.py 20:5--:- F841 | local variable 'x' is assigned to but never used
        high pkg/bad.py 1:13--:- E999 | SyntaxError: invalid syntax
        "#);
    }

    fn read_text(report: &str) -> String {
        match read(&mut report.as_bytes()) {
            Ok(reading) => shown(&reading),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn of_checkstyle_itself() {
        let report = r#"<?xml version="1.0"?><checkstyle version="10.1"><file name="A.java">
            <error line="3" severity="info" message="Line &lt; 80 &amp; more &nbsp;" source="com.puppycrawl.tools.checkstyle.checks.sizes.LineLengthCheck"/>
            <error line="0" column="4" message="x" source="PSR12.Files.FileHeader"/><error line="1" severity="ignore" message="y"/></file>
            <file name="B.java"><exception>
            <![CDATA[CheckstyleException: cannot parse
            at Main]]></exception></file><file name="C.java"/></checkstyle>"#;
        insta::assert_snapshot!(read_text(report), @r#"
        checked Some(2)
        info A.java 3:---:- LineLength | Line < 80 & more &nbsp;
        high A.java -:---:- PSR12.Files.FileHeader | x
        unchecked B.java: CheckstyleException: cannot parse
        "#);
    }

    #[test]
    fn files_may_be_named_only_when_something_is_wrong() {
        assert_eq!(read_text("<checkstyle/>"), "checked None");
        assert!(read_text("<checkstyle><file name='a'/>").starts_with("error: "));
        assert!(read_text("<testsuites/>").starts_with("error: "));
    }
}
