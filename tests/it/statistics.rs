//! Tests of differences and trends, checked by scipy on numbers that are others in each run of the tests.
#![allow(clippy::cast_precision_loss)] // small numbers

use git_tend::metrics::fisher::fisher;
use git_tend::metrics::rank_sum::rank_sum;
use git_tend::metrics::stats::Sorted;
use git_tend::metrics::trend::{MOST, mann_kendall, theil_sen};
use serde_json::{Value, json};

use crate::metrics::reference::{Random, python};

const PROGRAM: &str = "
import json, sys, warnings
import numpy as np
from scipy import stats
warnings.simplefilter('ignore')
asked = json.load(sys.stdin)

def number(value):
    return float(value) if np.isfinite(value) else None

def rank_sum(first, second):
    found = stats.mannwhitneyu(first, second, alternative='two-sided', method='auto')
    # Pair by pair.
    delta = np.sign(np.subtract.outer(np.array(first), np.array(second))).mean()
    return [number(found.statistic), number(found.pvalue), number(delta)]

def line(points):
    x, y = np.array(points).T
    found = stats.theilslopes(y, x, method='separate')
    return [number(it) for it in (found.slope, found.intercept, found.low_slope, found.high_slope)]

def order(values):
    found = stats.kendalltau(range(len(values)), values)
    return [number(found.statistic), number(found.pvalue)]

def robust(values, x):
    # As a z of the standard deviation that a normal distribution of this spread has.
    spread = stats.median_abs_deviation(values)
    return number(0.6745 * (x - np.median(values)) / spread) if spread > 0 else None

print(json.dumps({
    'pairs': [rank_sum(*it) for it in asked['pairs']],
    'lines': [line(it) for it in asked['lines']],
    'orders': [order(it) for it in asked['orders']],
    'tables': [number(stats.fisher_exact([[a, b], [c, d]]).pvalue) for a, b, c, d in asked['tables']],
    'robust': [robust(*it) for it in asked['robust']],
}))
";

/// Values of all sorts: fine or coarse, so that many are the same, all the same, or far apart.
fn sample(random: &mut Random, count: usize) -> Vec<f64> {
    let kind = random.below(6);
    let shift = random.below(3) as f64 * 0.4;
    (0..count)
        .map(|_| {
            let value = (random.below(1_000_000) as f64 - 5e5) / 2.5e5 + shift;
            match kind {
                0 => value.round(),
                1 => (value * 3.0).round() / 3.0,
                2 => 7.0,
                3 => (value * 3.0).exp() * 1e6,
                _ => value,
            }
        })
        .collect()
}

fn size(random: &mut Random) -> usize {
    let most = [1, 3, 8, 9, 20, 50, 300];
    let most = most[random.below(most.len())];
    1 + random.below(most)
}

/// The same in nine digits, or as good as nothing beside `scale`.
#[track_caller]
fn near(ours: Option<f64>, theirs: &Value, scale: f64, what: &dyn Fn() -> String) {
    let (Some(ours), Some(theirs)) = (ours, theirs.as_f64()) else {
        assert!(
            ours.is_none() && theirs.is_null(),
            "{}: {ours:?} is not {theirs}",
            what()
        );
        return;
    };
    // Numbers that small have few digits.
    let least = 1e-9 * theirs.abs() + 1e-13 * scale + 1e-300;
    assert!(
        (ours - theirs).abs() <= least,
        "{}: {ours} is not {theirs}",
        what()
    );
}

/// Two samples each; some values may stand in both.
fn pairs(random: &mut Random) -> Vec<(Vec<f64>, Vec<f64>)> {
    (0..300)
        .map(|_| {
            let (one, other) = (size(random), size(random));
            let first = sample(random, one);
            let mut second = sample(random, other);
            // Some values stand on both sides.
            if random.below(4) == 0 {
                second.extend(first.iter().take(3));
            }
            (first, second)
        })
        .collect()
}

/// Series: in order, nearly in order, tilted, or not at all.
fn orders(random: &mut Random) -> Vec<Vec<f64>> {
    (0..300)
        .map(|number| {
            let count = 1 + size(random);
            let mut values = sample(random, count);
            match number % 5 {
                0 => values.sort_by(f64::total_cmp),
                1 => values.sort_by(|one, other| other.total_cmp(one)),
                2 => {
                    let step = random.below(100) as f64 / 500.0;
                    values = (0..)
                        .zip(values)
                        .map(|(at, it)| it + f64::from(at) * step)
                        .collect();
                }
                _ => {}
            }
            // As good as in order: there the exact distribution is asked beyond 33 values.
            if number % 5 < 2 && random.below(2) == 0 && values.len() > 2 {
                let at = random.below(values.len() - 1);
                values.swap(at, at + 1);
            }
            values
        })
        .collect()
}

/// The same as points, of which some days are missing.
fn lines(random: &mut Random, orders: &[Vec<f64>]) -> Vec<Vec<(f64, f64)>> {
    orders
        .iter()
        .map(|values| {
            let mut x = random.below(100) as f64;
            let coarse = random.below(4) == 0;
            let mut points: Vec<(f64, f64)> = Vec::new();
            for value in values {
                // Days are missing, and at times two points have one.
                x += random.below(3) as f64 + f64::from(u8::from(!coarse));
                points.push((x, *value));
            }
            // At least two have another x.
            points.push((x + 1.0, values[0]));
            points
        })
        .collect()
}

/// Tables of two by two.
fn tables(random: &mut Random) -> Vec<[u32; 4]> {
    (0..1500)
        .map(|number| {
            let most = [3, 12, 40, 300, 5000][number % 5];
            let mut cell = || u32::try_from(random.below(most)).unwrap();
            let [a, b] = [cell(), cell()];
            // Some have equal sides, where tables stand opposite each other that are as likely.
            if number % 7 == 0 {
                [a, b, b, a]
            } else {
                [a, b, cell(), cell()]
            }
        })
        .collect()
}

#[test]
fn differences_and_trends_are_those_of_scipy() {
    let mut random = Random::new();
    let pairs = pairs(&mut random);
    let orders = orders(&mut random);
    let lines = lines(&mut random, &orders);
    let tables = tables(&mut random);
    let robust: Vec<(Vec<f64>, f64)> = pairs
        .iter()
        .map(|(first, second)| (first.clone(), second[0]))
        .collect();
    let asked = json!({ "pairs": pairs, "lines": lines, "orders": orders, "tables": tables, "robust": robust });
    let Some(answer) = python("numpy, scipy", &["-c", PROGRAM], &asked.to_string()) else {
        return;
    };
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let theirs = |name: &str| answer[name].as_array().unwrap().clone();
    for ((first, second), theirs) in pairs.iter().zip(theirs("pairs")) {
        let what = || format!("{first:?} and {second:?}");
        let ours = rank_sum(first, second).unwrap();
        near(Some(ours.u), &theirs[0], 0.0, &what);
        near(Some(ours.p), &theirs[1], 0.0, &what);
        near(Some(ours.delta), &theirs[2], 1.0, &what);
    }
    for (points, theirs) in lines.iter().zip(theirs("lines")) {
        let what = || format!("{points:?}");
        let ours = theil_sen(points).unwrap();
        let largest = points
            .iter()
            .map(|(x, y)| x.abs().max(y.abs()))
            .fold(1.0, f64::max);
        near(Some(ours.slope), &theirs[0], largest, &what);
        near(Some(ours.intercept), &theirs[1], largest * 1e3, &what);
        near(ours.interval.map(|it| it.0), &theirs[2], largest, &what);
        near(ours.interval.map(|it| it.1), &theirs[3], largest, &what);
    }
    for (values, theirs) in orders.iter().zip(theirs("orders")) {
        let what = || format!("{values:?}");
        let ours = mann_kendall(values);
        near(ours.map(|it| it.tau), &theirs[0], 1.0, &what);
        near(ours.map(|it| it.p), &theirs[1], 0.0, &what);
    }
    for (table, theirs) in tables.iter().zip(theirs("tables")) {
        let [a, b, c, d] = *table;
        near(Some(fisher(a, b, c, d)), &theirs, 0.0, &|| {
            format!("{table:?}")
        });
    }
    for ((values, x), theirs) in robust.iter().zip(theirs("robust")) {
        let ours: Sorted = values.iter().copied().collect();
        near(ours.robust_z(*x), &theirs, 1.0, &|| {
            format!("{x} in {values:?}")
        });
    }
}

#[test]
fn of_a_long_series_the_newest_are_what_scipy_is_asked_about() {
    let mut random = Random::new();
    let values = sample(&mut random, MOST + 500);
    let values: Vec<f64> = (0..)
        .zip(values)
        .map(|(at, it)| it + f64::from(at) * 1e-3)
        .collect();
    let newest = &values[values.len() - MOST..];
    let points: Vec<(f64, f64)> = (0..).map(f64::from).zip(values.iter().copied()).collect();
    let asked = json!({
        "pairs": [], "tables": [], "robust": [], "orders": [newest],
        "lines": [points[points.len() - MOST..]],
    });
    let Some(answer) = python("numpy, scipy", &["-c", PROGRAM], &asked.to_string()) else {
        return;
    };
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let what = || "a long series".to_owned();
    near(
        mann_kendall(&values).map(|it| it.p),
        &answer["orders"][0][1],
        0.0,
        &what,
    );
    near(
        theil_sen(&points).map(|it| it.slope),
        &answer["lines"][0][0],
        1e-3,
        &what,
    );
}
