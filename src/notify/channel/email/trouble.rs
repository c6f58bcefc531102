//! Which trouble passes and which stays.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use lettre::transport::smtp::Error;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::notify::Refusal;
use crate::system::plain::shortened;

/// How much of a server's answer is told, in characters.
const ANSWER: usize = 400;

/// What an error in `doing` something comes to.
///
/// An answer of the kind 4xx passes, 5xx stays [RFC 5321, 4.2.1]. A connection that is refused, breaks or says nothing
/// passes; so does an answer that makes no sense, which is mostly one that breaks off. A certificate that is not
/// trusted, and a server that cannot speak TLS, stay.
pub(super) fn refusal(doing: &str, error: &Error) -> Refusal {
    if let Some(tls) = tls_error(error) {
        return of_tls(doing, tls);
    }
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status() {
        let answer = shortened(cause.trim(), ANSWER);
        let text = format!("{doing}: the server answered {code} {answer}");
        return if error.is_permanent() {
            Refusal::Final(text.trim_end().to_owned())
        } else {
            Refusal::Later(text.trim_end().to_owned())
        };
    }
    if error.is_client() {
        return Refusal::Final(format!("{doing}: {cause}"));
    }
    let why = match io_error(error).map(io::Error::kind) {
        Some(ErrorKind::WouldBlock | ErrorKind::TimedOut) => "no answer in time".to_owned(),
        Some(
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe,
        ) => "the server ended the connection".to_owned(),
        _ if error.is_response() && cause == "incomplete response" => {
            "the server ended the connection".to_owned()
        }
        _ => cause,
    };
    Refusal::Later(format!("{doing}: {}", shortened(&why, ANSWER)))
}

fn of_tls(doing: &str, error: &rustls::Error) -> Refusal {
    match error {
        rustls::Error::InvalidCertificate(why) => Refusal::Final(format!(
            "{doing}: the server's certificate is not accepted: {}",
            of_certificate(why)
        )),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Refusal::Final(
            format!("{doing}: the server does not speak TLS here; `security` and `port` must fit"),
        ),
        rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity
            | AlertDescription::CertificateRequired
            | AlertDescription::UnrecognisedName,
        )
        | rustls::Error::PeerIncompatible(_)
        | rustls::Error::PeerMisbehaved(_)
        | rustls::Error::InvalidMessage(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::UnsupportedNameType => Refusal::Final(format!("{doing}: TLS: {error}")),
        _ => Refusal::Later(format!("{doing}: TLS: {error}")),
    }
}

fn of_certificate(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "nobody whom this machine trusts has signed it; `ca_file` can name who did".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("it has expired ({why})")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is for another name ({why})")
        }
        _ => why.to_string(),
    }
}

/// The error of the system below, if there is one.
fn io_error(error: &Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref::<io::Error>() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

/// The error of TLS below, which an error of the system carries.
fn tls_error(error: &Error) -> Option<&rustls::Error> {
    let direct = || error.source()?.downcast_ref::<rustls::Error>();
    let carried = || io_error(error)?.get_ref()?.downcast_ref::<rustls::Error>();
    direct().or_else(carried)
}
