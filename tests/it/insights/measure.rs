//! What came of what was told.

use std::fs;

use super::{agents_md, apply, node, open, quirk, tend};
use crate::support::World;

/// Sessions before and since ten days ago, when something was told: in so many of each the model forgot the imports.
fn world(before: usize, after: usize) -> World {
    let world = World::new();
    let folder = world.repo().canonicalize().unwrap();
    let session = |name: String, days, forgets: bool| {
        let said = quirk("Forgets the imports", Some("Ask for them"));
        let quirks = if forgets { vec![said] } else { Vec::new() };
        node(&folder, &name, days, &quirks, 0)
    };
    let old = (0..20).map(|nth| session(format!("old{nth}"), 15, nth < before));
    apply(&world, old.collect());
    let told = world.tend_with(
        &[("TEND_NOW", "2026-03-21T12:00:00Z")],
        ["insights", "inject", "--yes"],
    );
    told.code(0);
    let new = (0..20).map(|nth| session(format!("new{nth}"), 5, nth < after));
    apply(&world, new.collect());
    world
}

#[test]
fn what_helps_is_measured_and_stays() {
    let world = world(15, 2);
    let json = tend(&world, &["insights", "measure", "--json"])
        .code(0)
        .json();
    let effect = &json["effects"][0];
    assert_eq!(
        (&effect["before"]["affected"], &effect["before"]["sessions"]),
        (&15.into(), &20.into())
    );
    assert_eq!(
        (&effect["after"]["affected"], &effect["after"]["sessions"]),
        (&2.into(), &20.into())
    );
    assert_eq!(effect["significant"], true);
    assert!((effect["improvement"].as_f64().unwrap() - 86.666).abs() < 0.001);
    assert_eq!(effect["switchedOff"], false);
    let shown = tend(&world, &["insights", "measure"]).code(0).stdout;
    assert!(
        shown.contains("15 of 20") && shown.contains("better"),
        "{shown}"
    );
    let again = tend(&world, &["insights", "inject"]).code(0);
    assert!(again.stderr.contains("stays as it is"), "{}", again.stderr);
}

#[test]
fn what_makes_things_worse_is_left_out_and_a_person_has_the_last_word() {
    let world = world(5, 15);
    let json = tend(&world, &["insights", "measure", "--json"])
        .code(0)
        .json();
    assert_eq!(json["effects"][0]["switchedOff"], true);
    let id = json["effects"][0]["id"].as_str().unwrap().to_owned();
    assert!(agents_md(&world).exists(), "measuring writes no file");
    let preview = tend(&world, &["insights", "preview"]).code(0).stdout;
    assert!(preview.contains("off: things got worse"), "{preview}");
    tend(&world, &["insights", "inject", "--yes"]).code(0);
    assert!(!agents_md(&world).exists(), "it was all there was to tell");
    tend(&world, &["insights", "enable", &id]).code(0);
    tend(&world, &["insights", "inject", "--yes"]).code(0);
    assert!(
        fs::read_to_string(agents_md(&world))
            .unwrap()
            .contains("Forgets")
    );
    let json = tend(&world, &["insights", "measure", "--json"])
        .code(0)
        .json();
    assert_eq!(json["effects"][0]["switchedOff"], false);
}

#[test]
fn what_somebody_took_out_of_the_file_has_no_effect() {
    let world = world(5, 15);
    fs::remove_file(agents_md(&world)).unwrap();
    let none = tend(&world, &["insights", "measure"]).code(0);
    assert!(
        none.stderr.contains("nothing is told yet"),
        "{}",
        none.stderr
    );
    assert_eq!(open(&world).insight_notes().unwrap(), []);
}

#[test]
fn a_night_measures_what_is_due_once() {
    let world = world(5, 15);
    let mut graph = open(&world);
    let aggregate = |graph: &mut git_tend::graph::Graph, days| {
        git_tend::cli::insights::aggregate(graph, super::before(days)).unwrap()
    };
    let early = aggregate(&mut graph, 4);
    assert_eq!(
        (early.insights, early.measured),
        (1, 0),
        "it was told six days before"
    );
    let due = aggregate(&mut graph, 3);
    assert_eq!((due.measured, due.worse.len()), (1, 1));
    assert_eq!(due.relevance.nodes, 40);
    let again = aggregate(&mut graph, 2);
    assert_eq!((again.measured, again.worse.len()), (0, 0));
    assert_eq!(graph.kept_insights(None, 9).unwrap().len(), 1);
}
