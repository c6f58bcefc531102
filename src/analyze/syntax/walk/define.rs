//! What has a name: functions, types and what holds them, variables and constants.

use tree_sitter::Node;

use super::{Frame, Unit, Walker, shortened};
use crate::analyze::syntax::complexity::Function;
use crate::analyze::syntax::grammar::{Grammar, Role};
use crate::analyze::syntax::naming::Case;

impl Walker<'_> {
    /// What has a name.
    pub(super) fn define(
        &mut self,
        node: &Node<'_>,
        frame: &mut Frame,
        parent: &Frame,
        field: u16,
    ) {
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
        let mut start = node.start_position().row;
        // Annotations and decorators are part of the node in some grammars; the function begins after them, as it does
        // in the others.
        if matches!(self.grammar, Grammar::Java | Grammar::JavaScript)
            && let Some(name) = node.child_by_field_name("name")
        {
            start = name.start_position().row;
        }
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
