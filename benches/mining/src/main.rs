//! What finding repeated work costs, and how much of it is found, in made-up histories; see README.md.

// The tests use more of it.
#[allow(dead_code)]
#[path = "../../../tests/it/mining/histories.rs"]
mod histories;

use std::collections::HashMap;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::Instant;

use git_tend::optimize::episode::episodes;
use git_tend::optimize::event::Corpus;
use git_tend::optimize::mine::Bounds;
use git_tend::optimize::score::candidates;

use histories::{Judgement, NOW, history};

const USAGE: &str = "usage:
  mining-bench                        all of it: 10,000, 100,000 and 1,000,000 events, and counting as the original
  mining-bench mine <events> <seed>   one size
  mining-bench naive <events> <seed>  all contiguous subsequences, with overlap";

/// As many events as the history has, seconds, and MiB at most with and without what was measured.
type Line = (usize, f64, f64, f64);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [] => all(),
        [what @ ("mine" | "naive"), events, seed] => one(what, events, seed),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Each in a process of its own, so that one's peak is not another's; the best of three.
fn all() -> Result<(), Box<dyn Error>> {
    println!("what\tevents\tseconds\tpeak MiB\tof it the history\tfound");
    let mut seconds: HashMap<(&str, &str), f64> = HashMap::new();
    for what in ["mine", "naive"] {
        for events in ["10000", "100000", "1000000"] {
            let mut best: Option<(f64, String)> = None;
            for _ in 0..3 {
                let output = Command::new(std::env::current_exe()?)
                    .args([what, events, "1"])
                    .output()?;
                let line = String::from_utf8(output.stdout)?;
                let took = line
                    .split('\t')
                    .nth(2)
                    .ok_or("nothing was printed")?
                    .parse()?;
                if best.as_ref().is_none_or(|(least, _)| took < *least) {
                    best = Some((took, line));
                }
            }
            if let Some((took, line)) = best {
                print!("{line}");
                seconds.insert((what, events), took);
            }
        }
        if let (Some(large), Some(small)) = (
            seconds.get(&(what, "1000000")),
            seconds.get(&(what, "100000")),
        ) {
            println!("{what}\t1M : 100k\t{:.1}", large / small);
        }
    }
    Ok(())
}

fn one(what: &str, events: &str, seed: &str) -> Result<(), Box<dyn Error>> {
    let history = history(seed.parse()?, events.parse()?);
    let before = resident("VmRSS")?;
    let begin = Instant::now();
    let (took, found) = if what == "mine" {
        let found = candidates(&history.corpus, &Bounds::default(), NOW, &|_| 0);
        let took = begin.elapsed();
        let told = found
            .iter()
            .map(|it| (it.pattern.steps.as_slice(), it.pattern.support));
        let judged = Judgement::of(&history, told, 5);
        let text = format!(
            "{} of {} habits, {} of {} told are right",
            judged.found, judged.planted, judged.right, judged.told
        );
        (took, text)
    } else {
        let counted = naive(&history.corpus);
        (begin.elapsed(), format!("{counted} frequent subsequences"))
    };
    let line: Line = (
        history.corpus.events.len(),
        took.as_secs_f64(),
        resident("VmHWM")?,
        before,
    );
    println!(
        "{what}\t{}\t{:.3}\t{:.0}\t{:.0}\t{found}",
        line.0, line.1, line.2, line.3
    );
    Ok(())
}

/// As the original counts: every contiguous subsequence of two to ten steps, with overlap, from three times on.
fn naive(corpus: &Corpus) -> usize {
    let episodes = episodes(corpus, i64::MIN, usize::MAX);
    let steps: Vec<u32> = episodes
        .sequence
        .iter()
        .map(|position| corpus.events[*position as usize].step)
        .collect();
    let mut counts: HashMap<&[u32], u32> = HashMap::new();
    for episode in &episodes.episodes {
        let steps = &steps[episode.begin..episode.end];
        for length in 2..=10 {
            for part in steps.windows(length) {
                *counts.entry(part).or_insert(0) += 1;
            }
        }
    }
    counts.values().filter(|count| **count >= 3).count()
}

/// A figure of /proc/self/status, in MiB.
fn resident(name: &str) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line
        .and_then(|line| line.split_ascii_whitespace().nth(1))
        .ok_or("no such line in /proc/self/status")?;
    Ok(kib.parse::<f64>()? / 1024.0)
}
