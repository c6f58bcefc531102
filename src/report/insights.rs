//! What many sessions say alike, in words.

use crate::graph::insights::effect::Effect;
use crate::graph::insights::{Insight, InsightKind, Standing};
use crate::system::plain::first_line;

/// What it is about.
pub const fn kind(kind: InsightKind) -> &'static str {
    match kind {
        InsightKind::Quirk => "oddity",
        InsightKind::Win => "goes well",
        InsightKind::Failure => "goes badly",
        InsightKind::ToolError => "tool fails",
        InsightKind::Lesson => "lesson",
    }
}

/// What it says, in one line of at most so many characters.
pub fn words(insight: &Insight, most: usize) -> String {
    if insight.tool.is_empty() {
        first_line(&insight.pattern, most)
    } else {
        first_line(&format!("{}: {}", insight.tool, insight.pattern), most)
    }
}

/// What was decided about it.
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Enabled => "enabled by hand",
        Standing::Disabled => "disabled by hand",
        Standing::Worse => "told no more: it got worse",
    }
}

/// What came of telling it: a word, whether that is good, and the figures.
pub fn effect(effect: &Effect) -> (String, Option<bool>, String) {
    let by = format!("{:.0} %", effect.improvement.abs().min(999.0));
    let (word, is_good) = match (effect.significant, effect.improvement > 0.0) {
        (false, _) => ("not clear yet".to_owned(), None),
        (true, true) => (format!("improved by {by}"), Some(true)),
        (true, false) => (format!("worse by {by}"), Some(false)),
    };
    let side = |side: &crate::graph::insights::effect::Side| {
        format!("{} of {}", side.affected, side.sessions)
    };
    let figures = format!(
        "in {} sessions before, {} since",
        side(&effect.before),
        side(&effect.after)
    );
    (word, is_good, figures)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::graph::insights::effect::Side;

    #[test]
    fn only_what_is_no_accident_has_improved_or_got_worse() {
        let side = |affected, sessions| Side {
            sessions,
            affected,
            occurrences: affected,
        };
        let told = |before, after| {
            let at = Timestamp::UNIX_EPOCH;
            effect(&Effect::of(before, after, at, at))
        };
        let better = told(side(20, 40), side(2, 40));
        assert_eq!(
            (better.0.as_str(), better.1, better.2.as_str()),
            (
                "improved by 90 %",
                Some(true),
                "in 20 of 40 sessions before, 2 of 40 since"
            )
        );
        let worse = told(side(2, 40), side(20, 40));
        assert_eq!((worse.0.as_str(), worse.1), ("worse by 900 %", Some(false)));
        let few = told(side(5, 9), side(0, 3));
        assert_eq!((few.0.as_str(), few.1), ("not clear yet", None));
    }
}
