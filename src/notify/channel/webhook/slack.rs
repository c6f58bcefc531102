//! The form of Slack's incoming webhooks, which Mattermost and Discord (`/slack`) take too.
//!
//! The heading is a Block Kit header, in plain text. What happened is in attachments, one a severity, which all three
//! colour; blocks would be seen in Slack alone. Everything is text: `&`, `<` and `>` are escaped as Slack demands, so that
//! no link, mention or command of Slack's own syntax is left, and an invisible character parts what the others would take
//! for a mention or a link with another text.

use serde_json::{Value, json};

use crate::config::notify::Severity;
use crate::notify::message::Content;
use crate::notify::{Message, Notice};
use crate::system::plain::{lines, plain, shortened};

/// The longest header of Block Kit, in characters.
const HEADER: usize = 150;
/// The longest text of Block Kit, in characters; within what Discord takes as a description, and two of them in all.
const TEXT: usize = 3000;
/// The longest footer, in characters.
const FOOTER: usize = 300;
/// U+2060, the word joiner: not seen, and no part of any markup.
const JOINER: char = '\u{2060}';

/// The body of a request that tells all of a message.
pub fn body(message: &Message) -> Value {
    let subject = plain(&message.subject()).into_owned();
    let icon = match message.content() {
        Some(Content::One(notice)) => notice.icon(),
        Some(Content::Several(_)) | None => "",
    };
    let heading = format!("{icon} {subject}");
    json!({
        // Slack shows it where there is no room for blocks, the others in their place.
        "text": escaped(&parted(heading.trim()), TEXT),
        "blocks": [{
            "type": "header",
            "text": {
                "type": "plain_text",
                "text": escaped(heading.trim(), HEADER),
                "emoji": false,
            },
        }],
        "attachments": attachments(message),
    })
}

/// The colour of a severity.
const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "#3498db",
        Severity::Warning => "#f39c12",
        Severity::Error => "#e74c3c",
        Severity::Critical => "#c0392b",
    }
}

fn attachments(message: &Message) -> Vec<Value> {
    match message.content() {
        None => Vec::new(),
        Some(Content::One(notice)) => vec![alone(notice)],
        Some(Content::Several(notices)) => {
            // As many characters for each as there is room for all of them.
            let share = (TEXT / notices.len()).max(2);
            Severity::ALL
                .into_iter()
                .rev()
                .filter_map(|severity| group(notices, severity, share))
                .collect()
        }
    }
}

fn alone(notice: &Notice) -> Value {
    let text = lines(&notice.message).collect::<Vec<_>>().join("\n");
    attachment(
        notice.severity,
        if text.is_empty() {
            &notice.title
        } else {
            &text
        },
        &[
            Some(&notice.repository),
            notice.task.as_ref(),
            Some(&notice.host),
        ],
        notice.time.as_second(),
    )
}

/// All notices of one severity, a line or two each.
fn group(notices: &[Notice], severity: Severity, share: usize) -> Option<Value> {
    let some: Vec<&Notice> = notices
        .iter()
        .filter(|notice| notice.severity == severity)
        .collect();
    let last = some.last()?;
    let entries = some.iter().map(|notice| {
        let said = lines(&notice.message).collect::<Vec<_>>().join(" ");
        let entry = format!("• {}: {said}", plain(&notice.title));
        let entry = entry.trim_end_matches([' ', ':']);
        // One less, for the line break.
        shortened(entry, share - 1).into_owned()
    });
    let text = entries.collect::<Vec<_>>().join("\n");
    let mut hosts: Vec<&String> = some.iter().map(|notice| &notice.host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let hosts: Vec<Option<&String>> = hosts.into_iter().map(Some).collect();
    Some(attachment(severity, &text, &hosts, last.time.as_second()))
}

fn attachment(severity: Severity, text: &str, footer: &[Option<&String>], second: i64) -> Value {
    let footer: Vec<_> = footer
        .iter()
        .flatten()
        .map(|part| plain(part))
        .filter(|part| !part.is_empty())
        .collect();
    // Line breaks of our own: every line is plain already.
    let text = text.split('\n').map(plain).collect::<Vec<_>>().join("\n");
    let text = escaped(&parted(&text), TEXT);
    json!({
        "color": colour(severity),
        "fallback": text,
        "text": text,
        "footer": escaped(&parted(&footer.join(" · ")), FOOTER),
        "ts": second,
        // Nothing in it is markup.
        "mrkdwn_in": [],
    })
}

/// The text with a word joiner where Mattermost and Discord would see a mention (`@all`, but not `a@b.org`), an image or a
/// link with another text (`[text](url)`, `[text][1]`, `[1]: url`).
fn parted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        out.push(c);
        let after = rest.as_str();
        let is_part = match c {
            '@' => {
                !before.is_alphanumeric()
                    || after.starts_with("everyone")
                    || after.starts_with("here")
            }
            ']' => after.starts_with(['(', '[', ':', ' ']),
            _ => false,
        };
        if is_part {
            out.push(JOINER);
        }
        before = c;
    }
    out
}

/// The text with Slack's three escapes, of at most `most` characters with them; no escape is cut.
fn escaped(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    // Where to cut if it is too long, with room for the ellipsis.
    let (mut length, mut cut) = (0, 0);
    for c in text.chars() {
        let start = out.len();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
        let added = if out.len() - start == c.len_utf8() {
            1
        } else {
            out.len() - start
        };
        length += added;
        if length < most {
            cut = out.len();
        }
        if length > most {
            out.truncate(cut);
            out.push('…');
            return out;
        }
    }
    out
}
