//! From the lines of a Makefile to its rules.

use super::super::ReadError;
use super::condition::Branch;
use super::declared::Rule;
use super::expand::{Variable, Variables, find_outside};
use super::lines::{Line, lines};
use super::rules::File;

/// So many notes of one file are kept.
const MOST_NOTES: usize = 20;

/// The suffixes for which make has rules of its own.
const SUFFIXES: &[&str] = &[
    ".out", ".a", ".ln", ".o", ".c", ".cc", ".C", ".cpp", ".p", ".f", ".F", ".m", ".r", ".y", ".l",
    ".ym", ".yl", ".s", ".S", ".mod", ".sym", ".def", ".h", ".info", ".dvi", ".tex", ".texinfo",
    ".texi", ".txinfo", ".w", ".ch", ".web", ".sh", ".elc", ".el", ".obj", ".exe", ".html", ".md",
    ".java", ".class", ".py",
];

pub(super) struct Parser {
    pub(super) file: File,
    pub(super) variables: Variables,
    pub(super) branches: Vec<Branch>,
    pub(super) rule: Option<Rule>,
    pub(super) prefix: char,
    pub(super) suffixes: Vec<String>,
    pub(super) words: usize,
    pub(super) targets: usize,
    pub(super) patterns: usize,
    pub(super) more_notes: usize,
}

/// The rules of a Makefile.
pub(super) fn parse(text: &str) -> Result<File, ReadError> {
    let mut parser = Parser {
        file: File::default(),
        variables: Variables::new(),
        branches: Vec::new(),
        rule: None,
        prefix: '\t',
        suffixes: SUFFIXES.iter().map(|it| (*it).to_owned()).collect(),
        words: 0,
        targets: 0,
        patterns: 0,
        more_notes: 0,
    };
    let all = lines(text);
    let mut at = 0;
    while let Some(line) = all.get(at) {
        at += 1;
        if let Some(name) = definition(line) {
            let mut body = Vec::new();
            let mut depth = 1_usize;
            while let Some(inside) = all.get(at) {
                at += 1;
                let first = inside.raw.split_whitespace().next();
                match first {
                    Some("define") if !inside.tab => depth += 1,
                    Some("endef") if !inside.tab => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                body.push(inside.raw.clone());
            }
            parser.define(&name, body.join("\n"));
            continue;
        }
        parser.line(line)?;
    }
    Ok(parser.end())
}

/// The variable whose lines follow.
fn definition(line: &Line) -> Option<String> {
    if line.tab {
        return None;
    }
    let text = line.folded();
    let mut words = text
        .split_whitespace()
        .skip_while(|word| matches!(*word, "override" | "export" | "private"));
    if words.next() != Some("define") {
        return None;
    }
    let name = words.next()?.trim_end_matches(['=', ':', '+', '?']);
    (words.all(|word| matches!(word, "=" | ":=" | "::=" | "+=" | "?="))).then(|| name.to_owned())
}

impl Parser {
    pub(super) fn note(&mut self, line: usize, what: impl AsRef<str>) {
        if self.file.notes.len() >= MOST_NOTES {
            self.more_notes += 1;
            return;
        }
        self.file
            .notes
            .push(format!("line {line}: {}", what.as_ref()));
    }

    pub(super) fn counts(&self) -> bool {
        self.branches.iter().all(|it| *it == Branch::Taken)
    }

    /// Whether nobody knows whether this counts.
    pub(super) fn is_unsure(&self) -> bool {
        !self.counts()
            && self
                .branches
                .iter()
                .all(|it| matches!(it, Branch::Taken | Branch::Unknown))
    }

    fn define(&mut self, name: &str, body: String) {
        if self.counts() {
            self.variables.set(name, Variable::Later(body));
        } else if self.is_unsure() {
            self.variables.set(name, Variable::Unknown);
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), ReadError> {
        let in_recipe = if self.prefix == '\t' {
            line.tab
        } else {
            !line.tab && line.raw.starts_with(self.prefix)
        };
        if in_recipe && self.rule.is_some() {
            if self.counts()
                && let Some(rule) = &mut self.rule
            {
                let text = line.raw.strip_prefix(self.prefix).unwrap_or(&line.raw);
                rule.recipe.push(text.to_owned());
                rule.has_recipe = true;
            }
            return Ok(());
        }
        let folded = line.folded();
        let text = folded.trim();
        if text.is_empty() || self.condition(text, line.number)? {
            return Ok(());
        }
        if let Some((name, operator, value)) = assignment(without_modifiers(text)) {
            self.close();
            self.assign(name, operator, value);
            return Ok(());
        }
        let (first, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let is_rule = rest.trim_start().starts_with(':');
        match first {
            "include" | "-include" | "sinclude" | "load" | "-load" if !is_rule => {
                if self.counts() || self.is_unsure() {
                    self.note(line.number, format!("{} is not read", rest.trim()));
                }
                self.close();
                return Ok(());
            }
            "export" | "unexport" | "vpath" | "override" | "private" if !is_rule => {
                self.close();
                return Ok(());
            }
            "undefine" if !is_rule => {
                if self.counts() {
                    self.variables.unset(rest.trim());
                }
                return Ok(());
            }
            _ => {}
        }
        self.close();
        if self.counts() {
            return self.rule(text, line.number);
        }
        if self.is_unsure() && find_outside(text, |rest| rest.starts_with(':')).is_some() {
            self.note(
                line.number,
                "only a run can tell whether this rule counts; it is left out",
            );
        }
        // Its recipe must not be taken for something else.
        self.rule = Some(Rule::default());
        Ok(())
    }

    fn assign(&mut self, name: &str, operator: &str, value: &str) {
        if !self.counts() {
            if self.is_unsure()
                && let Some(name) = self.variables.expand(name)
            {
                self.variables.set(&name, Variable::Unknown);
            }
            return;
        }
        let Some(name) = self.variables.expand(name) else {
            return;
        };
        if operator == "+=" && name != "MAKEFLAGS" {
            return self.variables.append(&name, value);
        }
        let variable = match operator {
            "!=" => Variable::Unknown,
            "?=" if self.variables.is_set(&name) => return,
            "=" | "?=" => Variable::Later(value.to_owned()),
            _ => self
                .variables
                .expand(value)
                .map_or(Variable::Unknown, Variable::Now),
        };
        match name.as_str() {
            "MAKEFLAGS" => self.file.jobs = jobs(value).or(self.file.jobs),
            ".DEFAULT_GOAL" => {
                self.file.default_goal =
                    self.variables.expand(value).map(|it| it.trim().to_owned());
            }
            ".RECIPEPREFIX" => self.prefix = value.chars().next().unwrap_or('\t'),
            _ => self.variables.set(&name, variable),
        }
    }

    fn end(mut self) -> File {
        self.close();
        if self.patterns > 0 {
            let what = if self.patterns == 1 {
                "1 rule for a pattern is".to_owned()
            } else {
                format!("{} rules for patterns are", self.patterns)
            };
            self.file.notes.push(format!("{what} left out"));
        }
        if self.more_notes > 0 {
            self.file
                .notes
                .push(format!("{} more such lines", self.more_notes));
        }
        self.file.settle();
        self.file
    }
}

/// How many recipes run at once.
fn jobs(flags: &str) -> Option<usize> {
    let mut words = flags.split_whitespace();
    while let Some(word) = words.next() {
        let digits = match word
            .strip_prefix("--jobs=")
            .or_else(|| word.strip_prefix("-j"))
        {
            Some("") => words.next()?,
            Some(digits) => digits,
            None => continue,
        };
        return digits.parse().ok().filter(|it| *it > 0);
    }
    None
}

pub(super) fn without_modifiers(text: &str) -> &str {
    let mut text = text;
    while let Some((first, rest)) = text.split_once([' ', '\t']) {
        if !matches!(first, "export" | "override" | "private") {
            break;
        }
        text = rest.trim_start();
    }
    text
}

/// Name, operator and value, if a line sets a variable.
pub(super) fn assignment(text: &str) -> Option<(&str, &str, &str)> {
    let end = find_outside(text, |rest| {
        rest.starts_with([' ', '\t', '=', ':'])
            || ["+=", "?=", "!="].iter().any(|it| rest.starts_with(it))
    })?;
    let (name, rest) = (text.get(..end)?, text.get(end..)?.trim_start());
    let operators = [":::=", "::=", ":=", "+=", "?=", "!=", "="];
    let operator = operators.into_iter().find(|it| rest.starts_with(it))?;
    let value = rest.get(operator.len()..)?.trim_start();
    (!name.is_empty()).then_some((name, operator, value))
}
