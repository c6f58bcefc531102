//! Python's literal values, as far as a file that is never run tells them.

use std::collections::BTreeMap;

use bstr::ByteSlice;

use crate::analyze::python;

/// A Python value as far as it is literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    List(Vec<Literal>),
    Dict(Vec<(String, Literal)>),
    /// Lists added to each other.
    Sum(Vec<Literal>),
    /// A variable.
    Name(String),
    /// Computed.
    Unknown,
}

/// How deep values may be nested.
const DEPTH: usize = 16;

/// How many values are looked at to fill in variables: `a = b + b`, `b = c + c` and so on grow without bound.
const BUDGET: usize = 10_000;

/// The literal values that a file gives to names.
pub(super) struct Module {
    assigned: BTreeMap<String, Literal>,
    budget: usize,
}

impl Module {
    /// Reads a file.
    pub(super) fn read(source: &str) -> Self {
        Self {
            assigned: assignments(source),
            budget: BUDGET,
        }
    }

    /// What a name stands for, with variables replaced by their values wherever they are known.
    pub(super) fn value(&mut self, name: &str) -> Option<Literal> {
        let literal = self.assigned.get(name)?.clone();
        Some(self.resolved(literal, 0))
    }

    fn resolved(&mut self, literal: Literal, depth: usize) -> Literal {
        if depth > DEPTH || self.budget == 0 {
            return Literal::Unknown;
        }
        self.budget -= 1;
        match literal {
            Literal::Name(name) => match self.assigned.get(&name).cloned() {
                Some(literal) => self.resolved(literal, depth + 1),
                None => Literal::Unknown,
            },
            Literal::List(items) => {
                let items = items.into_iter().map(|item| self.resolved(item, depth + 1));
                Literal::List(items.collect())
            }
            Literal::Sum(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    match self.resolved(part, depth + 1) {
                        Literal::List(items) => all.extend(items),
                        _ => return Literal::Unknown,
                    }
                }
                Literal::List(all)
            }
            Literal::Dict(items) => {
                let items = items
                    .into_iter()
                    .map(|(key, value)| (key, self.resolved(value, depth + 1)));
                Literal::Dict(items.collect())
            }
            other => other,
        }
    }
}

/// Every `name = literal` of the file, keyword arguments included. A literal is not replaced by `name=name`.
fn assignments(source: &str) -> BTreeMap<String, Literal> {
    let mut found = BTreeMap::new();
    let mut reader = Reader {
        rest: source.as_bytes(),
    };
    let mut last = None;
    while let Some(byte) = reader.peek() {
        if byte == b'"' || byte == b'\'' {
            reader.rest = python::string(reader.rest).1;
            last = None;
        } else if is_word(byte) {
            last = reader.word();
        } else if byte == b'=' && !matches!(reader.rest.get(1), Some(b'=')) {
            reader.rest = reader.rest.get(1..).unwrap_or_default();
            if let Some(name) = last.take() {
                let value = reader.value(0);
                let is_literal = !matches!(value, Literal::Name(_) | Literal::Unknown);
                if is_literal || !found.contains_key(&name) {
                    found.insert(name, value);
                }
            }
        } else {
            if !byte.is_ascii_whitespace() {
                last = None;
            }
            reader.skip();
        }
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

struct Reader<'s> {
    rest: &'s [u8],
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// One byte, or a whole comment.
    fn skip(&mut self) {
        let width = match self.peek() {
            Some(b'#') => self.rest.find_byte(b'\n').unwrap_or(self.rest.len()),
            _ => 1,
        };
        self.rest = self.rest.get(width..).unwrap_or_default();
    }

    fn space(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'#' | b'\\'))
        {
            self.skip();
        }
    }

    fn word(&mut self) -> Option<String> {
        let end = self
            .rest
            .iter()
            .position(|byte| !is_word(*byte))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_str_lossy().into_owned())
    }

    /// A value and the lists that `+` adds to it.
    fn value(&mut self, depth: usize) -> Literal {
        let mut value = self.simple(depth);
        loop {
            let before = self.rest;
            self.space();
            if self.peek() != Some(b'+') {
                // The end of a statement is not ours to consume.
                self.rest = before;
                return value;
            }
            self.skip();
            let next = self.simple(depth);
            value = match value {
                Literal::Sum(mut parts) => {
                    parts.push(next);
                    Literal::Sum(parts)
                }
                first => Literal::Sum(vec![first, next]),
            };
        }
    }

    fn simple(&mut self, depth: usize) -> Literal {
        // At the end of a line a value cannot begin on the next, but in brackets it can: both are read alike.
        self.space();
        match self.peek() {
            Some(b'"' | b'\'') => self.text(),
            Some(b'[' | b'(' | b'{') if depth > DEPTH => {
                self.skip();
                Literal::Unknown
            }
            Some(b'[') => self.items(b']', depth),
            Some(b'(') => self.items(b')', depth),
            Some(b'{') => self.dict(depth),
            Some(byte) if is_word(byte) => self.named(),
            _ => Literal::Unknown,
        }
    }

    /// Adjacent literals are one string.
    fn text(&mut self) -> Literal {
        let mut text = String::new();
        while let Some(b'"' | b'\'') = self.peek() {
            let (content, rest) = python::string(self.rest);
            text.push_str(&content.to_str_lossy());
            self.rest = rest;
            let before = self.rest;
            self.space();
            if !matches!(self.peek(), Some(b'"' | b'\'')) {
                self.rest = before;
                break;
            }
        }
        // `"x" % y`, `"x".format(…)`
        if matches!(self.peek(), Some(b'.' | b'%')) {
            return Literal::Unknown;
        }
        Literal::Text(text)
    }

    /// A variable; a prefixed string, a call or an attribute is computed.
    fn named(&mut self) -> Literal {
        let word = self.word().unwrap_or_default();
        match self.peek() {
            Some(b'"' | b'\'') if matches!(word.as_str(), "r" | "u" | "R" | "U") => self.text(),
            Some(b'"' | b'\'') => {
                self.rest = python::string(self.rest).1;
                Literal::Unknown
            }
            Some(b'(' | b'[' | b'.') => Literal::Unknown,
            _ => Literal::Name(word),
        }
    }

    fn items(&mut self, close: u8, depth: usize) -> Literal {
        self.skip();
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => return Literal::Unknown,
                Some(byte) if byte == close => {
                    self.skip();
                    return Literal::List(items);
                }
                Some(b',') => self.skip(),
                Some(_) => {
                    items.push(self.value(depth + 1));
                    self.space();
                    // Whatever else stands in an item (a condition, a comprehension) is computed.
                    if !self.peek().is_none_or(|byte| byte == b',' || byte == close) {
                        if let Some(last) = items.last_mut() {
                            *last = Literal::Unknown;
                        }
                        self.recover(close);
                    }
                }
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Literal {
        self.skip();
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => return Literal::Unknown,
                Some(b'}') => {
                    self.skip();
                    return Literal::Dict(items);
                }
                Some(b',') => self.skip(),
                Some(_) => {
                    let key = self.value(depth + 1);
                    self.space();
                    let value = if self.peek() == Some(b':') {
                        self.skip();
                        self.value(depth + 1)
                    } else {
                        Literal::Unknown
                    };
                    if let Literal::Text(key) = key {
                        items.push((key, value));
                    }
                    self.space();
                    if !self.peek().is_none_or(|byte| matches!(byte, b',' | b'}')) {
                        if let Some((_, last)) = items.last_mut() {
                            *last = Literal::Unknown;
                        }
                        self.recover(b'}');
                    }
                }
            }
        }
    }

    /// Goes on to the next comma or the closing bracket of this level.
    fn recover(&mut self, close: u8) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' => {
                    self.rest = python::string(self.rest).1;
                    continue;
                }
                b'(' | b'[' | b'{' => open += 1,
                _ if open == 0 && (byte == b',' || byte == close) => return,
                b')' | b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.skip();
        }
    }
}
