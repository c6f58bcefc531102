//! Which parts of a shell's command make commits, and where, as far as that is certain without running it.

use crate::sessions::commands::within;

/// Longer commands are looked at up to here, in bytes.
const LONGEST: usize = 64 * 1024;
/// What of git's prints the name of a commit that it makes.
const VERBS: [&str; 5] = ["commit", "merge", "cherry-pick", "revert", "am"];

/// A part of a command that makes a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Committing {
    /// Where; none if that is not certain.
    pub folder: Option<String>,
}

/// A word of a command, and whether it says all that the shell will make of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Word {
    text: String,
    certain: bool,
}

/// The parts that make commits, in their order, of a command that begins in a folder.
pub(super) fn committing(command: &str, folder: Option<&str>) -> Vec<Committing> {
    let mut here = folder.map(str::to_owned);
    let mut found = Vec::new();
    for words in parts(command) {
        let words = without_settings(&words);
        match words.first().map(|word| word.text.as_str()) {
            Some("cd" | "pushd") => {
                let target = words.iter().skip(1).find(|word| word.text != "--");
                here = target.and_then(|word| goes(here.as_deref(), word));
            }
            Some("popd") => here = None,
            Some(program) if program == "git" || program.ends_with("/git") => {
                let words = words.get(1..).unwrap_or_default();
                found.extend(git(words, here.as_deref()));
            }
            _ => {}
        }
    }
    found
}

/// Where a call of git makes a commit, if it does.
fn git(words: &[Word], here: Option<&str>) -> Option<Committing> {
    let mut folder = here.map(str::to_owned);
    let mut words = words.iter();
    loop {
        let word = words.next()?;
        match word.text.as_str() {
            "-C" => folder = goes(folder.as_deref(), words.next()?),
            "-c" | "--exec-path" | "--config-env" | "--namespace" => {
                words.next()?;
            }
            // Another repository than that of the folder.
            "--git-dir" | "--work-tree" => {
                words.next()?;
                folder = None;
            }
            text if text.starts_with("--git-dir=") || text.starts_with("--work-tree=") => {
                folder = None;
            }
            text if text.starts_with('-') => {}
            verb => return VERBS.contains(&verb).then_some(Committing { folder }),
        }
    }
}

/// The folder that a word leads to.
fn goes(here: Option<&str>, word: &Word) -> Option<String> {
    let leads = word.certain && !word.text.is_empty() && word.text != "-";
    leads.then(|| within(here, &word.text)).flatten()
}

/// Without what is set for the one command, and what stands before commands.
fn without_settings(words: &[Word]) -> &[Word] {
    let stands_before = |word: &Word| {
        let is_setting = word.text.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        is_setting
            || ["env", "time", "command", "then", "do", "else", "!", "{"]
                .contains(&word.text.as_str())
    };
    let from = words.iter().position(|word| !stands_before(word));
    words.get(from.unwrap_or(words.len())..).unwrap_or_default()
}

/// The simple commands of a command, each in words without their quotes. Of what is nested in quotes, nothing is told.
fn parts(command: &str) -> Vec<Vec<Word>> {
    let mut parts = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut chars = command.chars();
    let mut left = LONGEST;
    while let Some(c) = chars.next() {
        left = match left.checked_sub(c.len_utf8()) {
            Some(left) => left,
            None => break,
        };
        let of = |word: &mut Option<Word>, c: char, certain: bool| {
            let word = word.get_or_insert_with(|| Word {
                text: String::new(),
                certain: true,
            });
            word.certain &= certain;
            word.text.push(c);
        };
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => of(&mut word, c, true),
            (Some(_), '\\') => {
                if let Some(next) = chars.next() {
                    of(&mut word, next, true);
                }
            }
            (Some(_), c) => of(&mut word, c, !matches!(c, '$' | '`')),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_with(|| Word {
                    text: String::new(),
                    certain: true,
                });
            }
            (None, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(next) => of(&mut word, next, true),
            },
            (None, ';' | '&' | '|' | '(' | ')' | '\n') => {
                end(&mut parts, &mut word);
                if parts.last().is_some_and(|part| !part.is_empty()) {
                    parts.push(Vec::new());
                }
            }
            (None, c) if c.is_whitespace() => end(&mut parts, &mut word),
            (None, c) => {
                // `~` is a home that only the shell knows.
                let is_home = c == '~' && word.is_none();
                let certain = !is_home && !matches!(c, '$' | '`' | '*' | '?' | '[' | '{');
                of(&mut word, c, certain);
            }
        }
    }
    end(&mut parts, &mut word);
    parts
}

fn end(parts: &mut [Vec<Word>], word: &mut Option<Word>) {
    if let (Some(word), Some(part)) = (word.take(), parts.last_mut()) {
        part.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(command: &str) -> Vec<Option<String>> {
        let found = committing(command, Some("/p"));
        found.into_iter().map(|it| it.folder).collect()
    }

    #[test]
    fn where_git_commits_is_told_as_far_as_it_is_certain() {
        for (command, expected) in [
            ("git commit -m x", &[Some("/p")] as &[Option<&str>]),
            ("git -C sub commit -m x", &[Some("/p/sub")]),
            ("git -C /q -c user.name='A B' commit", &[Some("/q")]),
            (
                "cd sub && git add -A && git commit -m 'x; y'",
                &[Some("/p/sub")],
            ),
            (
                "cd /q/../r; GIT_EDITOR=true git cherry-pick a",
                &[Some("/r")],
            ),
            (
                "(cd 'a b' && git merge x)\ngit revert HEAD",
                &[Some("/p/a b"), Some("/p/a b")],
            ),
            ("cd $X && git commit", &[None]),
            ("cd ~/x && git commit", &[None]),
            (
                "cd \"$(git rev-parse --show-toplevel)\" && git commit",
                &[None],
            ),
            ("cd - && git commit", &[None]),
            ("git --git-dir=/x commit", &[None]),
            (
                "git add a.rs && git commit -m \"$(cat <<'EOF'\nIt's done\nEOF\n)\"",
                &[Some("/p")],
            ),
            ("env X=1 /usr/bin/git commit", &[Some("/p")]),
            ("if true; then git commit; fi", &[Some("/p")]),
            ("git \\\n  commit", &[Some("/p")]),
            ("git log --grep commit", &[]),
            ("git status", &[]),
            ("echo git commit", &[]),
            ("grep 'git commit' x", &[]),
            ("git", &[]),
            ("git -C", &[]),
            ("", &[]),
        ] {
            let expected: Vec<Option<String>> =
                expected.iter().map(|it| it.map(str::to_owned)).collect();
            assert_eq!(folders(command), expected, "{command}");
        }
    }

    #[test]
    fn relative_to_nowhere_is_nowhere() {
        assert_eq!(committing("cd x && git commit", None)[0].folder, None);
    }

    proptest::proptest! {
        #[test]
        fn any_command_is_read(command in "(git|commit|cd|-C| |/|'|\"|\\\\|\\$\\(|;|&&|\n|\\PC){0,60}") {
            committing(&command, Some("/p"));
        }
    }
}
