#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;
use crate::optimize::event::StepFacts;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;

fn step(key: &str) -> StepFacts {
    StepFacts {
        folder: String::new(),
        key: key.to_owned(),
        noise: key == "ls",
        risky: false,
        interactive: false,
    }
}

/// `git commit` is told as two steps: with a message by shells, without by the reflog.
fn corpus(events: Vec<Event>) -> Corpus {
    Corpus {
        steps: [
            "make",
            "git commit -m <str>",
            "git commit",
            "ls",
            "git -C <path> push",
        ]
        .map(step)
        .to_vec(),
        values: Vec::new(),
        scopes: vec!["/a".to_owned(), "/b".to_owned()],
        events,
    }
}

fn event(at: i64, source: Source, step: u32) -> Event {
    Event {
        at,
        timed: true,
        source,
        actor: Actor::Human,
        scope: None,
        session: None,
        step,
        values: Box::default(),
        duration_ms: None,
        succeeded: None,
    }
}

fn of(events: Vec<Event>) -> Episodes {
    episodes(&corpus(events), i64::MIN, usize::MAX)
}

/// The positions of each episode.
fn laid(events: Vec<Event>) -> Vec<Vec<u32>> {
    let found = of(events);
    let of = |episode: &Episode| found.sequence[episode.begin..episode.end].to_vec();
    found.episodes.iter().map(of).collect()
}

#[test]
fn a_pause_ends_an_episode_and_noise_fills_it() {
    let shell = |minute: i64, step| event(minute * MINUTE, Source::Shell, step);
    assert_eq!(
        laid(vec![shell(0, 0), shell(10, 0), shell(21, 0)]),
        [vec![0, 1], vec![2]]
    );
    // Somebody was there at 16.
    assert_eq!(
        laid(vec![shell(8, 0), shell(16, 3), shell(24, 0)]),
        [vec![0, 2]]
    );
    assert!(laid(vec![shell(0, 3)]).is_empty());
}

#[test]
fn another_repository_ends_an_episode_but_an_unknown_one_does_not() {
    let at = |second: i64, scope| Event {
        scope,
        session: Some(1),
        ..event(second * SECOND, Source::Shell, 0)
    };
    let events = vec![
        at(0, Some(0)),
        at(1, None),
        at(2, Some(0)),
        at(3, Some(1)),
        at(4, None),
    ];
    let found = of(events.clone());
    assert_eq!(laid(events), [vec![0, 1, 2], vec![3, 4]]);
    assert_eq!(found.episodes[0].scope, Some(0));
    assert_eq!(found.episodes[1].scope, Some(1));
    // No gap is told across the change.
    assert_eq!(found.deeds[1].gap_ms, Some(1000));
    assert_eq!(found.deeds[2].gap_ms, None);
}

#[test]
fn two_terminals_and_two_actors_are_apart() {
    let at = |second: i64, session, actor| Event {
        session: Some(session),
        actor,
        ..event(second * SECOND, Source::Shell, 0)
    };
    let (human, agent) = (Actor::Human, Actor::Agent);
    let events = vec![
        at(0, 1, human),
        at(1, 2, human),
        at(2, 1, human),
        at(3, 2, agent),
        at(4, 2, agent),
    ];
    assert_eq!(laid(events), [vec![0, 2], vec![1], vec![3, 4]]);
}

#[test]
fn without_times_no_time_is_told() {
    let at = |at: i64| Event {
        timed: false,
        ..event(at, Source::Bash, 0)
    };
    let events = vec![at(0), at(0), at(100 * MINUTE)];
    let found = of(events.clone());
    assert_eq!(laid(events), [vec![0, 1, 2]]);
    assert!(found.deeds.iter().all(|deed| deed.gap_ms.is_none()));
}

#[test]
fn what_is_older_and_what_is_too_much_is_left_out() {
    let corpus = corpus(
        (0..10)
            .map(|at| event(at * SECOND, Source::Shell, 0))
            .collect(),
    );
    let found = episodes(&corpus, 2 * SECOND, 5);
    assert_eq!(found.sequence, [5, 6, 7, 8, 9]);
    assert!(found.deeds[4].left_out && !found.deeds[5].left_out);
    assert_eq!(found.deeds[5].place, Some(0));
}

#[test]
fn one_deed_of_two_sources_keeps_what_either_knows() {
    let atuin = Event {
        scope: Some(1),
        session: Some(3),
        ..event(10_000, Source::Atuin, 0)
    };
    let zsh = Event {
        duration_ms: Some(70),
        ..event(9_000, Source::Zsh, 0)
    };
    let shell = Event {
        succeeded: Some(false),
        ..event(11_000, Source::Shell, 0)
    };
    let found = of(vec![zsh, atuin, shell]);
    assert_eq!(found.sequence, [1]);
    let deed = &found.deeds[1];
    assert_eq!(
        (deed.scope, deed.duration_ms, deed.succeeded),
        (Some(1), Some(70), Some(false))
    );
}

#[test]
fn not_the_same_deed() {
    let zsh = event(0, Source::Zsh, 0);
    let of_two = |second: Event| of(vec![zsh.clone(), second]).sequence.len();
    assert_eq!(of_two(event(2000, Source::Atuin, 0)), 1);
    assert_eq!(of_two(event(2001, Source::Atuin, 0)), 2, "too late");
    assert_eq!(of_two(event(0, Source::Zsh, 0)), 2, "the same source");
    assert_eq!(of_two(event(0, Source::Atuin, 1)), 2, "another step");
    let untimed = Event {
        timed: false,
        ..event(0, Source::Bash, 0)
    };
    assert_eq!(of_two(untimed), 2, "no time");
    let at = |scope, source| Event {
        scope: Some(scope),
        ..event(0, source, 0)
    };
    let both = of(vec![at(0, Source::Zsh), at(1, Source::Atuin)]);
    assert_eq!(both.sequence.len(), 2, "another repository");
}

#[test]
fn the_reflog_tells_a_command_again() {
    let commit = |at| Event {
        scope: Some(0),
        ..event(at, Source::Git, 2)
    };
    let typed = |at, duration_ms| Event {
        duration_ms,
        ..event(at, Source::Zsh, 1)
    };
    let found = of(vec![typed(0, None), commit(5000)]);
    assert_eq!(found.sequence, [0]);
    assert_eq!(found.deeds[0].scope, Some(0));
    assert_eq!(of(vec![typed(0, None), commit(5001)]).sequence.len(), 2);
    // The message was written for two minutes.
    assert_eq!(
        of(vec![typed(0, Some(120_000)), commit(121_000)]).sequence,
        [0]
    );
    // The shell writes its time when the command is done.
    assert_eq!(of(vec![commit(0), typed(3000, None)]).sequence, [1]);
    // A rebase leaves many entries, but two commits of a tool that no shell saw are two.
    assert_eq!(
        of(vec![typed(0, None), commit(1000), commit(1100)]).sequence,
        [0]
    );
    assert_eq!(of(vec![commit(1000), commit(1100)]).sequence.len(), 2);
    // A push is no commit.
    assert_eq!(
        of(vec![event(0, Source::Zsh, 4), commit(0)]).sequence.len(),
        2
    );
}

#[test]
fn verbs_of_git() {
    assert_eq!(verb("git commit -m <str>"), Some("commit"));
    assert_eq!(verb("git -C <path> push"), Some("push"));
    assert_eq!(verb("git"), None);
    assert_eq!(verb("gitk commit"), None);
    assert_eq!(verb("cargo test"), None);
}

fn any_event() -> impl Strategy<Value = Event> {
    let sources =
        prop::sample::select(&[Source::Zsh, Source::Atuin, Source::Agents, Source::Shell][..]);
    (
        0..40_i64,
        sources,
        0..2_u32,
        prop::option::of(0..2_u32),
        prop::option::of(0..2_u32),
    )
        .prop_map(|(at, source, step, scope, session)| Event {
            scope,
            session,
            // Step 3 is noise; the other is no step of git's.
            ..event(at * 500, source, step * 3)
        })
}

proptest! {
    /// The definition, word for word: an event joins the first deed of its step that is at most 2 s older, that its source did
    /// not tell yet, and whose repository is not another.
    #[test]
    fn deeds_are_those_of_the_definition(mut events in prop::collection::vec(any_event(), 0..30)) {
        events.sort_by_key(|event| event.at);
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, event) in events.iter().enumerate() {
            let same = groups.iter().position(|group| {
                let members = || group.iter().map(|at| &events[*at]);
                let scope = members().find_map(|member| member.scope);
                members().all(|member| member.source != event.source && member.step == event.step)
                    && event.at - events[group[0]].at <= SAME_MS
                    && (scope.is_none() || event.scope.is_none() || scope == event.scope)
            });
            match same {
                Some(group) => groups[group].push(at),
                None => groups.push(vec![at]),
            }
        }
        let corpus = corpus(events.clone());
        let order: Vec<u32> = (0_u32..).take(events.len()).collect();
        let deeds = once(&corpus, &order);
        prop_assert_eq!(deeds.iter().filter(|deed| !deed.left_out).count(), groups.len());
        for group in groups {
            let kept: Vec<usize> = group.iter().copied().filter(|at| !deeds[*at].left_out).collect();
            prop_assert_eq!(kept.len(), 1);
            let scope = group.iter().find_map(|at| events[*at].scope);
            prop_assert_eq!(deeds[kept[0]].scope.is_some(), scope.is_some());
        }
    }

    /// Every event that is kept and no noise is in one episode, once, at the place it is told to be.
    #[test]
    fn nothing_is_lost(mut events in prop::collection::vec(any_event(), 0..40)) {
        events.sort_by_key(|event| event.at);
        let found = of(events.clone());
        let kept = found.deeds.iter().zip(&events).filter(|(deed, event)| !deed.left_out && event.step != 3).count();
        prop_assert_eq!(found.sequence.len(), kept);
        for (place, position) in found.sequence.iter().enumerate() {
            prop_assert_eq!(found.deeds[*position as usize].place, Some(u32::try_from(place).unwrap()));
            let episode = found.episode_at(place).unwrap();
            prop_assert!(episode.begin <= place && place < episode.end);
        }
        let laid: usize = found.episodes.iter().map(|it| it.end - it.begin).sum();
        prop_assert_eq!(laid, found.sequence.len());
    }
}
