//! scipy as a judge of circles, chances and entropies.

use git_tend::optimize::mine::chance::tail;
use git_tend::optimize::mine::regular::{rayleigh, resultant};
use git_tend::optimize::score::entropy::normalised;
use serde_json::{Value, json};

use super::histories::Chance;
use crate::metrics::reference::python;

const PROGRAM: &str = "
import json, sys
import numpy as np
from scipy import stats
asked = json.load(sys.stdin)
random = np.random.default_rng(1)
def rayleigh(count, length):
    # By trying: how often points that are anywhere have so long a mean vector.
    angles = random.uniform(0, 2 * np.pi, (100000, count))
    return float(np.mean(np.abs(np.exp(1j * angles).mean(axis=1)) >= length))
print(json.dumps({
    'circles': [[float(stats.circmean(angles)), float(1 - stats.circvar(angles))] for angles in asked['circles']],
    'tails': [float(stats.binom.sf(k - 1, n, e / n)) for k, e, n in asked['tails']],
    'together': [float(stats.hypergeom.sf(k - 1, all, one, other)) for k, all, one, other in asked['together']],
    'entropies': [float(stats.entropy(np.unique(values, return_counts=True)[1]) / np.log(len(values))) for values in asked['entropies']],
    'rayleigh': [rayleigh(count, length) for count, length in asked['rayleigh']],
}))
";

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * (1.0 + one.abs().max(other.abs()))
}

#[test]
fn circles_chances_and_entropies_are_scipys() {
    let mut chance = Chance::new(std::process::id().into());
    let circles: Vec<Vec<f64>> = (0..100)
        .map(|_| {
            let (middle, width) = (chance.share() * 6.0, chance.share() * 7.0);
            (0..=chance.below(40))
                .map(|_| middle + width * chance.share())
                .collect()
        })
        .collect();
    let tails: Vec<(u32, f64, u32)> = (0..300)
        .map(|_| {
            let trials = 1 + u32::try_from(chance.below(500)).unwrap();
            let count = 1 + u32::try_from(chance.below(trials as usize)).unwrap();
            (count, f64::from(trials) * chance.share(), trials)
        })
        .collect();
    // How often one stands before the other of so many places, if both are anywhere.
    let together: Vec<(u32, u32, u32, u32)> = (0..300)
        .map(|_| {
            let mut number = |limit: usize| 1 + u32::try_from(chance.below(limit)).unwrap();
            let all = 10 + number(500);
            let (one, other) = (number(all as usize / 2), number(all as usize / 2));
            (one.min(other) / 2 + 1, all, one, other)
        })
        .collect();
    let entropies: Vec<Vec<usize>> = (0..100)
        .map(|_| (0..2 + chance.below(60)).map(|_| chance.below(9)).collect())
        .collect();
    let lengths = [
        (4, 0.8),
        (5, 0.7),
        (6, 0.6),
        (10, 0.5),
        (20, 0.4),
        (40, 0.3),
        (100, 0.2),
    ];
    let asked = json!({
        "circles": circles, "tails": tails, "together": together,
        "entropies": entropies, "rayleigh": lengths,
    });
    let Some(answer) = python("numpy, scipy", &["-c", PROGRAM], &asked.to_string()) else {
        return;
    };
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let theirs = |name: &str| answer[name].as_array().unwrap().clone();
    for (angles, theirs) in circles.iter().zip(theirs("circles")) {
        let (direction, length) = resultant(angles);
        assert!(near(length, theirs[1].as_f64().unwrap()), "{angles:?}");
        // Where the vector has hardly any length it has hardly a direction.
        if length > 1e-3 {
            let apart = (direction - theirs[0].as_f64().unwrap()).cos();
            assert!(near(apart, 1.0), "{angles:?}");
        }
    }
    for ((count, expected, trials), theirs) in tails.iter().zip(theirs("tails")) {
        let theirs = theirs.as_f64().unwrap();
        let ours = tail(*count, *expected, *trials);
        assert!(
            (ours - theirs).abs() <= 1e-11 + 1e-8 * theirs,
            "{ours} is not {theirs}"
        );
    }
    for ((count, all, one, other), theirs) in together.iter().zip(theirs("together")) {
        let expected = f64::from(*one) * f64::from(*other) / f64::from(*all);
        let ours = tail(*count, expected, *one.min(other));
        // Beyond what is expected the bound holds.
        if f64::from(*count) > expected + 1.0 {
            assert!(ours * (1.0 + 1e-9) + 1e-12 >= theirs.as_f64().unwrap());
        }
    }
    for (values, theirs) in entropies.iter().zip(theirs("entropies")) {
        assert!(
            near(normalised(values), theirs.as_f64().unwrap()),
            "{values:?}"
        );
    }
    for ((count, length), theirs) in lengths.iter().zip(theirs("rayleigh")) {
        let (ours, theirs) = (rayleigh(*count, *length), theirs.as_f64().unwrap());
        // A hundred thousand tries are good to a thousandth, the approximation to a few where points are few.
        assert!(
            (ours - theirs).abs() < 0.01,
            "{count} points, {length}: {ours} is not {theirs}"
        );
    }
}
