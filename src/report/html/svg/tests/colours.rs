//! Colours can be told from the ground, in light and in dark.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::STYLE;

/// The relative luminance of `#rrggbb`, as in WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The variables of the light and of the dark scheme; what the page may set is read as what stands in for it.
fn schemes() -> [Vec<(&'static str, &'static str)>; 2] {
    let (light, dark) = STYLE
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let (dark, _) = dark.split_once("\n}").unwrap();
    [light, dark].map(|scheme| {
        let lines = scheme.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--chart-")?.split_once(": ")?;
            let at = value.find('#')?;
            Some((name, value[at..].trim_end_matches([';', ')'])))
        });
        lines.collect()
    })
}

#[test]
fn colours_stand_out_from_the_ground() {
    for scheme in schemes() {
        let value = |name: &str| scheme.iter().find(|(known, _)| *known == name).unwrap().1;
        let ground = value("ground");
        for text in ["text", "dim"] {
            assert!(contrast(value(text), ground) >= 4.5, "{text}");
        }
        let others = ["ground", "text", "dim", "grid", "hover", "hot"];
        let drawn: Vec<_> = scheme
            .iter()
            .filter(|(name, _)| !others.contains(name))
            .collect();
        assert_eq!(drawn.len(), 5 + 5 + 12, "{drawn:?}");
        for (name, colour) in drawn {
            assert!(
                contrast(colour, ground) >= 3.0,
                "{name}: {colour} on {ground}"
            );
        }
    }
}

#[test]
fn both_schemes_have_the_same_variables() {
    let [light, dark] =
        schemes().map(|scheme| scheme.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
    assert_eq!(light, dark);
}
