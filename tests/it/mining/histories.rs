//! Made-up histories in which it is known what recurs: for the tests and for benches/mining.

use std::collections::BTreeMap;

use git_tend::optimize::event::{Actor, Corpus, Event, Source, StepFacts};

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
pub struct Chance(u64);

impl Chance {
    /// From a seed on.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// Between 0 and 1.
    #[allow(clippy::cast_precision_loss)]
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this likelihood happens.
    pub fn hits(&mut self, likelihood: f64) -> bool {
        self.share() < likelihood
    }
}

/// When histories end, in ms UTC: a Friday.
pub const NOW: i64 = 1_790_000_000_000;
/// How long they are, in ms.
pub const SPAN: i64 = 29 * 86_400_000;

const REPOSITORIES: usize = 6;
/// What is done everywhere, what is done in one repository, what belongs to habits, and what is left out of sequences.
const COMMON: usize = 60;
const OWN: usize = 25;
const TOOLS: usize = 700;
const NOISE: usize = 5;

/// What somebody does again and again.
#[derive(Clone, Debug)]
pub struct Habit {
    /// The steps.
    pub steps: Vec<u32>,
    /// Whether it is done several times in a row: then it has no first step.
    pub is_loop: bool,
    /// How often it was done with nothing but noise in between.
    pub intact: u32,
    /// How often something came between.
    pub interrupted: u32,
    /// The repository it is done in; none if in any.
    home: Option<usize>,
}

/// A history and the truth about it.
pub struct History {
    /// What a miner sees.
    pub corpus: Corpus,
    /// What was planted, decoys of too few occurrences included.
    pub habits: Vec<Habit>,
    /// How many events are told twice.
    pub told_twice: usize,
}

struct Making {
    chance: Chance,
    corpus: Corpus,
    habits: Vec<Habit>,
    values: BTreeMap<String, u32>,
    told_twice: usize,
}

/// A history of at least this many events.
pub fn history(seed: u64, events: usize) -> History {
    let mut making = Making {
        chance: Chance::new(seed),
        corpus: Corpus::default(),
        habits: Vec::new(),
        values: BTreeMap::new(),
        told_twice: 0,
    };
    making.name_steps();
    let mut todo = making.habits(events);
    // Shuffled: what is popped next is any of them.
    for at in (1..todo.len()).rev() {
        todo.swap(at, making.chance.below(at + 1));
    }
    let mut session = 0;
    while making.corpus.events.len() < events || !todo.is_empty() {
        making.session(session, &mut todo);
        session += 1;
    }
    making.corpus.events.sort_by_key(|event| event.at);
    History {
        corpus: making.corpus,
        habits: making.habits,
        told_twice: making.told_twice,
    }
}

impl Making {
    fn name_steps(&mut self) {
        let mut step = |key: String, noise: bool| {
            self.corpus.steps.push(StepFacts {
                folder: String::new(),
                key,
                noise,
                risky: false,
                interactive: false,
            });
        };
        (0..COMMON).for_each(|at| step(format!("common{at} <path>"), false));
        for repository in 0..REPOSITORIES {
            (0..OWN).for_each(|at| step(format!("own{repository}-{at}"), false));
        }
        (0..TOOLS).for_each(|at| step(format!("tool{at} --name <str>"), false));
        (0..NOISE).for_each(|at| step(format!("noise{at}"), true));
        self.corpus.scopes = (0..REPOSITORIES)
            .map(|at| format!("/home/somebody/r{at}"))
            .collect();
    }

    fn tool(&mut self) -> usize {
        COMMON + REPOSITORIES * OWN + self.chance.below(TOOLS)
    }

    /// A step that is done anyway, the first ones far more often than the last.
    fn anything(&mut self, repository: usize) -> usize {
        let skewed = |chance: &mut Chance, count: usize| {
            let share = chance.share();
            // Zipf's law, nearly: the logarithm of the rank is even.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss
            )]
            let rank = ((count as f64 + 1.0).powf(share) - 1.0) as usize;
            rank.min(count - 1)
        };
        if self.chance.hits(0.5) {
            skewed(&mut self.chance, COMMON)
        } else if self.chance.hits(0.9) {
            COMMON + repository * OWN + skewed(&mut self.chance, OWN)
        } else {
            self.tool()
        }
    }

    /// Habits that make up about half of so many events, and how often each is to be done.
    fn habits(&mut self, events: usize) -> Vec<usize> {
        let mut todo = Vec::new();
        let mut planned = 0;
        while planned < events / 2 {
            let times = match self.chance.below(10) {
                // Too rare to be told of.
                0 => 1 + self.chance.below(2),
                1..5 => 5 + self.chance.below(10),
                5..9 => 10 + self.chance.below(60),
                _ => 50 + self.chance.below(250),
            };
            let length = 2 + self.chance.below(7);
            let is_loop = length < 5 && self.chance.hits(0.15);
            let home = self
                .chance
                .hits(0.7)
                .then(|| self.chance.below(REPOSITORIES));
            let mut steps: Vec<usize> = Vec::new();
            // Some begin as another habit does.
            if length > 4
                && self.chance.hits(0.1)
                && let Some(other) = self.habits.last().filter(|other| other.steps.len() > 3)
            {
                steps.extend(other.steps.iter().take(2).map(|step| *step as usize));
            }
            while steps.len() < length {
                // Of two, three and four steps at most one is done otherwise, too; of two none.
                let common = steps.iter().filter(|step| **step < COMMON).count();
                let step = if length > 2 && 3 * common + 3 <= length && self.chance.hits(0.5) {
                    self.chance.below(COMMON)
                } else {
                    self.tool()
                };
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
            planned += times * length;
            todo.extend(std::iter::repeat_n(self.habits.len(), times));
            self.habits.push(Habit {
                steps: steps
                    .into_iter()
                    .filter_map(|step| u32::try_from(step).ok())
                    .collect(),
                is_loop,
                intact: 0,
                interrupted: 0,
                home,
            });
        }
        todo
    }

    fn session(&mut self, session: u32, todo: &mut Vec<usize>) {
        let repository = self.chance.below(REPOSITORIES);
        let actor = if self.chance.hits(0.4) {
            Actor::Agent
        } else {
            Actor::Human
        };
        let source = if actor == Actor::Agent {
            Source::Agents
        } else {
            Source::Atuin
        };
        let offset = self.chance.below(usize::try_from(SPAN).unwrap_or(1));
        let mut typing = Typing {
            at: NOW - SPAN + i64::try_from(offset).unwrap_or(0),
            repository,
            actor,
            source,
            session,
            echoed: source == Source::Atuin && self.chance.hits(0.3),
        };
        for _ in 0..10 + self.chance.below(60) {
            if typing.at > NOW - 3_600_000 {
                break;
            }
            let begun = todo.last().copied().filter(|_| self.chance.hits(0.2));
            let Some(habit) = begun else {
                let step = self.anything(typing.repository);
                self.do_step(&mut typing, step);
                continue;
            };
            todo.pop();
            if let Some(home) = self.habits[habit].home
                && home != typing.repository
            {
                typing.repository = home;
            }
            self.do_habit(&mut typing, habit, todo);
        }
    }

    fn do_habit(&mut self, typing: &mut Typing, habit: usize, todo: &mut Vec<usize>) {
        let Habit { steps, is_loop, .. } = self.habits[habit].clone();
        let rounds = if is_loop { 2 + self.chance.below(3) } else { 1 };
        if is_loop {
            // The rounds come off the plan, so that it keeps its size.
            for _ in 1..rounds {
                if let Some(at) = todo.iter().rposition(|other| *other == habit) {
                    todo.swap_remove(at);
                }
            }
        }
        for _ in 0..rounds {
            let mut intact = true;
            for (at, step) in steps.iter().enumerate() {
                if at > 0 && self.chance.hits(0.03) {
                    let other = self.anything(typing.repository);
                    self.do_step(typing, other);
                    intact = false;
                }
                if at > 0 && self.chance.hits(0.005) {
                    typing.at += 11 * 60_000;
                    intact = false;
                }
                while self.chance.hits(0.15) {
                    let noise = self.corpus.steps.len() - 1 - self.chance.below(NOISE);
                    self.do_step(typing, noise);
                }
                self.do_step(typing, *step as usize);
            }
            let habit = &mut self.habits[habit];
            habit.intact += u32::from(intact);
            habit.interrupted += u32::from(!intact);
        }
    }

    fn do_step(&mut self, typing: &mut Typing, step: usize) {
        typing.at += 3000 + i64::try_from(self.chance.below(40_000)).unwrap_or(0);
        let key = &self.corpus.steps[step].key;
        let values = if key.contains('<') {
            let text = format!("value{}", self.chance.below(200));
            vec![self.value(text)]
        } else {
            Vec::new()
        };
        let known = typing.source == Source::Atuin || self.chance.hits(0.5);
        let event = Event {
            at: typing.at,
            timed: true,
            source: typing.source,
            actor: typing.actor,
            scope: u32::try_from(typing.repository).ok(),
            session: Some(typing.session),
            step: u32::try_from(step).unwrap_or(0),
            values: values.into_boxed_slice(),
            duration_ms: known.then(|| self.chance.below(5000) as u64),
            succeeded: known.then(|| !self.chance.hits(0.05)),
        };
        if typing.echoed {
            self.told_twice += 1;
            let late = i64::try_from(self.chance.below(1500)).unwrap_or(0);
            self.corpus.events.push(Event {
                at: event.at + late,
                source: Source::Zsh,
                scope: None,
                session: None,
                duration_ms: None,
                succeeded: None,
                ..event.clone()
            });
        }
        self.corpus.events.push(event);
    }

    fn value(&mut self, text: String) -> u32 {
        let values = &mut self.corpus.values;
        *self.values.entry(text).or_insert_with_key(|text| {
            values.push(text.clone());
            u32::try_from(values.len() - 1).unwrap_or(0)
        })
    }
}

/// Somebody at work.
struct Typing {
    at: i64,
    repository: usize,
    actor: Actor,
    source: Source,
    session: u32,
    /// Whether another source tells it, too.
    echoed: bool,
}

/// How what was found compares with what was planted.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Habits that were done so often without interruption.
    pub planted: usize,
    /// Those of them that were found.
    pub found: usize,
    /// What was told, so often, of two and more steps.
    pub told: usize,
    /// What of it is a habit, or what several habits have in common.
    pub right: usize,
    /// What of it is a habit itself.
    pub strictly_right: usize,
    /// Habits that were missed.
    pub missed: Vec<Habit>,
    /// What was told and is none.
    pub wrong: Vec<(Vec<u32>, u32)>,
}

impl Judgement {
    /// Of what was told: steps and support.
    ///
    /// A habit is found if exactly its steps are told; of a loop, which has no first step, any rotation of them, of which only
    /// one is right. What several habits have in common (their first two steps, say) occurs more often than any of them: by the
    /// definition of a closed pattern it is one. It counts as right, not as a habit that was found, and not as strictly right.
    pub fn of<'a>(
        history: &History,
        told: impl Iterator<Item = (&'a [u32], u32)>,
        least: u32,
    ) -> Self {
        let mut judgement = Self::default();
        let told: Vec<(&[u32], u32)> = told
            .filter(|(steps, support)| steps.len() > 1 && *support >= least)
            .collect();
        judgement.told = told.len();
        let fits = |habit: &Habit, steps: &[u32]| {
            habit.steps == steps
                || (habit.is_loop
                    && habit.steps.len() == steps.len()
                    && habit
                        .steps
                        .repeat(2)
                        .windows(steps.len())
                        .any(|part| part == steps))
        };
        for habit in history.habits.iter().filter(|habit| habit.intact >= least) {
            judgement.planted += 1;
            if told.iter().any(|(steps, _)| fits(habit, steps)) {
                judgement.found += 1;
            } else {
                judgement.missed.push(habit.clone());
            }
        }
        let mut used = vec![false; history.habits.len()];
        for (steps, support) in told {
            let fitting = history
                .habits
                .iter()
                .enumerate()
                .find(|(at, habit)| !used[*at] && fits(habit, steps));
            if let Some((at, _)) = fitting {
                used[at] = true;
                judgement.strictly_right += 1;
                judgement.right += 1;
                continue;
            }
            let shared = history.habits.iter().filter(|habit| {
                habit.steps.len() > steps.len()
                    && habit.steps.windows(steps.len()).any(|part| part == steps)
            });
            if shared.count() > 1 {
                judgement.right += 1;
            } else {
                judgement.wrong.push((steps.to_vec(), support));
            }
        }
        judgement
    }

    /// The share of what was told that is right.
    pub fn precision(&self) -> f64 {
        share(self.right, self.told)
    }

    /// The share that is a habit itself.
    pub fn strict_precision(&self) -> f64 {
        share(self.strictly_right, self.told)
    }

    /// The share of habits that were found.
    pub fn recall(&self) -> f64 {
        share(self.found, self.planted)
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A history of a few habits of three to five steps in which there is always something in between, and of much else: nothing
/// is done twice without anything in between but by chance.
pub fn scattered(seed: u64) -> History {
    let mut chance = Chance::new(seed);
    let mut corpus = Corpus::default();
    for at in 0..400 {
        corpus.steps.push(StepFacts {
            folder: String::new(),
            key: format!("step{at}"),
            noise: false,
            risky: false,
            interactive: false,
        });
    }
    let mut habits = Vec::new();
    let mut todo = Vec::new();
    for habit in 0..8_u32 {
        let length = 3 + u32::try_from(chance.below(3)).unwrap_or(0);
        let times = 8 + chance.below(20);
        todo.extend(std::iter::repeat_n(habit as usize, times));
        habits.push(Habit {
            steps: (habit * 5..habit * 5 + length).collect(),
            is_loop: false,
            intact: u32::try_from(times).unwrap_or(0),
            interrupted: 0,
            home: None,
        });
    }
    for at in (1..todo.len()).rev() {
        todo.swap(at, chance.below(at + 1));
    }
    let mut at = NOW - SPAN;
    let mut act = |corpus: &mut Corpus, chance: &mut Chance, step: u32| {
        at += 10_000 + i64::try_from(chance.below(60_000)).unwrap_or(0);
        corpus.events.push(Event {
            at,
            timed: true,
            source: Source::Atuin,
            actor: Actor::Human,
            scope: None,
            session: None,
            step,
            values: Box::default(),
            duration_ms: None,
            succeeded: None,
        });
        if chance.hits(0.005) {
            at += 6 * 3_600_000;
        }
    };
    for habit in todo {
        let anything = |chance: &mut Chance| 40 + u32::try_from(chance.below(360)).unwrap_or(0);
        for _ in 0..chance.below(12) {
            let step = anything(&mut chance);
            act(&mut corpus, &mut chance, step);
        }
        for (number, step) in habits[habit].steps.clone().into_iter().enumerate() {
            if number > 0 {
                for _ in 0..=chance.below(2) {
                    let step = anything(&mut chance);
                    act(&mut corpus, &mut chance, step);
                }
            }
            act(&mut corpus, &mut chance, step);
        }
    }
    History {
        corpus,
        habits,
        told_twice: 0,
    }
}
