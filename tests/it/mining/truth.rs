//! Precision and recall in histories of a hundred thousand events.

use git_tend::optimize::mine::Bounds;
use git_tend::optimize::score::candidates;

use super::histories::{Judgement, NOW, history};

#[test]
fn habits_are_found_and_chance_is_not() {
    for seed in 1..=5 {
        let history = history(seed, 100_000);
        assert!(history.told_twice > 1000);
        let found = candidates(&history.corpus, &Bounds::default(), NOW, &|_| 3_600_000);
        let told = found
            .iter()
            .map(|it| (it.pattern.steps.as_slice(), it.pattern.support));
        let judgement = Judgement::of(&history, told, 5);
        eprintln!(
            "seed {seed}: {} habits, {} found; {} told, {} right, {} strictly; precision {:.3} ({:.3}) recall {:.3}",
            judgement.planted, judgement.found, judgement.told, judgement.right, judgement.strictly_right,
            judgement.precision(), judgement.strict_precision(), judgement.recall()
        );
        if std::env::var_os("SHOW").is_some() {
            for habit in &judgement.missed { eprintln!("  missed {habit:?}"); }
            for wrong in &judgement.wrong { eprintln!("  wrong {wrong:?}"); }
        }
        assert!(judgement.planted > 100, "{}", judgement.planted);
        assert!(judgement.recall() >= 0.95, "seed {seed}: {:?}", judgement.missed);
        assert!(judgement.precision() >= 0.95, "seed {seed}: {:?}", judgement.wrong);
    }
}
