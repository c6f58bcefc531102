//! numpy and scipy as judges.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use git_tend::metrics::binomial::upper_tail;
use git_tend::metrics::page_hinkley::changes;
use git_tend::metrics::stats::Sorted;
use serde_json::{Value, json};

use super::{MINUTE, MadeUp, fill, job, run, task, tend, world};
use crate::support::{real_tools_required, tool};

/// What a Python program with these modules prints; `None` where they are missing and need not be there.
#[track_caller]
pub fn python(modules: &str, program: &[&str], input: &str) -> Option<String> {
    let python = tool("python3")?;
    let import = ["-c", &format!("import {modules}")];
    let there = Command::new(&python).args(import).output().unwrap();
    if !there.status.success() {
        assert!(
            !real_tools_required(),
            "TEND_TEST_REAL=1 and Python has no {modules}: .ci/tools installs it"
        );
        eprintln!("not tested: Python has no {modules}");
        return None;
    }
    let mut child = Command::new(&python)
        .args(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

fn ask(asked: &Value) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/metrics/reference.py");
    let answer = python(
        "numpy, scipy",
        &[script.to_str().unwrap()],
        &asked.to_string(),
    )?;
    Some(serde_json::from_str(&answer).unwrap())
}

/// Numbers that look random, others in each run of the tests.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        Self(u64::try_from(since.as_nanos() & 0xffff_ffff_ffff).unwrap())
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Between 0 and 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }

    fn series(&mut self, count: usize) -> Vec<f64> {
        let step = self.below(count + 1);
        let slope = self.share() * 0.1;
        let height = self.share() * 4.0;
        (0..count)
            .map(|at| {
                let after = at.saturating_sub(step);
                let risen = if after > 0 {
                    height + slope * after as f64
                } else {
                    0.0
                };
                self.normal() + risen
            })
            .collect()
    }
}

#[track_caller]
fn near(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap_or(f64::NAN);
    let near = (ours - theirs).abs()
        <= 1e-9 * theirs.abs().max(1e-300) + 1e-12 * f64::from(theirs.abs() > 1e-3);
    assert!(near || ours == theirs, "{what}: {ours} is not {theirs}");
}

#[test]
fn the_statistics_are_those_of_numpy_and_scipy() {
    let mut random = Random::new();
    let seed = random.0;
    let shares = [0.0, 0.05, 0.25, 0.5, 0.9, 0.95, 0.999, 1.0];
    let samples: Vec<Vec<f64>> = (0..60)
        .map(|_| {
            let count = 1 + random.below(200);
            let coarse = random.below(2) == 0;
            let value = |random: &mut Random| (random.normal().exp() * 1000.0, coarse);
            (0..count)
                .map(|_| match value(&mut random) {
                    (value, true) => (value / 500.0).round() * 500.0,
                    (value, false) => value,
                })
                .collect()
        })
        .collect();
    let trials: Vec<(usize, usize, f64)> = (0..400)
        .map(|number| {
            let n = 1 + random.below([10, 100, 10_000][number % 3]);
            let p = random.share().powi(1 + i32::try_from(number % 4).unwrap());
            // Most of what matters lies near the mean.
            let mean = n as f64 * p;
            let far = mean + (random.normal() * 3.0).abs() * (mean * (1.0 - p)).sqrt();
            let k = if number % 5 == 0 {
                random.below(n + 1)
            } else {
                (far.round() as usize).min(n)
            };
            (k, n, p)
        })
        .collect();
    let series: Vec<Vec<f64>> = (0..60)
        .map(|_| {
            let count = random.below(400);
            random.series(count)
        })
        .collect();
    let asked = json!({ "shares": shares, "samples": samples, "trials": trials, "series": series });
    let Some(answer) = ask(&asked) else { return };
    for (values, theirs) in samples.iter().zip(answer["samples"].as_array().unwrap()) {
        let ours: Sorted = values.iter().copied().collect();
        let what = format!("seed {seed}: {values:?}");
        for (number, p) in shares.into_iter().enumerate() {
            near(
                ours.quantile(p).unwrap(),
                &theirs["quantiles"][number],
                &what,
            );
        }
        near(ours.mean().unwrap(), &theirs["mean"], &what);
        near(ours.median().unwrap(), &theirs["median"], &what);
        near(ours.mad().unwrap(), &theirs["mad"], &what);
    }
    for ((k, n, p), theirs) in trials.into_iter().zip(answer["tails"].as_array().unwrap()) {
        near(
            upper_tail(k, n, p),
            theirs,
            &format!("seed {seed}: {k} of {n} at {p}"),
        );
    }
    let mut found = 0;
    for (values, theirs) in series.iter().zip(answer["changes"].as_array().unwrap()) {
        let ours: Vec<Value> = changes(values)
            .iter()
            .map(|it| json!({ "began": it.began, "certain": it.certain }))
            .collect();
        found += ours.len();
        assert_eq!(&json!(ours), theirs, "seed {seed}: {values:?}");
    }
    assert!(found > 10, "seed {seed}: the series have hardly any change");
}

/// Runs of a task whose durations vary, that fails at times, and becomes worse.
fn course(random: &mut Random, name: &str, count: usize) -> Vec<MadeUp> {
    let usual = 200.0 + 5000.0 * random.share();
    let worse = random.below(count * 2);
    let rate = random.share() * 0.3;
    let spread = 0.05 + 0.3 * random.share();
    (0..count)
        .map(|at| {
            let growth = 1.0 + at.saturating_sub(worse) as f64 * 0.02;
            let outlier = if random.below(40) == 0 { 6.0 } else { 1.0 };
            let ms = usual * (random.normal() * spread).exp() * growth * outlier;
            let rate = if at > worse && at < worse + 8 {
                0.8
            } else {
                rate
            };
            let before = i64::try_from(count - at).unwrap() * 31 * MINUTE;
            let it = run(name, before).took(ms as i64);
            let it = MadeUp {
                queue_ms: i64::try_from(random.below(90_000)).unwrap(),
                ..it
            };
            match random.below(25) {
                0 => MadeUp {
                    came: None,
                    killed: true,
                    outcome: "interrupted",
                    ..it
                },
                1 => MadeUp {
                    killed: true,
                    outcome: "timed-out",
                    came: Some("failed"),
                    ..it
                },
                _ if random.share() < rate => it.failed(),
                _ => it,
            }
        })
        .collect()
}

/// Everything that is expected is there; numbers differ in the ninth digit at most.
#[track_caller]
fn holds(ours: &Value, expected: &Value, what: &str) {
    match expected {
        Value::Object(fields) => {
            for (name, expected) in fields {
                holds(&ours[name], expected, &format!("{what}.{name}"));
            }
        }
        Value::Number(_) => near(ours.as_f64().unwrap_or(f64::NAN), expected, what),
        expected => assert_eq!(ours, expected, "{what}"),
    }
}

#[test]
fn the_figures_of_runs_are_those_of_numpy_and_scipy() {
    let mut random = Random::new();
    let seed = random.0;
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut all: Vec<MadeUp> = names
        .iter()
        .flat_map(|name| {
            let count = 20 + random.below(150);
            course(&mut random, name, count)
        })
        .collect();
    all.sort_by_key(|run| -run.before);
    let world = world();
    fill(&world, &all, 0);
    let runs: Vec<Value> = all
        .iter()
        .enumerate()
        .map(|(number, run)| {
            json!({
                "job": job(number), "task": run.task, "ms": run.ms, "came": run.came, "killed": run.killed,
                "queue_ms": run.queue_ms, "started_at": -run.before - run.ms,
            })
        })
        .collect();
    let Some(answer) = ask(&json!({ "runs": runs })) else {
        return;
    };
    let ours = tend(&world, &["metrics", "--json"]).code(0).json();
    holds(
        &ours["overall"]["concurrency"],
        &answer["concurrency"],
        "concurrency",
    );
    let mut found = 0;
    for (name, theirs) in answer["tasks"].as_object().unwrap() {
        let what = format!("seed {seed}: {name}");
        let mut expected = theirs.clone();
        let anomalies = expected
            .as_object_mut()
            .unwrap()
            .remove("anomalies")
            .unwrap();
        holds(&task(&ours, name), &expected, &what);
        for (kind, theirs) in anomalies.as_object().unwrap() {
            let mut shown: Vec<&Value> = ours["anomalies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|it| it["task"] == *name && it["kind"] == *kind)
                .collect();
            shown.reverse();
            let theirs = theirs.as_array().unwrap();
            assert_eq!(
                shown.len(),
                theirs.len(),
                "{what}: {kind}: {shown:?} {theirs:?}"
            );
            for (ours, theirs) in shown.iter().zip(theirs) {
                assert_eq!(ours["began"]["job"], theirs["began"], "{what}: {kind}");
                holds(
                    &ours["figures"],
                    &theirs["figures"],
                    &format!("{what}: {kind}"),
                );
            }
            found += theirs.len();
        }
    }
    assert!(found > 0, "seed {seed}: nothing unusual");
}
