//! How long matching takes: findings as they are, and as an enemy would have them.

use std::fs;

use git_tend::findings::{Finding, LineIdentity, Place, Severity, match_findings};

fn finding(rule: usize, path: usize, line: usize, text: usize, message: usize) -> Finding {
    Finding {
        place: Some(Place {
            path: format!("package/module_{path}/file.py"),
            line: u32::try_from(line).ok(),
            column: Some(1),
            ..Place::default()
        }),
        line: Some(LineIdentity {
            blob: None,
            hash: format!("{text:016x}"),
        }),
        ..Finding::new(
            "ruff",
            &format!("E{rule}"),
            Severity::Low,
            format!("something is wrong with `name_{message}` here"),
        )
    }
}

/// The seconds that this thread has been on a processor: other programs do not count.
fn on_cpu() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told
        .split(' ')
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e9
}

/// Prints the seconds that matching so many findings with as many takes.
pub fn measure(count: usize) {
    type Make = fn(usize, usize) -> Finding;
    let cases: [(&str, Make); 6] = [
        ("ordinary, shifted", |n, side| {
            finding(n % 200, n % 997, n / 997 + side, n, n % 5000)
        }),
        ("all different", |n, side| {
            finding(n % 200, n % 997, n, n * 2 + side, n * 2 + side)
        }),
        ("one key, same lines", |n, _| finding(1, 1, n, 1, 1)),
        ("one key, other lines", |n, side| {
            finding(1, 1, n * 2 + side, 1, 1)
        }),
        ("one key, one line", |_, side| finding(1, 1, side, 1, 1)),
        ("one key, far away", |n, side| {
            finding(1, 1, n + side * 10_000_000, 1, 1)
        }),
    ];
    for (name, make) in cases {
        for uneven in [0, count / 3] {
            let before: Vec<Finding> = (0..count).map(|n| make(n, 0)).collect();
            let after: Vec<Finding> = (0..count - uneven).map(|n| make(n, 1)).collect();
            let start = on_cpu();
            let matching = match_findings(&before, &after, None);
            let seconds = on_cpu() - start;
            println!(
                "{name}: {} and {}: {} pairs in {seconds:.3} s of a processor",
                before.len(),
                after.len(),
                matching.pairs.len()
            );
        }
    }
}
