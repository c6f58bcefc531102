//! Conditions of a Makefile: which lines count.

use super::super::ReadError;
use super::expand::{Variable, find_outside};
use super::parse::{Parser, assignment};

/// A condition under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// What is here counts.
    Taken,
    /// It does not, and no branch before did.
    NotYet,
    /// A branch before did, or what is around it does not count.
    Past,
    /// Only a run can tell.
    Unknown,
}

impl Parser {
    /// Reads a condition, if the line is one.
    pub(super) fn condition(&mut self, text: &str, line: usize) -> Result<bool, ReadError> {
        let (first, rest) = text
            .split_once([' ', '\t', '('])
            .map_or((text, ""), |(first, _)| {
                (first, text.get(first.len()..).unwrap_or_default().trim())
            });
        match first {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                let around = self.counts() || self.is_unsure();
                let branch = if around {
                    self.judge(first, rest, line)
                } else {
                    Branch::Past
                };
                self.branches.push(branch);
            }
            "else" if assignment(text).is_none() => {
                let Some(before) = self.branches.pop() else {
                    return Err(ReadError::at(line, "an `else` without a condition"));
                };
                let next = match before {
                    Branch::Taken | Branch::Past => Branch::Past,
                    Branch::Unknown => Branch::Unknown,
                    Branch::NotYet if rest.is_empty() => Branch::Taken,
                    Branch::NotYet => {
                        let (first, rest) =
                            rest.split_once([' ', '\t', '('])
                                .map_or((rest, ""), |(first, _)| {
                                    (first, rest.get(first.len()..).unwrap_or_default().trim())
                                });
                        self.judge(first, rest, line)
                    }
                };
                self.branches.push(next);
            }
            "endif" => {
                if self.branches.pop().is_none() {
                    return Err(ReadError::at(line, "an `endif` without a condition"));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn judge(&mut self, what: &str, rest: &str, line: usize) -> Branch {
        let holds = match what {
            "ifdef" | "ifndef" => self.variables.expand(rest).and_then(|name| {
                let name = name.trim();
                if self.variables.is_unknown(name) {
                    return None;
                }
                let empty = match self.variables.get(name) {
                    Some(Variable::Later(value) | Variable::Now(value)) => value.is_empty(),
                    _ => true,
                };
                Some(empty != (what == "ifdef"))
            }),
            "ifeq" | "ifneq" => compared(rest).and_then(|(one, other)| {
                let one = self.variables.expand(one)?;
                let other = self.variables.expand(other)?;
                Some((one.trim() == other.trim()) == (what == "ifeq"))
            }),
            _ => None,
        };
        match holds {
            Some(true) => Branch::Taken,
            Some(false) => Branch::NotYet,
            None => {
                self.note(line, "only a run can tell which branch counts");
                Branch::Unknown
            }
        }
    }
}

/// The two sides of `(a,b)` or `"a" "b"`.
fn compared(text: &str) -> Option<(&str, &str)> {
    if let Some(inside) = text.strip_prefix('(') {
        let inside = inside.get(..inside.rfind(')')?)?;
        let comma = find_outside(inside, |rest| rest.starts_with(','))?;
        return Some((inside.get(..comma)?, inside.get(comma + 1..)?));
    }
    let quoted = |text: &str| -> Option<usize> {
        let quote = text.chars().next().filter(|it| *it == '"' || *it == '\'')?;
        text.get(1..)?.find(quote).map(|at| at + 1)
    };
    let end = quoted(text)?;
    let second = text.get(end + 1..)?.trim_start();
    let other = quoted(second)?;
    Some((text.get(1..end)?, second.get(1..other)?))
}
