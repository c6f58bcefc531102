//! The patterns of `.gitattributes`, matched as git's `wildmatch.c` does.
//!
//! No crate's globs are these: git knows no braces, ends a class at a slash, and reads `**` only between slashes.

/// A pattern relative to the folder of its file.
#[derive(Debug)]
pub struct PathPattern {
    /// Whether it is compared with the name only, because it has no slash.
    name_only: bool,
    shape: Shape,
}

/// What most patterns are, so that they are compared and not matched.
#[derive(Debug)]
enum Shape {
    /// `Makefile`
    Whole(Vec<u8>),
    /// `*.js`
    End(Vec<u8>),
    /// Everything else.
    Steps(Vec<Step>),
}

/// What a part of the text must be.
#[derive(Debug)]
enum Step {
    /// This byte.
    Byte(u8),
    /// Any byte but a slash.
    Any,
    /// Any byte of the class; never a slash.
    Class(Box<[bool; 256]>),
    /// Any bytes but slashes.
    Star,
    /// Any bytes.
    DoubleStar,
    /// Nothing, or any bytes and a slash: the two steps that follow.
    Folders,
}

impl PathPattern {
    /// Reads a pattern; none if it cannot match a file: one for folders, or a malformed class.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.ends_with(b"/") {
            return None;
        }
        let name_only = !text.contains(&b'/');
        let text = text.strip_prefix(b"/").unwrap_or(text);
        let is_plain = |text: &[u8]| !text.iter().any(|byte| b"*?[\\".contains(byte));
        let shape = match text {
            text if is_plain(text) => Shape::Whole(text.to_vec()),
            [b'*', end @ ..] if name_only && is_plain(end) => Shape::End(end.to_vec()),
            text => Shape::Steps(steps(text)?),
        };
        Some(Self { name_only, shape })
    }

    /// Whether it matches a path relative to its folder.
    pub fn matches(&self, path: &[u8]) -> bool {
        let text = if self.name_only {
            path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
        } else {
            path
        };
        match &self.shape {
            Shape::Whole(whole) => text == whole,
            Shape::End(end) => text.ends_with(end),
            Shape::Steps(steps) => matches(steps, text),
        }
    }
}

fn steps(pattern: &[u8]) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = pattern;
    let mut before = None;
    while let Some((byte, after)) = rest.split_first() {
        let start = rest;
        rest = after;
        match byte {
            b'\\' => {
                let (escaped, after) = rest.split_first()?;
                steps.push(Step::Byte(*escaped));
                rest = after;
            }
            b'?' => steps.push(Step::Any),
            b'[' => {
                let (class, after) = class(rest)?;
                steps.push(Step::Class(class));
                rest = after;
            }
            b'*' => {
                let run = start.iter().take_while(|byte| **byte == b'*').count();
                rest = start.get(run..).unwrap_or_default();
                let alone = matches!(before, None | Some(b'/'))
                    && (rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(br"\/"));
                if run == 1 || !alone {
                    steps.push(Step::Star);
                } else {
                    if rest.starts_with(b"/") {
                        steps.push(Step::Folders);
                    }
                    steps.push(Step::DoubleStar);
                }
            }
            byte => steps.push(Step::Byte(*byte)),
        }
        let read = start.len() - rest.len();
        before = start.get(read.saturating_sub(1)).copied();
    }
    Some(steps)
}

/// The class behind a `[`, and what follows its `]`.
fn class(pattern: &[u8]) -> Option<(Box<[bool; 256]>, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut members = Box::new([false; 256]);
    let mut add = |low: u8, high: u8| {
        for byte in low..=high {
            if let Some(member) = members.get_mut(usize::from(byte)) {
                *member = true;
            }
        }
    };
    // Of a range's end and of a named class no range starts.
    let mut low = None;
    let mut first = true;
    loop {
        let (byte, after) = rest.split_first()?;
        if *byte == b']' && !first {
            rest = after;
            break;
        }
        first = false;
        rest = after;
        match (byte, low, after) {
            (b'\\', _, _) => {
                let (escaped, after) = rest.split_first()?;
                add(*escaped, *escaped);
                low = Some(*escaped);
                rest = after;
            }
            (b'-', Some(start), [next, ..]) if *next != b']' => {
                let (mut high, mut after) = rest.split_first()?;
                if *high == b'\\' {
                    (high, after) = after.split_first()?;
                }
                add(start, *high);
                low = None;
                rest = after;
            }
            (b'[', _, [b':', named @ ..]) => {
                let end = named.iter().position(|byte| *byte == b']')?;
                if let Some(name) = named.get(..end)?.strip_suffix(b":") {
                    let is_member = named_class(name)?;
                    for byte in (0..=u8::MAX).filter(is_member) {
                        add(byte, byte);
                    }
                    low = None;
                    rest = named.get(end + 1..)?;
                } else {
                    add(b'[', b'[');
                    low = Some(b'[');
                }
            }
            (byte, _, _) => {
                add(*byte, *byte);
                low = Some(*byte);
            }
        }
    }
    if negated {
        for member in members.iter_mut() {
            *member = !*member;
        }
    }
    if let Some(slash) = members.get_mut(usize::from(b'/')) {
        *slash = false;
    }
    Some((members, rest))
}

fn named_class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == b'\x0b',
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

/// Follows all ways through the steps at once: no pattern takes longer than steps times bytes.
fn matches(steps: &[Step], text: &[u8]) -> bool {
    let mut here = vec![false; steps.len() + 1];
    let mut next = here.clone();
    if let Some(start) = here.first_mut() {
        *start = true;
    }
    spread(steps, &mut here);
    for byte in text {
        next.fill(false);
        for (at, step) in steps.iter().enumerate() {
            if here.get(at) != Some(&true) {
                continue;
            }
            let to = match step {
                Step::Byte(wanted) => (byte == wanted).then_some(at + 1),
                Step::Any => (*byte != b'/').then_some(at + 1),
                Step::Class(members) => {
                    let is_member = members.get(usize::from(*byte)) == Some(&true);
                    is_member.then_some(at + 1)
                }
                Step::Star => (*byte != b'/').then_some(at),
                Step::DoubleStar => Some(at),
                Step::Folders => None,
            };
            if let Some(mark) = to.and_then(|to| next.get_mut(to)) {
                *mark = true;
            }
        }
        spread(steps, &mut next);
        std::mem::swap(&mut here, &mut next);
    }
    here.last() == Some(&true)
}

/// Marks, in one pass, the steps behind those that may take nothing.
fn spread(steps: &[Step], marks: &mut [bool]) {
    for (at, step) in steps.iter().enumerate() {
        if marks.get(at) != Some(&true) {
            continue;
        }
        let mut mark = |at: usize| {
            if let Some(mark) = marks.get_mut(at) {
                *mark = true;
            }
        };
        match step {
            Step::Star | Step::DoubleStar => mark(at + 1),
            // The double star and its slash are taken, or left out.
            Step::Folders => {
                mark(at + 1);
                mark(at + 3);
            }
            Step::Byte(_) | Step::Any | Step::Class(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_a_slash_is_one_of_names() {
        for (pattern, path, expected) in [
            ("*.js", "a/b.js", true),
            ("Makefile", "a/Makefile", true),
            ("/Makefile", "a/Makefile", false),
            ("a/*.js", "a/b.js", true),
            ("a/*.js", "a/b/c.js", false),
            ("a/**/c", "a/c", true),
            ("a/**/c", "a/b/b/c", true),
            ("**/c", "c", true),
            ("a/**", "a/b/c", true),
            ("a**/c", "ab/b/c", false),
            ("[!a]/b", "c/b", true),
            ("a[/]b", "a/b", false),
            ("{a,b}", "a", false),
            ("a\\*", "a*", true),
            ("[[:digit:]]?", "1x", true),
            ("**/**/a", "a", true),
            ("a/**/**/b/**/c", "a/b/c", true),
        ] {
            let matched = PathPattern::parse(pattern.as_bytes())
                .is_some_and(|pattern| pattern.matches(path.as_bytes()));
            assert_eq!(matched, expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_that_can_match_no_file_is_none() {
        for pattern in ["", "a/", "[a", "[[:foo:]]", "a\\"] {
            assert!(
                PathPattern::parse(pattern.as_bytes()).is_none(),
                "{pattern}"
            );
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(500);
        let text = "a".repeat(4000) + "b";
        let parsed = PathPattern::parse(pattern.as_bytes());
        assert!(parsed.is_some_and(|pattern| !pattern.matches(text.as_bytes())));
    }
}
