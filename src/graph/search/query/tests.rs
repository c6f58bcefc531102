#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn parse(text: &str) -> Query {
    Query::parse(text, now(), &TimeZone::UTC).unwrap()
}

#[test]
fn words_phrases_and_beginnings() {
    let query = parse(r#"race "in the queue" lock* "two wri"* *** - "un closed"#);
    assert_eq!(
        query.expression().unwrap(),
        r#""race" "in the queue" "lock"* "two wri"* "un closed""#
    );
    assert_eq!(parse("  ").expression(), None);
    assert_eq!(parse("\"\" - :").expression(), None);
}

#[test]
fn the_index_language_is_only_words() {
    let query = parse(r"a AND (b OR NOT c) NEAR(d, 2) ^e {summary}:f");
    let expression = query.expression().unwrap();
    assert_eq!(
        expression,
        r#""a" "AND" "(b" "OR" "NOT" "c)" "NEAR(d," "2)" "^e" "{summary}:f""#
    );
    assert_eq!(quoted("a\0\"b"), "\"a \"\"b\"");
}

#[test]
fn filters_are_taken_out_of_the_words() {
    let query = parse(
        r#"race project:"/home/u/my shop/" Type:CODING model:Acme/M-1 tool:bash outcome:failed agent:claude foo:bar "type:qa" type:qa"#,
    );
    assert_eq!(query.expression().unwrap(), r#""race" "foo:bar" "type:qa""#);
    let filters = &query.filters;
    assert_eq!(filters.projects, ["/home/u/my shop"]);
    assert_eq!(filters.kinds, [NodeKind::Coding, NodeKind::Qa]);
    assert_eq!(filters.models, ["acme/m-1"]);
    assert_eq!(filters.outcomes, [Outcome::Failed]);
    assert_eq!(filters.agents, [Agent::ClaudeCode]);
    assert_eq!(filters.only_for_nodes(), Some("type"));
}

#[test]
fn times_are_days_moments_and_spans() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let at = |text: &str| {
        let query = Query::parse(text, now(), &zone).unwrap();
        let shown = |it: Option<Timestamp>| it.map(|it| it.to_string());
        (shown(query.filters.since), shown(query.filters.until))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        at("since:2026-11-01 until:2026-11-02"),
        (some("2026-10-31T23:00:00Z"), some("2026-11-02T23:00:00Z"))
    );
    assert_eq!(at("since:7d").0, some("2026-11-14T12:00:00Z"));
    assert_eq!(at("since:yesterday").0, some("2026-11-19T23:00:00Z"));
    assert_eq!(
        at("since:\"2026-11-01 08:30\"").0,
        some("2026-11-01T07:30:00Z")
    );
    assert_eq!(
        at("until:2026-11-01T08:30:00Z").1,
        some("2026-11-01T08:30:00Z")
    );
    // The narrower of two holds.
    assert_eq!(at("since:7d since:1h").0, some("2026-11-21T11:00:00Z"));
}

#[test]
fn wrong_values_are_explained() {
    let error = |text: &str| {
        Query::parse(text, now(), &TimeZone::UTC)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("outcome:great"),
        "`outcome:great` is not understood: one of success, partial, failed, abandoned is needed"
    );
    assert_eq!(
        error("since:soon"),
        "`since:soon` is not understood: a day, a time or a span such as 7d, 12h or 2w is needed"
    );
    assert!(error("project:").contains("a value"));
    for wrong in [
        "since:99999999999999d",
        "since:-1d",
        "since:9999-99-99",
        "since:é",
    ] {
        assert!(
            Query::parse(wrong, now(), &TimeZone::UTC).is_err(),
            "{wrong}"
        );
    }
}

proptest! {
    #[test]
    fn anything_can_be_typed(text in any::<String>()) {
        let _ = Query::parse(&text, now(), &TimeZone::UTC);
    }
}
