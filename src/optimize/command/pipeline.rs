//! A pipeline becomes a step: its commands with slots, and their key.

use crate::optimize::recipe::{Piece, Redirect, Shape, Simple, SlotKind, Word};

use super::nature::{self, Judged, Nature};
use super::parse::{self, Arg, Command};
use super::read::Step;
use super::tokens::{Redirection, Stage};
use super::{key, prefix, values, words};

/// Programs that are the shell's own, or mean something to it, and that `env` cannot run.
const BUILTINS: &[&str] = &[
    "read",
    "cd",
    "pushd",
    "popd",
    "wait",
    "fg",
    "bg",
    "exit",
    "return",
    "type",
    "hash",
    "getopts",
    "mapfile",
    "time",
    "exec",
    "command",
    "builtin",
    "noglob",
    "nocorrect",
    "eval",
    "source",
    ".",
    "trap",
    "set",
];

/// A longer pipeline is a script.
const MOST_STAGES: usize = 32;

/// One command of the pipeline, read.
struct Read {
    simple: Simple,
    /// Its words in the order of the key.
    order: Vec<usize>,
    /// The word that names its program.
    program: usize,
    commands: Vec<Command>,
    /// Text that it is given to read.
    given: Vec<String>,
}

/// The step of a pipeline and what stood in its slots. `None` if some word is not as the parser took it, or can only be done
/// as it was typed.
pub(super) fn step(stages: &[Stage], text: &str) -> Option<(Step, Vec<String>)> {
    if stages.len() > MOST_STAGES {
        return None;
    }
    let mut slots = Slots::default();
    let mut reads = Vec::with_capacity(stages.len());
    for stage in stages {
        reads.push(stage_of(stage, text, &mut slots)?);
    }
    slots.renumber(&mut reads);
    let mut key = String::new();
    for (number, read) in reads.iter().enumerate() {
        if number > 0 {
            key.push_str(" | ");
        }
        key.push_str(&key::of_kinds(
            &read.order,
            &read.simple.words,
            &slots.kinds,
        ));
        for redirect in &read.simple.redirects {
            key::push_redirect(&mut key, redirect, &slots.kinds);
        }
    }
    let judged: Vec<Judged<'_>> = reads
        .iter()
        .map(|read| Judged {
            commands: &read.commands,
            redirects: &read.simple.redirects,
            given: &read.given,
        })
        .collect();
    let mut nature = nature::of_pipeline(&judged);
    let template = template(&reads, &slots.kinds);
    let shape = Shape::Pipeline(reads.into_iter().map(|read| read.simple).collect());
    let code = nature::of_words(&shape);
    nature.risky |= code.risky;
    nature.interactive |= code.interactive;
    if nature != Nature::default() {
        mark(&mut key, nature, template());
    }
    let step = Step {
        key,
        shape,
        kinds: slots.kinds,
        noise: nature.noise,
        risky: nature.risky,
        interactive: nature.interactive,
    };
    Some((step, slots.values))
}

/// What a value makes of a command (`psql -c 'DROP …'`) must be in the key, or the key would have two natures.
fn mark(key: &mut String, nature: Nature, template: Nature) {
    if nature.noise && !template.noise {
        key.push_str(" (noise)");
    }
    if nature.risky && !template.risky {
        key.push_str(" (risky)");
    }
    if nature.interactive && !template.interactive {
        key.push_str(" (interactive)");
    }
}

/// The nature of what the key says, whatever stands in the slots.
fn template(reads: &[Read], kinds: &[SlotKind]) -> impl FnOnce() -> Nature + use<> {
    let stages: Vec<(Vec<Arg>, Simple)> = reads
        .iter()
        .map(|read| {
            let words: Vec<Word> = read
                .simple
                .words
                .iter()
                .skip(read.program)
                .cloned()
                .collect();
            let args = words
                .iter()
                .map(|word| Arg::of(filled(word, kinds)))
                .collect();
            let simple = Simple {
                words,
                redirects: read.simple.redirects.clone(),
            };
            (args, simple)
        })
        .collect();
    move || {
        let commands: Vec<Vec<Command>> = stages
            .iter()
            .map(|(args, _)| parse::parse(args, 0).commands)
            .collect();
        let judged: Vec<Judged<'_>> = commands
            .iter()
            .zip(&stages)
            .map(|(commands, (_, simple))| Judged {
                commands,
                redirects: &simple.redirects,
                given: &[],
            })
            .collect();
        let nature = nature::of_pipeline(&judged);
        let code = nature::of_words(&Shape::Pipeline(
            stages.iter().map(|(_, simple)| simple.clone()).collect(),
        ));
        Nature {
            risky: nature.risky || code.risky,
            interactive: nature.interactive || code.interactive,
            ..nature
        }
    }
}

fn filled(word: &Word, kinds: &[SlotKind]) -> Word {
    let mut text = String::new();
    for piece in &word.0 {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Slot(slot) => text.push_str(match kinds.get(*slot) {
                Some(SlotKind::Num) => "1",
                _ => "x",
            }),
            Piece::Code(_) => return word.clone(),
        }
    }
    Word(vec![Piece::Text(text)])
}

fn stage_of(stage: &Stage, text: &str, slots: &mut Slots) -> Option<Read> {
    let mut args = Vec::with_capacity(stage.words.len());
    for range in &stage.words {
        args.push(Arg::of(words::word(text.get(range.clone())?)?));
    }
    if !stage.assignments.is_empty() {
        if args
            .first()?
            .text
            .as_deref()
            .is_none_or(|program| BUILTINS.contains(&program))
        {
            return None;
        }
        let mut with = vec![Arg::plain("env")];
        for range in &stage.assignments {
            with.push(assignment(text.get(range.clone())?)?);
        }
        with.append(&mut args);
        args = with;
    }
    let prefix = prefix::of(&args);
    let args = args.get(prefix.dropped..)?;
    let program = prefix.length - prefix.dropped;
    // `time A=1 make`: what looks like a variable would be a program.
    let named = args.get(program)?.text.as_deref();
    if named.is_some_and(|named| named.is_empty() || named.contains('=')) {
        return None;
    }
    let parsed = parse::parse(args, program);
    let base = slots.values.len();
    let mut words = parsed.words;
    for piece in words.iter_mut().flat_map(|word| &mut word.0) {
        if let Piece::Slot(slot) = piece {
            *slot += base;
        }
    }
    slots.kinds.extend(parsed.kinds);
    slots.values.extend(parsed.values);
    let mut redirects = Vec::new();
    let mut given = Vec::new();
    for redirection in &stage.redirects {
        if redirection.operator == "<<<" {
            given.extend(
                words::word(text.get(redirection.target.clone())?)
                    .and_then(|word| Arg::of(word).text),
            );
        }
        redirects.push(redirect(redirection, text, slots)?);
    }
    if stage.errors_piped {
        redirects.push(Redirect {
            fd: Some(2),
            operator: ">&".to_owned(),
            target: Word(vec![Piece::Text("1".to_owned())]),
        });
    }
    Some(Read {
        simple: Simple { words, redirects },
        order: parsed.order,
        program,
        commands: parsed.commands,
        given,
    })
}

/// `A=1` before a command as an argument of `env`. A value that the shell makes must be quoted: as an argument it would be split.
fn assignment(typed: &str) -> Option<Arg> {
    let (name, value) = typed.split_once('=')?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || value.starts_with('(') {
        return None;
    }
    let arg = Arg::of(words::word(typed)?);
    let whole = value.len() > 1
        && value.starts_with('"')
        && value.find('"').is_some()
        && value.rfind('"') == Some(value.len() - 1)
        && value.matches('"').count() == 2;
    (arg.text.is_some() || whole).then_some(arg)
}

fn redirect(redirection: &Redirection, text: &str, slots: &mut Slots) -> Option<Redirect> {
    let word = words::word(text.get(redirection.target.clone())?)?;
    let stays = redirection.operator.ends_with('&');
    let target = match word.0.as_slice() {
        [Piece::Text(value)] if !stays && !value.starts_with("/dev/") => {
            let kind = if redirection.operator == "<<<" {
                values::kind(value)
            } else {
                SlotKind::Path
            };
            slots.kinds.push(kind);
            slots.values.push(value.clone());
            Word(vec![Piece::Slot(slots.values.len() - 1)])
        }
        _ => word,
    };
    Some(Redirect {
        fd: redirection.fd,
        operator: redirection.operator.clone(),
        target,
    })
}

/// The slots of all commands.
#[derive(Default)]
struct Slots {
    kinds: Vec<SlotKind>,
    values: Vec<String>,
}

impl Slots {
    /// Numbers them in the order of the key.
    fn renumber(&mut self, reads: &mut [Read]) {
        let mut order: Vec<usize> = Vec::with_capacity(self.values.len());
        for read in reads.iter() {
            let words = read
                .order
                .iter()
                .filter_map(|at| read.simple.words.get(*at));
            let targets = read
                .simple
                .redirects
                .iter()
                .map(|redirect| &redirect.target);
            order.extend(
                words
                    .chain(targets)
                    .flat_map(|word| &word.0)
                    .filter_map(|piece| match piece {
                        Piece::Slot(slot) => Some(*slot),
                        _ => None,
                    }),
            );
        }
        let mut numbers = vec![0; self.values.len()];
        for (number, slot) in order.iter().enumerate() {
            if let Some(place) = numbers.get_mut(*slot) {
                *place = number;
            }
        }
        for read in reads {
            let targets = read
                .simple
                .redirects
                .iter_mut()
                .map(|redirect| &mut redirect.target);
            for piece in read
                .simple
                .words
                .iter_mut()
                .chain(targets)
                .flat_map(|word| &mut word.0)
            {
                if let Piece::Slot(slot) = piece {
                    *slot = numbers.get(*slot).copied().unwrap_or(*slot);
                }
            }
        }
        self.kinds = order
            .iter()
            .filter_map(|slot| self.kinds.get(*slot).copied())
            .collect();
        self.values = order
            .iter()
            .filter_map(|slot| self.values.get_mut(*slot).map(std::mem::take))
            .collect();
    }
}
