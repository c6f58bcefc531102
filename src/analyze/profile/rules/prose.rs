//! Rules in prose: sentences of Markdown and plain text that ask for something or forbid it.

/// What makes a sentence a rule, wherever it stands.
const STRONG: [&str; 12] = [
    "must",
    "never",
    "always",
    "do not",
    "don't",
    "should",
    "shouldn't",
    "required",
    "mandatory",
    "forbidden",
    "not allowed",
    "make sure",
];

/// What makes an entry of a list a rule when it begins so.
const ORDERS: [&str; 46] = [
    "add", "avoid", "be", "check", "commit", "create", "document", "ensure", "every", "follow",
    "format", "include", "install", "keep", "limit", "lint", "maintain", "make", "name", "no",
    "only", "open", "place", "prefer", "put", "read", "remove", "respect", "run", "sign", "skip",
    "squash", "stick", "test", "tests", "treat", "try", "update", "use", "validate", "verify",
    "wrap", "write", "rebase", "reuse", "return",
];

/// Sentences of fewer characters say nothing by themselves, and longer ones are explanations.
const SHORTEST: usize = 8;
const LONGEST: usize = 190;
/// Of one paragraph, no more is looked at.
const PARAGRAPH: usize = 4 << 10;

/// The rules of a text, with their lines.
pub(super) fn read(text: &str) -> Vec<(u32, String)> {
    let mut rules = Vec::new();
    let mut block = Block::default();
    let mut fence: Option<&str> = None;
    let mut comment = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let trimmed = line.trim();
        let opens = ["```", "~~~"]
            .into_iter()
            .find(|mark| trimmed.starts_with(mark));
        match (fence, opens) {
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                continue;
            }
            (Some(_), _) => continue,
            (None, Some(mark)) => {
                block.end(&mut rules);
                fence = Some(mark);
                continue;
            }
            (None, None) => {}
        }
        if comment || trimmed.starts_with("<!--") {
            comment = !trimmed.contains("-->");
            continue;
        }
        // Headings, tables, quotes, underlines and markup are no sentences.
        let is_other = trimmed.is_empty()
            || trimmed.starts_with(['#', '|', '<', '='])
            || trimmed.chars().all(|c| matches!(c, '-' | '*' | '_'));
        if is_other {
            block.end(&mut rules);
        } else if let Some(entry) = entry(trimmed) {
            block.end(&mut rules);
            block = Block {
                line: number,
                entry: true,
                text: entry.to_owned(),
            };
        } else {
            if block.text.is_empty() {
                block.line = number;
            }
            block.push(trimmed);
        }
    }
    block.end(&mut rules);
    rules
}

/// A paragraph, or an entry of a list.
#[derive(Default)]
struct Block {
    line: u32,
    entry: bool,
    text: String,
}

impl Block {
    fn push(&mut self, line: &str) {
        if self.text.len() < PARAGRAPH {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(line);
        }
    }

    fn end(&mut self, rules: &mut Vec<(u32, String)>) {
        let Self { line, entry, text } = std::mem::take(self);
        let text = without_markup(&text);
        for (nth, sentence) in sentences(&text).enumerate() {
            let sentence = sentence.trim();
            let length = sentence.chars().count();
            let is_rule = has_strong(sentence) || (entry && nth == 0 && is_order(sentence));
            // What ends with a colon introduces the rules that follow.
            if is_rule && (SHORTEST..=LONGEST).contains(&length) && !sentence.ends_with([':', '?'])
            {
                rules.push((line, sentence.to_owned()));
            }
        }
    }
}

/// What follows the mark of a list's entry: `- `, `* `, `+ `, `1. `, `- [ ] `.
fn entry(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = if digits > 0 && digits < 4 {
        line.get(digits..)?.strip_prefix(['.', ')'])?
    } else {
        line.strip_prefix(['-', '*', '+', '•'])?
    };
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let boxes = ["[ ] ", "[x] ", "[X] "];
    let unboxed = boxes.into_iter().find_map(|mark| rest.strip_prefix(mark));
    Some(unboxed.unwrap_or(rest))
}

/// Without emphasis, and links by their text. Code keeps its marks, and what is in it.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut code = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = after;
        match c {
            '`' => {
                code = !code;
                plain.push(c);
            }
            '*' | '[' if !code => {}
            ']' if !code => {
                // A link's target is short; the search for its end stays so.
                let target = after.strip_prefix('(').and_then(|target| {
                    let end = target.char_indices().take(300).find(|(_, c)| *c == ')')?.0;
                    target.get(end + 1..)
                });
                rest = target.unwrap_or(after);
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// Cut after a full stop, an exclamation or a question mark that a blank follows.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let end = text
            .match_indices(['.', '!', '?'])
            .map(|(at, _)| at + 1)
            .find(|end| {
                let next = text.get(*end..).and_then(|rest| rest.chars().next());
                let before = text.get(..*end).unwrap_or_default();
                let abbreviated = ["e.g.", "i.e.", "etc.", "vs."]
                    .iter()
                    .any(|short| before.ends_with(short));
                next.is_some_and(char::is_whitespace) && !abbreviated
            });
        match end {
            Some(end) => {
                rest = text.get(end..);
                text.get(..end)
            }
            None => Some(text),
        }
    })
}

fn has_strong(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    STRONG.iter().any(|wanted| {
        let is_word =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
        lower.match_indices(wanted).any(|(at, _)| {
            let before = lower.get(..at).and_then(|text| text.chars().next_back());
            let after = lower
                .get(at + wanted.len()..)
                .and_then(|text| text.chars().next());
            !is_word(before) && !is_word(after)
        })
    })
}

fn is_order(sentence: &str) -> bool {
    let first = sentence
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    ORDERS.contains(&first.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let rules = read(text).into_iter();
        rules.map(|(line, text)| format!("{line} {text}")).collect()
    }

    #[test]
    fn sentences_that_ask_or_forbid() {
        let text = "# You must not read headings\n\nWelcome! Commits **must** be signed,\ne.g. with\n`gpg`. Thanks.\n\n\
                    - Use [pnpm](https://pnpm.io), not npm\n  and nothing else. It is faster.\n\
                    1. Run `cargo fmt`\n- The `src` folder\n- [ ] Never skip hooks!\n\
                    <!-- never\n seen, never -->\n```sh\nalways run\n```\n| you | must |\n\nYou should always follow these rules:\n";
        assert_eq!(
            told(text),
            [
                "3 Commits must be signed, e.g. with `gpg`.",
                "7 Use pnpm, not npm and nothing else.",
                "9 Run `cargo fmt`",
                "11 Never skip hooks!",
            ]
        );
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(told("The mustard is nevertheless good, as ever."), [""; 0]);
        assert_eq!(told("a must-have is fine here"), [""; 0]);
    }
}
