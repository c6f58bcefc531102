//! Documents in every form: the first byte chooses whose report the others are, or that they are a document's own values.
#![no_main]

mod decode;

use std::io;

use decode::Bytes;
use git_tend::findings::{
    Case, CaseOutcome, Finding, Status, Tests, ToolReport, Unchecked, Verdict,
};
use git_tend::report::findings::{
    Base, Document, Entry, Excerpt, Stale, State, Suppressed, TaskReport, github, json, junit,
    markdown, sarif, text,
};
use git_tend::tools::readers::{bandit, ruff, tend};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use quick_xml::events::Event;
use serde_json::Value;

/// The longest page.
const LIMIT: usize = 20_000;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let mut rest = Bytes(bytes);
    let findings = match first {
        b'b' => bandit::read(&mut &*bytes).ok().map(|it| it.findings),
        b'r' => ruff::read(&mut &*bytes).ok().map(|it| it.findings),
        b't' => tend::read(&mut &*bytes).ok().map(|it| it.findings),
        _ => Some(rest.findings(40)),
    };
    let Some(findings) = findings else {
        return;
    };
    let document = document(findings, &mut rest);
    let excerpt = Excerpt {
        first_line: rest.number().unwrap_or(1),
        text: rest.text(),
    };
    check(&document, &excerpt);
});

fn document(findings: Vec<Finding>, bytes: &mut Bytes<'_>) -> Document {
    let mut entries: Vec<Entry> = findings
        .into_iter()
        .map(|finding| entry(finding, bytes))
        .collect();
    let fixed = entries.split_off(entries.len() - entries.len() / 4);
    let tools = (0..bytes.byte() % 4).map(|_| tool(bytes)).collect();
    let task = TaskReport {
        task: bytes.text(),
        commit: bytes.maybe(Bytes::text),
        dirty: bytes.byte() % 2 == 1,
        at: Timestamp::UNIX_EPOCH,
        status: bytes.one_of(&[Status::Success, Status::Warning, Status::Error]),
        verdict: verdict(bytes),
        summary: bytes.text(),
        duration: seconds(bytes),
        tools,
    };
    Document {
        repository: bytes.text(),
        commit: bytes.maybe(Bytes::text),
        base: bytes.maybe(|bytes| Base {
            label: bytes.text(),
            commit: bytes.maybe(Bytes::text),
        }),
        generated_at: Timestamp::UNIX_EPOCH,
        tasks: vec![task],
        entries,
        fixed,
        stale: (0..bytes.byte() % 3)
            .map(|_| Stale {
                what: bytes.text(),
                place: bytes.maybe(Bytes::text),
                why: bytes.text(),
            })
            .collect(),
    }
}

fn entry(finding: Finding, bytes: &mut Bytes<'_>) -> Entry {
    Entry {
        task: bytes.text(),
        state: bytes.one_of(&[State::New, State::Unchanged, State::Unknown]),
        suppressed: (bytes.byte() % 4 == 1).then(|| Suppressed {
            reason: bytes.text(),
            by: bytes.text(),
        }),
        finding,
    }
}

fn verdict(bytes: &mut Bytes<'_>) -> Verdict {
    bytes.one_of(&[
        Verdict::Clean,
        Verdict::NotChecked,
        Verdict::Findings,
        Verdict::ToolError,
    ])
}

fn seconds(bytes: &mut Bytes<'_>) -> f64 {
    bytes.one_of(&[
        0.0,
        0.25,
        12.5,
        1e12,
        f64::MAX,
        f64::NAN,
        f64::INFINITY,
        -1.0,
    ])
}

fn tool(bytes: &mut Bytes<'_>) -> ToolReport {
    ToolReport {
        tool: bytes.text(),
        version: bytes.maybe(Bytes::text),
        folder: bytes.text(),
        verdict: verdict(bytes),
        reason: bytes.maybe(Bytes::text),
        install: bytes.maybe(Bytes::text),
        checked: bytes.maybe(|bytes| bytes.byte().into()),
        unchecked: (0..bytes.byte() % 3)
            .map(|_| Unchecked {
                what: bytes.text(),
                reason: bytes.text(),
            })
            .collect(),
        findings: bytes.byte().into(),
        tests: bytes.maybe(tests),
        exit_code: bytes.maybe(|bytes| i32::from(bytes.byte()) - 128),
        seconds: seconds(bytes),
    }
}

fn tests(bytes: &mut Bytes<'_>) -> Tests {
    use CaseOutcome::{Error, Failed, Flaky, Passed, Skipped};
    let mut tests = Tests::default();
    for _ in 0..bytes.byte() % 6 {
        tests.count(Case {
            name: bytes.text(),
            outcome: bytes.one_of(&[Passed, Failed, Error, Skipped, Flaky]),
            seconds: bytes.maybe(seconds),
        });
    }
    tests
}

fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn check(document: &Document, excerpt: &Excerpt) {
    let source = |_: &Finding| Some(excerpt.clone());
    for (form, shown, width) in [
        (text::Form::Full, text::Shown::All, 80),
        (text::Form::Full, text::Shown::Open, 0),
        (text::Form::Compact, text::Shown::New, 120),
    ] {
        let show = |colour| {
            let options = text::Options {
                colour,
                width,
                form,
                shown,
                source: &source,
            };
            written(|out| text::write(out, document, &options))
        };
        let plain = show(false);
        assert_inert(&plain);
        assert_eq!(without_colours(&show(true)), plain);
    }

    let page = written(|out| markdown::write(out, document, LIMIT));
    assert_inert(&page);
    assert!(page.len() <= LIMIT);
    assert!(!page.contains("<script"));

    let parsed = parse(&written(|out| json::write(out, document)));
    let findings = parsed["findings"].as_array().map_or(0, Vec::len);
    assert_eq!(findings, document.entries.len());
    assert_eq!(parsed["counts"]["open"], document.counts().open);

    for audience in [sarif::Audience::Any, sarif::Audience::CodeScanning] {
        let options = sarif::Options {
            audience,
            source: &source,
            line_hash: &|finding| Some(format!("{}:1", finding.id)),
        };
        let parsed = parse(&written(|out| sarif::write(out, document, &options)));
        assert_eq!(parsed["version"], "2.1.0");
        assert!(parsed["runs"].is_array());
    }

    for fail_on in [junit::FailOn::All, junit::FailOn::New] {
        check_xml(&written(|out| junit::write(out, document, fail_on)));
    }
    let options = github::Options { unchanged: true };
    let commands = written(|out| github::write(out, document, options));
    assert_inert(&commands);
    assert!(commands.lines().all(|line| line.starts_with("::")));
}

/// Nothing that steers a terminal.
fn assert_inert(form: &str) {
    let steers = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!form.contains(steers), "{form:?}");
}

fn parse(form: &str) -> Value {
    assert_inert(form);
    serde_json::from_str(form).expect("JSON")
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').expect("a colour").1);
    }
    plain
}

fn check_xml(xml: &str) {
    assert_inert(&xml.replace('\t', " "));
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut cases, mut claimed, mut depth) = (0_u64, None, 0);
    loop {
        let event = reader.read_event().expect("XML");
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .expect("a value");
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
