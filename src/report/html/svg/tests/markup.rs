//! Reads the markup of a chart as a browser would, and says what is wrong with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::STYLE;
use crate::report::html::escape::Markup;

/// Attributes that hold one number, perhaps with a percent sign.
const NUMBERS: [&str; 10] = [
    "x", "y", "cx", "cy", "r", "dx", "dy", "width", "height", "offset",
];

/// Panics unless the markup is well formed, has only numbers where numbers belong, no inline styles, no scripts, no
/// identifier twice, and only classes that the style sheet knows.
pub(super) fn check(markup: &Markup) {
    let text = markup.to_string();
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut ids = BTreeSet::new();
    let mut depth = 0_i32;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                depth += 1;
                element(&start, &mut ids);
            }
            Event::Empty(start) => element(&start, &mut ids),
            Event::End(_) => depth -= 1,
            Event::Text(_) | Event::GeneralRef(_) => {}
            Event::Eof => break,
            other => panic!("{other:?} in {text}"),
        }
    }
    assert_eq!(depth, 0, "{text}");
}

fn element(start: &BytesStart<'_>, ids: &mut BTreeSet<String>) {
    let name = start.name();
    let name: &str = name.as_ref();
    let known = [
        "svg",
        "title",
        "desc",
        "g",
        "path",
        "rect",
        "circle",
        "text",
        "a",
        "defs",
        "radialGradient",
        "stop",
        "div",
        "ul",
        "li",
        "span",
    ];
    assert!(known.contains(&name), "{name}");
    for attribute in start.attributes() {
        let attribute = attribute.unwrap();
        let key = attribute.key.as_ref().to_owned();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
        match key.as_str() {
            "style" => panic!("an inline style"),
            "id" => assert!(ids.insert(value.to_string()), "{value} twice"),
            "d" => assert!(
                value.chars().all(|c| "MmlhvzVH0123456789. -".contains(c)),
                "{value}"
            ),
            "class" => known_classes(&value),
            key if NUMBERS.contains(&key) => assert!(is_compact(&value), "{key}={value}"),
            key => assert!(!key.starts_with("on"), "{key}"),
        }
    }
}

fn known_classes(classes: &str) {
    for class in classes.split(' ').filter(|class| *class != "key") {
        let rule = format!(".{class}");
        let known = STYLE.match_indices(&rule).any(|(at, _)| {
            let next = STYLE[at + rule.len()..].chars().next();
            next.is_some_and(|c| !c.is_ascii_alphanumeric() && c != '-')
        });
        assert!(known, "no rule for {class}");
    }
}

/// A number with at most one digit after the point.
fn is_compact(value: &str) -> bool {
    let value = value.trim_end_matches('%').trim_start_matches('-');
    let (whole, tenth) = value.split_once('.').unwrap_or((value, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    value.parse::<f64>().is_ok()
        && digits(whole)
        && digits(tenth)
        && tenth.len() <= 1
        && tenth != "0"
}
