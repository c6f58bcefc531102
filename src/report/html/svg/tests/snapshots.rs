//! Small charts as markup.

use insta::assert_snapshot;

use crate::findings::finding::Severity;
use crate::report::html::escape::Markup;
use crate::report::html::svg::{
    Bar, Bars, Base, Caption, Cell, Layer, Line, Map, Mark, Part, Points, Series, Share, Spot,
    Stack, Strip, Tone, bars, line, map, share, stack, strip,
};

/// An element on each line.
fn read(markup: &Markup) -> String {
    markup.to_string().replace("><", ">\n<")
}

const CAPTION: Caption<'_> = Caption {
    id: "c1",
    title: "Findings <all>",
    description: "From 3 to 5.",
};

#[test]
fn a_line() {
    let chart = Line {
        caption: CAPTION,
        unit: "findings",
        base: Base::Zero,
        series: &[Series {
            tone: Tone::Accent,
            values: &[Some(3.0), Some(4.0), None, Some(5.0)],
        }],
        points: Points {
            first: "2026-11-01",
            last: "2026-11-21",
            titles: &["a1 · 3".to_owned(), "b2 · 4".to_owned()],
        },
    };
    assert_snapshot!(read(&line(&chart)));
}

#[test]
fn a_stack() {
    let chart = Stack {
        caption: CAPTION,
        unit: "findings",
        layers: &[
            Layer {
                tone: Severity::High.into(),
                counts: &[1, 1, 2],
            },
            Layer {
                tone: Severity::Low.into(),
                counts: &[2, 3, 0],
            },
        ],
        points: Points {
            first: "2026-11-01",
            last: "2026-11-21",
            titles: &["a1 · 3".to_owned()],
        },
    };
    assert_snapshot!(read(&stack(&chart)));
}

#[test]
fn a_map() {
    let spot = |label, changes, complexity, lines| Spot {
        label,
        title: label,
        target: "file-1",
        changes,
        complexity,
        lines,
        score: changes * complexity,
    };
    let chart = Map {
        caption: CAPTION,
        changes: "changes",
        complexity: "complexity",
        spots: &[
            spot("small.rs", 3.0, 8.0, 40),
            spot("large.rs", 25.0, 90.0, 2_000),
        ],
    };
    assert_snapshot!(read(&map(&chart)));
}

#[test]
fn a_share() {
    let part = |tone, amount, title| Part {
        tone,
        amount,
        title,
    };
    let chart = Share {
        caption: CAPTION,
        parts: &[
            part(Tone::Part(0), 80.0, "Rust 80 %"),
            part(Tone::Part(1), 19.9, ""),
            part(Tone::Quiet, 0.1, "other"),
        ],
    };
    assert_snapshot!(read(&share(&chart)));
}

#[test]
fn some_bars() {
    let bar = |value, failed| Some(Bar { value, failed });
    let chart = Bars {
        caption: None,
        bars: &[bar(4.0, 0.0), None, bar(2.0, 1.0), bar(0.0, 0.0)],
        titles: &["four".to_owned()],
    };
    assert_snapshot!(read(&bars(&chart)));
}

#[test]
fn a_strip() {
    let cell = |mark| Cell { mark, title: "a1" };
    let chart = Strip {
        caption: Some(CAPTION),
        cells: &[
            cell(Mark::Passed),
            cell(Mark::Failed),
            cell(Mark::Error),
            cell(Mark::Skipped),
            cell(Mark::Flaky),
            cell(Mark::Absent),
        ],
    };
    assert_snapshot!(read(&strip(&chart)));
}
