//! The headers of a request: the user's, and our own.

use ring::hmac;
use ureq::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::super::Refusal;
use crate::system::plain::plain;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const EVENT: HeaderName = HeaderName::from_static("x-tend-event");
const SIGNATURE: HeaderName = HeaderName::from_static("x-tend-signature-256");
/// Headers that begin so are ours.
const OWN: &str = "x-tend-";

/// Headers that say where a request goes and how long it is: they follow from the address and the body.
const FRAMING: [HeaderName; 9] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
];

/// Headers that can be sent.
#[derive(Clone, Debug)]
pub struct Headers(HeaderMap);

/// The headers of these names and values, and what is said with every request unless they say otherwise: that the body
/// is JSON and who sends it.
pub fn read(users: &[(&str, String)]) -> Result<Headers, Refusal> {
    let mut all = HeaderMap::new();
    for (name, value) in users {
        let shown = plain(name);
        let wrong = |what: &str| Refusal::Final(format!("the header `{shown}` {what}"));
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| wrong("is not a name of a header"))?;
        if FRAMING.contains(&name) || name == IDEMPOTENCY_KEY || name.as_str().starts_with(OWN) {
            return Err(wrong("is set by git-tend itself"));
        }
        if value.chars().any(char::is_control) {
            return Err(wrong(
                "has a line break or another control character in its value",
            ));
        }
        // What HTTP leaves to both sides, the library does not for this one.
        if name == header::AUTHORIZATION && !value.is_ascii() {
            return Err(wrong("has other letters than those of ASCII in its value"));
        }
        let mut value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| wrong("has a value that cannot be sent"))?;
        value.set_sensitive(true);
        if all.insert(name, value).is_some() {
            return Err(wrong("is there twice"));
        }
    }
    all.entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    all.entry(header::USER_AGENT)
        .or_insert(HeaderValue::from_static(concat!(
            "git-tend/",
            env!("CARGO_PKG_VERSION")
        )));
    Ok(Headers(all))
}

impl Headers {
    /// Says which message this is, what it is about, and who signed it.
    pub fn set_own(
        &mut self,
        id: &str,
        events: &str,
        signature: Option<&str>,
    ) -> Result<(), Refusal> {
        let own = [
            (IDEMPOTENCY_KEY, Some(id)),
            (EVENT, Some(events)),
            (SIGNATURE, signature),
        ];
        for (name, value) in own {
            let Some(value) = value else { continue };
            let value = HeaderValue::from_str(value).map_err(|_| {
                Refusal::Final(format!("the header `{name}` has control characters"))
            })?;
            self.0.insert(name, value);
        }
        Ok(())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter()
    }
}

/// The HMAC-SHA256 of a body, as GitHub writes it: `sha256=` and hexadecimal digits.
pub fn signature(key: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let digits = hmac::sign(&key, body);
    let digits = digits.as_ref().iter().map(|byte| format!("{byte:02x}"));
    format!("sha256={}", digits.collect::<String>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn one(name: &str, value: &str) -> Result<Headers, Refusal> {
        read(&[(name, value.to_owned())])
    }

    #[test]
    fn a_signature_is_that_of_githubs_documentation() {
        assert_eq!(
            signature("It's a Secret to Everybody", b"Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }

    #[test]
    fn no_header_makes_another_one() {
        for (name, value) in [
            ("X-A", "b\r\nX-Evil: 1"),
            ("X-A", "b\n"),
            ("X-A", "b\0"),
            ("X-A", "b\u{85}c"),
            ("Authorization", "Bearer größe"),
            ("X-A: b\r\nX-Evil", "1"),
            ("X A", "b"),
            ("", "b"),
            ("X-Ä", "b"),
            ("Content-Length", "3"),
            ("transfer-encoding", "chunked"),
            ("Host", "example.org"),
            ("Idempotency-Key", "1"),
            ("X-Tend-Signature-256", "sha256=0"),
        ] {
            let refusal = one(name, value).unwrap_err();
            assert!(matches!(refusal, Refusal::Final(_)), "{name}: {refusal}");
            assert!(
                !refusal.to_string().contains(['\r', '\n', '\0']),
                "{refusal}"
            );
            assert!(
                !refusal.to_string().contains(value) || value.len() < 4,
                "{refusal}"
            );
        }
        let twice = [("X-A", "1".to_owned()), ("x-a", "2".to_owned())];
        let refusal = read(&twice).unwrap_err().to_string();
        assert_eq!(refusal, "the header `x-a` is there twice");
        let mut headers = one("X-A", "b").unwrap();
        assert!(headers.set_own("a\r\nb", "x", None).is_err());
    }

    #[test]
    fn the_users_headers_go_before_the_usual_ones() {
        let headers = one("user-agent", "mine/1 größe").unwrap();
        let agents: Vec<_> = headers.0.get_all(header::USER_AGENT).iter().collect();
        assert_eq!(agents, ["mine/1 größe".as_bytes()]);
        assert_eq!(
            headers.0.get(header::CONTENT_TYPE).unwrap(),
            "application/json"
        );
        assert!(!format!("{headers:?}").contains("mine"));
    }
}
