//! E-mail: one mail a message, as text and HTML, handed to a mail server.

#[cfg(feature = "email")]
mod account;
#[cfg(feature = "email")]
mod compose;
#[cfg(feature = "email")]
mod conversation;
#[cfg(feature = "email")]
mod deadline;
#[cfg(feature = "email")]
mod html;
#[cfg(feature = "email")]
mod letter;
#[cfg(feature = "email")]
mod roots;
#[cfg(feature = "email")]
mod text;
#[cfg(feature = "email")]
mod trouble;

use std::time::Duration;

use super::{Channel, Refusal};
use crate::config::notify::Email as Settings;
use crate::notify::Message;

/// The channel of e-mail.
#[derive(Clone, Copy, Debug)]
pub struct Email<'a> {
    settings: &'a Settings,
}

impl<'a> Email<'a> {
    /// The channel that these settings describe.
    pub const fn new(settings: &'a Settings) -> Self {
        Self { settings }
    }
}

#[cfg(feature = "email")]
fn account(settings: &Settings) -> Result<account::Account, String> {
    account::Account::new(settings, crate::system::env::text)
}

#[cfg(feature = "email")]
impl Channel for Email<'_> {
    /// Variables, addresses, certificates, where the password is: what this machine alone can tell. Nobody is asked, and no
    /// command is run.
    fn check(&self) -> Result<(), Refusal> {
        use crate::config::notify::Security;

        let account = account(self.settings).map_err(Refusal::Final)?;
        let server = &account.server;
        if server.security != Security::None {
            roots::tls(&server.host, server.ca_file.as_deref()).map_err(Refusal::Final)?;
        }
        if let Some(login) = &account.login {
            super::secret::check(&login.password)?;
        }
        Ok(())
    }

    fn send(&self, message: &Message, limit: Duration) -> Result<(), Refusal> {
        use self::{compose::Mail, conversation::deliver, deadline::Deadline};

        let deadline = Deadline::after(limit.min(self.settings.timeout.0));
        let account = account(self.settings).map_err(Refusal::Final)?;
        let mail = Mail::new(message, &account, &crate::system::zone::local())?;
        deadline::bounded(deadline, move |teller| {
            deliver(&account, &mail, deadline, teller);
        })
    }
}

/// What is said where e-mail was left out.
#[cfg(not(feature = "email"))]
const LEFT_OUT: &str = "this git-tend was built without e-mail";

#[cfg(not(feature = "email"))]
impl Channel for Email<'_> {
    fn check(&self) -> Result<(), Refusal> {
        let _ = self.settings;
        Err(Refusal::Final(LEFT_OUT.to_owned()))
    }

    fn send(&self, _: &Message, _: Duration) -> Result<(), Refusal> {
        self.check()
    }
}
