//! Two thousand steps are looked through in well under a second.

use std::io::Write as _;
use std::time::Instant;

use super::super::analyse;
use super::*;

/// A build of so many steps in layers, each needing five of the layer before.
fn large(count: usize) -> Workflow {
    let steps = (0..count).map(|at| {
        let layer = at / 100;
        let needs = (0..5)
            .filter(|_| layer > 0)
            .map(|it| (layer - 1) * 100 + (at * 7 + it * 13) % 100);
        let needs: Vec<usize> = needs.collect();
        let mut step = step(
            &format!("s{at}"),
            f64::from(u32::try_from(at % 37).unwrap()) + 1.0,
            &needs,
        );
        let mut reads: Vec<String> = needs
            .iter()
            .take(3)
            .map(|it| format!("out/{it}.o"))
            .collect();
        reads.push(format!("src/{at}.c"));
        step.reads = Touched::Known(reads);
        step.writes = Touched::Known(vec![format!("out/{at}.o"), format!("logs/{}/*", at % 50)]);
        step.runs = (0..20)
            .map(|it| {
                run(
                    it * 1_000 * WEEK / 2_000,
                    10,
                    it % 5 > 0,
                    Some(&(it % 4).to_string()),
                    Some(&it.to_string()),
                )
            })
            .collect();
        step
    });
    workflow(Some(4), steps.collect())
}

#[test]
fn thousands_of_steps_take_no_time_to_speak_of() {
    let workflow = large(2_000);
    let edges: usize = workflow.steps.iter().map(|step| step.needs.len()).sum();
    let begin = Instant::now();
    let it = analyse(&workflow, 8, PERIOD).unwrap();
    let took = begin.elapsed();
    let told = format!(
        "2000 steps, {edges} edges: {took:?}; {} needless, {} sets, {} races, {} advice",
        it.order.needless.len(),
        it.parallel.sets.len(),
        it.order.races.len(),
        it.advice.len()
    );
    writeln!(std::io::stderr(), "{told}").unwrap();
    assert!(it.order.needless.len() > 1_000);
    // Without optimisation, on a machine that has other things to do.
    assert!(took.as_secs() < 20, "{took:?}");
}
