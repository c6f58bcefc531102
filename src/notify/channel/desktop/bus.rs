//! The notification service on the session's D-Bus.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::ErrorKind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::address::transport::{Transport, Unix, UnixSocket};
use zbus::connection::Builder;
use zbus::{Address, Connection, DynamicType, Type, Variant, fdo};

use super::address::Bus;
use super::bubble::Bubble;
use super::{APP, Refusal};

const SERVICE: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";

const SILENCE: &str = "the desktop did not answer in time";

/// The capability of interpreting `<b>`, `<a>` and `<img>` in the body.
const MARKUP: &str = "body-markup";

/// Shows a bubble.
pub(super) fn show(bus: Option<&Bus>, bubble: Bubble, limit: Duration) -> Result<(), Refusal> {
    let bus = present(bus)?;
    within(limit, async move {
        let connection = connect(&bus, limit).await?;
        let capabilities: Result<Vec<String>, _> = call(&connection, "GetCapabilities", &()).await;
        let markup = match capabilities {
            Ok(capabilities) => capabilities.iter().any(|name| name == MARKUP),
            // It is there and would not say; markup that is shown does less harm than markup that is followed.
            Err(zbus::Error::MethodError(..)) => true,
            Err(error) => return Err(refusal(&error)),
        };
        let actions: [&str; 0] = [];
        let hints = BTreeMap::from([
            ("urgency", Variant::from(bubble.urgency)),
            ("category", Variant::from(bubble.category.as_str())),
        ]);
        let replaces = 0_u32;
        let notice = (
            APP,
            replaces,
            bubble.icon,
            bubble.summary.as_str(),
            bubble.body(markup),
            actions.as_slice(),
            hints,
            bubble.expire,
        );
        let shown: Result<u32, _> = call(&connection, "Notify", &notice).await;
        let _ = connection.close().await;
        shown.map(drop).map_err(|error| refusal(&error))
    })
}

/// The name and version of the service.
pub(super) fn identify(bus: Option<&Bus>, limit: Duration) -> Result<String, Refusal> {
    let bus = present(bus)?;
    within(limit, async move {
        let connection = connect(&bus, limit).await?;
        let service: Result<(String, String, String, String), _> =
            call(&connection, "GetServerInformation", &()).await;
        let _ = connection.close().await;
        let (name, _vendor, version, _specification) = service.map_err(|error| refusal(&error))?;
        Ok(format!("{name} {version}"))
    })
}

fn present(bus: Option<&Bus>) -> Result<Bus, Refusal> {
    bus.cloned().ok_or_else(|| {
        let text = "there is no desktop: DBUS_SESSION_BUS_ADDRESS is not set, and the user's runtime folder has no bus";
        Refusal::Later(text.to_owned())
    })
}

/// Does the work on a thread of its own and waits for it no longer than `limit`.
///
/// The library bounds calls but not the handshake. A thread that hangs in one is left to itself; it owns nothing but its
/// connection, and processes here are short.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("desktop".to_owned())
        .spawn(move || {
            let _ = sender.send(zbus::block_on(work));
        })
        .map_err(|error| Refusal::Later(format!("start a thread: {error}")))?;
    receiver.recv_timeout(limit).unwrap_or_else(|error| {
        Err(Refusal::Later(match error {
            RecvTimeoutError::Timeout => SILENCE.to_owned(),
            RecvTimeoutError::Disconnected => "the connection to the desktop broke".to_owned(),
        }))
    })
}

async fn connect(bus: &Bus, limit: Duration) -> Result<Connection, Refusal> {
    let addresses = match bus {
        Bus::Socket(path) => {
            let socket = UnixSocket::File(path.clone());
            vec![Ok(Address::new(Transport::Unix(Unix::new(socket))))]
        }
        Bus::Addresses(list) => list
            .split(';')
            .filter(|address| !address.is_empty())
            .map(Address::try_from)
            .collect(),
    };
    let mut refused = Refusal::Later("the session's bus has no address".to_owned());
    for address in addresses {
        let connected = match address {
            Ok(address) => {
                Builder::address(address)
                    .method_timeout(limit)
                    .build()
                    .await
            }
            Err(error) => Err(error),
        };
        match connected {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                refused = Refusal::Later(format!("reach the session's bus: {error}"));
            }
        }
    }
    Err(refused)
}

async fn call<B, R>(connection: &Connection, method: &'static str, body: &B) -> zbus::Result<R>
where
    B: Serialize + DynamicType + Sync,
    R: DeserializeOwned + Type,
{
    let reply = connection
        .call_method(Some(SERVICE), OBJECT, Some(SERVICE), method, body)
        .await?;
    reply.body().deserialize()
}

/// What a call's failure means.
fn refusal(error: &zbus::Error) -> Refusal {
    use fdo::Error as Known;
    let text = match error {
        zbus::Error::FDO(known) => match &**known {
            Known::ServiceUnknown(_) | Known::NameHasNoOwner(_) => {
                "no notification service runs on the session's bus".to_owned()
            }
            Known::AccessDenied(_) | Known::InvalidArgs(_) => {
                return Refusal::Final(format!("the desktop refused: {known}"));
            }
            _ => format!("the desktop did not take it: {known}"),
        },
        zbus::Error::MethodError(name, text, _) => {
            let text = text.as_deref().unwrap_or_default();
            format!("the desktop did not take it: {name}: {text}")
        }
        zbus::Error::InputOutput(error) if error.kind() == ErrorKind::TimedOut => {
            SILENCE.to_owned()
        }
        other => format!("talk to the desktop: {other}"),
    };
    Refusal::Later(text)
}
