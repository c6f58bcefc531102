//! What is said to a mail server, step by step, each within what is left of the time.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};

use super::account::{Account, Login, Server};
use super::compose::Mail;
use super::deadline::{Deadline, FAREWELL, Teller};
use super::roots;
use super::trouble::refusal;
use crate::config::notify::Security;
use crate::notify::Refusal;
use crate::notify::channel::secret;
use crate::system::host;

/// Sends a mail and tells what came of it. Everybody gets it or nobody: whoever is left out would never know.
pub(super) fn deliver(account: &Account, mail: &Mail, deadline: Deadline, teller: &Teller) {
    let mut talk = Talk {
        server: &account.server,
        deadline,
        teller,
        doing: String::new(),
    };
    match talk.through(account, mail) {
        Err(refusal) => teller.done(Err(refusal)),
        Ok(mut connection) => {
            // The server has taken it: whatever happens now changes nothing.
            teller.done(Ok(()));
            if connection.set_timeout(Some(FAREWELL)).is_ok() {
                let _ = connection.quit();
            }
        }
    }
}

/// Why a conversation did not begin.
enum Unopened {
    /// Nobody answers at this address; somebody may at another.
    Nowhere(Refusal),
    /// The server does not want to.
    There(Refusal),
}

impl From<Refusal> for Unopened {
    fn from(refusal: Refusal) -> Self {
        Self::There(refusal)
    }
}

struct Talk<'a> {
    server: &'a Server,
    deadline: Deadline,
    teller: &'a Teller,
    doing: String,
}

impl Talk<'_> {
    fn through(&mut self, account: &Account, mail: &Mail) -> Result<SmtpConnection, Refusal> {
        // Asked before the server is: it may be a person at a keyring, and servers do not wait.
        let credentials = account
            .login
            .as_ref()
            .map(|login| self.credentials(login))
            .transpose()?;
        let tls = match self.server.security {
            Security::None => None,
            Security::Tls | Security::StartTls => {
                let server = self.server;
                let tls = roots::tls(&server.host, server.ca_file.as_deref());
                Some(tls.map_err(Refusal::Final)?)
            }
        };
        let mut connection = self.connect(tls.as_ref(), credentials.is_some())?;
        if let Some(credentials) = &credentials {
            self.log_in(&mut connection, credentials)?;
        }
        self.hand_over(&mut connection, mail)?;
        Ok(connection)
    }

    /// Begins a step: what is left of the time is for it alone.
    fn begin(&mut self, doing: String) -> Result<Duration, Refusal> {
        self.doing = doing;
        self.teller.doing(self.doing.clone());
        self.left()
    }

    fn left(&self) -> Result<Duration, Refusal> {
        self.deadline
            .left()
            .ok_or_else(|| self.deadline.passed(&self.doing))
    }

    fn trouble(&self, error: &Error) -> Refusal {
        refusal(&self.doing, error)
    }

    fn credentials(&mut self, login: &Login) -> Result<Credentials, Refusal> {
        let left = self.begin("read the password".to_owned())?;
        let password = secret::read(&login.password, left)?;
        Ok(Credentials::new(
            login.username.clone(),
            password.expose().to_owned(),
        ))
    }

    fn connect(
        &mut self,
        tls: Option<&TlsParameters>,
        with_password: bool,
    ) -> Result<SmtpConnection, Refusal> {
        let (server, port) = (self.server, self.server.port);
        self.begin(format!("find {}", server.host))?;
        let mut addresses: Vec<SocketAddr> = (server.host.as_str(), port)
            .to_socket_addrs()
            .map_err(|error| Refusal::Later(format!("{}: {error}", self.doing)))?
            .collect();
        if server.security == Security::None && with_password {
            addresses.retain(|address| address.ip().is_loopback());
        }
        let mut trouble = Refusal::Later(format!("{}: it has no address", self.doing));
        let count = addresses.len();
        for (tried, address) in addresses.into_iter().enumerate() {
            let left = self.begin(format!("connect to {}:{port}", server.host))?;
            // One that does not answer leaves time for the others.
            let share = u32::try_from(count - tried).unwrap_or(u32::MAX);
            match self.open(address, tls, left / share) {
                Ok(connection) => return Ok(connection),
                Err(Unopened::There(refusal)) => return Err(refusal),
                Err(Unopened::Nowhere(refusal)) => trouble = refusal,
            }
        }
        Err(trouble)
    }

    fn open(
        &mut self,
        address: SocketAddr,
        tls: Option<&TlsParameters>,
        timeout: Duration,
    ) -> Result<SmtpConnection, Unopened> {
        let name = own_name();
        let from_the_beginning = tls.filter(|_| self.server.security == Security::Tls);
        let mut connection = SmtpConnection::connect(
            address,
            Some(timeout.max(Duration::from_millis(1))),
            &name,
            from_the_beginning,
            None,
        )
        .map_err(|error| match self.trouble(&error) {
            refusal @ Refusal::Later(_) if error.status().is_none() && !error.is_response() => {
                Unopened::Nowhere(refusal)
            }
            refusal => Unopened::There(refusal),
        })?;
        if let Some(tls) = tls.filter(|_| self.server.security == Security::StartTls) {
            self.step(&mut connection, "change to TLS")?;
            // Never without: somebody in between may have taken the offer away.
            if !connection.can_starttls() {
                let why = "the server does not offer STARTTLS, and nothing is sent in the clear";
                return Err(Refusal::Final(format!("{}: {why}", self.doing)).into());
            }
            connection
                .starttls(tls, &name)
                .map_err(|error| self.trouble(&error))?;
        }
        if tls.is_some() != connection.is_encrypted() {
            return Err(Refusal::Final(format!("{}: not encrypted", self.doing)).into());
        }
        Ok(connection)
    }

    /// Begins a step of an open conversation.
    fn step(&mut self, connection: &mut SmtpConnection, what: &str) -> Result<(), Refusal> {
        let left = self.begin(format!("{what} at {}", self.server.host))?;
        connection
            .set_timeout(Some(left))
            .map_err(|error| Refusal::Later(format!("{}: {error}", self.doing)))
    }

    fn log_in(
        &mut self,
        connection: &mut SmtpConnection,
        credentials: &Credentials,
    ) -> Result<(), Refusal> {
        self.step(connection, "log in")?;
        let offered = connection.server_info();
        if offered.get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            return Err(Refusal::Final(format!(
                "{}: the server offers neither AUTH PLAIN nor AUTH LOGIN",
                self.doing
            )));
        }
        connection
            .auth(DEFAULT_MECHANISMS, credentials)
            .map_err(|error| self.trouble(&error))?;
        Ok(())
    }

    fn hand_over(&mut self, connection: &mut SmtpConnection, mail: &Mail) -> Result<(), Refusal> {
        let sender = mail.envelope.from();
        let named = sender.map(Address::to_string).unwrap_or_default();
        self.step(connection, &format!("send as <{named}>"))?;
        let mut parameters = Vec::new();
        let is_ascii = |address: &Address| address.to_string().is_ascii();
        if !mail.envelope.to().iter().chain(sender).all(is_ascii) {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(Refusal::Final(format!(
                    "{}: the server takes only addresses in ASCII",
                    self.doing
                )));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        connection
            .command(MailFrom::new(sender.cloned(), parameters))
            .map_err(|error| self.trouble(&error))?;
        for recipient in mail.envelope.to() {
            self.step(connection, &format!("send to <{recipient}>"))?;
            connection
                .command(Rcpt::new(recipient.clone(), Vec::new()))
                .map_err(|error| self.trouble(&error))?;
        }
        self.step(connection, "hand the mail over")?;
        connection
            .command(Data)
            .map_err(|error| self.trouble(&error))?;
        connection
            .set_timeout(Some(self.left()?))
            .map_err(|error| Refusal::Later(format!("{}: {error}", self.doing)))?;
        connection
            .message(&mail.bytes)
            .map_err(|error| self.trouble(&error))?;
        Ok(())
    }
}

/// How this machine calls itself in the greeting: its name, if that can stand there.
fn own_name() -> ClientId {
    let name = host::name();
    let is_name = !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if is_name {
        ClientId::Domain(name)
    } else {
        ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST)
    }
}
