//! One command: what each of its words is, and their order in the key.

mod flags;
mod looks;

use crate::optimize::recipe::{Piece, SlotKind, Word};
use looks::{is_flag_name, is_subcommand, pair, plain};

use super::key;
use super::usage::{self, Place, Takes, Usage};
use super::values;

/// Commands in commands (`xargs timeout 5 nice …`) are followed this deep.
const DEEPEST: usize = 8;

/// A word of a command before it is known what it is for.
#[derive(Clone, Debug)]
pub(super) struct Arg {
    /// What it says, unless the shell makes something of it.
    pub text: Option<String>,
    /// Its pieces without slots.
    pub word: Word,
}

impl Arg {
    pub fn of(word: Word) -> Self {
        let text = match word.0.as_slice() {
            [Piece::Text(text)] => Some(text.clone()),
            _ => None,
        };
        Self { text, word }
    }

    pub fn plain(text: &str) -> Self {
        Self::of(Word(vec![Piece::Text(text.to_owned())]))
    }
}

/// A command that was found in the words, the outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    /// The program as the tables know it, and its subcommands.
    pub path: String,
    /// What stands where a program should, if that is a line of code (`ssh host 'make && ls'`).
    pub code: Option<String>,
    /// Words after the path that are flags.
    pub flags: Vec<String>,
    /// Words after the path that are no flags, and values of flags; code as it was typed.
    pub arguments: Vec<String>,
    /// How many of the arguments stand alone.
    pub positionals: usize,
    /// The words of those that are no part of the path.
    pub alone: Vec<usize>,
    /// Words that are values of flags, and the flags.
    pub owned: Vec<(usize, String)>,
}

/// Words with slots that are numbered from 0 in the order of the key.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    /// The words in the order they were typed. Slots are numbers of `values`.
    pub words: Vec<Word>,
    /// Words in the order of the key.
    pub order: Vec<usize>,
    pub kinds: Vec<SlotKind>,
    pub values: Vec<String>,
    pub commands: Vec<Command>,
}

/// Reads the words of a command; `program` is the number of the one that names the program. The ones before it are
/// neither in the key nor have they slots.
pub(super) fn parse(args: &[Arg], program: usize) -> Parsed {
    let mut parser = Parser {
        args,
        parsed: Parsed {
            words: args.iter().map(|arg| arg.word.clone()).collect(),
            ..Parsed::default()
        },
    };
    parser.parsed.order = parser.command(program, args.len(), 0);
    parser.parsed
}

struct Parser<'a> {
    args: &'a [Arg],
    parsed: Parsed,
}

/// Where the reading of one command is.
struct Level {
    usage: &'static Usage,
    /// Usages of the commands above whose flags still count.
    above: Vec<&'static Usage>,
    number: usize,
    order: Vec<usize>,
    positionals: Vec<usize>,
    units: Vec<Vec<usize>>,
    /// The unknown flag that takes what follows.
    open: bool,
    /// The word that names the program.
    program: usize,
    /// Its number among the commands.
    command: usize,
}

impl Level {
    fn takes(&self, flag: &str) -> Option<Takes> {
        self.usage
            .flag(flag)
            .or_else(|| self.above.iter().rev().find_map(|usage| usage.flag(flag)))
    }

    fn flush(&mut self, words: &[Word]) {
        self.order.append(&mut self.positionals);
        let mut units: Vec<(String, Vec<usize>)> = self
            .units
            .drain(..)
            .map(|unit| (key::of_words(&unit, words), unit))
            .collect();
        units.sort_by(|a, b| a.0.cmp(&b.0));
        self.order
            .extend(units.into_iter().flat_map(|(_, unit)| unit));
        self.open = false;
    }
}

impl<'a> Parser<'a> {
    fn text(&self, at: usize) -> Option<&'a str> {
        self.args.get(at)?.text.as_deref()
    }

    /// Reads the words from `at` to before `end` as a command; they in the order of the key.
    fn command(&mut self, at: usize, end: usize, depth: usize) -> Vec<usize> {
        let number = self.parsed.commands.len();
        self.parsed.commands.push(Command::default());
        let args = self.args;
        let program = args.get(at).and_then(|arg| arg.text.as_deref());
        let Some(program) = program.filter(|_| depth < DEEPEST) else {
            return (at..end.min(self.args.len())).collect();
        };
        let name = usage::canonical(key::program_name(program)).to_owned();
        let mut level = Level {
            usage: usage::of(&name).unwrap_or_else(usage::unknown),
            above: Vec::new(),
            number: 0,
            order: vec![at],
            positionals: Vec::new(),
            units: Vec::new(),
            open: false,
            program: at,
            command: number,
        };
        if let Some(command) = self.parsed.commands.get_mut(number) {
            command.path = name;
            command.code = Some(program)
                .filter(|program| program.contains([' ', ';', '&', '|']))
                .map(str::to_owned);
        }
        let mut at = at + 1;
        while at < end {
            at = self.word(&mut level, at, end, depth);
        }
        level.flush(&self.parsed.words);
        level.order
    }

    fn word(&mut self, level: &mut Level, at: usize, end: usize, depth: usize) -> usize {
        let Some(text) = self.text(at).map(str::to_owned) else {
            return self.code(level, at, end);
        };
        if text == "--" {
            return self.rest(level, at, end, depth);
        }
        if let Some(digits) = text.strip_prefix('-') {
            // `xargs -0` and its like count nothing.
            if digits != "0" && values::is_number(digits) {
                self.joined(at, "-", digits, Place::Kind(SlotKind::Num));
                level.units.push(vec![at]);
                return at + 1;
            }
            if digits.starts_with(|c: char| c.is_ascii_alphabetic() || "-0".contains(c)) {
                return self.flag(level, at, end, &text, depth);
            }
        }
        self.positional(level, at, end, &text, depth)
    }

    fn code(&mut self, level: &mut Level, at: usize, end: usize) -> usize {
        let typed = self
            .args
            .get(at)
            .map(|arg| plain(&arg.word))
            .unwrap_or_default();
        if typed.starts_with('-') {
            level.open = false;
            self.say_flag(level, typed);
            level.units.push(vec![at]);
        } else {
            let place = level.usage.argument(level.number);
            self.argue(level, typed, Some(at));
            if let (true, Some(unit)) = (level.open, level.units.last_mut()) {
                unit.push(at);
            } else {
                level.positionals.push(at);
                level.number += 1;
                if matches!(place, Place::Command) {
                    level.flush(&self.parsed.words);
                    level.order.extend(at + 1..end);
                    return end;
                }
            }
        }
        at + 1
    }

    /// What follows `--`: another command, or arguments whose order counts.
    fn rest(&mut self, level: &mut Level, at: usize, end: usize, depth: usize) -> usize {
        level.open = false;
        let another =
            level.usage.runs_another() && level.usage.argument(level.number) == Place::Command;
        let arguments = level.usage;
        let mut tail = vec![at];
        if another && at + 1 < end {
            tail.extend(self.command(at + 1, end, depth + 1));
        } else {
            for at in at + 1..end {
                let Some(text) = self.text(at).map(str::to_owned) else {
                    tail.push(at);
                    continue;
                };
                self.argue(level, text.clone(), Some(at));
                if !is_flag_name(&text) {
                    let place = match arguments.argument(level.number) {
                        Place::Kind(kind) => Place::Kind(kind),
                        _ => Place::Auto,
                    };
                    // After `git checkout --` there are only paths.
                    let place = match place {
                        Place::Kind(SlotKind::Branch) => Place::Kind(SlotKind::Path),
                        other => other,
                    };
                    self.slot(at, &text, place);
                    level.number += 1;
                }
                tail.push(at);
            }
        }
        level.flush(&self.parsed.words);
        level.order.extend(tail);
        end
    }

    fn positional(
        &mut self,
        level: &mut Level,
        at: usize,
        end: usize,
        text: &str,
        depth: usize,
    ) -> usize {
        if level.open {
            if let Some(flag) = level.units.last().filter(|unit| unit.len() == 1) {
                let flag = flag
                    .first()
                    .and_then(|at| self.text(*at))
                    .unwrap_or_default();
                self.own(level, at, flag.to_owned());
            }
            self.argue(level, text.to_owned(), None);
            self.slot(at, text, Place::Auto);
            if let Some(unit) = level.units.last_mut() {
                unit.push(at);
            }
            return at + 1;
        }
        let mut place = level.usage.argument(level.number);
        if level.usage.unknown && self.looks_like_subcommand(level, at, end, text) {
            place = Place::Sub;
        }
        if place == Place::Letters {
            level.number += 1;
            if at == level.program + 1 && text.chars().all(|c| c.is_ascii_alphabetic()) {
                self.lengthen(level, text, true);
                level.positionals.push(at);
                return at + 1;
            }
            place = level.usage.argument(level.number);
        }
        match place {
            // cargo's toolchains
            Place::Sub if text.strip_prefix('+').is_some_and(is_subcommand) => {
                level.order.push(at);
                return at + 1;
            }
            Place::Sub if is_subcommand(text) => {
                self.subcommand(level, at, text);
                return at + 1;
            }
            Place::Command => {
                level.flush(&self.parsed.words);
                let nested = self.command(at, end, depth + 1);
                level.order.extend(nested);
                return end;
            }
            Place::Text => self.lengthen(level, text, true),
            Place::Script => {
                self.lengthen(level, text, true);
                level.positionals.push(at);
                // Its arguments are its own affair, unless they are known as `manage.py`'s are.
                let path = self.parsed.commands.get(level.command);
                level.usage = path
                    .and_then(|command| usage::of(&command.path))
                    .unwrap_or_else(usage::open);
                level.above.clear();
                level.number = 0;
                return at + 1;
            }
            place => {
                self.argue(level, text.to_owned(), Some(at));
                self.slot(at, text, place);
            }
        }
        level.positionals.push(at);
        level.number += 1;
        at + 1
    }

    /// The first word after an unknown program may be its subcommand if no other argument stands beside it.
    fn looks_like_subcommand(&self, level: &Level, at: usize, end: usize, text: &str) -> bool {
        let first = level.number == 0 && level.units.is_empty() && level.order.len() == 1;
        let alone = at + 1 >= end || self.text(at + 1).is_some_and(|next| next.starts_with('-'));
        first
            && alone
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:-".contains(c))
    }

    fn subcommand(&mut self, level: &mut Level, at: usize, text: &str) {
        self.lengthen(level, text, false);
        let path = self
            .parsed
            .commands
            .get(level.command)
            .map(|command| command.path.clone());
        let known = path.as_deref().and_then(usage::of);
        if level.usage.own {
            level.flush(&self.parsed.words);
            level.above.clear();
        } else {
            level.above.push(level.usage);
        }
        // A flag before the subcommand would stand between them.
        level.order.append(&mut level.positionals);
        level.order.push(at);
        match known {
            Some(usage) => {
                level.usage = usage;
                level.number = 0;
            }
            None if level.usage.unknown || level.usage.own => {
                level.usage = usage::open();
                level.number = 0;
            }
            // The row of the command says what follows any of its subcommands.
            None => level.number += 1,
        }
    }

    /// Makes the word at `at` a slot, unless it stays as it is.
    fn slot(&mut self, at: usize, text: &str, place: Place) {
        // Standard input, and where `find` and `xargs` put a name.
        if place == Place::Text || text == "-" || text == "{}" {
            return;
        }
        let split = match place {
            Place::Kind(_) => None,
            _ => pair(text),
        };
        match split {
            Some((name, value)) => self.joined(at, name, value, Place::Auto),
            None => self.joined(at, "", text, place),
        }
    }

    /// Makes the word at `at` text and a slot.
    fn joined(&mut self, at: usize, prefix: &str, value: &str, place: Place) {
        if place == Place::Text || value.is_empty() && !prefix.is_empty() {
            return;
        }
        let (prefix, value) = match (place, value.split_once('=')) {
            (Place::Pair, Some((name, value))) if !value.is_empty() && !prefix.is_empty() => {
                (format!("{prefix}{name}="), value)
            }
            _ => (prefix.to_owned(), value),
        };
        let kind = match place {
            Place::Kind(SlotKind::Branch) => values::ref_kind(value),
            Place::Kind(SlotKind::Url) => values::url_kind(value),
            Place::Kind(kind) => kind,
            _ => values::kind(value),
        };
        let slot = Piece::Slot(self.parsed.values.len());
        if let Some(word) = self.parsed.words.get_mut(at) {
            *word = if prefix.is_empty() {
                Word(vec![slot])
            } else {
                Word(vec![Piece::Text(prefix), slot])
            };
            self.parsed.kinds.push(kind);
            self.parsed.values.push(value.to_owned());
        }
    }

    /// Adds a word to a command's path; a word that stands alone is an argument too.
    fn lengthen(&mut self, level: &Level, word: &str, alone: bool) {
        if let Some(command) = self.parsed.commands.get_mut(level.command) {
            command.path.push(' ');
            command.path.push_str(word);
            command.positionals += usize::from(alone);
        }
    }

    fn say_flag(&mut self, level: &Level, flag: String) {
        if let Some(command) = self.parsed.commands.get_mut(level.command) {
            command.flags.push(flag);
        }
    }

    fn argue(&mut self, level: &Level, argument: String, alone: Option<usize>) {
        if let Some(command) = self.parsed.commands.get_mut(level.command) {
            command.arguments.push(argument);
            command.positionals += usize::from(alone.is_some());
            command.alone.extend(alone);
        }
    }

    /// Says that a word is the value of a flag.
    fn own(&mut self, level: &Level, at: usize, flag: String) {
        if let Some(command) = self.parsed.commands.get_mut(level.command) {
            command.owned.push((at, flag));
        }
    }
}
