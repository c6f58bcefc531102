#![allow(clippy::unwrap_used)]

use std::cell::RefCell;

use serde_json::json;

use super::*;

fn usage(input: u64) -> Usage {
    Usage {
        input,
        cost: Some(0.5),
        ..Usage::default()
    }
}

fn answered(text: &str) -> Called {
    Called {
        result: Ok(Reply {
            text: text.to_owned(),
            model: Some(Model {
                provider: "p".into(),
                name: "m".into(),
            }),
        }),
        cut: None,
        usage: usage(10),
        wall: Duration::from_secs(2),
        kept: false,
    }
}

fn failed(reason: Reason) -> Called {
    Called {
        result: Err(Failure::new(reason, "no")),
        ..answered("")
    }
}

fn cut(text: &str) -> Called {
    let Called { result, .. } = answered(text);
    Called {
        cut: result.ok(),
        ..failed(Reason::Truncated)
    }
}

/// A number `n`, and a word `w` of two letters.
fn read(value: &Value) -> Result<(u64, String), Vec<Invalid>> {
    let mut faults = Vec::new();
    let mut fault = |path: &str| {
        faults.push(Invalid {
            path: path.to_owned(),
            problem: "is missing".to_owned(),
        });
    };
    let number = value["n"].as_u64();
    if number.is_none() {
        fault("n");
    }
    let word = value["w"].as_str();
    if word.is_none() {
        fault("w");
    }
    match (number, word) {
        (Some(number), Some(word)) => Ok((number, word.to_owned())),
        _ => Err(faults),
    }
}

fn salvage(value: &Value, faults: &[Invalid]) -> Option<(u64, String)> {
    assert!(!faults.is_empty());
    Some((value["n"].as_u64()?, "salvaged".to_owned()))
}

/// What comes of these answers, and the prompts that were sent.
fn with(answers: Vec<Called>) -> (Asked<(u64, String)>, Vec<String>) {
    let answers = RefCell::new(answers.into_iter());
    let prompts = RefCell::new(Vec::new());
    let asked = ask(
        &mut |prompt| {
            prompts.borrow_mut().push(prompt.to_owned());
            answers.borrow_mut().next().unwrap()
        },
        "the question",
        &read,
        &salvage,
    );
    assert!(answers.borrow_mut().next().is_none(), "all were called");
    (asked, prompts.into_inner())
}

const GOOD: &str = "So:\n```json\n{\"n\": 1, \"w\": \"ab\"}\n```";

#[test]
fn a_good_answer_is_asked_for_once() {
    let (asked, prompts) = with(vec![answered(GOOD)]);
    assert_eq!(asked.result, Ok((1, "ab".into())));
    assert_eq!((asked.calls, asked.is_partial), (1, false));
    assert_eq!(asked.usage, usage(10));
    assert_eq!(asked.model.unwrap().name, "m");
    assert_eq!(prompts, ["the question"]);
    // Of several objects, the one that is right.
    let (asked, _) = with(vec![answered("{\"n\": 7} {\"n\": 2, \"w\": \"cd\"}")]);
    assert_eq!(asked.result, Ok((2, "cd".into())));
}

#[test]
fn a_wrong_answer_is_asked_for_once_more_with_its_faults() {
    for wrong in [
        "no JSON here \"\n\u{1b}[31m",
        "{\"n\": 1}",
        "{\"n\": 1, \"w",
    ] {
        let (asked, prompts) = with(vec![answered(wrong), answered(GOOD)]);
        assert_eq!(asked.result, Ok((1, "ab".into())), "{wrong}");
        assert!(!asked.is_partial);
        assert_eq!((asked.calls, asked.usage.input), (2, 20));
        assert_eq!(asked.usage.cost, Some(1.0));
        assert_eq!(asked.wall, Duration::from_secs(4));
        let again = prompts.last().unwrap();
        assert!(again.starts_with("the question\n\n"));
        assert!(again.contains(&json!(wrong).to_string()), "{again}");
        assert!(!again.contains('\u{1b}'));
    }
    let (_, prompts) = with(vec![answered("{}"), answered(GOOD)]);
    assert!(prompts[1].contains("- n is missing\n- w is missing\n"));
}

#[test]
fn what_is_quoted_is_short_and_without_secrets() {
    let key = format!("sk-ant-api03-{}", "Ab3".repeat(31));
    let long = format!("{key} {}", "words ".repeat(100_000));
    let (_, prompts) = with(vec![answered(&long), answered(GOOD)]);
    assert!(!prompts[1].contains("Ab3Ab3"));
    assert!(prompts[1].len() < 2000, "{}", prompts[1].len());
    let faults: Vec<Invalid> = (0..1000)
        .map(|n| Invalid {
            path: format!("x{n}"),
            problem: "y".repeat(10_000),
        })
        .collect();
    let again = again("q", &faults, "");
    assert!(again.len() < 8000 && again.contains("- and 980 more"));
}

#[test]
fn twice_wrong_is_kept_in_part_or_permanent() {
    let (asked, _) = with(vec![answered("{\"n\": 1}"), answered("{\"n\": 2}")]);
    assert_eq!(asked.result, Ok((2, "salvaged".into())));
    assert!(asked.is_partial);
    // The first one holds more.
    let (asked, _) = with(vec![answered("{\"n\": 1}"), answered("no")]);
    assert_eq!(asked.result, Ok((1, "salvaged".into())));
    let (asked, _) = with(vec![answered("no"), answered("{\"w\": \"x\"}")]);
    let failure = asked.result.unwrap_err();
    assert_eq!(failure.reason, Reason::Schema);
    assert!(failure.reason.is_permanent());
    assert!(failure.message.contains("n is missing"), "{failure}");
    assert_eq!(asked.usage.input, 20);
}

#[test]
fn a_failure_is_not_asked_again() {
    for reason in [Reason::RateLimit, Reason::Authentication, Reason::Timeout] {
        let (asked, _) = with(vec![failed(reason)]);
        assert_eq!(asked.result.unwrap_err().reason, reason);
        assert_eq!(asked.usage, usage(10), "failures cost money too");
    }
    // Another attempt may still be good; if none can be, what there is is kept.
    let (asked, _) = with(vec![answered("{\"n\": 1}"), failed(Reason::RateLimit)]);
    assert_eq!(asked.result.unwrap_err().reason, Reason::RateLimit);
    let (asked, _) = with(vec![answered("{\"n\": 1}"), failed(Reason::TooMuch)]);
    assert_eq!(asked.result, Ok((1, "salvaged".into())));
}

#[test]
fn what_was_cut_off_is_kept_as_far_as_it_goes() {
    let (asked, _) = with(vec![cut(
        "```json\n{\"n\": 3, \"w\": \"ab\", \"more\": [1, 2",
    )]);
    assert_eq!(asked.result, Ok((3, "ab".into())));
    assert!(asked.is_partial);
    let (asked, _) = with(vec![cut("{\"n\": 3, \"w\": \"a")]);
    assert_eq!(asked.result, Ok((3, "salvaged".into())));
    assert!(asked.is_partial);
    let (asked, _) = with(vec![cut("{\"w\": \"ab\", \"n\": 3")]);
    assert_eq!(asked.result.unwrap_err().reason, Reason::Truncated);
    let (asked, _) = with(vec![answered("{\"n\": 1}"), cut("no")]);
    assert_eq!(asked.result, Ok((1, "salvaged".into())));
}

#[test]
fn an_answer_that_was_kept_is_no_call() {
    let kept = Called {
        kept: true,
        usage: Usage::default(),
        ..answered("{\"n\": 1}")
    };
    let (asked, _) = with(vec![kept, answered(GOOD)]);
    assert_eq!((asked.calls, asked.usage), (1, usage(10)));
}
