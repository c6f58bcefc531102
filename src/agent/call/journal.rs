//! The log of a call: lines for people, without secrets, and without anything that steers a terminal.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use super::{Called, estimate_tokens};
use crate::sessions::Usage;
use crate::sessions::redact::redact;
use crate::system::plain::{plain, shortened};

/// How much of standard error is kept for the message of a failure, in bytes: its last.
const KEPT: usize = 64 * 1024;
/// How much of standard error is logged, in bytes.
const LOGGED: usize = 1 << 20;
/// The longest line of standard error; what is longer is cut into several.
const LONGEST_LINE: usize = 8 * 1024;
/// The longest line of the log, in characters.
const LONGEST: usize = 10_000;
/// How many lines of standard error a failure is told in.
const TOLD: usize = 5;

/// Writes the log. A log that cannot be written is no reason to stop.
pub struct Journal<'l> {
    log: &'l mut dyn Write,
}

impl<'l> Journal<'l> {
    pub fn new(log: &'l mut dyn Write) -> Self {
        Self { log }
    }

    /// Writes a line, whatever it holds.
    pub fn line(&mut self, text: &str) {
        let clean = redact(text);
        let _ = writeln!(self.log, "{}", shortened(&plain(&clean), LONGEST));
    }

    pub fn start(&mut self, program: &Path, args: &[OsString], prompt: &str) {
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        self.line(&format!("running {} {}", program.display(), args.join(" ")));
        self.line(&format!(
            "asking {} bytes, about {} tokens",
            prompt.len(),
            estimate_tokens(prompt)
        ));
    }

    pub fn end(&mut self, called: &Called) {
        let wall = called.wall.as_secs_f64();
        let took = told(called.usage);
        match &called.result {
            Ok(reply) => self.line(&format!(
                "answered {} bytes in {wall:.1} s{took}",
                reply.text.len()
            )),
            Err(failure) => self.line(&format!("failed in {wall:.1} s{took}: {failure}")),
        }
        let _ = self.log.flush();
    }
}

fn told(usage: Usage) -> String {
    if usage == Usage::default() {
        return String::new();
    }
    let cost = usage
        .cost
        .map_or(String::new(), |cost| format!(", {cost:.6} US dollars"));
    format!(
        "; {} tokens read, {} from a cache, {} put there, {} written{cost}",
        usage.input, usage.cache_read, usage.cache_write, usage.output
    )
}

/// What comes on standard error: logged as it comes, and its end kept.
#[derive(Default)]
pub struct Complaints {
    line: Vec<u8>,
    logged: usize,
    last: Vec<u8>,
}

impl Complaints {
    pub fn push(&mut self, bytes: &[u8], journal: &mut Journal<'_>) {
        self.last.extend_from_slice(bytes);
        if self.last.len() > 2 * KEPT {
            self.last.drain(..self.last.len() - KEPT);
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= LONGEST_LINE {
                self.log(journal);
            }
        }
    }

    fn log(&mut self, journal: &mut Journal<'_>) {
        let line = std::mem::take(&mut self.line);
        if self.logged > LOGGED {
            return;
        }
        self.logged += line.len();
        if self.logged > LOGGED {
            journal.line("it complains of more than is logged");
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !text.is_empty() {
            journal.line(&format!("it says: {text}"));
        }
    }

    /// Its last lines.
    pub fn end(mut self, journal: &mut Journal<'_>) -> String {
        self.log(journal);
        let from = self.last.len().saturating_sub(KEPT);
        let text = String::from_utf8_lossy(self.last.get(from..).unwrap_or_default());
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty() && !is_place(line))
            .collect();
        let from = lines.len().saturating_sub(TOLD);
        lines.get(from..).unwrap_or_default().join("\n")
    }
}

/// Whether a line only says where in a program something happened: `    at f (x.js:1:2)`, ` 3: 0xee8300 v8::…`.
fn is_place(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("at ") || number.len() < line.len() && number.starts_with(": 0x")
}
