//! What kind of failure a message tells of.
//!
//! The patterns are S3's, in its order, but whole words, and its bare numbers only where they are a status of HTTP: `429`
//! in `14290 tokens` or `line 429` is none. What S3 does not know (credit, sign-in, settings, the length of a question) is
//! looked for before them, since providers say it with the status of something that goes away by itself.

use super::Reason;

/// Looks at no more of a message, in bytes: what matters stands at its beginning.
const LOOKED_AT: usize = 16 * 1024;

/// Phrases of whole words, blanks for everything that is neither a letter nor a digit; `*` lets the last word go on.
type Phrases = &'static [&'static str];

const CREDIT: Phrases = &[
    "insufficient quota",
    "exceeded your current quota",
    "insufficient balance",
    "insufficient credits",
    "insufficient funds",
    "credit balance is too low",
    "out of credits",
    "billing hard limit reached",
    "billing not active",
    "payment required",
    "please recharge",
    "requires more credits",
];

const TOO_LONG: Phrases = &[
    "context length exceeded",
    "context window exceeded",
    "maximum context length",
    "exceeds the context window",
    "exceed context limit",
    "exceeds the maximum number of tokens",
    "exceeds the limit of",
    "context overflow",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "input token count",
    "request too large",
    "request entity too large",
    "reduce the length of the messages",
];

const SETTINGS: Phrases = &[
    "unknown option*",
    "unknown argument*",
    "unknown flag*",
    "unknown provider*",
    "unknown model*",
    "unknown api",
    "invalid model*",
    "no models available",
    "no model selected",
    "no models match*",
    "model not found",
    "model not exist*",
    "model not supported",
    "is not a valid model*",
];

const REFUSED: Phrases = &[
    "content filter*",
    "content policy*",
    "content management policy",
    "finish reason safety",
    "flagged as potentially violating",
    "sensitive content*",
];

const AUTHENTICATION: Phrases = &[
    "authentication error*",
    "authentication failed",
    "authentication fails",
    "authentication required",
    "could not resolve authentication*",
    "unauthorized",
    "unauthenticated",
    "not authenticated",
    "permission denied error",
    "permission error",
    "permission denied for",
    "forbidden",
    "no api key*",
    "missing api key",
    "invalid api key",
    "invalid x api key",
    "incorrect api key*",
    "api key not valid",
    "api key is missing",
    "api key not found",
    "invalid bearer token",
    "invalid authentication*",
    "token refresh failed",
    "token expired",
    "token has expired",
    "login required",
    "please log in",
    "no credentials*",
];

/// S3's, in its order.
const KNOWN: &[(Reason, Phrases)] = &[
    // The first three of these S3 tries later, where `enoent` has hidden them.
    (
        Reason::Spawn,
        &[
            "failed to spawn",
            "spawn enoent",
            "spawn pi enoent",
            "spawn node enoent",
            "command not found",
        ],
    ),
    (
        Reason::SessionNotFound,
        &[
            "enoent",
            "file not found",
            "no such file",
            "prompt file not found",
            "session not found",
        ],
    ),
    (
        Reason::InvalidSession,
        &[
            "invalid session header",
            "malformed session*",
            "invalid jsonl",
        ],
    ),
    (Reason::EmptySession, &["empty session", "no entries"]),
    (
        Reason::Schema,
        &["schema validation*", "invalid node output"],
    ),
    (Reason::MissingSkill, &["missing required skill*"]),
    (
        // What is slow is the way there: more time would not help.
        Reason::Network,
        &[
            "etimedout",
            "connect timeout*",
            "connection timed out",
            "connection timeout",
            "und err connect timeout",
        ],
    ),
    (
        Reason::Timeout,
        &["timeout*", "timed out", "time out", "deadline exceeded"],
    ),
    (
        Reason::RateLimit,
        &[
            "rate limit*",
            "ratelimit*",
            "too many requests",
            "too many tokens",
            "throttl*",
            "resource exhausted",
            "resource has been exhausted",
            "quota exceeded",
            "usage limit*",
            "tokens per minute",
            "requests per minute",
            "retry delay",
        ],
    ),
    (
        Reason::Network,
        &[
            "econnrefused",
            "connection refused",
            "econnreset",
            "connection reset*",
            "econnaborted",
            "connection aborted",
            "connection lost",
            "connection closed*",
            "connection error*",
            "enetunreach",
            "ehostunreach",
            "network unreachable",
            "network is unreachable",
            "network error*",
            "enotfound",
            "eai again",
            "getaddrinfo*",
            "epipe",
            "broken pipe",
            "fetch failed",
            "socket hang up",
            "socket closed",
            "socket disconnected*",
            "other side closed",
            "und err socket",
            "premature close",
            "terminated",
            "stream ended*",
            "ended without*",
            "websocket closed",
            "websocket error",
            "reset before headers",
            "http2 request did not get a response",
            "certificate*",
            "self signed certificate*",
            "could not resolve host",
        ],
    ),
    (
        Reason::Overloaded,
        &[
            "overloaded*",
            "over capacity",
            "at capacity",
            "capacity",
            "service unavailable",
            "temporarily unavailable",
            "serviceunavailable*",
            "high demand",
        ],
    ),
    (
        Reason::Server,
        &[
            "internal server error",
            "server error",
            "internal error",
            "api error",
            "bad gateway",
            "gateway timeout",
            "provider returned error",
            "upstream connect*",
            "internalservererror*",
        ],
    ),
    (
        Reason::Busy,
        &["sqlite busy", "database is locked", "database is busy"],
    ),
    (
        Reason::DiskFull,
        &[
            "enospc",
            "no space left*",
            "disk full",
            "edquot",
            "disk quota exceeded",
        ],
    ),
];

/// The kind of failure that a message tells of, in whatever words. Time is linear in its length.
pub fn classify(message: &str) -> Reason {
    let end = (0..=LOOKED_AT.min(message.len()))
        .rev()
        .find(|end| message.is_char_boundary(*end))
        .unwrap_or_default();
    let lower = message.get(..end).unwrap_or_default().to_lowercase();
    let words = words(&lower);
    let any = |phrases: Phrases| phrases.iter().any(|phrase| says(&words, phrase));
    if any(CREDIT) {
        return Reason::Credit;
    }
    if any(TOO_LONG) {
        return Reason::TooLong;
    }
    if any(SETTINGS) || names_missing_model(&words) {
        return Reason::Settings;
    }
    let of_words = KNOWN
        .iter()
        .find(|(_, phrases)| any(phrases))
        .map(|(reason, _)| *reason);
    if let Some(reason) = status(&lower).and_then(|status| of_status(status, of_words)) {
        return reason;
    }
    if any(REFUSED) {
        Reason::Refused
    } else if any(AUTHENTICATION) {
        Reason::Authentication
    } else {
        of_words.unwrap_or(Reason::Unknown)
    }
}

/// What a status says, given what the words beside it do.
fn of_status(status: u16, words: Option<Reason>) -> Option<Reason> {
    Some(match status {
        401 | 403 | 407 => Reason::Authentication,
        402 => Reason::Credit,
        404 | 405 => Reason::Settings,
        413 => Reason::TooLong,
        429 => Reason::RateLimit,
        408 => Reason::Timeout,
        // Overloaded, as Anthropic and others say it.
        503 | 529 => Reason::Overloaded,
        // Providers say with 500, too, that they are overloaded.
        500..=599 if words == Some(Reason::Overloaded) => Reason::Overloaded,
        500..=599 => Reason::Server,
        _ => return None,
    })
}

/// Lower-case words with one blank before, between and after them.
fn words(lower: &str) -> String {
    let mut words = String::with_capacity(lower.len() + 2);
    words.push(' ');
    for c in lower.chars() {
        if c.is_alphanumeric() {
            words.push(c);
        } else if c != '\'' && !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

fn says(words: &str, phrase: &str) -> bool {
    let (phrase, goes_on) = match phrase.strip_suffix('*') {
        Some(phrase) => (phrase, true),
        None => (phrase, false),
    };
    words.match_indices(phrase).any(|(at, _)| {
        let (before, after) = words.split_at(at);
        let after = after.get(phrase.len()..).unwrap_or_default();
        before.ends_with(' ') && (goes_on || after.starts_with(' '))
    })
}

/// Such as "the model `x` does not exist", with the name between the words.
fn names_missing_model(words: &str) -> bool {
    const BETWEEN: usize = 80;
    words.match_indices(" model ").any(|(at, _)| {
        let rest = words.get(at..).unwrap_or_default();
        let near: String = rest.chars().take(BETWEEN).collect();
        ["does not exist", "not found", "is not supported", "not available"]
            .iter()
            .any(|end| says(&near, end))
            // "Model `x` not found for provider `y`. Using custom model id." is a warning.
            && !says(rest, "using custom model id")
    })
}

/// The status of HTTP that a message tells of: at its very beginning, as clients put it, after a word that announces one, or
/// before the words that belong to it.
fn status(lower: &str) -> Option<u16> {
    let bytes = lower.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let begin = at;
        while digit(at) {
            at += 1;
        }
        let number = lower.get(begin..at).unwrap_or_default();
        let Some(code) = number
            .parse()
            .ok()
            .filter(|code| (400..600).contains(code) && number.len() == 3)
        else {
            continue;
        };
        let before = lower.get(..begin).unwrap_or_default();
        let after = lower.get(at..).unwrap_or_default();
        if stands_alone(before, after)
            && (is_first(before, after) || is_announced(before) || is_explained(after, code))
        {
            return Some(code);
        }
    }
    None
}

/// Not a part of a word or of another number.
fn stands_alone(before: &str, after: &str) -> bool {
    let mut next = after.chars();
    let is_joined = |c: char| c.is_alphanumeric() || matches!(c, '_' | '%' | '/' | '$');
    let follows = match next.next() {
        Some('.' | ',' | ':' | '-') => !next.next().is_some_and(char::is_alphanumeric),
        Some(c) => !is_joined(c),
        None => true,
    };
    let precedes = !before
        .chars()
        .next_back()
        .is_some_and(|c| is_joined(c) && c != '/' || matches!(c, '.' | '-' | '#' | '+'));
    follows && precedes
}

/// Clients of providers write `429 {"error":…`, `401 bad key`, `503: …`: nothing before it, and no thing that is counted
/// after it is known to them.
fn is_first(before: &str, after: &str) -> bool {
    const COUNTED: [&str; 10] = [
        "files", "lines", "tokens", "bytes", "entries", "errors", "tests", "seconds", "ms",
        "messages",
    ];
    let next = after.trim_start().split(' ').next().unwrap_or_default();
    before.chars().all(|c| !c.is_alphanumeric()) && !COUNTED.contains(&next)
}

fn is_announced(before: &str) -> bool {
    let before = before
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ':' | '=' | '('));
    let word_begin = before
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '/')))
        .map_or(0, |at| at + 1);
    let word = before.get(word_begin..).unwrap_or_default();
    match word {
        "http" | "https" | "status" | "statuscode" | "error" => true,
        // `"code": 429`, `status_code 429`, `error code: 429`; but no exit code.
        "code" => !before
            .get(..word_begin)
            .unwrap_or_default()
            .trim_end_matches([' ', '_', '-'])
            .ends_with("exit"),
        word => word.starts_with("http/"),
    }
}

fn is_explained(after: &str, code: u16) -> bool {
    let phrase = match code {
        401 => "unauthorized",
        402 => "payment required",
        403 => "forbidden",
        404 => "not found",
        408 => "request timeout",
        413 => "payload too large",
        429 => "too many requests",
        500 => "internal server error",
        502 => "bad gateway",
        503 => "service unavailable",
        504 => "gateway timeout",
        529 => "overloaded",
        _ => return false,
    };
    after
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .starts_with(phrase)
}

#[cfg(test)]
mod tests;
