//! What the optimiser knows of one repository: its report may be read by people who are to know nothing of others.

use std::path::Path;

use crate::optimize::engine::{Automated, Cycle, Summary, Totals};

/// Keeps what belongs to the repository that is known by a folder, or to none.
///
/// Totals are then those of what is kept: their return is not known, and the work that is left is that of the proposals.
/// Cycles keep their counts, which tell nobody what was counted, and of names and sentences those about automations that
/// are kept.
pub fn of_repository(summary: Summary, folder: &Path) -> Summary {
    let is_here = |scope: Option<&String>| scope.is_none_or(|scope| folder == Path::new(scope));
    let (kept, others): (Vec<Automated>, Vec<Automated>) = summary
        .automations
        .into_iter()
        .partition(|it| is_here(it.scope.as_ref()));
    let proposed = summary.proposals.len();
    let mut proposals = summary.proposals;
    proposals.retain(|it| is_here(it.scope.as_ref()));
    let mut totals = summary.totals;
    if !others.is_empty() {
        totals = Totals {
            minutes_left_per_week: totals.minutes_left_per_week,
            ..of(&kept)
        };
    }
    if proposals.len() < proposed {
        let minutes = proposals.iter().filter_map(|it| it.minutes_per_week);
        totals.minutes_left_per_week = minutes.filter(|minutes| minutes.is_finite()).sum();
    }
    let cycles = summary.cycles.into_iter();
    Summary {
        cycles: cycles.map(|it| cycle(it, &kept, &others)).collect(),
        automations: kept,
        proposals,
        totals,
        ..summary
    }
}

fn of(automations: &[Automated]) -> Totals {
    let mut totals = Totals::default();
    for it in automations {
        totals.live += u64::from(it.state.is_live());
        totals.runs = totals.runs.saturating_add(it.runs);
        totals.failed = totals.failed.saturating_add(it.failed);
        totals.saved_ms = totals.saved_ms.saturating_add(it.saved_ms.unwrap_or(0));
        let ever = it.saved_ever_ms.unwrap_or(0);
        totals.saved_ever_ms = totals.saved_ever_ms.saturating_add(ever);
    }
    totals
}

fn cycle(mut it: Cycle, kept: &[Automated], others: &[Automated]) -> Cycle {
    let is_kept = |name: &str| kept.iter().any(|it| it.name == name || it.id == name);
    it.generated.retain(|name| is_kept(name));
    it.passed.retain(|name| is_kept(name));
    it.disabled.retain(|(name, _)| is_kept(name));
    let names = |sentence: &str, of: &[Automated]| of.iter().any(|it| has_word(sentence, &it.name));
    it.regressions
        .retain(|sentence| names(sentence, kept) && !names(sentence, others));
    it
}

/// Whether a name stands in a sentence by itself, and not as a part of another one.
fn has_word(sentence: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !name.is_empty()
        && sentence.match_indices(name).any(|(at, found)| {
            let before = sentence.get(..at).unwrap_or_default();
            let after = sentence.get(at + found.len()..).unwrap_or_default();
            !before.ends_with(is_part) && !after.starts_with(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::optimize::sample;

    #[test]
    fn nothing_of_other_repositories_is_kept() {
        let mut all = sample::summary();
        all.automations[1].scope = Some("/home/me/secret".to_owned());
        all.automations[1].name = "leak".to_owned();
        all.proposals[1].scope = Some("/home/me/secret".to_owned());
        all.cycles[0].generated = vec!["leak".to_owned(), "sync".to_owned()];
        all.cycles[0].passed = vec!["leak".to_owned(), "gone".to_owned()];
        all.cycles[0].disabled = vec![("leak".to_owned(), "why".to_owned())];
        all.cycles[0].regressions = vec![
            "sync takes longer".to_owned(),
            "sync is slower than leak".to_owned(),
            "leak-too fails".to_owned(),
            "resync fails".to_owned(),
        ];
        let here = of_repository(all.clone(), Path::new("/home/me/work"));
        let names: Vec<&str> = here.automations.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["sync", "release-notes", "run-tests-and-lint"]);
        assert_eq!(here.proposals.len(), 2);
        assert_eq!((here.totals.live, here.totals.runs), (2, 23));
        assert_eq!(here.totals.saved_ms, 6_900_000);
        assert_eq!(here.totals.roi, None);
        assert!((here.totals.minutes_left_per_week - 34.0).abs() < 1e-9);
        let cycle = &here.cycles[0];
        assert_eq!(cycle.generated, ["sync"]);
        assert!(cycle.passed.is_empty() && cycle.disabled.is_empty());
        assert_eq!(cycle.regressions, ["sync takes longer"]);
        assert!(!format!("{here:?}").contains("secret"));
        assert!(!format!("{here:?}").contains("leak"));
    }

    #[test]
    fn what_is_all_of_it_stays_as_it_is() {
        let all = sample::summary();
        let here = of_repository(all.clone(), Path::new("/home/me/work"));
        assert_eq!(here.totals, all.totals);
        assert_eq!(here.automations, all.automations);
    }
}
