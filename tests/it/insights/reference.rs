//! scipy as a judge of χ².

use git_tend::graph::insights::effect::{Effect, SIGNIFICANT, Side};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::metrics::reference::{Random, python};

const PROGRAM: &str = "
import json, sys, warnings
from scipy.stats import chi2, chi2_contingency
answers = []
for a, b, c, d in json.load(sys.stdin):
    if 0 in (a + b, c + d, a + c, b + d):
        answers.append([0.0, 1.0])
    else:
        found = chi2_contingency([[a, b], [c, d]], correction=False)
        answers.append([found.statistic, found.pvalue])
print(json.dumps({'line': chi2.isf(0.05, 1), 'answers': answers}))
";

#[test]
fn it_is_pearsons_without_yates_correction() {
    let mut random = Random::new();
    let tables: Vec<[u64; 4]> = (0..500)
        .map(|_| {
            let most = 1 + random.below(400);
            std::array::from_fn(|_| random.below(most) as u64)
        })
        .collect();
    let Some(answer) = python("scipy", &["-c", PROGRAM], &json!(tables).to_string()) else {
        return;
    };
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let line = answer["line"].as_f64().unwrap();
    assert!((line - SIGNIFICANT).abs() < 0.001, "{line}");
    for (table, theirs) in tables.iter().zip(answer["answers"].as_array().unwrap()) {
        let [a, b, c, d] = *table;
        let side = |affected, others| Side {
            sessions: affected + others,
            affected,
            occurrences: affected,
        };
        let at = Timestamp::UNIX_EPOCH;
        let effect = Effect::of(side(a, b), side(c, d), at, at);
        let (statistic, chance) = (theirs[0].as_f64().unwrap(), theirs[1].as_f64().unwrap());
        assert!(
            (effect.chi_square - statistic).abs() <= 1e-9 * statistic.max(1.0),
            "{table:?}: {} is not {statistic}",
            effect.chi_square
        );
        let enough = (a + b).min(c + d) >= 10;
        // Between the table's line and the exact one nobody is right.
        if (statistic - line).abs() > 0.001 {
            assert_eq!(effect.significant, enough && chance < 0.05, "{table:?}");
        }
    }
}
