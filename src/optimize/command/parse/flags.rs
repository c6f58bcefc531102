//! Flags and their values.

use super::looks::{glued, is_flag_name, plain};
use super::{Level, Parser};
use crate::optimize::command::usage::{Place, Takes};
use crate::optimize::command::values;

impl Parser<'_> {
    pub(super) fn flag(
        &mut self,
        level: &mut Level,
        at: usize,
        end: usize,
        text: &str,
        depth: usize,
    ) -> usize {
        level.open = false;
        if let Some(takes) = level
            .takes(text)
            .filter(|takes| takes.place != Place::Nothing)
        {
            self.say_flag(level, text.to_owned());
            return self.value(level, at, end, takes, depth);
        }
        let cluster = !text.starts_with("--") && !level.usage.long;
        if cluster && !level.usage.unknown {
            for (offset, letter) in text.char_indices().skip(1) {
                if !letter.is_ascii_alphabetic() {
                    break;
                }
                let Some(takes) = level
                    .takes(&format!("-{letter}"))
                    .filter(|takes| takes.place != Place::Nothing)
                else {
                    continue;
                };
                let (name, value) = text.split_at(offset + 1);
                let (name, value) = (name.to_owned(), value.to_owned());
                self.say_flag(level, name.clone());
                if value.is_empty() {
                    return self.value(level, at, end, takes, depth);
                }
                self.argue(level, value.clone(), None);
                // `-DskipTests` says yes to a name.
                if takes.place != Place::Pair || value.contains('=') {
                    self.joined(at, &name, &value, takes.place);
                }
                level.units.push(vec![at]);
                return at + 1;
            }
        }
        if let Some((name, value)) = text.split_once('=')
            && is_flag_name(name)
        {
            let place = level.takes(name).map_or(Place::Auto, |takes| takes.place);
            self.say_flag(level, name.to_owned());
            self.argue(level, value.to_owned(), None);
            self.joined(at, &format!("{name}="), value, place);
            level.units.push(vec![at]);
            return at + 1;
        }
        self.say_flag(level, text.to_owned());
        if let Some((name, value)) = glued(text) {
            self.joined(at, name, value, Place::Auto);
            level.units.push(vec![at]);
        } else {
            level.open = level.usage.open;
            level.units.push(vec![at]);
        }
        at + 1
    }

    /// Reads what a flag at `at` takes.
    fn value(
        &mut self,
        level: &mut Level,
        at: usize,
        end: usize,
        takes: Takes,
        depth: usize,
    ) -> usize {
        let next = at + 1;
        if next >= end {
            level.units.push(vec![at]);
            return next;
        }
        let text = self.text(next).map(str::to_owned);
        if takes.optional && !text.as_deref().is_some_and(values::is_number) {
            level.units.push(vec![at]);
            return next;
        }
        match takes.place {
            Place::Command => {
                level.flush(&self.parsed.words);
                level.order.push(at);
                let flag = self.text(at).unwrap_or_default().to_owned();
                self.lengthen(level, &flag, true);
                let nested = self.command(next, end, depth + 1);
                level.order.extend(nested);
                end
            }
            Place::CommandToEnd => {
                let stop = (next..end)
                    .find(|at| matches!(self.text(*at), Some(";" | "+")))
                    .unwrap_or(end);
                let mut unit = vec![at];
                unit.extend(self.command(next, stop, depth + 1));
                unit.extend((stop < end).then_some(stop));
                level.units.push(unit);
                stop + 1
            }
            place => {
                let flag = self.text(at).unwrap_or_default();
                // Of a cluster, the last letter takes it.
                let flag = match flag.strip_prefix('-').filter(|name| !name.starts_with('-')) {
                    Some(letters) if !level.usage.long => {
                        format!("-{}", letters.chars().last().unwrap_or_default())
                    }
                    _ => flag.to_owned(),
                };
                self.own(level, next, flag);
                match text {
                    Some(text) => {
                        self.argue(level, text.clone(), None);
                        self.slot(next, &text, place);
                    }
                    None => {
                        let typed = self.args.get(next).map(|arg| plain(&arg.word));
                        self.argue(level, typed.unwrap_or_default(), None);
                    }
                }
                level.units.push(vec![at, next]);
                next + 1
            }
        }
    }
}
