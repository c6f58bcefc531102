use proptest::prelude::*;

use super::*;

/// What real programs say.
const SAID: &[(Reason, &str)] = &[
    // pi 0.73.1 against the stub.
    (Reason::Authentication, "401 bad key"),
    (Reason::RateLimit, "429 rate limit"),
    (Reason::Network, "Connection error."),
    (Reason::Settings, "Error: Unknown option: --skills"),
    (Reason::Settings, "Error: Unknown option: --timeout"),
    (
        Reason::Settings,
        "Error: Unknown provider \"nope\". Use --list-models to see available providers/models.",
    ),
    (
        Reason::Authentication,
        "No API key found for zai.\n\nUse /login, set an API key environment variable, or create ~/.pi/agent/auth.json",
    ),
    (Reason::Settings, "No models available."),
    // OpenAI.
    (Reason::RateLimit, "429 Too many requests"),
    (
        Reason::RateLimit,
        "429 Rate limit reached for gpt-5 in organization org-1 on tokens per min (TPM): Limit 30000, Used 29500, Requested 1000. Please try again in 1s.",
    ),
    (
        Reason::Credit,
        "429 You exceeded your current quota, please check your plan and billing details.",
    ),
    (
        Reason::TooLong,
        "400 This model's maximum context length is 128000 tokens. However, your messages resulted in 140000 tokens.",
    ),
    (
        Reason::Settings,
        "404 The model `gpt-9` does not exist or you do not have access to it.",
    ),
    (
        Reason::Authentication,
        "401 Incorrect API key provided: sk-xx. You can find your API key at https://platform.openai.com/account/api-keys.",
    ),
    (
        Reason::Server,
        "500 The server had an error while processing your request. Sorry about that!",
    ),
    (Reason::Timeout, "Request timed out."),
    (
        Reason::RateLimit,
        "You have hit your ChatGPT usage limit (plus plan). Try again in ~30 min.",
    ),
    // Anthropic.
    (
        Reason::Overloaded,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    ),
    (
        Reason::Overloaded,
        r#"529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    ),
    (
        Reason::RateLimit,
        r#"429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 40,000 input tokens per minute."}}"#,
    ),
    (
        Reason::Authentication,
        r#"401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
    ),
    (
        Reason::TooLong,
        "400 prompt is too long: 215000 tokens > 200000 maximum",
    ),
    (
        Reason::Credit,
        "400 Your credit balance is too low to access the Anthropic API.",
    ),
    (
        Reason::Server,
        r#"500 {"type":"error","error":{"type":"api_error","message":"Internal server error"}}"#,
    ),
    // zai.
    (
        Reason::Credit,
        "429 Insufficient balance or no resource package. Please recharge.",
    ),
    (
        Reason::RateLimit,
        "429 Your account has reached the rate limit. Please reduce the frequency of requests",
    ),
    (Reason::Authentication, "401 token expired or incorrect"),
    (
        Reason::Settings,
        "400 Unknown Model, please check the model code.",
    ),
    (
        Reason::Overloaded,
        "503 The service may be temporarily overloaded, please try again later",
    ),
    // Google.
    (
        Reason::RateLimit,
        r#"{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}"#,
    ),
    (
        Reason::Overloaded,
        r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#,
    ),
    (
        Reason::RateLimit,
        "Cloud Code Assist API error (429): No capacity",
    ),
    (
        Reason::Authentication,
        "API key not valid. Please pass a valid API key.",
    ),
    // Bedrock, OpenRouter.
    (
        Reason::RateLimit,
        "ThrottlingException: Too many tokens, please wait before trying again.",
    ),
    (Reason::Server, "502 Provider returned error"),
    // The way there: Node, undici, curl.
    (Reason::Network, "fetch failed"),
    (Reason::Network, "connect ECONNREFUSED 127.0.0.1:4290"),
    (Reason::Network, "read ECONNRESET"),
    (Reason::Network, "socket hang up"),
    (Reason::Network, "other side closed"),
    (Reason::Network, "terminated"),
    (Reason::Network, "getaddrinfo ENOTFOUND api.z.ai"),
    (Reason::Network, "getaddrinfo EAI_AGAIN api.z.ai"),
    (Reason::Network, "connect ETIMEDOUT 10.0.0.1:443"),
    (
        Reason::Network,
        "curl: (7) Failed to connect to 127.0.0.1 port 5003: Connection refused",
    ),
    (Reason::Network, "Stream ended without finish_reason"),
    (Reason::Overloaded, "503 Service Unavailable"),
    (
        Reason::Overloaded,
        "upstream: HTTP/1.1 503 Service Unavailable",
    ),
    (Reason::Server, "Request failed with status code 502"),
    (Reason::Server, "HTTP 500"),
    (
        Reason::Server,
        "<html><title>502 Bad Gateway</title></html>",
    ),
    (Reason::Server, "504 status code (no body)"),
    (Reason::Settings, "404 status code (no body)"),
    (Reason::Timeout, "The operation was aborted due to timeout"),
    (Reason::Refused, "Provider finish_reason: content_filter"),
    // The machine.
    (Reason::DiskFull, "ENOSPC: no space left on device, write"),
    (Reason::Busy, "SqliteError: database is locked"),
    (Reason::Busy, "SQLITE_BUSY: database is locked"),
    (
        Reason::SessionNotFound,
        "ENOENT: no such file or directory, open '/x/session.jsonl'",
    ),
    (Reason::Spawn, "Error: spawn pi ENOENT"),
    (Reason::Spawn, "bash: line 1: pi: command not found"),
    (Reason::InvalidSession, "Invalid session header"),
    (Reason::EmptySession, "Empty session: no entries"),
    (Reason::Schema, "Schema validation failed: summary"),
    (Reason::MissingSkill, "Missing required skills: rlm"),
    // Nothing that is known, though it holds what is looked for.
    (Reason::Unknown, ""),
    (Reason::Unknown, "Something went wrong"),
    (Reason::Unknown, "14290 tokens were read"),
    (Reason::Unknown, "SyntaxError on line 429 of file x.js"),
    (Reason::Unknown, "429 files were looked at"),
    (Reason::Unknown, "session 5003 of 500 was odd"),
    (Reason::Unknown, "v1.429.0 is broken"),
    (Reason::Unknown, "took 500 ms"),
    (Reason::Unknown, "exit code 429"),
    (Reason::Unknown, "at offset 0x500 of issue #503"),
    (Reason::Unknown, "$429 and 500% and 503.5"),
    (Reason::Unknown, "recapacitylated"),
    (
        Reason::Unknown,
        "Warning: Model \"nope\" not found for provider \"stub\". Using custom model id.",
    ),
];

#[test]
fn what_real_programs_say_is_understood() {
    let wrong: Vec<String> = SAID
        .iter()
        .filter(|(reason, message)| classify(message) != *reason)
        .map(|(reason, message)| format!("{message:?} is {:?}, not {reason:?}", classify(message)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn it_takes_no_longer_for_long_messages() {
    let begun = std::time::Instant::now();
    for text in ["429", "model ", "error ", "rate ", "4 2 9 "] {
        classify(&text.repeat(4 << 20));
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
}

/// Words that none of the patterns has, and numbers among them.
fn harmless() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "line", "of", "file", "read", "at", "took", "item", "the",
    ]);
    let number = (0_u32..100_000).prop_map(|number| number.to_string());
    let part = prop_oneof![word.prop_map(str::to_owned), number];
    ("(the|at|file)", prop::collection::vec(part, 0..12))
        .prop_map(|(first, rest)| format!("{first} {}", rest.join(" ")))
}

proptest! {
    #[test]
    fn numbers_alone_tell_nothing(text in harmless()) {
        prop_assert_eq!(classify(&text), Reason::Unknown, "{}", text);
    }

    #[test]
    fn a_status_at_the_beginning_tells(text in harmless(), code in 400_u16..600) {
        let expected = of_status(code, None).unwrap_or(Reason::Unknown);
        prop_assert_eq!(classify(&format!("{code} {text}")), expected);
        let http = format!("{text} http {code}");
        prop_assert_eq!(classify(&http), expected);
    }

    #[test]
    fn anything_can_be_looked_at(text in ".{0,400}") {
        classify(&text);
        let failure = super::super::Failure::told(&text);
        prop_assert!(failure.message.chars().count() <= 1000);
    }

    #[test]
    fn neither_case_nor_marks_matter(text in harmless()) {
        for said in ["rate_limit_error", "Rate limit", "RATE-LIMIT"] {
            prop_assert_eq!(classify(&format!("{text}: {said}")), Reason::RateLimit);
        }
    }
}
