//! How it looks at several widths, and that nothing leaves its line.

use insta::assert_snapshot;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::report::optimize::sample;

fn shown(lines: &[Text]) -> String {
    let bare: Vec<String> = lines.iter().map(Text::bare).collect();
    bare.join("\n")
}

fn overview(summary: &Summary, width: usize) -> String {
    shown(&lines(summary, sample::now(), &TimeZone::UTC, width))
}

fn of_cycle(summary: &Summary, width: usize) -> String {
    let cycle = summary.cycles.first().cloned().unwrap_or_default();
    shown(&cycle_lines(
        &cycle,
        summary,
        sample::now(),
        &TimeZone::UTC,
        width,
    ))
}

#[test]
fn an_overview_in_60_columns() {
    assert_snapshot!(overview(&sample::summary(), 60));
}

#[test]
fn an_overview_in_100_columns() {
    assert_snapshot!(overview(&sample::summary(), 100));
}

#[test]
fn an_overview_in_140_columns() {
    assert_snapshot!(overview(&sample::summary(), 140));
}

#[test]
fn a_cycle_in_100_columns() {
    assert_snapshot!(of_cycle(&sample::summary(), 100));
}

#[test]
fn where_there_is_nothing_it_says_what_to_do() {
    let empty = Summary::default();
    assert_snapshot!(overview(&empty, 100));
    let mut searched = sample::summary();
    searched.automations.clear();
    searched.proposals.clear();
    searched.totals = crate::optimize::engine::Totals::default();
    searched.cycles.drain(..1);
    assert_snapshot!(overview(&searched, 100));
    assert_snapshot!(of_cycle(&searched, 100));
}

#[test]
fn what_is_not_known_is_blank() {
    let mut summary = Summary {
        days: 30,
        ..Summary::default()
    };
    summary.automations.push(sample::automated("a1", "fresh"));
    assert_snapshot!(overview(&summary, 80));
}

#[test]
fn nothing_leaves_its_line_whatever_it_is() {
    for summary in [sample::summary(), sample::hostile(), Summary::default()] {
        for width in 20..=140 {
            for text in [overview(&summary, width), of_cycle(&summary, width)] {
                assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
                for line in text.lines() {
                    assert!(Text::new(line).columns() <= width, "{width}: {line}");
                    assert_eq!(line.trim_end(), line, "blanks at the end");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_name_and_number_is_shown(name in any::<String>(), one in any::<f64>(), whole in any::<i64>(), width in 1_usize..150) {
        let mut summary = sample::summary();
        for it in &mut summary.automations {
            it.name.clone_from(&name);
            it.said = vec![name.clone()];
            it.median_ms = Some(one);
            it.roi = Some(one);
            it.saved_ms = Some(whole);
            it.paid_back_at = Some(whole);
            it.series = vec![Some(one); 3];
        }
        for it in &mut summary.proposals {
            it.name.clone_from(&name);
            it.steps = vec![name.clone()];
            it.potential = one;
        }
        summary.cycles[0].at = whole;
        for text in [overview(&summary, width), of_cycle(&summary, width)] {
            for line in text.lines() {
                prop_assert!(Text::new(line).columns() <= width, "{width}: {line}");
            }
        }
    }
}
