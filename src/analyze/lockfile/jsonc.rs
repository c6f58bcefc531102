//! JSON with comments and trailing commas, made into JSON.

/// The same text with comments and commas before a closing bracket made into spaces: positions stay what they were.
pub(super) fn to_json(text: &str) -> String {
    let mut json = text.as_bytes().to_vec();
    let mut at = 0;
    // The last comma after which nothing but space and comments came.
    let mut comma: Option<usize> = None;
    while let Some(byte) = json.get(at).copied() {
        match byte {
            b'"' => {
                comma = None;
                at = string_end(&json, at);
                continue;
            }
            b'/' if matches!(json.get(at + 1), Some(b'/' | b'*')) => {
                let end = comment_end(&json, at);
                for byte in json.get_mut(at..end).into_iter().flatten() {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                at = end;
                continue;
            }
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(comma) = comma.take().and_then(|comma| json.get_mut(comma)) {
                    *comma = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    String::from_utf8(json).unwrap_or_default()
}

/// The place after a string that begins here.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    json.len()
}

/// The place after a comment that begins here.
fn comment_end(json: &[u8], start: usize) -> usize {
    let rest = json.get(start + 2..).unwrap_or_default();
    let end = if json.get(start + 1) == Some(&b'/') {
        rest.iter().position(|byte| *byte == b'\n')
    } else {
        let closing = rest.windows(2).position(|pair| pair == b"*/");
        closing.map(|end| end + 2)
    };
    end.map_or(json.len(), |end| start + 2 + end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn comments_and_commas_go() {
        let text = "{ // é\n \"a\": [1, /* , */ 2, ], \"b,]\": \"// \\\" ,}\", /**/ }";
        assert_eq!(
            serde_json::from_str::<Value>(&to_json(text)).ok(),
            Some(json!({"a": [1, 2], "b,]": "// \" ,}"}))
        );
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_length(text in "[\"/*,{}\\[\\]\\\\a\né ]{0,60}") {
            prop_assert!(to_json(&text).len() == text.len());
        }

        #[test]
        fn json_stays_what_it_is(text in "[a-z,/*\\]\\[{}\"\\\\]{0,30}") {
            let value = json!({"k": [text, 1, {"x": []}]});
            prop_assert_eq!(to_json(&value.to_string()), value.to_string());
        }
    }
}
