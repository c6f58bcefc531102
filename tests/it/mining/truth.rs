//! Precision and recall in made-up histories.

use git_tend::optimize::mine::Bounds;
use git_tend::optimize::score::{Candidate, candidates};

use super::histories::{History, Judgement, NOW, history, scattered};

fn judged(history: &History) -> (Vec<Candidate>, Judgement) {
    let found = candidates(&history.corpus, &Bounds::default(), NOW, &|_| 3_600_000);
    let told = found
        .iter()
        .map(|it| (it.pattern.steps.as_slice(), it.pattern.support));
    let judgement = Judgement::of(history, told, 5);
    (found, judgement)
}

#[test]
fn habits_are_found_and_chance_is_not() {
    for seed in 1..=5 {
        let history = history(seed, 100_000);
        assert!(history.corpus.events.len() >= 100_000 && history.told_twice > 1000);
        let (found, judgement) = judged(&history);
        assert!(judgement.planted > 150, "{}", judgement.planted);
        assert!(
            judgement.recall() >= 0.95,
            "seed {seed}: {:?}",
            judgement.missed
        );
        assert!(
            judgement.precision() >= 0.95,
            "seed {seed}: {:?}",
            judgement.wrong
        );
        // What habits share is right, but not most of what is told.
        assert!(judgement.strict_precision() >= 0.95, "seed {seed}");
        // Every intact time is counted, but for steps that are taken for somebody else's of the same second; by chance, or in
        // another habit, there may be a few more.
        for habit in history
            .habits
            .iter()
            .filter(|habit| habit.intact >= 5 && !habit.is_loop)
        {
            let told = found.iter().find(|it| it.pattern.steps == habit.steps);
            let support = told.map_or(0, |it| it.pattern.support);
            let least = habit.intact - 1 - habit.intact / 50;
            assert!(support == 0 || support >= least, "{habit:?}: {support}");
        }
    }
}

#[test]
fn where_something_is_always_in_between() {
    let (mut planted, mut found, mut told, mut right) = (0, 0, 0, 0);
    for seed in 1..=10 {
        let history = scattered(seed);
        let (list, judgement) = judged(&history);
        assert!(list.iter().any(|it| it.pattern.gapped));
        planted += judgement.planted;
        found += judgement.found;
        told += judgement.told;
        right += judgement.right;
    }
    assert!(found * 100 >= planted * 95, "{found} of {planted}");
    assert!(right * 100 >= told * 95, "{right} of {told}");
}
