//! Findings from bytes: few bytes for what is often the same, so that small inputs have findings that are alike.

use git_tend::findings::{Dependency, Finding, LineIdentity, Place, Severity, Subject};

/// What is made to break out of a form, to steer a terminal, or to be taken for something else.
const PIECES: [&str; 56] = [
    "",
    "a",
    "b",
    "app.py",
    "b b/a b b",
    "ren",
    "ren new",
    "ws",
    "word 12",
    "word 13",
    "a/b/../c.py",
    "\u{1b}[31m",
    "\u{1b}]8;;http://x\u{7}",
    "\u{9b}2J",
    "\u{202e}",
    "\u{2066}",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{fffe}",
    "\u{feff}",
    "\u{e0041}",
    "\r",
    "\n",
    "\r\n",
    "\t",
    " ",
    "<script>alert(1)</script>",
    "]]>",
    "<![CDATA[",
    "-->",
    "&amp;",
    "\"",
    "'",
    "|",
    "\\",
    "`",
    "```",
    "@me",
    "https://e.org/",
    "[x](javascript:y)",
    "</details>",
    "</pre>",
    "$x$",
    "%0A",
    "::error::",
    "##[error]",
    "{0}",
    "{{",
    ",",
    ":",
    "e\u{301}",
    "👩\u{200d}💻",
    "日本語",
    "GHSA-xxxx-yyyy-zzzz",
];

/// Bytes that are used up from the front; zeros behind the last.
pub struct Bytes<'d>(pub &'d [u8]);

impl Bytes<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }

    pub fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() % 2 == 1).then(|| make(self))
    }

    /// A piece, several of them, or bytes as they are.
    pub fn text(&mut self) -> String {
        match self.byte() {
            first @ 0..192 => PIECES[usize::from(first) % PIECES.len()].to_owned(),
            first @ 192..224 => (192..=first).map(|_| self.one_of(&PIECES)).collect(),
            first => {
                let length = usize::from(first - 224) * 8;
                let (text, rest) = self.0.split_at(length.min(self.0.len()));
                self.0 = rest;
                String::from_utf8_lossy(text).into_owned()
            }
        }
    }

    /// A line or a column; tools write any number.
    pub fn number(&mut self) -> Option<u32> {
        match self.byte() {
            0 => None,
            255 => Some(u32::MAX),
            254 => Some(0),
            number => Some(u32::from(number)),
        }
    }

    pub fn severity(&mut self) -> Severity {
        self.one_of(&Severity::ALL)
    }

    fn place(&mut self) -> Place {
        Place {
            path: self.text(),
            line: self.number(),
            column: self.number(),
            end_line: self.number(),
            end_column: self.number(),
        }
    }

    fn subject(&mut self) -> Subject {
        match self.byte() % 8 {
            0 => Subject::Function { name: self.text() },
            1 => Subject::Secret {
                digest: self.text(),
            },
            2 => Subject::Test { name: self.text() },
            3 => Subject::Dependency(Dependency {
                ecosystem: self.one_of(&["npm", "pypi"]).to_owned(),
                package: self.text(),
                version: self.maybe(Self::text),
                advisory: self.text(),
                aliases: (0..self.byte() % 4).map(|_| self.text()).collect(),
                fixed_in: (0..self.byte() % 2).map(|_| self.text()).collect(),
                direct: self.maybe(|bytes| bytes.byte() % 2 == 1),
            }),
            _ => Subject::Code,
        }
    }

    pub fn finding(&mut self) -> Finding {
        let (tool, rule) = (self.one_of(&["bandit", "ruff", "\u{1b}|<"]), self.text());
        let severity = self.severity();
        let mut finding = Finding::new(tool, &rule, severity, self.text());
        finding.subject = self.subject();
        finding.place = self.maybe(Self::place);
        finding.line = self.maybe(|bytes| LineIdentity {
            blob: bytes.maybe(Self::text),
            hash: bytes.text(),
        });
        if self.byte() % 4 == 1 {
            finding.id = self.text();
            finding.url = self.maybe(Self::text);
            finding.fix = self.maybe(Self::text);
            finding.cwe = (0..self.byte() % 3).map(|_| self.byte().into()).collect();
        }
        finding
    }

    pub fn findings(&mut self, most: usize) -> Vec<Finding> {
        let count = usize::from(self.byte()).min(most);
        let mut findings = Vec::new();
        while findings.len() < count && !self.is_empty() {
            findings.push(self.finding());
        }
        findings
    }
}
