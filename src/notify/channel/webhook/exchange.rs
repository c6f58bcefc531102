//! A request and what came of it.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use ureq::config::Config;
use ureq::http::{Response, StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

use super::super::Refusal;
use super::super::span::seconds;
use super::address::Address;
use super::headers::Headers;
use crate::system::plain;

/// How much of an answer is read, in bytes.
const READ: u64 = 4096;
/// How long that may take: why something was refused is worth less than that it was.
const READING: Duration = Duration::from_secs(2);
/// How much of it is told, in characters.
const TOLD: usize = 200;

/// Where to, with what, trusting whom.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to.
    pub address: Address,
    /// All headers.
    pub headers: Headers,
    /// The authorities that are trusted; none are needed without encryption.
    pub roots: Vec<CertificateDer<'static>>,
}

/// Posts a body. `limit` is for everything together: the name, the connection, the proxy, the request and the answer.
pub fn post(request: &Request, body: &[u8], limit: Duration) -> Result<(), Refusal> {
    let origin = request.address.origin();
    if limit.is_zero() {
        return Err(Refusal::Later(format!("no time was left for {origin}")));
    }
    let agent: Agent = configuration(&request.roots, limit).into();
    let mut post = agent.post(request.address.uri());
    for (name, value) in request.headers.iter() {
        post = post.header(name, value);
    }
    match post.send(body) {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(refused(&request.address, answer)),
        Err(error) => Err(failed(&request.address, &error, limit)),
    }
}

/// Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY` and the others), as everywhere.
fn configuration(roots: &[CertificateDer<'static>], limit: Duration) -> Config {
    let roots: Vec<Certificate<'static>> = roots
        .iter()
        .map(|root| Certificate::from_der(root).to_owned())
        .collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(limit))
        .timeout_recv_body(Some(READING))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(0)
        .build()
}

/// What an answer other than "taken" means.
fn refused(address: &Address, mut answer: Response<Body>) -> Refusal {
    let status = answer.status();
    let origin = address.origin();
    let mut text = match status.canonical_reason() {
        Some(reason) => format!("{origin} answered {} {reason}", status.as_u16()),
        None => format!("{origin} answered {}", status.as_u16()),
    };
    if status.is_redirection() {
        if let Some(elsewhere) = elsewhere(&answer) {
            text = format!("{text}: to {elsewhere}, which is not followed");
        }
    } else if let Some(said) = said(address, &mut answer) {
        text = format!("{text}: {said}");
    }
    if is_final(status) {
        Refusal::Final(text)
    } else {
        Refusal::Later(text)
    }
}

/// Whether asking again is useless: the request is wrong, or the address has changed for good. Other redirects may be
/// those of a network that wants to see its users first.
fn is_final(status: StatusCode) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            false
        }
        StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT => true,
        _ => status.is_client_error(),
    }
}

/// Where a redirect leads, as much as may be shown.
fn elsewhere(answer: &Response<Body>) -> Option<String> {
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let uri: Uri = location.parse().ok()?;
    Some(match (uri.scheme(), uri.authority()) {
        (Some(_), Some(_)) => Address::parse(location).ok()?.origin().to_owned(),
        _ => "another path".to_owned(),
    })
}

/// The beginning of an answer's body, as text that can be shown. It is the other side's: it may be long, late or absent.
fn said(address: &Address, answer: &mut Response<Body>) -> Option<String> {
    let mut bytes = Vec::new();
    // What arrived before an error is told all the same.
    let _ = answer
        .body_mut()
        .as_reader()
        .take(READ)
        .read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let line = plain::first_line(&address.redacted(&text), TOLD);
    (!line.is_empty()).then_some(line)
}

/// What no answer at all means. None of the texts has the URL in it.
fn failed(address: &Address, error: &Error, limit: Duration) -> Refusal {
    let origin = address.origin();
    match error {
        Error::Timeout(_) => {
            Refusal::Later(format!("{origin} did not answer within {}", seconds(limit)))
        }
        Error::HostNotFound => Refusal::Later(format!("{origin} has no address")),
        Error::Io(error) => Refusal::Later(format!("{origin}: {error}")),
        Error::Http(_) | Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
            Refusal::Final(format!("{origin}: the url or a header cannot be sent"))
        }
        Error::InvalidProxyUrl => {
            Refusal::Final("the proxy of the environment is no URL".to_owned())
        }
        other => Refusal::Later(format!("{origin}: {other}")),
    }
}
