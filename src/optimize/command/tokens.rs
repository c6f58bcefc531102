//! The syntax tree of a text, flattened: what stands between the operators of the shell, in the order it was typed.
//!
//! How tree-sitter nests lists, pipelines and redirections is not always how the shell does (`a && b > c` redirects both),
//! so only the order of the tokens is taken, and grouped anew by precedence.

use std::ops::Range;

use tree_sitter::{Node, Tree};

/// Commands that run one after the other as long as they succeed, or, with `||`, fail.
#[derive(Debug)]
pub(super) struct Chain {
    pub operands: Vec<Operand>,
    /// Some operator of it is `||`.
    pub or: bool,
    pub range: Range<usize>,
}

/// What stands between `&&`, `||` and `;`.
#[derive(Debug)]
pub(super) struct Operand {
    pub what: What,
    /// What follows it is only done if it fails.
    pub or: bool,
    pub range: Range<usize>,
}

#[derive(Debug)]
pub(super) enum What {
    Pipeline(Vec<Stage>),
    /// More than a pipeline, or something that we read otherwise than the parser.
    Opaque,
    /// Changes the state of the shell.
    State,
}

/// One command of a pipeline.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub assignments: Vec<Range<usize>>,
    pub words: Vec<Range<usize>>,
    pub redirects: Vec<Redirection>,
    /// Its errors go down the pipe too.
    pub errors_piped: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Redirection {
    pub fd: Option<u32>,
    pub operator: String,
    pub target: Range<usize>,
    /// All of it.
    range: Range<usize>,
}

#[derive(Debug)]
enum Token {
    Word(Range<usize>),
    Assignment(Range<usize>),
    Redirection(Redirection),
    /// A here-document, whose text may stand anywhere behind.
    Document(Range<usize>),
    Opaque(Range<usize>),
    State(Range<usize>),
    Pipe {
        errors: bool,
    },
    And,
    Or,
    End,
}

impl Token {
    fn range(&self) -> Option<Range<usize>> {
        match self {
            Self::Word(range)
            | Self::Assignment(range)
            | Self::Document(range)
            | Self::Opaque(range)
            | Self::State(range) => Some(range.clone()),
            Self::Redirection(redirection) => Some(redirection.range.clone()),
            Self::Pipe { .. } | Self::And | Self::Or | Self::End => None,
        }
    }
}

/// The chains of a text.
pub(super) fn chains(tree: &Tree, text: &str) -> Vec<Chain> {
    tokens(tree, text)
        .split(|token| matches!(token, Token::End))
        .filter_map(|tokens| chain(tokens, text))
        .collect()
}

fn tokens(tree: &Tree, text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let known = tokens.len();
        let descend = enter(node, text, &mut tokens);
        end_line(&mut tokens, known, text);
        if descend && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return tokens;
            }
        }
    }
}

/// Newlines are no nodes: between two tokens, of which none is an operator, one ends a command.
fn end_line(tokens: &mut Vec<Token>, known: usize, text: &str) {
    let before = known
        .checked_sub(1)
        .and_then(|at| tokens.get(at))
        .and_then(Token::range);
    let after = tokens.get(known).and_then(Token::range);
    if let (Some(before), Some(after)) = (before, after)
        && let Some(gap) = text.get(before.end..after.start)
        && gap.contains('\n')
        && gap.replace("\\\n", "").contains('\n')
    {
        tokens.insert(known, Token::End);
    }
}

/// Adds the tokens of a node; whether those of its children are to be added instead.
fn enter(node: Node<'_>, text: &str, tokens: &mut Vec<Token>) -> bool {
    let range = node.byte_range();
    match node.kind() {
        "program"
        | "list"
        | "pipeline"
        | "redirected_statement"
        | "command"
        | "variable_assignments" => return true,
        "comment" => {}
        "file_redirect" | "herestring_redirect" => redirection(node, text, tokens),
        "heredoc_redirect" => tokens.push(Token::Document(range)),
        "variable_assignment" => tokens.push(Token::Assignment(range)),
        "declaration_command" | "unset_command" => tokens.push(Token::State(range)),
        "&&" => tokens.push(Token::And),
        "||" => tokens.push(Token::Or),
        "|" => tokens.push(Token::Pipe { errors: false }),
        "|&" => tokens.push(Token::Pipe { errors: true }),
        ";" | "&" | "\n" | ";;" => tokens.push(Token::End),
        _ if node
            .parent()
            .is_some_and(|parent| parent.kind() == "command")
            && node.kind() != "subshell" =>
        {
            tokens.push(Token::Word(range));
        }
        _ => tokens.push(Token::Opaque(range)),
    }
    false
}

/// The grammar lets a redirection have several destinations; to the shell all but the first are arguments.
fn redirection(node: Node<'_>, text: &str, tokens: &mut Vec<Token>) {
    let mut fd = None;
    let mut operator = None;
    let mut targets = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        let typed = text.get(child.byte_range()).unwrap_or_default();
        if child.kind() == "file_descriptor" {
            fd = typed.parse().ok();
        } else if operator.is_none() {
            operator = Some(typed.to_owned());
        } else {
            targets.push(child.byte_range());
        }
    }
    let mut targets = targets.into_iter();
    let (Some(operator), Some(target)) = (operator, targets.next()) else {
        tokens.push(Token::Opaque(node.byte_range()));
        return;
    };
    tokens.push(Token::Redirection(Redirection {
        fd,
        operator,
        range: node.start_byte()..target.end,
        target,
    }));
    tokens.extend(targets.map(Token::Word));
}

fn chain(tokens: &[Token], text: &str) -> Option<Chain> {
    let mut ranges = tokens.iter().filter_map(Token::range);
    let first = ranges.next()?;
    let range = ranges.fold(first, |whole, next| {
        whole.start.min(next.start)..whole.end.max(next.end)
    });
    // Its text would be torn from it.
    if tokens
        .iter()
        .any(|token| matches!(token, Token::Document(_)))
    {
        let what = What::Opaque;
        return Some(Chain {
            operands: vec![Operand {
                what,
                or: false,
                range: range.clone(),
            }],
            or: false,
            range,
        });
    }
    let operands = tokens
        .split_inclusive(|token| matches!(token, Token::And | Token::Or))
        .filter_map(|tokens| operand(tokens, text))
        .collect();
    let or = tokens.iter().any(|token| matches!(token, Token::Or));
    Some(Chain {
        operands,
        or,
        range,
    })
}

fn operand(tokens: &[Token], text: &str) -> Option<Operand> {
    let (tokens, or) = match tokens.split_last() {
        Some((last @ (Token::And | Token::Or), before)) => (before, matches!(last, Token::Or)),
        _ => (tokens, false),
    };
    let mut ranges = tokens.iter().filter_map(Token::range);
    let first = ranges.next()?;
    let range = first.start..ranges.next_back().map_or(first.end, |last| last.end);
    let state = tokens
        .iter()
        .all(|token| matches!(token, Token::State(_) | Token::Assignment(_)));
    let what = if state {
        What::State
    } else {
        stages(tokens, text).map_or(What::Opaque, What::Pipeline)
    };
    Some(Operand { what, or, range })
}

fn stages(tokens: &[Token], text: &str) -> Option<Vec<Stage>> {
    let mut stages = Vec::new();
    for tokens in tokens.split_inclusive(|token| matches!(token, Token::Pipe { .. })) {
        stages.push(stage(tokens, text)?);
    }
    Some(stages)
}

fn stage(tokens: &[Token], text: &str) -> Option<Stage> {
    let mut stage = Stage::default();
    let mut end: Option<usize> = None;
    for token in tokens {
        if let Token::Pipe { errors } = token {
            stage.errors_piped = *errors;
            continue;
        }
        let range = token.range()?;
        let gap = text.get(end.unwrap_or(range.start)..range.start)?;
        if !gap
            .replace("\\\n", "")
            .chars()
            .all(|c| c == ' ' || c == '\t')
        {
            return None;
        }
        let joined = end.is_some() && gap.is_empty();
        end = Some(range.end);
        match token {
            Token::Word(_) if joined => match stage.words.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => return None,
            },
            Token::Word(_) => stage.words.push(range),
            Token::Assignment(_) if stage.words.is_empty() && !joined => {
                stage.assignments.push(range);
            }
            Token::Redirection(redirection) => stage.redirects.push(redirection.clone()),
            _ => return None,
        }
    }
    (!stage.words.is_empty()).then_some(stage)
}
