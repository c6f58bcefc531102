//! The words around a match.

/// Around matches in the text that the index gives back. Control characters are no part of stored words, for the index
/// separates words at them.
pub(in crate::graph) const MARKS: (&str, &str) = ("\u{1}", "\u{2}");

/// In characters, without markers.
const LENGTH: usize = 100;

/// A piece of text in which some words match. It is kept in pieces, so that a writer of HTML can escape them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// Text, and whether it matches.
    pub pieces: Vec<(String, bool)>,
}

impl Snippet {
    /// From marked text: about 100 characters around the first match, in one line.
    pub(in crate::graph) fn of(marked: &str) -> Self {
        let mut chars: Vec<(char, bool)> = Vec::new();
        let mut inside = false;
        for c in marked.chars() {
            match c {
                '\u{1}' => inside = true,
                '\u{2}' => inside = false,
                // Runs of white space, line ends included, are one blank.
                c if c.is_whitespace() || c.is_control() => {
                    if chars.last().is_some_and(|(last, _)| *last != ' ') {
                        chars.push((' ', inside));
                    }
                }
                c => chars.push((c, inside)),
            }
        }
        let first = chars.iter().position(|(_, inside)| *inside).unwrap_or(0);
        // A third of the room goes before the match.
        let most = chars.len().saturating_sub(LENGTH);
        let start = first.saturating_sub(LENGTH / 3).min(most);
        let cut = start + LENGTH < chars.len();
        let mut snippet = Self::default();
        if start > 0 {
            snippet.push('…', false);
        }
        for (c, inside) in chars.into_iter().skip(start).take(LENGTH) {
            snippet.push(c, inside);
        }
        if cut {
            snippet.push('…', false);
        }
        snippet
    }

    fn push(&mut self, c: char, matches: bool) {
        match self.pieces.last_mut() {
            Some((text, kind)) if *kind == matches => text.push(c),
            _ => self.pieces.push((c.to_string(), matches)),
        }
    }

    /// As text, with these markers around what matches.
    pub fn render(&self, open: &str, close: &str) -> String {
        self.pieces
            .iter()
            .map(|(text, matches)| {
                if *matches {
                    format!("{open}{text}{close}")
                } else {
                    text.clone()
                }
            })
            .collect()
    }
}
