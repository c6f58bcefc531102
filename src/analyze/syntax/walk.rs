//! One pass over the syntax tree of a file.
//!
//! The tree is walked with a stack of our own: how deep it is depends on the file, and the file on anybody.

use std::cell::RefCell;
use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, TreeCursor};

use super::complexity::Function;
use super::facts::Syntax;
use super::grammar::{Grammar, Role, Roles};
use super::naming::Case;

/// How often the parser may ask whether to go on, for each KiB and at least: it asks after each hundred of its
/// operations. Source code of ten languages was seen to need at most 17 for each KiB; a file that needs much more has the parser search for a way
/// around errors, which may take quadratic time. A count, unlike a time, gives the same answer on every machine.
const STEPS_PER_KIB: usize = 150;

/// The longest name that is kept, in bytes.
const LONGEST_NAME: usize = 120;

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// Reads a file; `None` when its syntax tree could not be had within reasonable effort.
pub fn read(source: &[u8], grammar: Grammar) -> Option<Syntax> {
    read_keeping(source, grammar, Function::is_complex)
}

/// The same, keeping other functions than the complex ones.
pub fn read_keeping(
    source: &[u8],
    grammar: Grammar,
    keep: fn(&Function) -> bool,
) -> Option<Syntax> {
    let tree = PARSER.with_borrow_mut(|parser| parse(parser, source, grammar))?;
    let mut walker = Walker::new(source, grammar, keep);
    walker.walk(tree.walk());
    Some(walker.finish())
}

fn parse(parser: &mut Parser, source: &[u8], grammar: Grammar) -> Option<tree_sitter::Tree> {
    parser.set_language(&grammar.parser()).ok()?;
    let mut steps = STEPS_PER_KIB.saturating_mul(source.len() / 1024 + 8);
    let mut go_on = |_: &ParseState| match steps.checked_sub(1) {
        Some(left) => {
            steps = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut go_on);
    let tree = parser.parse_with_options(
        &mut |at, _| source.get(at..).unwrap_or_default(),
        None,
        Some(options),
    );
    // A parser that was stopped would go on where it was.
    parser.reset();
    tree
}

/// A node on the way from the root to where the walk is.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    kind: u16,
    role: Role,
    /// Levels of nesting around it.
    outer: u32,
    /// Levels of nesting around what is in it.
    inner: u32,
    /// Of a logical expression: its short-circuit operator, or 0.
    operator: u16,
    /// Of a logical expression: it goes on with the operator of the one around it.
    continues: bool,
    /// Of arms: those that were seen. Of a logical expression: operators.
    seen: u32,
    /// Begins a function.
    unit: bool,
    /// Pushed a name.
    named: bool,
    /// Where it begins and ends, of what may be asked for it.
    start: usize,
    /// The name for a function that is its value.
    label: Option<(usize, usize)>,
    /// In a condition of the preprocessor.
    muted: bool,
}

/// A function that is being measured.
#[derive(Debug)]
struct Unit {
    function: Function,
    simple: String,
    recursive: bool,
}

struct Walker<'s> {
    source: &'s [u8],
    grammar: Grammar,
    roles: &'static Roles,
    keep: fn(&Function) -> bool,
    facts: Syntax,
    frames: Vec<Frame>,
    units: Vec<Unit>,
    names: Vec<String>,
    /// The last line of a documentation comment, and of attributes after it.
    documented_to: Option<usize>,
}

impl<'s> Walker<'s> {
    fn new(source: &'s [u8], grammar: Grammar, keep: fn(&Function) -> bool) -> Self {
        Self {
            source,
            grammar,
            roles: grammar.roles(),
            keep,
            facts: Syntax::default(),
            frames: Vec::new(),
            units: Vec::new(),
            names: Vec::new(),
            documented_to: None,
        }
    }

    fn walk(&mut self, mut cursor: TreeCursor<'_>) {
        loop {
            self.enter(&cursor);
            if cursor.goto_first_child() {
                continue;
            }
            loop {
                self.leave();
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn finish(mut self) -> Syntax {
        self.facts.complex.sort_by(|one, other| {
            (one.line, one.end, &one.name).cmp(&(other.line, other.end, &other.name))
        });
        self.facts
    }

    fn enter(&mut self, cursor: &TreeCursor<'_>) {
        let node = cursor.node();
        let kind = node.kind_id();
        let role = self.roles.of(kind);
        let parent = self.frames.last().copied().unwrap_or_default();
        if node.is_error() || node.is_missing() {
            self.facts.unparsed = self.facts.unparsed.saturating_add(1);
        }
        if parent.muted {
            self.frames.push(parent);
            return;
        }
        let branches = Role::IF.and(Role::LOOP).and(Role::SWITCH);
        let needs_field = parent.role.is(branches
            .and(Role::PREPROCESSOR)
            .and(Role::GUARDED)
            .and(Role::VARIABLE)
            .and(Role::CONSTANT));
        let field = if needs_field {
            cursor.field_id().map_or(0, u16::from)
        } else {
            0
        };
        let is_condition = field != 0 && field == self.roles.condition;
        let level = if is_condition && parent.role.is(branches) {
            parent.outer
        } else {
            parent.inner
        };
        let mut frame = Frame {
            kind,
            role,
            outer: level,
            inner: level,
            start: node.start_byte(),
            ..Frame::default()
        };
        if is_condition && parent.role.is(Role::PREPROCESSOR) {
            frame.role = Role::default();
            frame.muted = true;
            self.frames.push(frame);
            return;
        }
        if is_condition && parent.role.is(Role::GUARDED) {
            self.decide(0);
        }
        let is_alternative =
            parent.role.is(Role::IF) && field != 0 && field == self.roles.alternative;
        if is_alternative
            && node.is_named()
            && !role.is(Role::IF
                .and(Role::ELIF)
                .and(Role::ELSE)
                .and(Role::ELSE_BODY))
        {
            self.think(1);
        }
        if role != Role::default() {
            self.flow(&node, &mut frame, &parent, is_alternative);
            self.define(&node, &mut frame, &parent, field);
            self.observe(&node, &mut frame, &parent);
        }
        self.frames.push(frame);
    }

    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        if frame.muted {
            return;
        }
        if frame.named {
            self.names.pop();
        }
        if frame.unit
            && let Some(unit) = self.units.pop()
        {
            let function = unit.function;
            let facts = &mut self.facts;
            facts.functions = facts.functions.saturating_add(1);
            facts.cyclomatic = facts.cyclomatic.saturating_add(function.cyclomatic);
            facts.cognitive = facts.cognitive.saturating_add(function.cognitive);
            if (self.keep)(&function) {
                facts.complex.push(function);
            }
        }
    }

    /// Adds a decision, and `weight` to the cognitive complexity.
    fn decide(&mut self, weight: u32) {
        if let Some(unit) = self.units.last_mut() {
            unit.function.cyclomatic = unit.function.cyclomatic.saturating_add(1);
        }
        self.think(weight);
    }

    fn think(&mut self, weight: u32) {
        if let Some(unit) = self.units.last_mut() {
            unit.function.cognitive = unit.function.cognitive.saturating_add(weight);
        }
    }

    /// What branches, loops, jumps and joins conditions.
    fn flow(&mut self, node: &Node<'_>, frame: &mut Frame, parent: &Frame, is_alternative: bool) {
        let role = frame.role;
        let level = frame.outer;
        if role.is(Role::IF) {
            if parent.role.is(Role::ELSE) {
                // The `else` before it was counted.
                self.decide(0);
            } else if is_alternative {
                self.decide(1);
            } else {
                self.nest(frame, true);
            }
        } else if role.is(Role::ELIF) {
            self.decide(1);
        } else if role.is(Role::ELSE.and(Role::ELSE_BODY)) {
            if parent.role.is(Role::IF.and(Role::ELIF)) {
                self.think(1);
            }
        } else if role.is(Role::TERNARY.and(Role::LOOP).and(Role::CATCH)) {
            self.nest(frame, true);
        } else if role.is(Role::SWITCH.and(Role::ENDLESS)) {
            self.nest(frame, false);
        } else if role.is(Role::CASE) {
            self.case(node);
        } else if role.is(Role::CLAUSE) {
            self.decide(0);
        } else if role.is(Role::LET_ELSE) && parent.role.is(Role::VARIABLE) {
            self.decide(1 + level);
        } else if role.is(Role::LAMBDA) && !self.units.is_empty() {
            frame.inner = level.saturating_add(1);
        } else if role.is(Role::LOGICAL) {
            let operator = node.child_by_field_name("operator");
            frame.operator = operator
                .map(|token| token.kind_id())
                .filter(|kind| self.roles.of(*kind).is(Role::OPERATOR))
                .unwrap_or_default();
            frame.continues = frame.operator != 0 && frame.operator == parent.operator;
        } else if role.is(Role::OPERATOR) && parent.role.is(Role::LOGICAL) {
            let begins = !parent.continues && parent.seen == 0;
            self.decide(u32::from(begins));
            if let Some(unit) = self.units.last_mut() {
                unit.function.operators = unit.function.operators.saturating_add(1);
            }
            if let Some(around) = self.frames.last_mut() {
                around.seen = around.seen.saturating_add(1);
            }
        } else if role.is(Role::GOTO) || role.is(Role::JUMP) && self.names_a_label(node) {
            self.think(1);
        }
    }

    /// A structure that costs a point and one for each level around it, and is a level itself.
    fn nest(&mut self, frame: &mut Frame, decides: bool) {
        let weight = frame.outer.saturating_add(1);
        if decides {
            self.decide(weight);
        } else {
            self.think(weight);
        }
        frame.inner = weight;
        if let Some(unit) = self.units.last_mut() {
            unit.function.depth = unit.function.depth.max(weight);
        }
    }

    fn case(&mut self, node: &Node<'_>) {
        // Of arms, one always applies: there is one decision less than there are arms.
        let is_first_arm = match self.frames.last_mut() {
            Some(arms) if arms.role.is(Role::ARMS) => {
                arms.seen = arms.seen.saturating_add(1);
                arms.seen == 1
            }
            Some(_) | None => false,
        };
        if is_first_arm || self.is_default(node) {
            return;
        }
        self.decide(0);
        if let Some(unit) = self.units.last_mut() {
            unit.function.cases = unit.function.cases.saturating_add(1);
        }
    }

    fn is_default(&self, node: &Node<'_>) -> bool {
        if node.child(0).is_some_and(|first| first.kind() == "default") {
            return true;
        }
        let is_lone = |pattern: Node<'_>| self.text(&pattern.byte_range()) == b"_";
        // Rust's arms are counted by their number.
        self.grammar != Grammar::Rust && node.named_child(0).is_some_and(is_lone)
    }

    fn names_a_label(&self, node: &Node<'_>) -> bool {
        node.named_child(0).is_some_and(|child| match self.grammar {
            Grammar::Rust => child.kind() == "label",
            _ => matches!(
                child.kind(),
                "statement_identifier" | "label_name" | "identifier"
            ),
        })
    }

    /// What has a name.
    fn define(&mut self, node: &Node<'_>, frame: &mut Frame, parent: &Frame, field: u16) {
        let role = frame.role;
        if role.is(Role::FUNCTION) {
            self.function(node, frame, parent);
        } else if role.is(Role::CONTAINER.and(Role::TYPE)) {
            self.type_or_container(node, frame);
        }
        if role.is(Role::LABEL)
            && let Some(field) = self.roles.first_field(frame.kind)
            && let Some(label) = node.child_by_field_id(field)
        {
            let range = label.byte_range();
            frame.label = Some((range.start, range.end));
        }
        let binds = parent.role.is(Role::VARIABLE.and(Role::CONSTANT))
            && (self.roles.concerns(parent.kind, field) || parent.role.is(Role::LIST));
        if binds && role.is(Role::LIST) {
            frame.role = frame.role | Role::VARIABLE;
        } else if binds && role.is(Role::NAME) {
            let name = self.name(&node.byte_range());
            let is_constant = parent.role.is(Role::CONSTANT)
                || self.grammar.has_constants_by_name_only()
                    && Case::of(&name) == Some(Case::Screaming);
            if is_constant {
                self.facts.constant_names.add(&name);
            } else {
                self.facts.variable_names.add(&name);
            }
        }
    }

    fn function(&mut self, node: &Node<'_>, frame: &mut Frame, parent: &Frame) {
        let given = self.function_name(node);
        if let Some(name) = &given {
            self.facts.function_names.add(name);
        }
        let Some(body) = node
            .child_by_field_name("body")
            .or_else(|| self.has_ruby_body(node))
        else {
            return;
        };
        let start = node.start_position().row;
        if self
            .documented_to
            .take()
            .is_some_and(|row| row + 1 >= start)
            || self.has_docstring(&body)
        {
            self.facts.documented = self.facts.documented.saturating_add(1);
        }
        let simple = given.unwrap_or_else(|| match parent.label {
            Some((from, to)) => self.name(&(from..to)),
            None => "(anonymous)".to_owned(),
        });
        let receiver = match self.grammar {
            Grammar::Go => node
                .child_by_field_name("receiver")
                .map(|receiver| go_receiver(&self.name(&receiver.byte_range()))),
            _ => None,
        };
        let mut name = self.names.join(".");
        for part in receiver.iter().map(String::as_str).chain([simple.as_str()]) {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(part);
        }
        let parameters = node.child_by_field_name("parameters").or_else(|| {
            let declarator = node.child_by_field_name("declarator")?;
            declarator.child_by_field_name("parameters")
        });
        let function = Function {
            name: shortened(name),
            line: line(start),
            end: line(node.end_position().row),
            parameters: parameters.map_or(0, |list| {
                u32::try_from(list.named_child_count()).unwrap_or(u32::MAX)
            }),
            cyclomatic: 1,
            ..Function::default()
        };
        self.names.push(simple.clone());
        self.units.push(Unit {
            function,
            simple,
            recursive: false,
        });
        frame.unit = true;
        frame.named = true;
        frame.inner = 0;
        frame.outer = 0;
    }

    /// Ruby's grammar leaves the body out when it is empty.
    fn has_ruby_body<'t>(&self, node: &Node<'t>) -> Option<Node<'t>> {
        (self.grammar.language() == "Ruby").then_some(*node)
    }

    fn function_name(&self, node: &Node<'_>) -> Option<String> {
        if let Some(name) = node.child_by_field_name("name") {
            return Some(self.name(&name.byte_range()));
        }
        // C: the identifier is at the end of a chain of declarators.
        let mut declarator = node.child_by_field_name("declarator")?;
        while let Some(next) = declarator.child_by_field_name("declarator") {
            declarator = next;
        }
        Some(self.name(&declarator.byte_range()))
    }

    fn has_docstring(&mut self, body: &Node<'_>) -> bool {
        let is_docstring = self.grammar == Grammar::Python
            && body
                .named_child(0)
                .filter(|first| first.kind() == "expression_statement")
                .and_then(|first| first.named_child(0))
                .is_some_and(|first| first.kind() == "string");
        if is_docstring {
            self.facts.comments.doc = self.facts.comments.doc.saturating_add(1);
        }
        is_docstring
    }

    fn type_or_container(&mut self, node: &Node<'_>, frame: &mut Frame) {
        let name = node.child_by_field_name("name");
        let body = node.child_by_field_name("body");
        let is_c = matches!(self.grammar.language(), "C" | "C++");
        if let Some(name) = name
            && frame.role.is(Role::TYPE)
            && (!is_c || body.is_some() || !frame.kind_is_specifier(node))
        {
            let name = self.name(&name.byte_range());
            self.facts.type_names.add(&name);
        }
        if let Some(body) = body
            && frame.role.is(Role::TYPE)
        {
            self.has_docstring(&body);
        }
        if frame.role.is(Role::CONTAINER) {
            // An `impl` is named by its type.
            let name = name
                .or_else(|| node.child_by_field_name("type"))
                .map(|name| without_generics(&self.name(&name.byte_range())));
            if let Some(name) = name {
                self.names.push(name);
                frame.named = true;
            }
            frame.inner = 0;
        }
    }

    /// What is counted only.
    fn observe(&mut self, node: &Node<'_>, frame: &mut Frame, parent: &Frame) {
        let role = frame.role;
        if role.is(Role::COMMENT) {
            self.comment(node);
        } else if role.is(Role::ATTRIBUTE) {
            let end = node.end_position().row;
            if self
                .documented_to
                .is_some_and(|row| row + 1 >= node.start_position().row)
            {
                self.documented_to = Some(end);
            }
        } else if role.is(Role::STRING) {
            self.quote(node);
        } else if role.is(Role::CALL) {
            self.call(node);
        } else if role.is(Role::NULL) {
            self.null(parent);
        }
        let errors = &mut self.facts.errors;
        if role.is(Role::TRY) {
            errors.tries = errors.tries.saturating_add(1);
        } else if role.is(Role::RAISE) {
            errors.raises = errors.raises.saturating_add(1);
        } else if role.is(Role::PROPAGATION) {
            errors.values = errors.values.saturating_add(1);
        } else if role.is(Role::CATCH) {
            self.handler(node);
        }
    }

    fn comment(&mut self, node: &Node<'_>) {
        let range = node.byte_range();
        let text = self.text(&range);
        let is_doc = match self.grammar {
            Grammar::Rust => [&b"///"[..], b"//!", b"/**", b"/*!"]
                .iter()
                .any(|mark| text.starts_with(mark)),
            // A comment before a declaration documents it; elsewhere nothing follows that could take it.
            Grammar::Go => true,
            _ => text.starts_with(b"/**") || text.starts_with(b"///"),
        };
        let ruby = self.grammar.language() == "Ruby";
        let is_block = text.starts_with(b"/*");
        let end = node.end_position();
        // Rust's documentation comments end where the next line begins.
        let row = if end.column == 0 {
            end.row.saturating_sub(1)
        } else {
            end.row
        };
        if is_doc || ruby {
            self.documented_to = Some(row);
        }
        let comments = &mut self.facts.comments;
        let count = if is_block {
            &mut comments.block
        } else {
            &mut comments.line
        };
        *count = count.saturating_add(1);
        if is_doc && self.grammar != Grammar::Go {
            comments.doc = comments.doc.saturating_add(1);
        }
    }

    fn quote(&mut self, node: &Node<'_>) {
        let range = node.byte_range();
        let text = self.text(&range);
        // Python's prefixes: `rb'…'`.
        let Some(at) = text
            .iter()
            .take(3)
            .position(|byte| matches!(byte, b'\'' | b'"'))
        else {
            return;
        };
        let body = text.get(at..).unwrap_or_default();
        if body.starts_with(b"\"\"\"") || body.starts_with(b"'''") {
            return;
        }
        let quotes = &mut self.facts.quotes;
        let count = if body.starts_with(b"'") {
            &mut quotes.single
        } else {
            &mut quotes.double
        };
        *count = count.saturating_add(1);
    }

    fn call(&mut self, node: &Node<'_>) {
        let Some(callee) = ["function", "macro", "name"]
            .into_iter()
            .find_map(|field| node.child_by_field_name(field))
        else {
            return;
        };
        let range = callee.byte_range();
        let text = self.text(&range);
        let is_macro = node.kind() == "macro_invocation";
        let panics = match self.grammar {
            Grammar::Rust if is_macro => {
                matches!(text, b"panic" | b"todo" | b"unimplemented" | b"unreachable")
            }
            Grammar::Rust => text.ends_with(b".unwrap") || text.ends_with(b".expect"),
            Grammar::Go => text == b"panic",
            _ => false,
        };
        if panics {
            self.facts.errors.panics = self.facts.errors.panics.saturating_add(1);
        }
        let Some(unit) = self.units.last_mut() else {
            return;
        };
        let own = [&b"self."[..], b"this.", b"Self::", b"cls."]
            .into_iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .unwrap_or(text);
        if !is_macro && !unit.recursive && own == unit.simple.as_bytes() {
            unit.recursive = true;
            unit.function.cognitive = unit.function.cognitive.saturating_add(1);
        }
    }

    fn null(&mut self, parent: &Frame) {
        let compares = parent.role.is(Role::COMPARISON)
            || parent.role.is(Role::LOGICAL) && parent.operator == 0;
        if !compares {
            return;
        }
        let left = self.source.get(parent.start..).unwrap_or_default();
        let errors = &mut self.facts.errors;
        if self.grammar == Grammar::Go && left.starts_with(b"err ") {
            errors.values = errors.values.saturating_add(1);
        } else {
            errors.null_checks = errors.null_checks.saturating_add(1);
        }
    }

    fn handler(&mut self, node: &Node<'_>) {
        let range = node.byte_range();
        let head: &[u8] = {
            let text = self.text(&range);
            let end = text
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'{'))
                .unwrap_or(text.len());
            text.get(..end).unwrap_or_default()
        };
        let names = |name: &[u8]| {
            head.split(|byte| !byte.is_ascii_alphanumeric())
                .any(|word| word == name)
        };
        let broad = match self.grammar {
            Grammar::Python => {
                head.starts_with(b"except:") || names(b"Exception") || names(b"BaseException")
            }
            Grammar::Java => names(b"Exception") || names(b"Throwable"),
            _ => false,
        };
        let body = node.child_by_field_name("body").or_else(|| {
            node.named_child(u32::try_from(node.named_child_count().saturating_sub(1)).unwrap_or(0))
        });
        let does_nothing = |statement: Node<'_>| {
            matches!(
                statement.kind(),
                "pass_statement" | "comment" | "line_comment" | "block_comment"
            )
        };
        let silent = body.is_some_and(|body| {
            let mut cursor = body.walk();
            body.named_children(&mut cursor).all(does_nothing)
        });
        let errors = &mut self.facts.errors;
        errors.handlers = errors.handlers.saturating_add(1);
        errors.broad = errors.broad.saturating_add(u32::from(broad));
        errors.silent = errors.silent.saturating_add(u32::from(silent));
    }

    fn text(&self, range: &Range<usize>) -> &'s [u8] {
        self.source.get(range.clone()).unwrap_or_default()
    }

    fn name(&self, range: &Range<usize>) -> String {
        let text = self.text(range);
        let text = text
            .get(..text.len().min(4 * LONGEST_NAME))
            .unwrap_or_default();
        shortened(String::from_utf8_lossy(text).into_owned())
    }
}

impl Frame {
    /// `struct point p` names a type that `struct point { … }` defines.
    fn kind_is_specifier(&self, node: &Node<'_>) -> bool {
        debug_assert_eq!(self.kind, node.kind_id());
        node.kind().ends_with("_specifier")
    }
}

fn line(row: usize) -> u32 {
    u32::try_from(row.saturating_add(1)).unwrap_or(u32::MAX)
}

/// On one line, and not endless.
fn shortened(name: String) -> String {
    let is_plain = name.len() <= LONGEST_NAME && !name.contains(char::is_whitespace);
    if is_plain {
        return name;
    }
    let mut short = String::new();
    for word in name.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
        if short.len() > LONGEST_NAME {
            break;
        }
    }
    if short.len() > LONGEST_NAME {
        let end = (0..=LONGEST_NAME - 3)
            .rev()
            .find(|at| short.is_char_boundary(*at));
        short.truncate(end.unwrap_or_default());
        short.push('…');
    }
    short
}

/// `(p *Parser[T])`: `Parser`
fn go_receiver(text: &str) -> String {
    let inner = text.trim_matches(|c| c == '(' || c == ')');
    let last = inner.rsplit([' ', '*']).find(|part| !part.is_empty());
    without_generics(last.unwrap_or_default())
}

fn without_generics(name: &str) -> String {
    name.split(['<', '['])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
