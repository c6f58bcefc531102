//! What rules of a Makefile declare: targets, what they need, and their recipes.

use super::super::ReadError;
use super::expand::{Variable, find_outside, stem, with_stem};
use super::parse::{Parser, assignment, without_modifiers};

/// Targets with their prerequisites may be no more than this, counted together.
const MOST_WORDS: usize = 1_000_000;
/// So many targets.
const MOST_TARGETS: usize = 50_000;

/// The rule whose recipe may follow.
#[derive(Default)]
pub(super) struct Rule {
    pub(super) targets: Vec<String>,
    /// The first prerequisite of each target, and all of them.
    pub(super) prerequisites: Vec<Vec<String>>,
    pub(super) recipe: Vec<String>,
    pub(super) has_recipe: bool,
    pub(super) doubled: bool,
}

impl Parser {
    /// Reads a rule, or a variable of a target.
    pub(super) fn rule(&mut self, text: &str, line: usize) -> Result<(), ReadError> {
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
    pub(super) fn close(&mut self) {
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
