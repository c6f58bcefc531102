//! The commands that a piece of code may run, guessed without a grammar: for code in words (`$(…)`), in strings
//! (`sh -c '…'`), and for what has errors. It sees more commands than there are rather than fewer, in one pass.

/// Words that stand before a command.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "}", "time", "fi", "done",
    "esac", "and", "or", "not", "begin", "in",
];

/// The commands of a text as words without quotes.
pub(super) fn commands(text: &str) -> Vec<Vec<String>> {
    let mut scan = Scan::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                if let Some(next) = chars.next().filter(|next| *next != '\n') {
                    scan.push(next);
                }
            }
            '$' | '<' | '>' if chars.peek() == Some(&'(') && (c == '$' || !scan.here.quoted) => {
                chars.next();
                scan.enter(false);
            }
            '`' if scan.here.ticks => scan.leave(),
            '`' => scan.enter(true),
            '"' => {
                scan.here.begun = true;
                scan.here.quoted = !scan.here.quoted;
            }
            c if scan.here.quoted => scan.push(c),
            '\'' => {
                scan.here.begun = true;
                for c in chars.by_ref().take_while(|c| *c != '\'') {
                    scan.push(c);
                }
            }
            '#' if !scan.here.begun => while chars.next_if(|c| *c != '\n').is_some() {},
            '(' => {
                scan.end_command();
                scan.here.parentheses += 1;
            }
            ')' if scan.here.parentheses > 0 => {
                scan.end_command();
                scan.here.parentheses -= 1;
            }
            ')' => scan.leave(),
            ';' | '\n' | '\r' => scan.end_command(),
            '&' | '|' if !scan.here.word.ends_with('>') => scan.end_command(),
            ' ' | '\t' => scan.end_word(),
            '>' if !scan
                .here
                .word
                .chars()
                .all(|c| c.is_ascii_digit() || c == '&' || c == '>') =>
            {
                scan.end_word();
                scan.push(c);
            }
            c => scan.push(c),
        }
    }
    while !scan.around.is_empty() {
        scan.leave();
    }
    scan.end_command();
    scan.commands
}

#[derive(Default)]
struct Scan {
    commands: Vec<Vec<String>>,
    here: Frame,
    around: Vec<Frame>,
}

/// The command that is being read, inside of the substitutions around it.
#[derive(Default)]
struct Frame {
    words: Vec<String>,
    word: String,
    begun: bool,
    quoted: bool,
    ticks: bool,
    parentheses: usize,
}

impl Scan {
    fn push(&mut self, c: char) {
        self.here.begun = true;
        self.here.word.push(c);
    }

    fn enter(&mut self, ticks: bool) {
        self.here.begun = true;
        let here = Frame {
            ticks,
            ..Frame::default()
        };
        self.around.push(std::mem::replace(&mut self.here, here));
    }

    fn leave(&mut self) {
        self.end_command();
        if let Some(around) = self.around.pop() {
            self.here = around;
        }
    }

    fn end_word(&mut self) {
        if !self.here.begun {
            return;
        }
        self.here.begun = false;
        let word = std::mem::take(&mut self.here.word);
        if !(self.here.words.is_empty() && KEYWORDS.contains(&word.as_str())) {
            self.here.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.here.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.here.words));
        }
    }
}
