//! The part of YAML in which pnpm and yarn write their lock files.
//!
//! Both files are written by machines that use little of YAML: block mappings and sequences told by their indentation,
//! one-line flow collections, quoted and plain scalars, block scalars, and `? key` for long keys. There are no anchors,
//! tags or scalars over several lines. A reader of lines for that part is a page long, needs no crate, and takes time
//! and memory in proportion to the file: there is no recursion, and nodes stand in one vector.

use std::borrow::Cow;

/// Flow collections nest at most so deep; what is deeper is left out.
const DEEPEST: usize = 16;

#[derive(Debug)]
enum Node<'t> {
    /// A scalar; empty where nothing is written.
    Text(Cow<'t, str>),
    Map(Vec<(Cow<'t, str>, usize)>),
    List(Vec<usize>),
}

/// One document; its first node is the whole.
#[derive(Debug)]
pub(super) struct Document<'t> {
    nodes: Vec<Node<'t>>,
    /// Lines that belong to none of the forms above.
    pub(super) strange: Vec<usize>,
}

/// A node of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'d> {
    document: &'d Document<'d>,
    at: usize,
}

impl<'d> Value<'d> {
    /// What stands under a key.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let (_, at) = self.pairs().iter().find(|(found, _)| found == key)?;
        Some(Self { at: *at, ..self })
    }

    /// The scalar.
    pub(super) fn text(self) -> Option<&'d str> {
        match self.document.nodes.get(self.at)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The scalar under a key.
    pub(super) fn text_at(self, key: &str) -> Option<&'d str> {
        self.get(key)?.text()
    }

    /// Keys and values of a mapping.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d str, Self)> {
        let pairs = self.pairs().iter();
        pairs.map(move |(key, at)| (key.as_ref(), Self { at: *at, ..self }))
    }

    /// The items of a sequence.
    #[cfg(test)]
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let items = match self.document.nodes.get(self.at) {
            Some(Node::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |at| Self { at: *at, ..self })
    }

    fn pairs(self) -> &'d [(Cow<'d, str>, usize)] {
        match self.document.nodes.get(self.at) {
            Some(Node::Map(pairs)) => pairs,
            _ => &[],
        }
    }
}

/// A mapping or sequence whose lines are being read.
#[derive(Debug)]
struct Open {
    /// The node.
    at: usize,
    /// The indentation of its lines; none before the first.
    indent: Option<usize>,
    /// The indentation of the line that opened it.
    under: Option<usize>,
}

impl<'t> Document<'t> {
    /// Reads the documents of a text.
    pub(super) fn all(text: &'t str) -> Vec<Self> {
        let mut reader = Reader::default();
        let mut documents = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line == "---" {
                documents.extend(std::mem::take(&mut reader).finish());
            } else {
                reader.line(number + 1, line);
            }
        }
        documents.extend(reader.finish());
        documents
    }

    /// The whole.
    pub(super) fn root(&'t self) -> Value<'t> {
        Value {
            document: self,
            at: 0,
        }
    }
}

#[derive(Debug, Default)]
struct Reader<'t> {
    nodes: Vec<Node<'t>>,
    open: Vec<Open>,
    /// A block scalar: its node, the indentation of its key, and whether lines are folded into one.
    scalar: Option<(usize, usize, bool)>,
    /// The key after `?`.
    key: Option<Cow<'t, str>>,
    strange: Vec<usize>,
}

impl<'t> Reader<'t> {
    fn finish(self) -> Option<Document<'t>> {
        (!self.nodes.is_empty()).then_some(Document {
            nodes: self.nodes,
            strange: self.strange,
        })
    }

    fn add(&mut self, node: Node<'t>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn line(&mut self, number: usize, line: &'t str) {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if let Some((at, under, folded)) = self.scalar {
            if content.is_empty() || indent > under {
                if let Some(Node::Text(text)) = self.nodes.get_mut(at) {
                    let text = text.to_mut();
                    if !text.is_empty() {
                        text.push(if folded { ' ' } else { '\n' });
                    }
                    text.push_str(content);
                }
                return;
            }
            self.scalar = None;
        }
        if content.is_empty() || content.starts_with('#') {
            return;
        }
        let item = content == "-" || content.starts_with("- ");
        while let Some(top) = self.open.last() {
            let inside = match (top.indent, top.under) {
                // A sequence may stand right below its key: what follows there is the key's neighbour.
                (Some(own), Some(under)) if own == under => own < indent || item && own == indent,
                (Some(own), _) => own <= indent,
                (None, Some(under)) => indent > under || item && indent == under,
                (None, None) => true,
            };
            if inside {
                break;
            }
            self.open.pop();
        }
        if self.nodes.is_empty() {
            let at = self.add(Node::Text(Cow::Borrowed("")));
            self.open.push(Open {
                at,
                indent: None,
                under: None,
            });
        }
        let Some(top) = self.open.last_mut() else {
            self.strange.push(number);
            return;
        };
        if *top.indent.get_or_insert(indent) != indent {
            self.strange.push(number);
            return;
        }
        let at = top.at;
        if !self.entry(at, indent, content) {
            self.strange.push(number);
        }
    }

    /// One line of a mapping or sequence; whether it was understood.
    fn entry(&mut self, at: usize, indent: usize, content: &'t str) -> bool {
        if let Some(rest) = content.strip_prefix('-')
            && (rest.is_empty() || rest.starts_with(' '))
        {
            let value = self.value(rest.trim_start(), indent);
            return match self.nodes.get_mut(at) {
                Some(Node::List(items)) => {
                    items.push(value);
                    true
                }
                Some(node @ Node::Text(_)) => {
                    *node = Node::List(vec![value]);
                    true
                }
                _ => false,
            };
        }
        if let Some(key) = content.strip_prefix("? ") {
            self.key = Some(scalar(key.trim()));
            return true;
        }
        if let Some(rest) = content.strip_prefix(':')
            && (rest.is_empty() || rest.starts_with(' '))
            && let Some(key) = self.key.take()
        {
            let rest = rest.trim_start();
            // What follows on the same line is a mapping's first entry: its others are indented by two.
            if split(rest).is_some() && !rest.starts_with(['{', '[']) {
                let value = self.value("", indent);
                if let Some(open) = self.open.last_mut() {
                    open.indent = Some(indent + 2);
                }
                return self.pair(at, key, value) && self.entry(value, indent + 2, rest);
            }
            let value = self.value(rest, indent);
            return self.pair(at, key, value);
        }
        let Some((key, rest)) = split(content) else {
            return false;
        };
        let value = self.value(rest, indent);
        self.pair(at, key, value)
    }

    fn pair(&mut self, at: usize, key: Cow<'t, str>, value: usize) -> bool {
        match self.nodes.get_mut(at) {
            Some(Node::Map(pairs)) => pairs.push((key, value)),
            Some(node @ Node::Text(_)) => *node = Node::Map(vec![(key, value)]),
            _ => return false,
        }
        true
    }

    /// What stands after a key or a dash.
    fn value(&mut self, text: &'t str, under: usize) -> usize {
        if text.is_empty() {
            let at = self.add(Node::Text(Cow::Borrowed("")));
            self.open.push(Open {
                at,
                indent: None,
                under: Some(under),
            });
            return at;
        }
        if text.starts_with(['|', '>']) && text.len() <= 3 {
            let at = self.add(Node::Text(Cow::Borrowed("")));
            self.scalar = Some((at, under, text.starts_with('>')));
            return at;
        }
        if text.starts_with(['{', '[']) {
            return self.flow(text);
        }
        self.add(Node::Text(scalar(text)))
    }

    /// A flow collection of one line.
    fn flow(&mut self, text: &'t str) -> usize {
        let first = self.nodes.len();
        let mut stack: Vec<usize> = Vec::new();
        let mut key: Option<Cow<'t, str>> = None;
        let mut keys: Vec<Option<Cow<'t, str>>> = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.chars().next() {
            match start {
                '{' | '[' if stack.len() < DEEPEST => {
                    let at = self.add(if start == '{' {
                        Node::Map(Vec::new())
                    } else {
                        Node::List(Vec::new())
                    });
                    if let Some(outer) = stack.last() {
                        self.put(*outer, key.take(), at);
                    }
                    keys.push(key.take());
                    stack.push(at);
                    rest = rest.get(1..).unwrap_or_default();
                }
                '}' | ']' => {
                    stack.pop();
                    key = keys.pop().flatten();
                    rest = rest.get(1..).unwrap_or_default();
                    if stack.is_empty() {
                        break;
                    }
                }
                ',' | ' ' | '{' | '[' => rest = rest.get(1..).unwrap_or_default(),
                _ => {
                    let (word, after) = flow_word(rest);
                    rest = after;
                    let in_map = stack
                        .last()
                        .is_some_and(|at| matches!(self.nodes.get(*at), Some(Node::Map(_))));
                    if in_map && key.is_none() {
                        rest = rest.trim_start().strip_prefix(':').unwrap_or(rest);
                        key = Some(scalar(word));
                    } else if let Some(outer) = stack.last().copied() {
                        let at = self.add(Node::Text(scalar(word)));
                        self.put(outer, key.take(), at);
                    }
                }
            }
        }
        first
    }

    fn put(&mut self, outer: usize, key: Option<Cow<'t, str>>, at: usize) {
        match self.nodes.get_mut(outer) {
            Some(Node::Map(pairs)) => pairs.push((key.unwrap_or_default(), at)),
            Some(Node::List(items)) => items.push(at),
            _ => {}
        }
    }
}

/// The first scalar of a flow collection's inside, and what follows it.
fn flow_word(text: &str) -> (&str, &str) {
    if let Some(end) = quoted_end(text) {
        return text.split_at(end);
    }
    let bytes = text.as_bytes();
    // A colon ends a plain scalar only before a space: addresses have others.
    let end = bytes.iter().enumerate().position(|(at, byte)| match byte {
        b',' | b'}' | b']' => true,
        b':' => matches!(bytes.get(at + 1), None | Some(b' ')),
        _ => false,
    });
    // A scalar is never empty, or the reader would stand still.
    text.split_at(
        end.unwrap_or(text.len())
            .max(text.chars().next().map_or(0, char::len_utf8)),
    )
}

/// `key: value` or `key:`, with the key's quotes taken off.
fn split(content: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = match quoted_end(content) {
        Some(end) => end,
        None => content
            .find(": ")
            .or_else(|| content.ends_with(':').then(|| content.len() - 1))?,
    };
    let (key, rest) = content.split_at_checked(end)?;
    let rest = rest.strip_prefix(':')?;
    let spaced = rest.is_empty() || rest.starts_with(' ');
    spaced.then(|| (scalar(key), rest.trim()))
}

/// Where a quoted scalar at the start ends.
fn quoted_end(text: &str) -> Option<usize> {
    let quote = text.bytes().next().filter(|b| matches!(b, b'"' | b'\''))?;
    let mut bytes = text.bytes().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\\' && quote == b'"' {
            bytes.next();
        } else if byte == quote {
            if quote == b'\'' && bytes.peek().is_some_and(|(_, next)| *next == quote) {
                bytes.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// A scalar without its quotes and without a comment after it.
fn scalar(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if let Some(inside) = quoted_end(text).and_then(|end| text.get(1..end - 1)) {
        if text.starts_with('\'') {
            return if inside.contains("''") {
                Cow::Owned(inside.replace("''", "'"))
            } else {
                Cow::Borrowed(inside)
            };
        }
        if !inside.contains('\\') {
            return Cow::Borrowed(inside);
        }
        // The escapes that the writers use are those of JSON.
        return serde_json::from_str(&format!("\"{inside}\""))
            .map_or(Cow::Borrowed(inside), Cow::Owned);
    }
    match text.find(" #") {
        Some(end) => Cow::Borrowed(text.get(..end).unwrap_or(text).trim_end()),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    fn as_json(value: Value<'_>) -> Json {
        if let Some(text) = value.text() {
            return Json::from(text);
        }
        if value.items().next().is_some() {
            return value.items().map(as_json).collect();
        }
        let pairs = value.entries();
        pairs
            .map(|(key, value)| (key.to_owned(), as_json(value)))
            .collect()
    }

    #[test]
    fn every_form_that_the_writers_use() {
        let text = r#"
# comment
lockfileVersion: '9.0'
settings:
  autoInstallPeers: true

packages:

  '@a/b@1.0.0(c@1(d@2))':
    resolution: {integrity: sha512-x==, tarball: https://h/x.tgz}
    engines: {node: '>=10', npm: "^8"}
    cpu: [x64, '!arm']
    deprecated: >-
      It's
      old: use c

    os:
    - linux
    - darwin
    meta: {a: {b: true}, c: [d]}
  ? long
  : resolution: {}
    more: 1
  ? "berry long"
  :
    version: 2
  plain: it's # odd
  "q\"uoted": x
last: {}
"#;
        let documents = Document::all(text);
        let [document] = documents.as_slice() else {
            unreachable!("{documents:?}")
        };
        assert_eq!(document.strange, [0; 0]);
        assert_eq!(
            as_json(document.root()),
            json!({
                "lockfileVersion": "9.0",
                "settings": {"autoInstallPeers": "true"},
                "packages": {
                    "@a/b@1.0.0(c@1(d@2))": {
                        "resolution": {"integrity": "sha512-x==", "tarball": "https://h/x.tgz"},
                        "engines": {"node": ">=10", "npm": "^8"},
                        "cpu": ["x64", "!arm"],
                        "deprecated": "It's old: use c ",
                        "os": ["linux", "darwin"],
                        "meta": {"a": {"b": "true"}, "c": ["d"]},
                    },
                    "long": {"resolution": {}, "more": "1"},
                    "berry long": {"version": "2"},
                    "plain": "it's",
                    "q\"uoted": "x",
                },
                "last": {},
            })
        );
    }

    #[test]
    fn documents_are_parted() {
        let documents = Document::all("---\na: 1\n---\nb: 2\n");
        let found: Vec<_> = documents.iter().map(|one| as_json(one.root())).collect();
        assert_eq!(found, [json!({"a": "1"}), json!({"b": "2"})]);
    }

    #[test]
    fn strange_lines_are_told() {
        let documents = Document::all("a:\n  b: 1\n c: 2\n<<<<<<< HEAD\nd: 3\n");
        assert_eq!(documents.first().unwrap().strange, [3, 4]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[-a-c:?'\"{}\\[\\],#| \n>é\\\\]{0,200}") {
            for document in Document::all(&text) {
                as_json(document.root());
            }
        }
    }
}
