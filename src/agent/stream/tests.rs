#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Reads a stream that comes in pieces of this size.
fn read_in(bytes: &[u8], size: usize) -> Stream {
    let mut lines = Lines::default();
    let mut stream = Stream::default();
    let mut each = |line: &[u8]| {
        stream.line(line);
    };
    for piece in bytes.chunks(size) {
        lines.push(piece, &mut each).unwrap();
    }
    lines.finish(&mut each).unwrap();
    stream
}

fn read(lines: &[Value]) -> Stream {
    let text = text_of_lines(lines);
    read_in(text.as_bytes(), 4096)
}

fn text_of_lines(lines: &[Value]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

fn said(text: &str, stop: &str) -> Value {
    json!({
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": text}],
        "provider": "stub", "model": "stub-1",
        "usage": {"input": 10, "output": 5, "cacheRead": 3, "cacheWrite": 2, "cost": {"total": 0.25}},
        "stopReason": stop,
    })
}

fn failed(message: &str) -> Value {
    let mut said = said("", "error");
    said["errorMessage"] = message.into();
    said
}

fn message_end(message: Value) -> Value {
    json!({"type": "message_end", "message": message})
}

fn agent_end(messages: &[Value]) -> Value {
    json!({"type": "agent_end", "messages": messages})
}

fn text_of(stream: &Stream) -> Result<String, NoAnswer> {
    stream.answer().map(|reply| reply.text)
}

const OK: &[u8] = include_bytes!("../../../fixtures/pi/pi-json-noskills.jsonl");
const M401: &[u8] = include_bytes!("../../../fixtures/pi/pi-json-m401.jsonl");
const M429: &[u8] = include_bytes!("../../../fixtures/pi/pi-json-m429.jsonl");

#[test]
fn recorded_streams_are_read_however_they_come_in() {
    for size in [1, 7, 100, 1 << 20] {
        let ok = read_in(OK, size);
        let reply = ok.answer().unwrap();
        assert!(reply.text.starts_with("```json\n{\"classification\""));
        assert!(reply.text.ends_with("}\n```"));
        let model = reply.model.unwrap();
        assert_eq!((&*model.provider, &*model.name), ("stub", "stub-1"));
        let usage = ok.usage();
        assert_eq!((usage.input, usage.output), (11, 7));
        assert!(ok.is_content());
        let refused = read_in(M401, size);
        assert_eq!(
            refused.answer(),
            Err(NoAnswer::Failed("401 bad key".into()))
        );
        assert!(!refused.is_content());
        assert_eq!(
            text_of(&read_in(M429, size)),
            Err(NoAnswer::Failed("429 rate limit".into()))
        );
    }
}

#[test]
fn what_else_was_recorded_is_understood() {
    let success = read_in(
        include_bytes!("../../../fixtures/pi/pi-json-success.jsonl"),
        999,
    );
    let usage = success.usage();
    assert_eq!((usage.output, usage.cache_read), (200, 100));
    assert!((usage.cost.unwrap() - 0.003_854).abs() < 1e-12);
    assert!(success.answer().unwrap().text.ends_with("}\n```"));
    let length = read_in(
        include_bytes!("../../../fixtures/pi/pi-json-length.jsonl"),
        999,
    );
    assert!(matches!(length.answer(), Err(NoAnswer::Truncated(reply)) if reply.text.len() > 500));
    assert_eq!(length.usage().output, 200);
    assert!(!length.is_content());
    let refused = read_in(
        include_bytes!("../../../fixtures/pi/pi-json-m503.jsonl"),
        999,
    );
    let message = "503 Service Unavailable".to_owned();
    assert_eq!(refused.answer(), Err(NoAnswer::Failed(message)));
    let long = read_in(
        include_bytes!("../../../fixtures/pi/pi-json-toolong.jsonl"),
        999,
    );
    assert!(
        matches!(long.answer(), Err(NoAnswer::Failed(said)) if said.contains("maximum context"))
    );
    // The connection was dropped in the middle, and pi says that this was all.
    let drop = read_in(
        include_bytes!("../../../fixtures/pi/pi-json-drop.jsonl"),
        999,
    );
    assert!(!drop.answer().unwrap().text.ends_with("```"));
}

#[test]
fn retries_of_the_agent_are_told() {
    let mut stream = Stream::default();
    let retries: Vec<Seen> = M429
        .split(|byte| *byte == b'\n')
        .map(|line| stream.line(line))
        .filter(|seen| *seen != Seen::Other)
        .collect();
    assert_eq!(retries.len(), 3);
    let first = Seen::Retry {
        attempt: 1,
        of: 3,
        delay_ms: 2000,
        error: "429 rate limit".into(),
    };
    assert_eq!(retries.first(), Some(&first));
}

#[test]
fn the_last_end_and_its_last_answer_count() {
    let stream = read(&[
        message_end(failed("429")),
        agent_end(&[failed("429")]),
        json!({"type": "agent_start"}),
        message_end(said("first", "toolUse")),
        message_end(said("second", "stop")),
        agent_end(&[said("first", "toolUse"), said("second", "stop")]),
    ]);
    assert_eq!(text_of(&stream), Ok("second".into()));
    assert!(stream.is_content());
    let stream = read(&[
        agent_end(&[said("once", "stop")]),
        agent_end(&[failed("503 gone")]),
    ]);
    assert_eq!(text_of(&stream), Err(NoAnswer::Failed("503 gone".into())));
}

#[test]
fn all_that_was_paid_for_is_counted_once() {
    let stream = read(&[
        message_end(json!({"role": "user", "content": "q", "usage": {"input": 1000}})),
        message_end(failed("429")),
        agent_end(&[failed("429")]),
        message_end(said("a", "stop")),
        agent_end(&[said("a", "stop")]),
    ]);
    let usage = Usage {
        input: 20,
        output: 10,
        cache_read: 6,
        cache_write: 4,
        cost: Some(0.5),
    };
    assert_eq!(stream.usage(), usage);
    // One that tells it in the ends alone.
    let stream = read(&[agent_end(&[said("a", "stop")])]);
    assert_eq!(stream.usage().input, 10);
    let mut odd = said("a", "stop");
    odd["usage"] =
        json!({"input": -5, "output": "many", "cacheRead": 1e300, "cost": {"total": -1}});
    let usage = read(&[message_end(odd)]).usage();
    assert_eq!(
        (usage.input, usage.output, usage.cache_read),
        (0, 0, u64::MAX)
    );
    assert_eq!(usage.cost, Some(0.0));
}

#[test]
fn a_later_version_says_whether_another_attempt_follows() {
    let mut end = agent_end(&[said("a", "stop")]);
    end["willRetry"] = true.into();
    let begun = [
        json!({"type": "message_update", "delta": "a"}),
        message_end(said("a", "stop")),
        end,
    ];
    assert!(!read(&begun).is_content());
    let mut end = agent_end(&[said("b", "stop")]);
    end["willRetry"] = false.into();
    let more = [
        json!({"type": "agent_start"}),
        message_end(said("b", "stop")),
        end,
        json!({"type": "agent_settled"}),
    ];
    let stream = read(&[&begun[..], &more[..]].concat());
    assert_eq!(text_of(&stream), Ok("b".into()));
    assert!(stream.is_content());
}

#[test]
fn what_breaks_off_after_a_whole_answer_is_one() {
    let whole = message_end(said("a", "stop"));
    assert_eq!(text_of(&read(std::slice::from_ref(&whole))), Ok("a".into()));
    // Though an attempt before it failed.
    let stream = read(&[agent_end(&[failed("429")]), whole]);
    assert_eq!(text_of(&stream), Ok("a".into()));
    assert!(!stream.is_content(), "it may go on");
    for (message, expected) in [
        (said("a", "toolUse"), NoAnswer::Empty),
        (said(" \n", "stop"), NoAnswer::Empty),
        (failed("500"), NoAnswer::Failed("500".into())),
        (said("x", "aborted"), NoAnswer::Failed(String::new())),
        (said("x", "new_reason"), NoAnswer::Empty),
    ] {
        assert_eq!(text_of(&read(&[message_end(message)])), Err(expected));
    }
    let stream = read(&[message_end(said("half", "length"))]);
    assert!(matches!(stream.answer(), Err(NoAnswer::Truncated(reply)) if reply.text == "half"));
}

#[test]
fn what_is_no_event_says_nothing() {
    let stream = read_in(
        b"Welcome!\n\n\0\0\xff\xfe\n[\"agent_end\",{}]\n17\n\"x\"\nnull\n{\"type\":7}\n{}\n{\"type\":\"agent_end\n{\"type\":\"message_end\"}\n{\"type\":\"message_end\",\"message\":[1]}\n",
        5,
    );
    assert_eq!(stream.answer(), Err(NoAnswer::Silent));
    let stream = read(&[json!({"type": "agent_end"})]);
    assert_eq!(stream.answer(), Err(NoAnswer::Empty));
    let stream = read(&[json!({"type": "agent_end", "messages": [1, null, {"role": "user"}]})]);
    assert_eq!(stream.answer(), Err(NoAnswer::Empty));
}

#[test]
fn only_a_line_feed_ends_a_line() {
    let text = format!(
        "{}\r\n",
        message_end(said("a\u{2028}b\u{85}c\rd\u{c}e", "stop"))
    );
    let raw = text.replace("\\r", "\r");
    // A raw carriage return in a string is no JSON; the others are.
    assert_eq!(text_of(&read_in(raw.as_bytes(), 3)), Err(NoAnswer::Silent));
    assert_eq!(
        text_of(&read_in(text.as_bytes(), 3)),
        Ok("a\u{2028}b\u{85}c\rd\u{c}e".into())
    );
    // Bytes that are no text cost a character, not the answer.
    let bytes = message_end(said("a?b", "stop")).to_string().into_bytes();
    let bytes: Vec<u8> = bytes
        .into_iter()
        .map(|byte| if byte == b'?' { 0xff } else { byte })
        .collect();
    assert_eq!(text_of(&read_in(&bytes, 100)), Ok("a\u{fffd}b".into()));
}

#[test]
fn updates_are_read_over_and_never_in_memory() {
    let mut lines = Lines::default();
    let mut count = 0;
    let mut each = |_: &[u8]| count += 1;
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        lines.push(UPDATE, &mut each).unwrap();
        for _ in 0..15 {
            lines.push(&piece, &mut each).unwrap();
        }
        assert!(lines.line.capacity() < 1 << 16);
        lines.push(b"\n", &mut each).unwrap();
    }
    assert_eq!(lines.total, 0);
    lines.push(b"{}\n", &mut each).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn what_is_too_long_ends_it() {
    let nothing = &mut |_: &[u8]| ();
    let mut lines = Lines::bounded(10, 25);
    lines.push(b"0123456789\n", nothing).unwrap();
    assert!(lines.push(b"0123456789a", nothing).is_err());
    let mut lines = Lines::bounded(10, 25);
    lines.push(b"0123456789\n0123456789\n", nothing).unwrap();
    assert!(lines.push(b"012\n", nothing).is_err());
    let mut lines = Lines::bounded(50, 25);
    lines.push(UPDATE, nothing).unwrap();
    assert!(lines.push(&[b'x'; 40], nothing).is_err());
    let long = "x".repeat(LONGEST_ANSWER + 1);
    assert_eq!(
        text_of(&read(&[message_end(said(&long, "stop"))])),
        Err(NoAnswer::TooLong)
    );
    let long = "x".repeat(LONGEST_ANSWER);
    assert!(text_of(&read(&[message_end(said(&long, "stop"))])).is_ok());
}

fn some_event() -> impl Strategy<Value = Value> {
    let stop = prop::sample::select(vec!["stop", "length", "error", "toolUse", "aborted", "?"]);
    let message = (stop, 0_u64..1000, 0_u64..1000).prop_map(|(stop, input, output)| {
        let mut message = said("x", stop);
        message["usage"] = json!({"input": input, "output": output, "cost": {"total": 0.5}});
        message
    });
    prop_oneof![
        message.clone().prop_map(message_end),
        prop::collection::vec(message, 0..3).prop_map(|all| agent_end(&all)),
        Just(json!({"type": "agent_start"})),
        Just(json!({"type": "message_update", "message": said("no", "stop")})),
        Just(json!({"type": "something_new", "message": said("no", "stop")})),
        Just(json!([1, 2])),
    ]
}

proptest! {
    #[test]
    fn the_pieces_that_it_comes_in_do_not_matter(
        events in prop::collection::vec(some_event(), 0..12),
        size in 1_usize..300,
    ) {
        let text = text_of_lines(&events);
        let whole = read_in(text.as_bytes(), usize::MAX >> 1);
        let pieces = read_in(text.as_bytes(), size);
        prop_assert_eq!(whole.answer(), pieces.answer());
        prop_assert_eq!(whole.usage(), pieces.usage());
        // Only what ended by itself is an answer, and what was told is what is summed up.
        let ends: Vec<&Value> = events
            .iter()
            .filter(|event| event["type"] == "message_end")
            .collect();
        if !ends.is_empty() {
            let input: u64 = ends.iter().filter_map(|end| end["message"]["usage"]["input"].as_u64()).sum();
            prop_assert_eq!(whole.usage().input, input);
        }
        if whole.is_content() {
            prop_assert!(whole.answer().is_ok());
        }
        if let Ok(reply) = whole.answer() {
            prop_assert_eq!(reply.text, "x");
            prop_assert!(text.contains("\"stopReason\":\"stop\""));
        }
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let stream = read_in(&bytes, 64);
        prop_assert!(stream.answer().is_err());
    }
}
