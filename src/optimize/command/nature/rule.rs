//! Rows of the tables, and how they are matched.

use std::collections::HashMap;

use super::Command;

/// A command, with its subcommands, and what must be among its words.
///
/// `-f` and `--force` are flags (one letter also in a cluster), `=word` an argument, `^+` how an argument begins,
/// `~text` what an argument contains (in any case), `0` that no argument stands alone, `1` and `2` that at most so many do. One of them must be there; those
/// behind `!` must not. A row without any holds always.
pub(super) type Rule = (&'static str, &'static [&'static str]);

/// A table by command.
pub(super) struct Rules(HashMap<&'static str, Vec<&'static [&'static str]>>);

impl Rules {
    pub(super) fn of(tables: &[&[Rule]]) -> Self {
        let mut rules: HashMap<_, Vec<_>> = HashMap::new();
        for (command, conditions) in tables.iter().flat_map(|rules| rules.iter()) {
            rules.entry(*command).or_default().push(*conditions);
        }
        Self(rules)
    }

    /// Whether some row holds for the command or for what it is a subcommand of.
    pub(super) fn hold(&self, command: &Command) -> bool {
        let mut path = command.path.as_str();
        loop {
            if let Some(rows) = self.0.get(path)
                && rows.iter().any(|row| holds(row, command))
            {
                return true;
            }
            match path.rsplit_once(' ') {
                Some((shorter, _)) => path = shorter,
                None => return false,
            }
        }
    }
}

fn holds(row: &[&str], command: &Command) -> bool {
    let mut wanted = row
        .iter()
        .filter(|condition| !condition.starts_with('!'))
        .peekable();
    let absent = row
        .iter()
        .filter_map(|condition| condition.strip_prefix('!'));
    let found = wanted.peek().is_none() || wanted.any(|condition| met(condition, command));
    found && !absent.into_iter().any(|condition| met(condition, command))
}

fn met(condition: &str, command: &Command) -> bool {
    let mut arguments = command.arguments.iter();
    if let Some(word) = condition.strip_prefix('=') {
        arguments.any(|argument| argument.eq_ignore_ascii_case(word))
    } else if let Some(beginning) = condition.strip_prefix('^') {
        arguments.any(|argument| argument.starts_with(beginning))
    } else if let Some(part) = condition.strip_prefix('~') {
        arguments.any(|argument| argument.to_lowercase().contains(part))
    } else if let Ok(most) = condition.parse::<usize>() {
        command.positionals <= most
    } else {
        has_flag(command, condition)
    }
}

fn has_flag(command: &Command, flag: &str) -> bool {
    let letter = flag.strip_prefix('-').filter(|letter| letter.len() == 1);
    command.flags.iter().any(|given| {
        given == flag
            || letter.is_some_and(|letter| {
                given.strip_prefix('-').is_some_and(|letters| {
                    letters.chars().all(|c| c.is_ascii_alphanumeric()) && letters.contains(letter)
                })
            })
    })
}
