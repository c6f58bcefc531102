//! A title and a summary of a segment that no model has looked at: its own words, shortened. They stand in a node until an
//! agent has written better ones, and never pass for an agent's.

use serde::{Deserialize, Serialize};

use super::boundary::is_note;
use super::model::{Event, Kind};
use super::redact::excerpt;

/// What is written where the version of an analyser would be, for nodes whose words are a draft.
pub const DRAFTED: &str = "draft";

/// A title is not longer, in characters.
const TITLE: usize = 80;
/// A summary is not longer, in characters.
const SUMMARY: usize = 300;

/// A segment in its own words, without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it was about: the user's first words, or else what the session is called, or what a summary begins with.
    pub title: String,
    /// What came of it: the first paragraph of the last answer that has words, or else the title.
    pub summary: String,
}

/// What is known of a segment's draft so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drafter {
    asked: Option<String>,
    named: Option<String>,
    told_before: Option<String>,
    answered: Option<String>,
}

impl Drafter {
    /// Takes an event in.
    pub fn add(&mut self, event: &Event) {
        if let Kind::Name { name } = &event.kind {
            self.named = first_words(name);
        }
        if event.sidechain || is_note(&event.kind) {
            return;
        }
        match &event.kind {
            Kind::User { text, .. } if self.asked.is_none() => self.asked = first_words(text),
            Kind::Assistant(answer) => {
                if let Some(paragraph) = first_paragraph(&answer.text) {
                    self.answered = Some(paragraph);
                }
            }
            Kind::Compaction { summary, .. } | Kind::BranchSummary { summary, .. }
                if self.told_before.is_none() =>
            {
                self.told_before = first_words(summary);
            }
            _ => (),
        }
    }

    /// The draft of what was taken in.
    pub fn draft(&self) -> Draft {
        let title = [&self.asked, &self.named, &self.told_before, &self.answered];
        let title = title.into_iter().flatten().next();
        let title = title.map_or_else(|| "(no words)".to_owned(), |title| excerpt(title, TITLE));
        Draft {
            summary: self.answered.clone().unwrap_or_else(|| title.clone()),
            title,
        }
    }
}

/// The first line of a text that has words, without the marks of a heading, a list or a quotation.
fn first_words(text: &str) -> Option<String> {
    let bare = |line: &str| {
        let line = line
            .trim()
            .trim_start_matches(['#', '>', '*', '-', '=', ' ']);
        line.trim_end_matches(['*', '=', ':', ' ']).to_owned()
    };
    let line = lines(text).map(bare).find(|line| has_words(line))?;
    Some(excerpt(&line, TITLE))
}

/// The first lines of a text that have words, up to an empty line or code.
fn first_paragraph(text: &str) -> Option<String> {
    let lines = lines(text).skip_while(|line| !has_words(line));
    let paragraph: Vec<&str> = lines
        .take_while(|line| !line.trim().is_empty() && !line.trim_start().starts_with("```"))
        .take(SUMMARY)
        .map(str::trim)
        .collect();
    let paragraph = paragraph.join(" ");
    (!paragraph.is_empty()).then(|| excerpt(&paragraph, SUMMARY))
}

/// The lines at the beginning of a text; what follows many is no beginning.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take(1000)
}

fn has_words(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sessions::testing::{TREE, calls, compaction, line, note, pi, says, user};

    fn draft(kinds: Vec<Kind>) -> Draft {
        let mut drafter = Drafter::default();
        for event in line(kinds) {
            drafter.add(&event);
        }
        drafter.draft()
    }

    fn told(kinds: Vec<Kind>) -> (String, String) {
        let draft = draft(kinds);
        (draft.title, draft.summary)
    }

    fn both(title: &str, summary: &str) -> (String, String) {
        (title.to_owned(), summary.to_owned())
    }

    #[test]
    fn the_first_question_and_the_last_answer_speak_for_it() {
        assert_eq!(
            told(vec![
                user("\n## Add a login page:\nwith tests"),
                says("I look first."),
                user("go on"),
                says("\n---\nThe login page is there.\nIt has tests.\n\nMore of it.\n"),
                calls(&[("1", "bash", serde_json::json!({}))]),
            ]),
            both("Add a login page", "The login page is there. It has tests.")
        );
        let mut drafter = Drafter::default();
        for event in pi(TREE) {
            drafter.add(&event);
        }
        assert_eq!(drafter.draft().title, "add login");
    }

    #[test]
    fn without_a_question_other_words_stand_in() {
        let name = || Kind::Name {
            name: "Login".to_owned(),
        };
        assert_eq!(
            told(vec![compaction("# Goal\nx"), says("Done.")]),
            both("Goal", "Done.")
        );
        assert_eq!(
            told(vec![compaction("# Goal"), name(), says("Done.")]),
            both("Login", "Done.")
        );
        assert_eq!(told(vec![says("Done.")]), both("Done.", "Done."));
        assert_eq!(told(vec![user("...")]), both("(no words)", "(no words)"));
        assert_eq!(told(vec![user("a"), note()]), both("a", "a"));
    }

    #[test]
    fn secrets_do_not_get_into_it() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let (title, summary) = told(vec![
            user(&format!("push with {token}")),
            says(&format!("I used {token}.")),
        ]);
        assert_eq!(title, "push with [redacted:github-token]");
        assert_eq!(summary, "I used [redacted:github-token].");
    }

    proptest! {
        #[test]
        fn any_words_make_a_short_draft(asked in "\\PC{0,200}", said in "[\\PC\n]{0,900}") {
            let draft = draft(vec![user(&asked), says(&said)]);
            prop_assert!(!draft.title.is_empty() && !draft.summary.is_empty());
            prop_assert!(draft.title.chars().count() <= TITLE);
            prop_assert!(draft.summary.chars().count() <= SUMMARY);
            prop_assert!(!draft.title.contains('\n') && !draft.summary.contains('\n'));
        }
    }
}
