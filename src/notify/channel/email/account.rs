//! What the settings of the channel come to: a server, who writes, who reads.

use std::net::IpAddr;
use std::num::NonZeroU16;

use lettre::message::{Mailbox, Mailboxes};

use crate::config::notify::{Email as Settings, Expanding, Secret, Security};
use crate::system::plain::{plain, steers};
use crate::system::tilde;

/// The settings with their variables put in, and found to make sense. The password is not read yet.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// The server.
    pub server: Server,
    /// Who sends.
    pub from: Mailbox,
    /// Who receives; never empty.
    pub to: Vec<Mailbox>,
    /// The name at the server and where the password is.
    pub login: Option<Login>,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
    /// Certificates that are trusted besides the usual ones.
    pub ca_file: Option<String>,
}

/// How one makes oneself known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    /// The name.
    pub username: String,
    /// Where the password is.
    pub password: Secret,
}

impl Account {
    /// From the settings, with `variable` telling what a variable of the environment is; or what is wrong with them.
    pub fn new(
        settings: &Settings,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let expand = |key: &str, text: &Expanding| -> Result<String, String> {
            let text = text
                .expand(&variable)
                .map_err(|unset| format!("`{key}`: {unset}"))?;
            if text.chars().any(steers) {
                return Err(format!(
                    "`{key}`: `{}` has control characters in it",
                    plain(&text)
                ));
            }
            Ok(text.trim().to_owned())
        };
        let server = Server::new(settings, &expand("host", &settings.host)?)?;
        let mut from = mailboxes("from", &expand("from", &settings.from)?)?.into_iter();
        let (Some(from), None) = (from.next(), from.next()) else {
            return Err("`from`: exactly one address is needed".to_owned());
        };
        let mut to = Vec::new();
        for text in &settings.to {
            to.extend(mailboxes("to", &expand("to", text)?)?);
        }
        if to.is_empty() {
            return Err("`to`: nobody is to receive mail".to_owned());
        }
        let login = match (&settings.username, &settings.password) {
            (None, None) => None,
            (Some(username), Some(password)) => Some(Login {
                username: expand("username", username)?,
                password: password.clone(),
            }),
            (Some(_), None) => return Err("`username` is set and `password` is not".to_owned()),
            (None, Some(_)) => return Err("`password` is set and `username` is not".to_owned()),
        };
        if login.is_some() && server.security == Security::None && !server.is_this_machine() {
            return Err(format!(
                "`security = \"none\"` would show the password to everybody between here and {}",
                server.host
            ));
        }
        Ok(Self {
            server,
            from,
            to,
            login,
        })
    }
}

impl Server {
    fn new(settings: &Settings, host: &str) -> Result<Self, String> {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let is_address = bare.parse::<IpAddr>().is_ok();
        if !is_address && let Some((name, port)) = host.rsplit_once(':') {
            return Err(format!(
                "`host`: write `host = \"{name}\"` and `port = {port}`"
            ));
        }
        let is_name = !bare.is_empty()
            && !bare.contains(|c: char| c.is_whitespace() || "/@<>[]\"\\,;".contains(c));
        if !is_address && !is_name {
            return Err(format!("`host`: `{host}` is no name of a server"));
        }
        let usual = match settings.security {
            Security::StartTls => 587,
            Security::Tls => 465,
            Security::None => 25,
        };
        let ca_file = settings.ca_file.as_deref().map(tilde::expanded);
        if ca_file.is_some_and(|path| !path.is_absolute()) {
            return Err("`ca_file`: write its whole path".to_owned());
        }
        Ok(Self {
            host: bare.to_owned(),
            port: settings.port.map_or(usual, NonZeroU16::get),
            security: settings.security,
            ca_file: settings.ca_file.clone(),
        })
    }

    /// Whether what is sent there does not leave this machine. Names but `localhost` may change their meaning.
    pub fn is_this_machine(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self
                .host
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

/// One address or several with commas between them, with names or without.
fn mailboxes(key: &str, text: &str) -> Result<Mailboxes, String> {
    text.parse().map_err(|error| {
        let error = format!("{error}").to_lowercase();
        format!("`{key}`: `{text}` is no address of e-mail: {error}")
    })
}
