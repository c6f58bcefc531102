//! YAML as the files of CI services use it: a tree whose nodes know their lines. The only file that names the parser.
//!
//! Text stays text: whether `on` or `yes` means a truth value is for the reader to say, so that the key `on:` of GitHub
//! Actions is one. What aliases and merge keys repeat is counted as it is written out, and bounded: a text of a KiB can ask
//! for billions of nodes.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};

use super::ReadError;

/// A tree of more nodes than this, aliases written out, is refused. A file of 1 MiB has at most some 500,000.
const MOST_NODES: usize = 1_000_000;
/// Nodes that lie deeper are refused: the largest known files of CI services have some 12 levels.
const DEEPEST: usize = 64;
/// The same for the bytes of all scalars, aliases written out.
const MOST_TEXT: usize = 8 * 1024 * 1024;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Where it begins, from 1.
    pub line: usize,
    /// Its tag without the first `!`, if it has one of its own.
    pub tag: Option<String>,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Text, and whether it stands without quotes.
    Scalar { text: String, plain: bool },
    /// Nodes in their order.
    List(Vec<Node>),
    /// Keys with their lines, in their order.
    Map(Vec<Entry>),
}

/// A key and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: String,
    pub line: usize,
    pub node: Node,
}

/// What becomes of a key that is there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twice {
    /// It is an error, as GitHub has it.
    Refused,
    /// The last one counts, as GitLab has it.
    Last,
}

impl Node {
    fn plain(line: usize, text: &str) -> Self {
        Self {
            line,
            tag: None,
            value: Value::Scalar {
                text: text.to_owned(),
                plain: true,
            },
        }
    }

    /// Its text; none of a list, a mapping or nothing.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether nothing stands there.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether it says yes, in YAML 1.2.
    pub fn is_true(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if text.eq_ignore_ascii_case("true"))
    }

    /// Its entries, if it is a mapping.
    pub fn map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Its nodes, if it is a list.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// What a key names, if it is a mapping that has it and something stands there.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let entries = self.map()?.iter();
        let found = entries.rev().find(|entry| entry.key == key)?;
        (!found.node.is_null()).then_some(&found.node)
    }

    /// The texts of a list or of one text, with their lines; what else is in it is left out.
    pub fn texts(&self) -> Vec<(&str, usize)> {
        let one = |node: &Node| node.line;
        match &self.value {
            Value::List(nodes) => nodes
                .iter()
                .filter_map(|node| Some((node.text()?, one(node))))
                .collect(),
            _ => self
                .text()
                .map(|text| (text, self.line))
                .into_iter()
                .collect(),
        }
    }

    /// Calls with each text below it and itself; of mappings those of keys as well.
    pub fn each_text<'n>(&'n self, with: &mut impl FnMut(&'n str)) {
        match &self.value {
            Value::Scalar { text, .. } => with(text),
            Value::List(nodes) => {
                for node in nodes {
                    node.each_text(with);
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    with(&entry.key);
                    entry.node.each_text(with);
                }
            }
        }
    }

    /// How many nodes, and bytes of text, it has with all below it.
    fn size(&self) -> (usize, usize) {
        let mut bytes = 0;
        let mut nodes = 0;
        self.each_text(&mut |text| {
            nodes += 1;
            bytes += text.len();
        });
        (nodes + self.collections(), bytes)
    }

    fn collections(&self) -> usize {
        match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(nodes) => 1 + nodes.iter().map(Self::collections).sum::<usize>(),
            Value::Map(entries) => {
                let nodes = entries.iter().map(|entry| entry.node.collections());
                1 + nodes.sum::<usize>()
            }
        }
    }
}

/// A collection whose end has not come.
struct Open {
    line: usize,
    anchor: usize,
    tag: Option<String>,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map(Vec<Entry>, Option<(String, usize)>),
}

/// The documents of a text.
pub(super) fn documents(text: &str, twice: Twice) -> Result<Vec<Node>, ReadError> {
    let mut tree = Tree {
        twice,
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        bytes: 0,
        documents: Vec::new(),
        any: false,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| ReadError::at(error.marker().line(), error.info()))?;
        tree.take(event, span.start.line())?;
    }
    Ok(tree.documents)
}

struct Tree {
    twice: Twice,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    bytes: usize,
    documents: Vec<Node>,
    /// Whether the document under way has its node.
    any: bool,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), ReadError> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.any = false;
                Ok(())
            }
            Event::DocumentEnd if !self.any => {
                self.documents.push(Node::plain(line, ""));
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = Node {
                    line,
                    tag: tag.map(|tag| tag_name(&tag.to_string())),
                    value: Value::Scalar {
                        text: text.into_owned(),
                        plain: style == ScalarStyle::Plain,
                    },
                };
                self.count(&node, line)?;
                self.add(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(line, anchor, tag, Inside::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(line, anchor, tag, Inside::Map(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Err(ReadError::at(line, "something ends that never began"));
                };
                let value = match open.inside {
                    Inside::List(nodes) => Value::List(nodes),
                    Inside::Map(entries, _) => Value::Map(self.merged(entries)?),
                };
                let node = Node {
                    line: open.line,
                    tag: open.tag,
                    value,
                };
                self.add(node, open.anchor)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err(ReadError::at(line, "an alias stands inside what it names"));
                };
                self.count(&node, line)?;
                self.add(node, 0)
            }
            Event::UnresolvedAlias(name) => Err(ReadError::at(
                line,
                format!("nothing before it is called &{name}"),
            )),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        line: usize,
        anchor: usize,
        tag: Option<impl ToString>,
        inside: Inside,
    ) -> Result<(), ReadError> {
        if self.open.len() >= DEEPEST {
            return Err(ReadError::at(
                line,
                format!("it is nested more than {DEEPEST} levels deep"),
            ));
        }
        self.nodes += 1;
        self.open.push(Open {
            line,
            anchor,
            tag: tag.map(|tag| tag_name(&tag.to_string())),
            inside,
        });
        Ok(())
    }

    fn count(&mut self, node: &Node, line: usize) -> Result<(), ReadError> {
        let (nodes, bytes) = node.size();
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes > MOST_NODES || self.bytes > MOST_TEXT {
            return Err(ReadError::at(
                line,
                "with its aliases written out, it is too large",
            ));
        }
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), ReadError> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
            self.count(&node, node.line)?;
        }
        let Some(open) = self.open.last_mut() else {
            self.any = true;
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.inside {
            Inside::List(nodes) => nodes.push(node),
            Inside::Map(entries, key) => match key.take() {
                None => {
                    let Value::Scalar { text, .. } = node.value else {
                        return Err(ReadError::at(node.line, "a key is not text"));
                    };
                    *key = Some((text, node.line));
                }
                Some((key, line)) => {
                    entries.push(Entry { key, line, node });
                }
            },
        }
        Ok(())
    }

    /// A mapping with what `<<` brings along, which its own keys go before, and without keys that are there twice.
    fn merged(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, ReadError> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut brought: Vec<Node> = Vec::new();
        for entry in entries {
            if entry.key == "<<" {
                brought.push(entry.node);
                continue;
            }
            match places.get(&entry.key).copied() {
                Some(_) if self.twice == Twice::Refused => {
                    let what = format!("{:?} is there twice", entry.key);
                    return Err(ReadError::at(entry.line, what));
                }
                Some(at) => {
                    if let Some(before) = merged.get_mut(at) {
                        *before = entry;
                    }
                }
                None => {
                    places.insert(entry.key.clone(), merged.len());
                    merged.push(entry);
                }
            }
        }
        for node in brought {
            let maps = match node.value {
                Value::List(nodes) => nodes,
                _ => vec![node],
            };
            for map in maps {
                let line = map.line;
                let Value::Map(more) = map.value else {
                    return Err(ReadError::at(line, "<< stands for what is no mapping"));
                };
                for entry in more {
                    if !places.contains_key(&entry.key) {
                        places.insert(entry.key.clone(), merged.len());
                        merged.push(entry);
                    }
                }
            }
        }
        Ok(merged)
    }
}

fn tag_name(tag: &str) -> String {
    tag.trim_start_matches('!').to_owned()
}
