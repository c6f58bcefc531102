//! Which of what stands as the user's are the user's words, and what tools' answers say of themselves.

use serde::Deserialize;

use super::line::{Output, Payload};
use crate::sessions::model::Kind;
use crate::sessions::read::lax::{Number, Object, Text};

/// What Codex puts around what it says itself.
const INJECTED: [&str; 20] = [
    "environment_context",
    "user_instructions",
    "INSTRUCTIONS",
    "permissions instructions",
    "collaboration_mode",
    "skill",
    "skills_section",
    "skills_instructions",
    "plugins",
    "apps_instructions",
    "turn_aborted",
    "subagents",
    "subagent_notification",
    "child_agents_instructions",
    "model_switch",
    "multi_agent_mode",
    "plugins_instructions",
    "recommended_plugins",
    "context_window_reminder",
    "user_action",
];

/// Before the project's instructions, which end with `</INSTRUCTIONS>`.
const PROJECT_DOC: &str = "# AGENTS.md instructions";

/// A message of the user's side: words, a command, or none of these.
pub fn user(message: &Payload<'_>) -> Option<Kind> {
    let kinds = message
        .parts
        .0
        .as_ref()
        .map_or(&[][..], |parts| &parts.content_item_kinds.0);
    let mut text = String::new();
    // Where there is one text, there is one kind, or none.
    for (at, part) in message.content.numbered_texts() {
        let injected = match kinds.get(at).map(Text::str) {
            Some(kind) if kind.starts_with("user.") => is_around_image(part),
            Some("" | "unknown") | None => is_injected(part),
            Some(_) => true,
        };
        if injected || part.trim().is_empty() {
            continue;
        }
        if let Some(command) = shell(part) {
            return Some(command);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(part);
    }
    let images = message.content.images();
    (images > 0 || !text.is_empty()).then_some(Kind::User { text, images })
}

fn is_injected(text: &str) -> bool {
    let bare = text.trim();
    if bare.starts_with(PROJECT_DOC) {
        return bare.ends_with("</INSTRUCTIONS>");
    }
    is_around_image(bare) || INJECTED.iter().any(|tag| element(bare, tag).is_some())
}

/// `<image name=[Image #1] path="dot.png">` and `</image>`, which stand before and behind a picture.
fn is_around_image(text: &str) -> bool {
    let bare = text.trim();
    bare == "</image>" || bare.starts_with("<image") && bare.ends_with('>') && !bare.contains('\n')
}

/// What stands in the element `tag`, if that is all of `text`.
fn element<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let inner = text
        .strip_prefix('<')?
        .strip_prefix(tag)?
        .strip_prefix('>')?;
    inner
        .strip_suffix('>')?
        .strip_suffix(tag)?
        .strip_suffix("</")
}

/// A command that the user ran from within Codex, with what came of it.
fn shell(text: &str) -> Option<Kind> {
    let inner = element(text.trim(), "user_shell_command")?;
    let (_, behind) = inner.split_once("<command>")?;
    let (command, behind) = behind.split_once("</command>")?;
    let result = behind
        .split_once("<result>")
        .map_or("", |(_, result)| result);
    let result = result
        .rsplit_once("</result>")
        .map_or(result, |(result, _)| result);
    let (head, output) = result.split_once("Output:\n").unwrap_or((result, ""));
    Some(Kind::Shell {
        command: command.trim().to_owned(),
        output: output.trim_end_matches('\n').to_owned(),
        exit_code: exit_code(head),
    })
}

/// The code in the lines that Codex puts before what a command printed.
fn exit_code(head: &str) -> Option<i64> {
    head.lines().find_map(|line| {
        let code = line
            .strip_prefix("Process exited with code ")
            .or_else(|| line.strip_prefix("Exit code: "))?;
        code.trim().parse().ok()
    })
}

/// What a tool answered as JSON, before 0.50.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wrapped<'a> {
    #[serde(borrow)]
    output: Text<'a>,
    metadata: Object<WrappedMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrappedMetadata {
    exit_code: Number,
}

/// The text of an answer, and whether it tells of a failure.
pub fn answer(output: Output<'_>) -> (String, bool) {
    let failed = output.success == Some(false);
    if output.text.starts_with(r#"{"output""#) {
        let wrapped = serde_json::from_str::<Wrapped<'_>>(&output.text).unwrap_or_default();
        if let (Some(text), Some(metadata)) = (wrapped.output.0, wrapped.metadata.0) {
            let code = metadata.exit_code.0;
            return (
                text.into_owned(),
                failed || code.is_some_and(|code| code != 0.0),
            );
        }
    }
    let text = output.text.as_ref();
    let (head, _) = text.split_once("Output:\n").unwrap_or_default();
    // The lines before are few and short; what a program prints is not looked into.
    let failed = failed || head.len() < 1000 && exit_code(head).is_some_and(|code| code != 0);
    (output.text.into_owned(), failed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(json: &str) -> Option<Kind> {
        user(&serde_json::from_str(json).unwrap())
    }

    fn said(text: &str) -> Kind {
        Kind::User {
            text: text.to_owned(),
            images: 0,
        }
    }

    #[test]
    fn words_are_told_from_what_is_injected() {
        assert_eq!(
            of(r#"{"content":[{"type":"input_text","text":"Fix it"}]}"#),
            Some(said("Fix it"))
        );
        assert_eq!(of(r#"{"content":"Fix it"}"#), Some(said("Fix it")));
        for injected in [
            "<environment_context>\\n<cwd>/x</cwd>\\n</environment_context>",
            "<user_instructions>a</user_instructions>\\n",
            "# AGENTS.md instructions for /x\\n\\n<INSTRUCTIONS>\\na\\n</INSTRUCTIONS>",
        ] {
            assert_eq!(
                of(&format!(
                    r#"{{"content":[{{"type":"input_text","text":"{injected}"}}]}}"#
                )),
                None,
                "{injected}"
            );
        }
        assert_eq!(
            of(r#"{"content":[{"type":"input_text","text":"<skill> is a word"}]}"#),
            Some(said("<skill> is a word"))
        );
    }

    #[test]
    fn what_stands_around_a_picture_is_not_said() {
        let image = r#"{"type":"input_text","text":"<image name=[Image #1]>"},{"type":"input_image","image_url":"data:"},{"type":"input_text","text":"</image>"}"#;
        let expected = Kind::User {
            text: "See".to_owned(),
            images: 1,
        };
        assert_eq!(
            of(&format!(
                r#"{{"content":[{image},{{"type":"input_text","text":"See"}}]}}"#
            )),
            Some(expected)
        );
    }

    #[test]
    fn the_kinds_of_parts_decide_where_they_are_told() {
        let parts = |kind: &str| {
            of(&format!(
                r#"{{"content":[{{"type":"input_text","text":"Fix it"}}],
                    "internal_chat_message_metadata_passthrough":{{"content_item_kinds":["{kind}"]}}}}"#
            ))
        };
        assert_eq!(parts("user.text"), Some(said("Fix it")));
        assert_eq!(parts("multi_agent.subagent_notification"), None);
        assert_eq!(parts("unknown"), Some(said("Fix it")));
    }

    #[test]
    fn a_command_of_the_user_is_taken_apart() {
        let text = r"<user_shell_command>\n<command>\nls x\n</command>\n<result>\nExit code: 2\nDuration: 0.1 seconds\nOutput:\nno x\n</result>\n</user_shell_command>";
        assert_eq!(
            of(&format!(
                r#"{{"content":[{{"type":"input_text","text":"{text}"}}]}}"#
            )),
            Some(Kind::Shell {
                command: "ls x".to_owned(),
                output: "no x".to_owned(),
                exit_code: Some(2)
            })
        );
    }

    #[test]
    fn a_failed_command_is_told_by_its_head() {
        let told = |json: &str| answer(serde_json::from_str(json).unwrap());
        assert!(told(r#""Chunk ID: 1\nProcess exited with code 1\nOutput:\nx""#).1);
        assert!(!told(r#""Chunk ID: 1\nProcess exited with code 0\nOutput:\nExit code: 1\n""#).1);
        assert_eq!(
            told(r#""{\"output\":\"x\",\"metadata\":{\"exit_code\":1}}""#),
            ("x".to_owned(), true)
        );
        assert_eq!(
            told(r#"{"content":"x","success":false}"#),
            ("x".to_owned(), true)
        );
        assert_eq!(
            told(r#"[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"y"}]"#),
            ("x".to_owned(), false)
        );
    }
}
