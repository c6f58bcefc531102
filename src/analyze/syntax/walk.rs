//! One pass over the syntax tree of a file.
//!
//! The tree is walked with a stack of our own: how deep it is depends on the file, and the file on anybody.

mod define;
mod observe;

use std::cell::RefCell;
use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, TreeCursor};

use super::complexity::Function;
use super::facts::Syntax;
use super::grammar::{Grammar, Role, Roles};

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
        // Java's `case null, default ->` is one too.
        let closes = || self.text(&node.byte_range()).ends_with(b" default");
        if node.child(0).is_some_and(|first| first.kind() == "default")
            || self.grammar == Grammar::Java && closes()
        {
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
