//! What is counted only: comments, quotes, calls, the handling of errors.

use tree_sitter::Node;

use super::{Frame, Walker};
use crate::analyze::syntax::grammar::{Grammar, Role};

impl Walker<'_> {
    /// What is counted only.
    pub(super) fn observe(&mut self, node: &Node<'_>, frame: &mut Frame, parent: &Frame) {
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
}
