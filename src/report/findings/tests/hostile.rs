//! Values that are made to break out of a form come out as text in each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use quick_xml::events::Event;
use regex::Regex;
use serde_json::Value;

use super::api::{
    Base, Dependency, Document, Entry, Excerpt, Finding, Place, Severity, Stale, State, Subject,
    Suppressed, ToolReport, Unchecked, Verdict,
};
use super::{Forms, LIMIT, sample, sarif_schema};
use crate::system::plain::steers;

static SCHEMA: LazyLock<Validator> = LazyLock::new(sarif_schema);

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\u{1b}[31m",
        "\u{1b}]8;;http://x\u{7}",
        "\u{9b}2J",
        "\u{202e}",
        "\u{2066}",
        "\u{0}",
        "\u{7f}",
        "\u{fffe}",
        "\u{feff}",
        "\u{e0041}",
        "\r",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        " ",
        "  ",
        "<script>alert(1)</script>",
        "]]>",
        "<![CDATA[",
        "-->",
        "&amp;",
        "&",
        "\"",
        "'",
        "|",
        "\\|",
        "\\",
        "`",
        "```",
        "@me",
        "#1",
        "GH-1",
        "https://e.org/",
        "www.e.org",
        "[x](javascript:y)",
        "![x](http://e.org)",
        "</details>",
        "</pre>",
        "*b*",
        "_i_",
        "$x$",
        ":tada:",
        "%0A",
        "%",
        "::error::",
        "##[error]",
        "{0}",
        "{{",
        ",",
        ":",
        "/",
        "..",
        "日本語",
        "é",
        "e\u{301}",
        "👩\u{200d}💻",
        "1. ",
        "- ",
        "# ",
        "a",
        "word",
        "::",
    ]);
    let piece = prop_oneof![6 => pieces.prop_map(str::to_owned), 1 => ".", 1 => "[a-z ]{0,200}", 1 => Just("x".repeat(3_000))];
    prop::collection::vec(piece, 0..8).prop_map(|parts| parts.concat())
}

fn number() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![Just(None), (0_u32..12).prop_map(Some), Just(Some(u32::MAX))]
}

prop_compose! {
    fn place()(path in text(), line in number(), column in number(), end_line in number(), end_column in number()) -> Place {
        Place { path, line, column, end_line, end_column }
    }
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        Just(Subject::Code),
        text().prop_map(|name| Subject::Function { name }),
        text().prop_map(|name| Subject::Test { name }),
        text().prop_map(|digest| Subject::Secret { digest }),
        (text(), text()).prop_map(|(package, advisory)| Subject::Dependency(Dependency {
            package,
            advisory,
            ..Dependency::default()
        })),
    ]
}

prop_compose! {
    fn finding()(
        tool in prop_oneof![Just("bandit".to_owned()), text()],
        words in prop::array::uniform4(text()),
        severity in prop::sample::select(Severity::ALL.to_vec()),
        subject in subject(),
        place in prop::option::of(place()),
        url in prop::option::of(text()),
        fix in prop::option::of(text()),
        cwe in prop::collection::vec(0_u32..100, 0..2),
    ) -> Finding {
        let [rule, message, id, _] = words;
        let mut finding = Finding::new(&tool, &rule, severity, message);
        finding.id = id;
        finding.subject = subject;
        finding.place = place;
        finding.url = url.map(|url| format!("https://e.org/{url}"));
        finding.fix = fix;
        finding.cwe = cwe;
        finding
    }
}

prop_compose! {
    fn entry()(
        task in text(),
        finding in finding(),
        state in prop::sample::select(vec![State::New, State::Unchanged, State::Unknown]),
        suppressed in prop::option::weighted(0.2, (text(), text())),
    ) -> Entry {
        let suppressed = suppressed.map(|(reason, by)| Suppressed { reason, by });
        Entry { task, state, suppressed, finding }
    }
}

prop_compose! {
    fn tool()(
        words in prop::array::uniform4(text()),
        install in prop::option::of(text()),
        verdict in prop::sample::select(vec![Verdict::Clean, Verdict::NotChecked, Verdict::Findings, Verdict::ToolError]),
        unchecked in prop::collection::vec((text(), text()), 0..3),
        seconds in prop::sample::select(vec![0.0, 12.5, 1e12, f64::NAN, -1.0]),
        tests in prop::option::of(Just(sample::document().tasks[3].tools[0].tests.clone().unwrap())),
    ) -> ToolReport {
        let [tool, version, folder, reason] = words;
        let unchecked = unchecked.into_iter().map(|(what, reason)| Unchecked { what, reason }).collect();
        ToolReport {
            tool, version: Some(version), folder, verdict, reason: Some(reason), install, checked: Some(1), unchecked,
            findings: 1, tests, exit_code: Some(-1), seconds,
        }
    }
}

prop_compose! {
    fn document()(
        words in prop::array::uniform4(text()),
        entries in prop::collection::vec(entry(), 0..6),
        fixed in prop::collection::vec(entry(), 0..2),
        tools in prop::collection::vec(tool(), 0..4),
        base in prop::option::of(text()),
    ) -> Document {
        let mut document = sample::document();
        let [repository, commit, what, why] = words;
        document.repository = repository;
        document.commit = Some(commit.clone());
        document.base = base.map(|label| Base { label, commit: Some(commit.clone()) });
        document.tasks.truncate(1);
        document.tasks[0].commit = Some(why.clone());
        document.tasks[0].task.clone_from(&what);
        document.tasks[0].summary.clone_from(&why);
        document.tasks[0].tools = tools;
        document.stale = vec![Stale { place: Some(what.clone()), what, why }];
        document.entries = entries;
        document.fixed = fixed;
        document
    }
}

/// No character that steers but line ends (and blanks in XML's text).
fn assert_inert(form: &str, name: &str) {
    let bad = form
        .chars()
        .find(|c| *c != '\n' && steers(*c) && !(name == "junit" && *c == '\t'));
    assert_eq!(bad, None, "{name}: {form}");
}

fn check_junit(xml: &str) {
    assert_inert(xml, "junit");
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut cases, mut claimed, mut depth) = (0_u64, None, 0);
    loop {
        let event = reader.read_event().expect("XML");
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    let attribute = attribute.expect("attribute");
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .expect("value");
                    if element.name().as_ref() == "testsuites" && attribute.key.as_ref() == "tests"
                    {
                        claimed = value.parse().ok();
                    }
                }
                cases += u64::from(element.name().as_ref() == "testcase");
                depth += i32::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {
                panic!("{event:?}")
            }
            _ => {}
        }
    }
    assert_eq!((depth, Some(cases)), (0, claimed));
}

fn check_markdown(text: &str) {
    static ALLOWED: LazyLock<Regex> = LazyLock::new(|| {
        let tags = "</?(?:details|summary|pre|code)>|<https?://[!-;=?-~]*>";
        Regex::new(&format!("{tags}|^<!-- git-tend:findings -->")).unwrap()
    });
    assert_inert(text, "markdown");
    assert!(text.len() <= LIMIT);
    let rest = ALLOWED.replace_all(text, "");
    // `>` alone is no markup but at the beginning of a line.
    assert!(!rest.contains('<'), "{rest}");
    for tag in ["details", "summary", "pre", "code"] {
        assert_eq!(
            text.matches(&format!("<{tag}>")).count(),
            text.matches(&format!("</{tag}>")).count()
        );
    }
    let mut in_pre = false;
    for line in text.lines() {
        in_pre |= line.starts_with("<pre>");
        if line.starts_with('|') && !in_pre {
            let cells = line.matches('|').count() - line.matches("\\|").count();
            assert!(cells == 5 || cells == 6, "{line}");
        }
        in_pre &= !line.ends_with("</pre>");
    }
}

fn check_github(text: &str) {
    assert_inert(text, "github");
    for level in ["error", "warning", "notice"] {
        let start = format!("::{level} ");
        assert!(text.lines().filter(|line| line.starts_with(&start)).count() <= 10);
    }
    for line in text.lines() {
        let command = line.strip_prefix("::").expect("a command");
        let (properties, _) = command.split_once("::").expect("a message");
        let (level, properties) = properties.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&level));
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').expect("a value");
            assert!(
                ["title", "file", "line", "endLine", "col", "endColumn"].contains(&name),
                "{line}"
            );
            assert!(!value.contains(':'));
        }
    }
}

/// What a terminal is told besides text: the renderers' own colours, nothing else.
fn without_colours(text: &str) -> String {
    static COLOUR: LazyLock<Regex> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").unwrap());
    COLOUR.replace_all(text, "").into_owned()
}

fn check(document: &Document, excerpt: &Excerpt) {
    let forms = Forms::of(document, &|_| Some(excerpt.clone()));
    assert_inert(&forms.plain, "text");
    assert_inert(&forms.compact, "compact");
    assert_inert(&without_colours(&forms.colour), "colour");
    assert_inert(&forms.json, "json");
    let json: Value = serde_json::from_str(&forms.json).expect("JSON");
    let mut messages: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["message"].as_str().unwrap())
        .collect();
    let mut expected: Vec<&str> = document
        .entries
        .iter()
        .map(|it| it.finding.message.as_str())
        .collect();
    messages.sort_unstable();
    expected.sort_unstable();
    assert_eq!(messages, expected);
    for sarif in [&forms.sarif, &forms.code_scanning] {
        assert_inert(sarif, "sarif");
        let value: Value = serde_json::from_str(sarif).expect("JSON");
        let error = SCHEMA.iter_errors(&value).next();
        assert!(error.is_none(), "{error:?}");
    }
    check_junit(&forms.junit);
    check_junit(&forms.junit_new);
    check_markdown(&forms.markdown);
    check_github(&forms.github);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_value_breaks_out_of_a_form(document in document(), first_line in 0_u32..4, text in text()) {
        check(&document, &Excerpt { first_line, text });
    }
}
