//! The JSON object in what a model says: in a fence, between words, or cut off.

use serde_json::{Deserializer, Value};

/// How many objects are looked at.
const MOST: usize = 16;
/// How much is read in all, in bytes, for texts made to be read again from each of their braces.
const BUDGET: usize = 64 << 20;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Whole objects, the likeliest first: those in fences, then those between words, both in their order; empty ones last.
    pub whole: Vec<Value>,
    /// What an object says that is cut off, without what it did not say to the end.
    pub cut: Option<Value>,
}

/// Looks for objects in a text.
pub fn objects(text: &str) -> Found {
    let mut budget = BUDGET;
    let mut found = Found::default();
    let mut fenced = Vec::new();
    let mut taken = Vec::new();
    for (begin, end) in fences(text) {
        let inside = text.get(begin..end).unwrap_or_default();
        let Some(at) = inside.find('{') else { continue };
        // Read to the end of the text: what looks like the end of a fence may be a part of a string.
        match read(text.get(begin + at..).unwrap_or_default(), &mut budget) {
            Read::Whole(value, length) => {
                fenced.push(value);
                taken.push((begin + at, begin + at + length));
            }
            Read::Cut => {
                found.cut = found.cut.or_else(|| closed(inside.get(at..)?));
            }
            Read::Nothing => {
                let inside = inside.get(at..).unwrap_or_default();
                if matches!(read(inside, &mut budget), Read::Cut) {
                    found.cut = found.cut.or_else(|| closed(inside));
                }
            }
        }
        if fenced.len() >= MOST {
            break;
        }
    }
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(brace) = text.get(at..).and_then(|rest| rest.find('{')) {
        let begin = at + brace;
        if let Some((_, end)) = taken
            .iter()
            .find(|(from, to)| (*from..*to).contains(&begin))
        {
            at = *end;
            continue;
        }
        if plain.len() >= MOST || budget == 0 {
            break;
        }
        let rest = text.get(begin..).unwrap_or_default();
        at = match read(rest, &mut budget) {
            Read::Whole(value, length) => {
                plain.push(value);
                begin + length
            }
            // All that follows is within it.
            Read::Cut => {
                found.cut = found.cut.or_else(|| closed(rest));
                break;
            }
            Read::Nothing => begin + 1,
        };
    }
    let is_empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
    let all = fenced.into_iter().chain(plain);
    let (empty, filled): (Vec<_>, Vec<_>) = all.partition(is_empty);
    found.whole = filled.into_iter().chain(empty).collect();
    found
}

/// What is within fences of three backquotes at the beginnings of lines; the last may have no end.
fn fences(text: &str) -> Vec<(usize, usize)> {
    let mut fences = Vec::new();
    let mut open = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            open = match open {
                None => {
                    // Whatever stands on the line of the fence is a name, or the object itself.
                    let marks = line.find("```").unwrap_or_default() + 3;
                    Some(at + marks)
                }
                Some(begin) => {
                    fences.push((begin, at));
                    None
                }
            };
        }
        at += line.len();
    }
    fences.extend(open.map(|begin| (begin, text.len())));
    fences
}

enum Read {
    /// An object, and how many bytes it has.
    Whole(Value, usize),
    /// It is one as far as it goes, and the text ends in it.
    Cut,
    Nothing,
}

fn read(text: &str, budget: &mut usize) -> Read {
    if *budget == 0 {
        return Read::Nothing;
    }
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => {
            let length = values.byte_offset();
            *budget = budget.saturating_sub(length);
            Read::Whole(value, length)
        }
        Some(Err(error)) if error.is_eof() => {
            *budget = budget.saturating_sub(text.len());
            Read::Cut
        }
        Some(Err(error)) => {
            let lines = memchr::memchr_iter(b'\n', text.as_bytes());
            let above = lines.take(error.line().saturating_sub(1)).last();
            let length = above.unwrap_or_default() + error.column();
            *budget = budget.saturating_sub(length.max(1));
            Read::Nothing
        }
        None => Read::Nothing,
    }
}

/// What an object says that is cut off: everything up to the last value that is whole.
fn closed(text: &str) -> Option<Value> {
    let mut closers: Vec<char> = Vec::new();
    // How far it is whole, and how many are open there.
    let mut whole = (0, 0);
    let mut chars = text.char_indices();
    let mut in_string = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if in_string => {
                chars.next();
            }
            '"' => in_string = !in_string,
            _ if in_string => {}
            '{' | '[' => {
                closers.push(if c == '{' { '}' } else { ']' });
                whole = (at + 1, closers.len());
            }
            '}' | ']' => {
                closers.pop();
                whole = (at + 1, closers.len());
                if closers.is_empty() {
                    break;
                }
            }
            ',' => whole = (at, closers.len()),
            _ => {}
        }
    }
    let (end, open) = whole;
    let mut kept = text.get(..end)?.to_owned();
    kept.extend(closers.get(..open)?.iter().rev());
    serde_json::from_str(&kept).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn first(text: &str) -> Option<Value> {
        objects(text).whole.into_iter().next()
    }

    #[test]
    fn an_object_is_found_wherever_it_is() {
        let object = json!({"a": {"b": [1, "}{", "```"]}});
        for text in [
            r#"{"a":{"b":[1,"}{","```"]}}"#,
            "Here it is:\n```json\n{\"a\": {\"b\": [1, \"}{\", \"```\"]}}\n```\nDone {x}.",
            "```json {\"a\": {\"b\": [1, \"}{\", \"```\"]}}```",
            "The set {1, 2} and {} are `{ no }` objects: {\"a\":{\"b\":[1,\"}{\",\"```\"]}} }}",
            "```\n{\"a\":{\"b\":[1,\"}{\",\"```\"]}}",
            "  ```JSON\r\n\r\n{\r\n\"a\":{\"b\":[1,\"}{\",\"```\"]}}\r\n  ```",
            "```rust\nfn f() { x }\n```\n```json\n{\"a\":{\"b\":[1,\"}{\",\"```\"]}}\n```",
            "{\"before\": 1}\n```json\n{\"a\":{\"b\":[1,\"}{\",\"```\"]}}\n```",
            "[{\"a\":{\"b\":[1,\"}{\",\"```\"]}}]",
        ] {
            assert_eq!(first(text).as_ref(), Some(&object), "{text}");
        }
        for text in [
            "",
            "no",
            "{",
            "}{",
            "{a: 1}",
            "```json\n```",
            "[1, 2]",
            "{'a': 1}",
        ] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn several_are_all_candidates() {
        let text = "{\"x\":1}\n```json\n{\"a\":1}\n```\n```json\n{\"b\":1}\n```";
        let expected = [json!({"a": 1}), json!({"b": 1}), json!({"x": 1})];
        assert_eq!(objects(text).whole, expected);
        assert_eq!(objects("{} {\"a\":1}").whole, [json!({"a": 1}), json!({})]);
    }

    #[test]
    fn what_is_cut_off_is_kept_as_far_as_it_is_whole() {
        let cut = |text: &str| {
            let found = objects(text);
            assert_eq!(found.whole, Vec::<Value>::new(), "{text}");
            found.cut
        };
        let text = r#"```json
{"a":1,"b":{"c":"x, \"y","d":[1,{"e":"long te"#;
        assert_eq!(
            cut(text),
            Some(json!({"a": 1, "b": {"c": "x, \"y", "d": [1, {}]}}))
        );
        assert_eq!(cut(r#"{"a":1,"b"#), Some(json!({"a": 1})));
        assert_eq!(cut(r#"{"a":12"#), Some(json!({})));
        assert_eq!(cut(r#"{"a":[1,2],"#), Some(json!({"a": [1, 2]})));
        assert_eq!(cut(r#"{"a":"\"#), Some(json!({})));
        assert_eq!(cut("no"), None);
        // The objects within are parts of it, not the answer.
        assert_eq!(
            cut(r#"{"a":[{"b":1},{"c":2},"#),
            Some(json!({"a": [{"b": 1}, {"c": 2}]}))
        );
        // A fence that ends too early.
        assert_eq!(cut("```json\n{\"a\":1,\n```"), Some(json!({"a": 1})));
    }

    #[test]
    fn no_text_takes_long() {
        let begun = std::time::Instant::now();
        let nested = "{\"a\":".repeat(120);
        let long = format!("{nested}[{}x", "1,".repeat(2 << 20));
        for text in [
            "{".repeat(4 << 20),
            "{\"a\":".repeat(1 << 20),
            "{\"a\" ".repeat(1 << 20),
            "```{\n".repeat(1 << 20),
            "```json\n{\"a\":1}\n```\n".repeat(1 << 18),
            long,
        ] {
            objects(&text);
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z{}\\[\\]\",`\\\\\n é]{0,12}".prop_map(Value::from),
        ];
        let inner = leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z{}\"]{1,4}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        prop::collection::btree_map("[a-z{}\"]{1,4}", inner, 1..5)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn any_object_is_found_between_words(value in value(), is_fenced: bool, is_pretty: bool) {
            let json = if is_pretty {
                serde_json::to_string_pretty(&value).unwrap()
            } else {
                value.to_string()
            };
            let text = if is_fenced {
                format!("Of {{course}}:\n```json\n{json}\n```\nThat was it. }}")
            } else {
                format!("Of {{course}}: {json} That was it. }}")
            };
            prop_assert_eq!(first(&text), Some(value));
        }

        #[test]
        fn any_beginning_of_an_object_is_kept(value in value(), at in 0.0..1.0_f64) {
            let json = value.to_string();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let mut at = (json.len() as f64 * at) as usize;
            while !json.is_char_boundary(at) {
                at -= 1;
            }
            let found = objects(&json[..at]);
            prop_assert!(found.whole.is_empty());
            if at > 0 {
                let cut = found.cut.unwrap();
                // Its keys are the first ones of the whole.
                let keys: Vec<&String> = cut.as_object().unwrap().keys().collect();
                let all: Vec<&String> = value.as_object().unwrap().keys().collect();
                prop_assert!(all.starts_with(&keys));
            }
        }

        #[test]
        fn any_text_can_be_looked_at(text in "[{}\\[\\]\",:`a\n\\\\ ]{0,200}") {
            objects(&text);
        }
    }
}
