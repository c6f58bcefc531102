//! Notices on the desktop: bubbles of the service that freedesktop.org's Desktop Notifications Specification describes.
//!
//! A hook of a graphical client, a job of cron and a detached drain often lack the session's variables, so the [`address`]
//! of its bus is found without them as well. What a bubble says is put together apart from the service that shows it.

pub mod address;
mod bubble;

#[cfg(not(feature = "desktop"))]
mod absent;
#[cfg(all(feature = "desktop", not(target_os = "macos")))]
mod bus;
#[cfg(all(feature = "desktop", target_os = "macos"))]
mod macos;

use std::ffi::OsString;
use std::time::Duration;

#[cfg(not(feature = "desktop"))]
use self::absent as service;
use self::address::Bus;
use self::bubble::Bubble;
#[cfg(all(feature = "desktop", not(target_os = "macos")))]
use self::bus as service;
#[cfg(all(feature = "desktop", target_os = "macos"))]
use self::macos as service;
use super::{Channel, Refusal};
use crate::config::notify as settings;
use crate::notify::Message;
use crate::system::user;

/// The name of the program as the desktop's settings list it.
const APP: &str = "git-tend";

/// How long the desktop may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether there is a desktop, as far as can be told without asking it.
pub fn available(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let anywhere = cfg!(target_os = "macos");
    cfg!(feature = "desktop")
        && (anywhere || address::find(variable, user::effective_uid()).is_some())
}

/// The desktop of the user who runs this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desktop {
    bus: Option<Bus>,
    timeout: Option<Duration>,
}

impl Desktop {
    /// The desktop that these variables lead to, or else the one of the user's session.
    pub fn new(settings: &settings::Desktop, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            bus: address::find(variable, user::effective_uid()),
            timeout: settings.timeout.map(Duration::from),
        }
    }

    /// Asks who shows notices, such as `gnome-shell 48.1`, and shows none.
    pub fn identify(&self, limit: Duration) -> Result<String, Refusal> {
        service::identify(self.bus.as_ref(), limit)
    }
}

impl Channel for Desktop {
    /// Whether somebody shows notices.
    fn check(&self) -> Result<(), Refusal> {
        self.identify(PATIENCE).map(drop)
    }

    fn send(&self, message: &Message, limit: Duration) -> Result<(), Refusal> {
        let bubble = Bubble::of(message, self.timeout);
        service::show(self.bus.as_ref(), bubble, limit)
    }
}
