#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::graph::edge::Author;
use crate::graph::node::samples::node;

fn sample(summary: &str) -> (Vec<Node>, Vec<Edge>) {
    let nodes = vec![node("s", 1, summary), node("s", 2, "The second of two")];
    let mut edge = Edge::new(
        nodes[0].id,
        nodes[1].id,
        EdgeKind::Resume,
        Author::Boundary,
        Timestamp::UNIX_EPOCH,
    );
    edge.metadata.reason = Some(summary.to_owned());
    (nodes, vec![edge])
}

fn write(sink: &mut impl Sink, nodes: &[Node], edges: &[Edge]) {
    sink.begin().unwrap();
    for node in nodes {
        sink.node(node).unwrap();
    }
    for edge in edges {
        sink.edge(edge).unwrap();
    }
    sink.end().unwrap();
}

fn json(nodes: &[Node], edges: &[Edge]) -> String {
    let mut out = Vec::new();
    write(&mut Json::new(&mut out), nodes, edges);
    String::from_utf8(out).unwrap()
}

fn dot(nodes: &[Node], edges: &[Edge]) -> String {
    let mut out = Vec::new();
    write(&mut Dot::new(&mut out), nodes, edges);
    String::from_utf8(out).unwrap()
}

#[test]
fn json_is_whole_whatever_is_in_it() {
    let (nodes, edges) = sample("Fixed \"it\"\n</script>");
    for (nodes, edges) in [(&nodes[..], &edges[..]), (&nodes, &[]), (&[], &[])] {
        let document: Value = serde_json::from_str(&json(nodes, edges)).unwrap();
        assert_eq!(document["schema"], 1);
        assert_eq!(document["nodes"].as_array().unwrap().len(), nodes.len());
        assert_eq!(document["edges"].as_array().unwrap().len(), edges.len());
    }
    let document: Value = serde_json::from_str(&json(&nodes, &edges)).unwrap();
    let read: Node = serde_json::from_value(document["nodes"][0].clone()).unwrap();
    assert_eq!(read, nodes[0]);
    assert_eq!(document["edges"][0]["id"], edges[0].id());
    let read: Edge = serde_json::from_value(document["edges"][0].clone()).unwrap();
    // An id is no particular of an edge, but nothing is lost by reading it.
    assert_eq!(read.source_node_id, edges[0].source_node_id);
}

#[test]
fn labels_are_shown_as_they_are() {
    assert_eq!(
        escaped("a \"b\" \\N c:\\new\n<d> &lt; \u{1}\\"),
        "a \\\"b\\\" \\\\N c:\\\\new\\n<d> &amp;lt;  \\\\"
    );
}

/// A graph of Graphviz' language, as far as it is written here: statements with quoted names and attributes.
fn is_grammatical(text: &str) -> bool {
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            break;
        };
        let length = match first {
            '"' => {
                let mut escaped = false;
                let end = rest.char_indices().skip(1).find(|(_, c)| {
                    let ends = *c == '"' && !escaped;
                    escaped = *c == '\\' && !escaped;
                    ends
                });
                let Some((end, _)) = end else {
                    return false;
                };
                tokens.push('s');
                end + 1
            }
            '-' if rest.starts_with("->") => {
                tokens.push('>');
                2
            }
            '{' | '}' | '[' | ']' | '=' | ',' | ';' => {
                tokens.push(first);
                1
            }
            c if c.is_ascii_alphabetic() => {
                tokens.push('s');
                rest.find(|c: char| !c.is_ascii_alphanumeric())
                    .unwrap_or(rest.len())
            }
            c if c.is_ascii_digit() => {
                tokens.push('s');
                rest.find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len())
            }
            _ => return false,
        };
        rest = &rest[length..];
    }
    let tokens: String = tokens.into_iter().collect();
    let statement = r"s(>s)?(\[s=s(,s=s)*\])?;|s=s;";
    regex_lite(&format!("ss{{({statement})*}}"), &tokens)
}

/// Whether the whole text is what the pattern says.
fn regex_lite(pattern: &str, text: &str) -> bool {
    let pattern = pattern.replace("ss{", r"ss\{").replace(")*}", r")*\}");
    regex::Regex::new(&format!("^(?:{pattern})$"))
        .unwrap()
        .is_match(text)
}

#[test]
fn the_picture_is_grammatical_and_the_checker_notices() {
    let (nodes, edges) = sample("Fixed \"it\" with \\ at the end \\");
    let text = dot(&nodes, &edges);
    assert!(is_grammatical(&text), "{text}");
    assert!(!is_grammatical(&text.replace("\\\"", "\"")));
    assert!(!is_grammatical(&text.replace("];", "]")));
}

proptest! {
    #[test]
    fn any_words_make_documents(summary in any::<String>()) {
        let (nodes, edges) = sample(&summary);
        prop_assert!(is_grammatical(&dot(&nodes, &edges)));
        let document: Value = serde_json::from_str(&json(&nodes, &edges)).unwrap();
        prop_assert_eq!(document["nodes"][0]["content"]["summary"].as_str(), Some(summary.as_str()));
    }
}

/// With Graphviz at hand it is asked itself; where the real tools are required it must be.
#[test]
fn graphviz_reads_the_picture() {
    use std::process::{Command, Stdio};
    let (nodes, edges) = sample("Fixed \"it\" \\N <b> &amp; é\n\\");
    let started = Command::new("dot")
        .arg("-Tplain")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut dot_program = match started {
        Ok(child) => child,
        Err(error) => {
            let required =
                crate::system::env::raw("TEND_TEST_REAL").is_some_and(|value| value == "1");
            assert!(
                !required,
                "Graphviz is required and cannot be started: {error}"
            );
            assert!(is_grammatical(&dot(&nodes, &edges)));
            return;
        }
    };
    let mut input = dot_program.stdin.take().unwrap();
    input.write_all(dot(&nodes, &edges).as_bytes()).unwrap();
    drop(input);
    let output = dot_program.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let plain = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        plain.lines().filter(|it| it.starts_with("node ")).count(),
        2
    );
    assert_eq!(
        plain.lines().filter(|it| it.starts_with("edge ")).count(),
        1
    );
}
