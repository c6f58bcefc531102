//! What is told of small histories.

use super::oracle::episodes as laid;
use crate::config::HookName;
use crate::optimize::episode::episodes;
use crate::optimize::event::{Actor, Corpus, Event, Source, StepFacts};
use crate::optimize::mine::chance::Chance;
use crate::optimize::mine::closed::closed;
use crate::optimize::mine::regular::{Local, Period, Usual, rayleigh, regularity, resultant};
use crate::optimize::mine::{Bounds, Pattern, grams, id, patterns};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What is kept of texts whose letters are steps, all of them worthy; with how often.
fn told(texts: &[&str]) -> Vec<(String, usize)> {
    let texts: Vec<Vec<u32>> = texts
        .iter()
        .map(|text| text.chars().map(u32::from).collect())
        .collect();
    let all = texts.concat();
    let ends: Vec<usize> = texts
        .iter()
        .scan(0, |end, text| {
            *end += text.len();
            Some(*end)
        })
        .collect();
    let grams = grams::count(&all, &ends, 8, 3);
    let sure = Chance {
        tail: 0.0,
        ..Chance::SINGLE
    };
    let worthy: Vec<Vec<Option<Chance>>> = grams
        .levels
        .iter()
        .map(|level| vec![Some(sure); level.grams.len()])
        .collect();
    let kept = closed(&laid(&texts), &all, &grams, &worthy, 3);
    kept.iter()
        .map(|kept| {
            let steps = grams.steps(kept.length, kept.number);
            (
                steps.into_iter().filter_map(char::from_u32).collect(),
                kept.starts.len(),
            )
        })
        .collect()
}

fn is(text: &str, times: usize) -> (String, usize) {
    (text.to_owned(), times)
}

#[test]
fn a_loop_is_told_once() {
    assert_eq!(told(&["ababababab"]), [is("ab", 5)]);
    assert_eq!(told(&["abcabcabcabcabc", "abcabc"]), [is("abc", 7)]);
    assert_eq!(told(&["aaaaaaa"]), [is("a", 7)]);
    // With an unfinished round at either end.
    assert_eq!(told(&["bcabcabcabcab"]), [is("bca", 4)]);
    // Loops with something after them: the last round belongs to it.
    let both = told(&["ababc", "ababc", "ababc", "ab", "ab", "ab", "ab"]);
    assert_eq!(both, [is("ababc", 3), is("ab", 10)]);
}

#[test]
fn what_begins_as_it_ends_is_no_loop() {
    assert_eq!(told(&["aba", "aba", "aba"]), [is("aba", 3)]);
}

#[test]
fn an_interruption_leaves_no_fragments() {
    let texts = [
        "abcdef", "abcdef", "abcdef", "abcxdef", "abcydef", "abczzdef", "abcu", "def",
    ];
    assert_eq!(told(&texts), [is("abcdef", 3)]);
    // Three times without the rest is a habit by itself.
    let texts = ["abcdef", "abcdef", "abcdef", "1abc2", "3abc4", "5abc6"];
    assert_eq!(told(&texts), [is("abcdef", 3), is("abc", 6)]);
}

#[test]
fn what_is_too_long_is_told_by_its_first_steps() {
    assert_eq!(told(&["abcdefghijkl"; 4]), [is("abcdefgh", 4)]);
    assert_eq!(
        told(&["abcdefghijklmnopq"; 4]),
        [is("abcdefgh", 4), is("ijklmnop", 4)]
    );
}

fn step(key: &str) -> StepFacts {
    StepFacts {
        folder: String::new(),
        key: key.to_owned(),
        noise: false,
        risky: false,
        interactive: false,
    }
}

/// Lines of steps, each a session of its own on a day of its own, a minute between steps.
fn corpus(lines: &[&str]) -> Corpus {
    let mut corpus = Corpus::default();
    for (day, line) in (0_i64..).zip(lines) {
        for (minute, key) in (0_i64..).zip(line.split(", ")) {
            let known = corpus.steps.iter().position(|step| step.key == key);
            let number = known.unwrap_or(corpus.steps.len());
            if known.is_none() {
                corpus.steps.push(step(key));
            }
            corpus.events.push(Event {
                at: day * DAY + minute * 60_000,
                timed: true,
                source: Source::Shell,
                actor: Actor::Human,
                scope: None,
                session: Some(day as u32),
                step: number as u32,
                values: Box::default(),
                duration_ms: None,
                succeeded: None,
            });
        }
    }
    corpus
}

fn found(corpus: &Corpus) -> Vec<(String, Pattern)> {
    let episodes = episodes(corpus, i64::MIN, usize::MAX);
    let found = patterns(corpus, &episodes, &Bounds::default(), &|_| 0);
    let text = |pattern: &Pattern| {
        let keys: Vec<&str> = pattern
            .steps
            .iter()
            .map(|step| corpus.steps[*step as usize].key.as_str())
            .collect();
        keys.join(", ")
    };
    found
        .into_iter()
        .map(|pattern| (text(&pattern), pattern))
        .collect()
}

fn get<'a>(found: &'a [(String, Pattern)], text: &str) -> Option<&'a Pattern> {
    found
        .iter()
        .find(|(other, _)| other == text)
        .map(|(_, pattern)| pattern)
}

#[test]
fn three_habits_in_a_short_history() {
    let mut lines = Vec::new();
    for round in 0..5 {
        lines.push("git pull, make deps, make".to_owned());
        lines.push(format!(
            "edit{round}, cargo fmt, cargo test, git commit, look{round}"
        ));
        lines.push("docker build, docker run".to_owned());
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found = found(&corpus(&lines));
    let told: Vec<(&str, u32, u32)> = found
        .iter()
        .map(|(text, it)| (text.as_str(), it.support, it.days))
        .collect();
    assert_eq!(
        told,
        [
            ("git pull, make deps, make", 5, 5),
            ("cargo fmt, cargo test, git commit", 5, 5),
            ("docker build, docker run", 5, 5),
        ]
    );
    let commit = get(&found, "cargo fmt, cargo test, git commit").unwrap();
    assert_eq!(commit.episodes, 5);
    let hook = commit.hook.as_ref().unwrap();
    assert_eq!((hook.hook, hook.steps.clone()), (HookName::PreCommit, 0..2));
    let pull = get(&found, "git pull, make deps, make")
        .unwrap()
        .hook
        .as_ref()
        .unwrap();
    assert_eq!((pull.hook, pull.steps.clone()), (HookName::PostMerge, 1..3));
    assert_eq!(get(&found, "docker build, docker run").unwrap().hook, None);
}

#[test]
fn a_hook_is_suggested_from_seven_in_ten_on() {
    let with = "cargo test, git push";
    let found_of = |times: usize| {
        let mut lines = vec![with; times];
        lines.extend(
            vec!["cargo test, cargo doc", "cargo test, git log", "cargo test"]
                .into_iter()
                .cycle()
                .take(10 - times),
        );
        let found = found(&corpus(&lines));
        get(&found, "cargo test").and_then(|it| it.hook.clone())
    };
    let hook = found_of(7).unwrap();
    assert_eq!((hook.hook, hook.steps), (HookName::PrePush, 0..1));
    assert!((hook.share - 0.7).abs() < 1e-9);
    assert_eq!(found_of(6), None);
    // A hook that commits would call itself.
    let lines = ["git commit, git commit --amend"; 6];
    assert!(
        found(&corpus(&lines))
            .iter()
            .all(|(_, it)| it.hook.is_none())
    );
}

#[test]
fn with_gaps_where_nothing_else_is_found() {
    let lines: Vec<String> = (0..8)
        .map(|day| format!("start, a{day}, build, b{day}, c{day}, ship, d{day}"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found = found(&corpus(&lines));
    let pattern = get(&found, "start, build, ship").unwrap();
    assert!(pattern.gapped);
    assert_eq!((pattern.support, pattern.days), (8, 8));
    assert!(pattern.occurrences().all(|events| events.len() == 3));
    assert_eq!(found.iter().filter(|(_, it)| it.steps.len() > 1).count(), 1);
    // All on one day is no habit.
    let mut one_day = corpus(&lines);
    for event in &mut one_day.events {
        event.at = event.at / DAY * HOUR + event.at % DAY;
    }
    assert_eq!(get(&self::found(&one_day), "start, build, ship"), None);
}

#[test]
fn ids_are_of_the_keys() {
    assert_eq!(id(["git pull", "make"]), id(["git pull", "make"]));
    assert_ne!(id(["git pull", "make"]), id(["git pullm", "ake"]));
    // printf 'git pull\nmake\n' | sha256sum
    assert_eq!(id(["git pull", "make"]), "06544454b79f");
}

fn times(list: &[(i64, i64)]) -> Vec<Local> {
    list.iter()
        .map(|(day, minute)| Local::of(day * DAY + minute * 60_000, 0))
        .collect()
}

/// 1970-01-05 was a Monday.
const MONDAY: i64 = 4;

fn usual(own: &[Local]) -> Usual {
    // Somebody works from nine to five, five days a week for six weeks, every ten minutes.
    let work = (0..42_i64)
        .filter(|day| day % 7 < 5)
        .flat_map(|day| (54..102).map(move |ten| (MONDAY + day, ten * 10)));
    let work: Vec<(i64, i64)> = work.collect();
    Usual::of(times(&work).into_iter().chain(own.iter().copied()))
}

#[test]
fn every_morning() {
    let own = times(
        &(0..42)
            .filter(|day| day % 7 < 5)
            .map(|day| (MONDAY + day, 9 * 60 + 15 + day % 3))
            .collect::<Vec<_>>(),
    );
    let found = regularity(&own, &usual(&own)).unwrap();
    assert_eq!(found.period, Period::Day);
    assert_eq!(found.cron, "15 9 * * 1-5");
    assert!(found.resultant > 0.99 && found.chance < 1e-6);
}

#[test]
fn every_friday_afternoon() {
    let own = times(
        &(0..6)
            .map(|week| (MONDAY + 7 * week + 4, 16 * 60 + 1 + week))
            .collect::<Vec<_>>(),
    );
    let found = regularity(&own, &usual(&own)).unwrap();
    assert_eq!(found.period, Period::Week);
    assert_eq!(found.cron, "5 16 * * 5");
    // Sunday night is Sunday for cron, and Monday where the clock is ahead.
    let own: Vec<Local> = (0..6)
        .map(|week| Local::of((MONDAY - 1 + 7 * week) * DAY + 23 * HOUR, 0))
        .collect();
    assert_eq!(regularity(&own, &usual(&own)).unwrap().cron, "0 23 * * 0");
    let own: Vec<Local> = (0..6)
        .map(|week| Local::of((MONDAY - 1 + 7 * week) * DAY + 23 * HOUR, 2 * HOUR))
        .collect();
    assert_eq!(regularity(&own, &usual(&own)).unwrap().cron, "0 1 * * 1");
}

#[test]
fn working_hours_are_no_rule() {
    let spread: Vec<(i64, i64)> = (0..30)
        .map(|at| (MONDAY + at / 5 * 7 + at % 5, 9 * 60 + at * 97 % 480))
        .collect();
    let own = times(&spread);
    let angles: Vec<f64> = own
        .iter()
        .map(|time| time.minute as f64 / 1440.0 * std::f64::consts::TAU)
        .collect();
    assert!(resultant(&angles).1 > 0.6, "it looks like one");
    assert_eq!(regularity(&own, &usual(&own)), None);
}

#[test]
fn one_busy_day_is_no_rule() {
    let own = times(&(0..50).map(|at| (MONDAY, 600 + at)).collect::<Vec<_>>());
    assert_eq!(regularity(&own, &usual(&own)), None);
    assert!(rayleigh(50, 0.99) < 1e-6);
}
