//! `[notify]`: who is told what, through which channel. The user's own file only.

mod kind;
mod quiet;
mod template;
mod value;

use std::collections::BTreeMap;
use std::num::{NonZeroU16, NonZeroU32};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::kind::{NoticeKind, Severity};
pub use self::quiet::QuietHours;
pub use self::template::Template;
pub use self::value::{Expanding, Secret, Unset};
use super::pattern::Pattern;
use super::units::{Period, Size};

/// Who is told what happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Whether anything is told.
    pub enabled: bool,
    /// Hours, in local time, in which only critical notices come by the desktop, e-mail, webhooks and commands; the others
    /// come afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Wordings instead of the usual ones.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<NoticeKind, Wording>,
    /// The terminal: a line at the end of the next command.
    pub console: Console,
    /// The desktop's notifications.
    pub desktop: Desktop,
    /// A file of JSON lines.
    pub file: File,
    /// E-mail.
    pub email: Email,
    /// HTTP requests, under names of your own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub webhook: BTreeMap<ChannelName, Webhook>,
    /// Programs that get a notice as JSON on standard input, under names of your own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub command: BTreeMap<ChannelName, Command>,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            enabled: true,
            quiet_hours: None,
            templates: BTreeMap::new(),
            console: Console::default(),
            desktop: Desktop::default(),
            file: File::default(),
            email: Email::default(),
            webhook: BTreeMap::new(),
            command: BTreeMap::new(),
        }
    }
}

/// The name of a webhook or command: as that of a task.
pub type ChannelName = super::task::TaskName;

/// How a notice is worded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Wording {
    /// A few words: the subject of an e-mail, the heading on the desktop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Template>,
    /// A line or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Template>,
}

/// Which notices a channel carries, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Audience<'a> {
    /// Whether the channel is used.
    pub enabled: bool,
    /// The least serious notice.
    pub min_severity: Severity,
    /// Only about these tasks; empty: about all.
    pub tasks: &'a [Pattern],
    /// Only of these kinds; empty: of all.
    pub events: &'a [NoticeKind],
    /// Whether it is silent in the quiet hours.
    pub quiet: bool,
}

/// Each channel has a type, since each has defaults and settings of its own.
macro_rules! channel {
    (
        $(#[$doc:meta])*
        $name:ident {
            enabled: $enabled:literal, min_severity: $severity:ident, quiet: $quiet:literal;
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// Whether it is used.
            pub enabled: bool,
            /// The least serious notice that it carries.
            pub min_severity: Severity,
            /// Only notices about these tasks, as globs of their names; empty: about all.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub tasks: Vec<Pattern>,
            /// Only notices of these kinds; empty: of all.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub events: Vec<NoticeKind>,
            /// Whether it is silent in the quiet hours.
            pub quiet: bool,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    enabled: $enabled,
                    min_severity: Severity::$severity,
                    tasks: Vec::new(),
                    events: Vec::new(),
                    quiet: $quiet,
                    $($field: $default,)*
                }
            }
        }

        impl $name {
            /// Which notices it carries.
            pub fn audience(&self) -> Audience<'_> {
                Audience {
                    enabled: self.enabled,
                    min_severity: self.min_severity,
                    tasks: &self.tasks,
                    events: &self.events,
                    quiet: self.quiet,
                }
            }
        }
    };
}

channel!(
    /// Notices on the terminal.
    Console { enabled: true, min_severity: Info, quiet: false; }
);

channel!(
    /// Notices on the desktop.
    Desktop {
        enabled: true, min_severity: Warning, quiet: true;
        /// The least time between two notices: what happens meanwhile comes together. Critical ones do not wait.
        every: Period = Period::seconds(30),
        /// How long a notice stays; by default what the desktop thinks right. Critical ones stay until they are closed.
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout: Option<Period> = None,
    }
);

channel!(
    /// Notices in a file of JSON lines.
    File {
        enabled: true, min_severity: Info, quiet: false;
        /// Where; `~` is the home folder. By default `notices.jsonl` in the repository's state folder.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<String> = None,
        /// At this size a new file is begun.
        max_size: Size = Size::mebibytes(10),
        /// So many files are kept, besides the newest.
        keep: NonZeroU32 = NonZeroU32::MIN.saturating_add(4),
    }
);

/// How the connection to a mail server is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// It begins open and must then change to TLS; port 587.
    #[default]
    StartTls,
    /// TLS from the beginning; port 465.
    Tls,
    /// Not at all; port 25. Refused together with a password, unless the server is this machine.
    None,
}

channel!(
    /// Notices by e-mail.
    Email {
        enabled: false, min_severity: Error, quiet: true;
        /// The least time between two mails: what happens meanwhile comes together. Critical notices do not wait.
        every: Period = Period::minutes(15),
        /// The mail server.
        host: Expanding = Expanding::variable("SMTP_SERVER"),
        /// Its port; by default the usual one.
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<NonZeroU16> = None,
        /// How the connection is kept private.
        security: Security = Security::StartTls,
        /// A file of certificates (PEM) that are trusted besides the usual ones.
        #[serde(skip_serializing_if = "Option::is_none")]
        ca_file: Option<String> = None,
        /// Who sends, such as `git-tend <tend@example.org>`.
        from: Expanding = Expanding::variable("FROM_EMAIL"),
        /// Who receives.
        to: Vec<Expanding> = vec![Expanding::variable("TO_EMAIL")],
        /// The name at the server, if it wants one.
        #[serde(skip_serializing_if = "Option::is_none")]
        username: Option<Expanding> = None,
        /// The password: `{ env = "NAME" }` or `{ command = ["pass", "show", "mail"] }`.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<Secret> = None,
        /// How long sending may take.
        timeout: Period = Period::seconds(20),
    }
);

/// What the body of a request looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebhookFormat {
    /// One notice, as `git tend notify log --json` prints it.
    #[default]
    Json,
    /// What Slack's incoming webhooks take, and with them Mattermost's and Discord's (`/slack`): all that waits at once.
    Slack,
}

channel!(
    /// Notices by an HTTP request.
    Webhook {
        enabled: true, min_severity: Warning, quiet: true;
        /// The least time between two requests. Critical notices do not wait.
        every: Period = Period::seconds(0),
        /// Where to; `${NAME}` for what is secret in it.
        url: Option<Expanding> = None,
        /// What the body looks like.
        format: WebhookFormat = WebhookFormat::Json,
        /// More headers; `${NAME}` for what is secret in them.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, Expanding> = BTreeMap::new(),
        /// The key with which the body is signed: `X-Tend-Signature-256: sha256=…` is its HMAC.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<Secret> = None,
        /// A file of certificates (PEM) that are trusted besides the usual ones.
        #[serde(skip_serializing_if = "Option::is_none")]
        ca_file: Option<String> = None,
        /// How long a request may take.
        timeout: Period = Period::seconds(10),
    }
);

channel!(
    /// Notices as JSON on the standard input of a program.
    Command {
        enabled: true, min_severity: Info, quiet: true;
        /// The program and its arguments; it is not run by a shell.
        run: Vec<String> = Vec::new(),
        /// How long it may take.
        timeout: Period = Period::seconds(10),
    }
);
