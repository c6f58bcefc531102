//! From the lines of a Makefile to its rules.

use super::super::ReadError;
use super::expand::{Variable, Variables, find_outside, stem, with_stem};
use super::lines::{Line, lines};
use super::rules::File;

/// Targets with their prerequisites may be no more than this, counted together.
const MOST_WORDS: usize = 1_000_000;
/// So many targets.
const MOST_TARGETS: usize = 50_000;
/// So many notes of one file are kept.
const MOST_NOTES: usize = 20;

/// The suffixes for which make has rules of its own.
const SUFFIXES: &[&str] = &[
    ".out", ".a", ".ln", ".o", ".c", ".cc", ".C", ".cpp", ".p", ".f", ".F", ".m", ".r", ".y", ".l",
    ".ym", ".yl", ".s", ".S", ".mod", ".sym", ".def", ".h", ".info", ".dvi", ".tex", ".texinfo",
    ".texi", ".txinfo", ".w", ".ch", ".web", ".sh", ".elc", ".el", ".obj", ".exe", ".html", ".md",
    ".java", ".class", ".py",
];

/// A condition under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    /// What is here counts.
    Taken,
    /// It does not, and no branch before did.
    NotYet,
    /// A branch before did, or what is around it does not count.
    Past,
    /// Only a run can tell.
    Unknown,
}

/// The rule whose recipe may follow.
#[derive(Default)]
struct Rule {
    targets: Vec<String>,
    /// The first prerequisite of each target, and all of them.
    prerequisites: Vec<Vec<String>>,
    recipe: Vec<String>,
    has_recipe: bool,
    doubled: bool,
}

struct Parser {
    file: File,
    variables: Variables,
    branches: Vec<Branch>,
    rule: Option<Rule>,
    prefix: char,
    suffixes: Vec<String>,
    words: usize,
    targets: usize,
    patterns: usize,
    more_notes: usize,
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
    fn note(&mut self, line: usize, what: impl AsRef<str>) {
        if self.file.notes.len() >= MOST_NOTES {
            self.more_notes += 1;
            return;
        }
        self.file
            .notes
            .push(format!("line {line}: {}", what.as_ref()));
    }

    fn counts(&self) -> bool {
        self.branches.iter().all(|it| *it == Branch::Taken)
    }

    /// Whether nobody knows whether this counts.
    fn is_unsure(&self) -> bool {
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

    /// Reads a condition, if the line is one.
    fn condition(&mut self, text: &str, line: usize) -> Result<bool, ReadError> {
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

    /// Reads a rule, or a variable of a target.
    fn rule(&mut self, text: &str, line: usize) -> Result<(), ReadError> {
        let Some(colon) = find_outside(text, |rest| rest.starts_with(':')) else {
            let written = self.variables.expand(text);
            if written.is_none_or(|it| !it.trim().is_empty()) {
                self.note(line, "only a run can tell what this says; it is left out");
            }
            return Ok(());
        };
        let before = text.get(..colon).unwrap_or_default();
        let before = before.strip_suffix('&').unwrap_or(before);
        let behind = text.get(colon + 1..).unwrap_or_default();
        let (doubled, behind) = match behind.strip_prefix(':') {
            Some(behind) => (true, behind),
            None => (false, behind),
        };
        if assignment(without_modifiers(behind.trim())).is_some() {
            return Ok(());
        }
        let (behind, inline) = match find_outside(behind, |rest| rest.starts_with(';')) {
            Some(at) => (behind.get(..at).unwrap_or_default(), behind.get(at + 1..)),
            None => (behind, None),
        };
        let Some(targets) = self.variables.expand(before) else {
            self.note(
                line,
                "only a run can tell what this rule is for; it is left out",
            );
            self.rule = Some(Rule::default());
            return Ok(());
        };
        let targets: Vec<String> = targets.split_whitespace().map(plain).collect();
        let fixed = find_outside(behind, |rest| rest.starts_with(':'));
        let (pattern, behind) = match fixed {
            Some(at) => (behind.get(..at), behind.get(at + 1..).unwrap_or_default()),
            None => (None, behind),
        };
        let pattern = pattern
            .and_then(|it| self.variables.expand(it))
            .map(|it| plain(it.trim()));
        let (wanted, order_only, unsure) = self.prerequisites(behind);
        if unsure {
            self.note(
                line,
                format!("only a run can tell all that {} needs", targets.join(" ")),
            );
        }
        let mut rule = Rule {
            doubled,
            ..Rule::default()
        };
        for target in targets {
            if pattern.is_none() && target.contains('%') {
                self.patterns += 1;
                continue;
            }
            let stem = pattern.as_ref().and_then(|it| stem(it, &target));
            let of = |names: &[String]| -> Vec<String> {
                match (&pattern, stem) {
                    (Some(_), Some(stem)) => names.iter().map(|it| with_stem(it, stem)).collect(),
                    _ => names.to_vec(),
                }
            };
            let (wanted, order_only) = (of(&wanted), of(&order_only));
            self.words += 1 + wanted.len() + order_only.len();
            if self.words > MOST_WORDS {
                return Err(ReadError::TooMany);
            }
            if self.special(&target, &wanted) {
                continue;
            }
            self.targets += 1;
            if self.targets > MOST_TARGETS {
                return Err(ReadError::TooMany);
            }
            if self.file.default_goal.is_none()
                && (!target.starts_with('.') || target.contains('/'))
            {
                self.file.default_goal = Some(target.clone());
            }
            self.file.add(&target, line, &wanted, &order_only);
            if unsure {
                self.file.doubt(&target);
            }
            rule.targets.push(target);
            rule.prerequisites.push(wanted);
        }
        if let Some(inline) = inline {
            rule.has_recipe = true;
            rule.recipe.push(inline.trim_start().to_owned());
        }
        self.rule = Some(rule);
        Ok(())
    }

    /// What stands behind the colon, before and behind `|`, and whether some of it only a run can tell.
    fn prerequisites(&mut self, text: &str) -> (Vec<String>, Vec<String>, bool) {
        let (mut wanted, mut order_only) = (Vec::new(), Vec::new());
        let (mut unsure, mut behind_bar) = (false, false);
        for part in words_outside(text) {
            let Some(written) = self.variables.expand(part) else {
                unsure = true;
                continue;
            };
            for word in written.split_whitespace() {
                if word == "|" {
                    behind_bar = true;
                } else if word.contains('$') {
                    unsure = true;
                } else if behind_bar {
                    order_only.push(plain(word));
                } else {
                    wanted.push(plain(word));
                }
            }
        }
        (wanted, order_only, unsure)
    }

    /// Targets that mean something else, and rules for suffixes.
    fn special(&mut self, target: &str, wanted: &[String]) -> bool {
        match target {
            ".PHONY" => wanted.iter().for_each(|it| self.file.add_phony(it)),
            ".SUFFIXES" => self.suffixes.extend(wanted.iter().cloned()),
            ".DEFAULT"
            | ".PRECIOUS"
            | ".INTERMEDIATE"
            | ".NOTINTERMEDIATE"
            | ".SECONDARY"
            | ".SECONDEXPANSION"
            | ".DELETE_ON_ERROR"
            | ".IGNORE"
            | ".LOW_RESOLUTION_TIME"
            | ".SILENT"
            | ".EXPORT_ALL_VARIABLES"
            | ".NOTPARALLEL"
            | ".ONESHELL"
            | ".POSIX"
            | ".WAIT" => {}
            _ => {
                let known = |text: &str| self.suffixes.iter().any(|it| it == text);
                let second = target.get(1..).and_then(|it| it.find('.')).map(|at| at + 1);
                let of_two = second.is_some_and(|at| {
                    known(target.get(..at).unwrap_or_default())
                        && known(target.get(at..).unwrap_or_default())
                });
                let is_rule = wanted.is_empty() && (of_two || known(target));
                self.patterns += usize::from(is_rule);
                return is_rule;
            }
        }
        true
    }

    /// Ends the rule under way.
    fn close(&mut self) {
        let Some(rule) = self.rule.take() else {
            return;
        };
        if !rule.has_recipe {
            return;
        }
        for (target, wanted) in rule.targets.iter().zip(&rule.prerequisites) {
            self.words += rule.recipe.len();
            if self.words > MOST_WORDS {
                break;
            }
            let first = wanted.first().map_or("", String::as_str);
            for (name, value) in [
                ("@", target.as_str()),
                ("<", first),
                ("^", &wanted.join(" ")),
            ] {
                self.variables.set(name, Variable::Now(value.to_owned()));
            }
            self.variables.set("*", Variable::Unknown);
            let mut speaks = false;
            let mut commands = Vec::new();
            for line in &rule.recipe {
                let written = self.variables.expand(line);
                speaks |= line.contains("$@") || line.contains("$(@") || line.contains("${@");
                let text = written.unwrap_or_else(|| line.clone());
                speaks |= has_word(&text, target);
                let text = text.trim_start_matches(['@', '-', '+', ' ', '\t']).trim();
                if !text.is_empty() && !text.starts_with('#') {
                    commands.push(text.to_owned());
                }
            }
            self.file.set_recipe(target, commands, speaks, rule.doubled);
        }
        for name in ["@", "<", "^", "*"] {
            self.variables.unset(name);
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

/// Whether a text has a word that is this or that ends in `/` and this.
fn has_word(text: &str, wanted: &str) -> bool {
    let mut words = text.split(|it: char| it.is_whitespace() || "\"'=;()".contains(it));
    words.any(|word| {
        word.strip_suffix(wanted)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    })
}

/// A name as make keeps it: without `./` before it.
fn plain(name: &str) -> String {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("./").filter(|rest| !rest.is_empty()) {
        name = rest.trim_start_matches('/');
    }
    name.to_owned()
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

fn without_modifiers(text: &str) -> &str {
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
fn assignment(text: &str) -> Option<(&str, &str, &str)> {
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

/// The words of a text, in which `$(…)` is part of one.
fn words_outside(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = find_outside(rest, |it| it.starts_with([' ', '\t'])).unwrap_or(rest.len());
        words.push(rest.get(..end).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    words
}
