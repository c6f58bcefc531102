//! An answer made fit to be stored: a model may repeat secrets that it was shown, smuggle what steers a terminal, and talk
//! without end.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::observed::{DaemonMeta, Observations, Semantic};
use super::schema::{Classification, Content, Extra, Lesson, Lessons};
use crate::sessions::redact::{harmless, harmless_line};

/// Of a summary, so many characters. Source: one to three sentences.
pub const SUMMARY: usize = 1000;
/// So many tags, and as many topics.
pub const TAGS: usize = 20;
/// Of what explains something.
const DETAILS: usize = 4000;
/// Of a sentence.
const SENTENCE: usize = 500;
/// Of a name or a path.
const NAME: usize = 300;
/// Of a tag or a topic.
const TAG: usize = 80;
/// So many of anything else.
const MANY: usize = 100;
/// So many files. As many are counted.
const FILES: usize = 500;

impl Answer {
    /// The answer without secrets and without what steers a terminal or hides, with texts and lists of a bounded length, and
    /// without fields that nobody asked for. Items that say nothing then are gone.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        self.classification.clean();
        self.content.clean();
        self.lessons.clean();
        self.observations.clean();
        self.semantic.clean();
        if self.semantic.tags.is_empty() {
            let kind = self.classification.kind.as_str();
            self.semantic.tags.push(kind.to_owned());
        }
        self.daemon_meta.clean();
        self
    }
}

/// On one line.
fn line(text: &mut String, most: usize) {
    *text = harmless_line(text, most);
}

/// With its lines.
fn words(text: &mut String, most: usize) {
    *text = crate::system::plain::shortened(harmless(text).trim(), most).into_owned();
}

fn option(text: &mut Option<String>, most: usize) {
    if let Some(it) = text {
        words(it, most);
    }
    text.take_if(|it| it.is_empty());
}

/// Each once, whatever the case of its letters.
fn names(list: &mut Vec<String>, characters: usize, most: usize) {
    let mut seen = BTreeSet::new();
    for name in list.iter_mut() {
        line(name, characters);
    }
    list.retain(|name| !name.is_empty() && seen.insert(name.to_lowercase()));
    list.truncate(most);
}

/// Each once, letter by letter: paths that differ in case are two.
fn paths(list: &mut Vec<String>, most: usize) {
    let mut seen = BTreeSet::new();
    for path in list.iter_mut() {
        line(path, NAME);
    }
    list.retain(|path| !path.is_empty() && seen.insert(path.clone()));
    list.truncate(most);
}

impl Classification {
    fn clean(&mut self) {
        line(&mut self.project, NAME);
        if let Some(language) = &mut self.language {
            line(language, TAG);
        }
        self.language.take_if(|language| language.is_empty());
        names(&mut self.frameworks, TAG, TAGS);
        self.extra = Extra::default();
    }
}

impl Content {
    fn clean(&mut self) {
        if let Some(title) = &mut self.title {
            line(title, TAG);
        }
        self.title.take_if(|title| title.is_empty());
        line(&mut self.summary, SUMMARY);
        for decision in &mut self.key_decisions {
            line(&mut decision.what, SENTENCE);
            words(&mut decision.why, DETAILS);
            let others = &mut decision.alternatives_considered;
            for other in others.iter_mut() {
                line(other, SENTENCE);
            }
            others.retain(|other| !other.is_empty());
            others.truncate(TAGS);
            decision.extra = Extra::default();
        }
        self.key_decisions.retain(|it| !it.what.is_empty());
        self.key_decisions.truncate(MANY);
        paths(&mut self.files_touched, FILES);
        paths(&mut self.tools_used, MANY);
        for error in &mut self.errors_seen {
            line(&mut error.kind, NAME);
            words(&mut error.message, SENTENCE);
            error.extra = Extra::default();
        }
        self.errors_seen.retain(|it| !it.kind.is_empty());
        self.errors_seen.truncate(MANY);
        self.extra = Extra::default();
    }
}

impl Lessons {
    fn clean(&mut self) {
        let lists = [
            &mut self.project,
            &mut self.task,
            &mut self.user,
            &mut self.model,
            &mut self.tool,
            &mut self.skill,
            &mut self.subagent,
        ];
        for list in lists {
            list.iter_mut().for_each(Lesson::clean);
            list.retain(|lesson| !lesson.summary.is_empty());
            list.truncate(MANY);
        }
        self.extra = Extra::default();
    }
}

impl Lesson {
    fn clean(&mut self) {
        line(&mut self.summary, SENTENCE);
        words(&mut self.details, DETAILS);
        names(&mut self.tags, TAG, TAGS);
        option(&mut self.actionable, DETAILS);
        // The list that it stands in counts.
        self.level = None;
        self.extra = Extra::default();
    }
}

impl Observations {
    fn clean(&mut self) {
        for model in &mut self.models_used {
            line(&mut model.provider, NAME);
            line(&mut model.model, NAME);
            model.extra = Extra::default();
        }
        self.models_used.retain(|it| !it.model.is_empty());
        self.models_used.truncate(MANY);
        for list in [&mut self.prompting_wins, &mut self.prompting_failures] {
            names(list, SENTENCE, MANY);
        }
        for quirk in &mut self.model_quirks {
            line(&mut quirk.model, NAME);
            line(&mut quirk.observation, SENTENCE);
            option(&mut quirk.workaround, DETAILS);
            quirk.extra = Extra::default();
        }
        self.model_quirks
            .retain(|it| it.model.contains('/') && !it.observation.is_empty());
        self.model_quirks.truncate(MANY);
        for error in &mut self.tool_use_errors {
            line(&mut error.tool, NAME);
            line(&mut error.error_type, NAME);
            words(&mut error.context, SENTENCE);
            line(&mut error.model, NAME);
            error.extra = Extra::default();
        }
        self.tool_use_errors
            .retain(|it| !it.tool.is_empty() && !it.error_type.is_empty());
        self.tool_use_errors.truncate(MANY);
        self.extra = Extra::default();
    }
}

impl Semantic {
    fn clean(&mut self) {
        names(&mut self.tags, TAG, TAGS);
        names(&mut self.topics, TAG, TAGS);
        paths(&mut self.related_projects, TAGS);
        names(&mut self.concepts, TAG, TAGS);
        self.extra = Extra::default();
    }
}

impl DaemonMeta {
    /// Where a log is, and how the session was read, is not for an answer to say.
    fn clean(&mut self) {
        for decision in &mut self.decisions {
            line(&mut decision.decision, SENTENCE);
            words(&mut decision.reasoning, DETAILS);
            decision.extra = Extra::default();
        }
        self.decisions.retain(|it| !it.decision.is_empty());
        self.decisions.truncate(MANY);
        self.extra = Extra::default();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::Strictness;
    use super::super::samples::{day, node};
    use super::*;
    use crate::system::plain::steers;

    /// An answer with this text wherever a text may be.
    fn saying(text: &str) -> Answer {
        let lesson = json!([{"summary": text, "details": text, "confidence": "low", "tags": [text], "actionable": text, "x": text}]);
        serde_json::from_value(json!({
            "classification": {"type": "qa", "project": text, "language": text, "frameworks": [text], "x": text},
            "content": {
                "title": text, "summary": text, "outcome": "failed", "filesTouched": [text], "toolsUsed": [text],
                "keyDecisions": [{"what": text, "why": text, "alternativesConsidered": [text], "x": text}],
                "errorsSeen": [{"type": text, "message": text, "x": text}], "x": text,
            },
            "lessons": {
                "project": lesson, "task": lesson, "user": lesson, "model": lesson, "tool": lesson, "skill": lesson,
                "subagent": lesson, "x": text,
            },
            "observations": {
                "modelsUsed": [{"provider": text, "model": text, "x": text}],
                "promptingWins": [text], "promptingFailures": [text],
                "modelQuirks": [{"model": format!("{text}/"), "observation": text, "frequency": "once", "workaround": text, "x": text}],
                "toolUseErrors": [{"tool": text, "errorType": text, "context": text, "model": text, "x": text}], "x": text,
            },
            "semantic": {"tags": [text], "topics": [text], "relatedProjects": [text], "concepts": [text], "x": text},
            "daemonMeta": {
                "decisions": [{"timestamp": "2026-01-01T00:00:00Z", "decision": text, "reasoning": text, "x": text}],
                "x": text,
            },
        }))
        .unwrap()
    }

    /// The node that an answer makes.
    fn stored(answer: Answer) -> Value {
        let mut counted = node("s", 1, "Counted from the session");
        counted.classification.project = String::new();
        serde_json::to_value(counted.judged(answer, "v1-00000000", day(1))).unwrap()
    }

    #[test]
    fn no_text_of_an_answer_is_stored_as_it_came() {
        let secret = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let said = format!("Pushed with {secret}\u{1b}[31m and \u{202e}left\u{0}");
        let stored = stored(saying(&said));
        let text = stored.to_string();
        assert!(!text.contains("ghp_"), "{text}");
        assert!(!text.contains("\"x\""), "{text}");
        assert_eq!(
            stored["content"]["summary"],
            "Pushed with [redacted:github-token] and left"
        );
        assert!(
            !text.contains("\\u00") && !text.chars().any(steers),
            "{text}"
        );
    }

    #[test]
    fn nothing_is_without_bounds_and_nothing_is_empty() {
        let text = stored(saying(&"long ".repeat(100_000))).to_string();
        assert!(text.len() < 100_000, "{}", text.len());
        let mut many = saying("Something that was said");
        many.semantic.tags = (0..1000).map(|number| format!("t{number}")).collect();
        many.semantic.topics = vec!["Rust".to_owned(), "rust ".to_owned()];
        many.content.files_touched = (0..1000).map(|number| format!("f{number}")).collect();
        let many = many.cleaned();
        assert_eq!(
            (many.semantic.tags.len(), many.content.files_touched.len()),
            (20, 500)
        );
        assert_eq!(many.semantic.topics, ["Rust"]);
        let none = saying("\u{200b}").cleaned();
        assert_eq!(none.semantic.tags, ["qa"]);
        assert_eq!(none.lessons, Lessons::default());
        assert!(none.observations.model_quirks.is_empty() && none.daemon_meta.decisions.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_clean_stays_so(text in "(?s).{20,120}") {
            let once = saying(&format!("An answer: {text}")).cleaned();
            prop_assert_eq!(once.clone().cleaned(), once.clone());
            let node = node("s", 1, "Counted from the session").judged(once, "v1-00000000", day(1));
            prop_assert_eq!(node.faults(Strictness::Stored), []);
        }
    }
}
