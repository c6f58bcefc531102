//! Whatever the values: charts are drawn, and stay small.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::markup::check;
use crate::findings::finding::Severity;
use crate::report::html::svg::{
    Bar, Bars, Base, Caption, Cell, Layer, Line, Map, Mark, Part, Points, Series, Share, Spot,
    Stack, Strip, Tone, bars, legend, line, map, marks, meter, share, stack, strip,
};

const MARKS: [Mark; 6] = [
    Mark::Passed,
    Mark::Failed,
    Mark::Error,
    Mark::Skipped,
    Mark::Flaky,
    Mark::Absent,
];

/// What may come from anywhere.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("</svg><script>\"'&".to_owned()),
        any::<String>(),
        "[a-z]{0,9}"
    ]
}

fn number() -> impl Strategy<Value = f64> {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        0.0,
        -0.0,
        -1.0,
    ];
    prop_oneof![any::<f64>(), 0.0..1e4, prop::sample::select(odd.to_vec())]
}

fn numbers() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::of(number()), 0..80)
}

fn caption(text: &str) -> Caption<'_> {
    Caption {
        id: "chart-1",
        title: text,
        description: text,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn lines(one in numbers(), other in numbers(), nice in any::<bool>(), text in hostile()) {
        let titles = vec![text.clone(); one.len()];
        let all = [Series { tone: Tone::Accent, values: &one }, Series { tone: Tone::Part(1), values: &other }];
        for series in [&all[..0], &all[..1], &all] {
            check(&line(&Line {
                caption: caption(&text),
                unit: &text,
                base: if nice { Base::Nice } else { Base::Zero },
                series,
                points: Points { first: &text, last: &text, titles: &titles },
            }));
        }
    }

    #[test]
    fn stacks(one in prop::collection::vec(any::<u64>(), 0..80), other in prop::collection::vec(0_u64..50, 0..80), text in hostile()) {
        let titles = vec![text.clone(); other.len()];
        let layers = [
            Layer { tone: Severity::High.into(), counts: &one },
            Layer { tone: Severity::Low.into(), counts: &other },
        ];
        for layers in [&layers[..0], &layers[..1], &layers[1..], &layers] {
            check(&stack(&Stack {
                caption: caption(&text),
                unit: &text,
                layers,
                points: Points { first: &text, last: &text, titles: &titles },
            }));
        }
    }

    #[test]
    fn maps(spots in prop::collection::vec((number(), number(), any::<u64>(), number()), 0..60), text in hostile()) {
        let spots: Vec<Spot<'_>> = spots
            .into_iter()
            .map(|(changes, complexity, lines, score)| Spot {
                label: &text, title: &text, target: &text, changes, complexity, lines, score,
            })
            .collect();
        check(&map(&Map { caption: caption(&text), changes: &text, complexity: &text, spots: &spots }));
    }

    #[test]
    fn shares(amounts in prop::collection::vec((number(), any::<u8>()), 0..60), text in hostile()) {
        let part = |(amount, tone)| Part { tone: Tone::Part(tone), amount, title: &text };
        let parts: Vec<Part<'_>> = amounts.into_iter().map(part).collect();
        check(&share(&Share { caption: caption(&text), parts: &parts }));
    }

    #[test]
    fn small_bars(values in prop::collection::vec(prop::option::of((number(), number())), 0..150), text in hostile()) {
        let titles = vec![text.clone(); values.len() / 2];
        let bar = |value: Option<(f64, f64)>| value.map(|(value, failed)| Bar { value, failed });
        let all: Vec<Option<Bar>> = values.into_iter().map(bar).collect();
        for caption in [None, Some(caption(&text))] {
            check(&bars(&Bars { caption, bars: &all, titles: &titles }));
        }
    }

    #[test]
    fn meters(value in number(), most in number()) {
        check(&meter(value, most));
    }

    #[test]
    fn strips(runs in prop::collection::vec(prop::sample::select(MARKS.to_vec()), 0..150), text in hostile()) {
        let cells: Vec<Cell<'_>> = runs.into_iter().map(|mark| Cell { mark, title: &text }).collect();
        for caption in [None, Some(caption(&text))] {
            check(&strip(&Strip { caption, cells: &cells }));
        }
        check(&marks(&MARKS.map(|mark| (mark, text.as_str()))));
        check(&legend(&[(Tone::Good, text.as_str()), (Tone::Bad, "b"), (Tone::Quiet, "c")]));
    }
}

#[test]
fn many_points_take_no_more_bytes_than_the_eye_can_use() {
    let wave = |point: u32| f64::from(point % 977) * 3.7;
    let values: Vec<Option<f64>> = (0..10_000).map(|point| Some(wave(point))).collect();
    let counts: Vec<u64> = (0..10_000).map(|point| point % 977).collect();
    let titles: Vec<String> = (0..10_000)
        .map(|point| format!("3f2a91c · {point} findings"))
        .collect();
    let points = Points {
        first: "2026-01-01",
        last: "2026-11-21",
        titles: &titles,
    };
    let many_lines = line(&Line {
        caption: caption("Lines"),
        unit: "lines",
        base: Base::Zero,
        series: &[Series {
            tone: Tone::Accent,
            values: &values,
        }],
        points,
    });
    let many_counts = stack(&Stack {
        caption: caption("Findings"),
        unit: "findings",
        layers: &[Layer {
            tone: Tone::Bad,
            counts: &counts,
        }],
        points,
    });
    let spots: Vec<Spot<'_>> = (0..10_000)
        .map(|point| Spot {
            label: "a.rs",
            title: "a.rs",
            target: "f1",
            changes: wave(point),
            complexity: wave(point / 3),
            lines: 10,
            score: wave(point),
        })
        .collect();
    let many_spots = map(&Map {
        caption: caption("Files"),
        changes: "changes",
        complexity: "complexity",
        spots: &spots,
    });
    for (chart, most) in [
        (many_lines, 25_000),
        (many_counts, 20_000),
        (many_spots, 25_000),
    ] {
        check(&chart);
        assert!(
            chart.to_string().len() < most,
            "{}",
            chart.to_string().len()
        );
    }
}
