//! Where requests go. Most webhooks have a secret in their path: no error shows more than the scheme, host and port.

use std::net::IpAddr;

use ureq::http::Uri;
use ureq::http::uri::{Authority, PathAndQuery, Scheme};

use super::super::Refusal;
use crate::system::plain::plain;

/// An `http` or `https` URL.
#[derive(Clone, Debug)]
pub struct Address {
    uri: Uri,
    host: String,
    origin: String,
}

impl Address {
    /// Reads a URL; blanks and line breaks around it, which variables like to have, do not matter.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let wrong = |what: &str| Err(Refusal::Final(format!("the url {what}")));
        let Ok(uri) = text.trim().parse::<Uri>() else {
            return wrong("cannot be read: write `https://host/path`, other letters as `%C3%A4`");
        };
        let (Some(scheme), Some(host)) = (uri.scheme(), uri.host()) else {
            return wrong("is not whole: write `https://host/path`");
        };
        if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) {
            return wrong(&format!(
                "begins with `{}:`: only https and http are known",
                plain(scheme.as_str())
            ));
        }
        if host.is_empty() {
            return wrong("has no host");
        }
        // Written with a port that is none, which the parser passes.
        let port = uri.port().map(|port| port.as_u16());
        let after = uri.authority().map(Authority::as_str);
        let after = after.and_then(|all| all.rsplit_once(host).map(|(_, after)| after));
        if port.is_none() && after.is_some_and(|after| !after.is_empty()) {
            return wrong("has a port that is none");
        }
        let shown = plain(host);
        let origin = match port {
            Some(port) => format!("{scheme}://{shown}:{port}"),
            None => format!("{scheme}://{shown}"),
        };
        let host = host.to_owned();
        Ok(Self { uri, host, origin })
    }

    /// What is sent to.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// What may be shown: `https://hooks.example.org`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether a connection needs certificates.
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether what is sent can be read on the way: not encrypted, and not to this machine.
    pub fn is_open_to_others(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_here = bare.eq_ignore_ascii_case("localhost")
            || bare
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        !self.is_encrypted() && !is_here
    }

    /// A text of the other side's, without what is secret in the URL: some servers repeat what they were asked.
    pub fn redacted(&self, text: &str) -> String {
        let secrets = [
            self.uri.path_and_query().map(PathAndQuery::as_str),
            Some(self.uri.path()),
            self.uri.query(),
            self.uri
                .authority()
                .and_then(|all| Some(all.as_str().rsplit_once('@')?.0)),
        ];
        let known = secrets
            .into_iter()
            .flatten()
            .filter(|secret| secret.len() > 1);
        known.fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn no_more_is_shown_than_scheme_host_and_port() {
        for (url, origin) in [
            (
                "https://hooks.example.org/T0/S3CRET?k=S3CRET",
                "https://hooks.example.org",
            ),
            (
                " https://u:S3CRET@h.example:8443/#S3CRET\n",
                "https://h.example:8443",
            ),
            ("http://[::1]:80/S3CRET", "http://[::1]:80"),
        ] {
            assert_eq!(Address::parse(url).unwrap().origin(), origin);
        }
        for wrong in [
            "",
            "S3CRET",
            "/S3CRET",
            "https:///S3CRET",
            "https://",
            "ftp://h/S3CRET",
            "file:///S3CRET",
            "javascript:S3CRET",
            "https://h/S3 CRET",
            "https://h/\r\nS3CRET",
            "https://h\0/S3CRET",
            "https://h:99999/S3CRET",
            "https://h:x/S3CRET",
            "https://h:/S3CRET",
            "https://S3CRET@/x",
            "https://höst/S3CRET",
        ] {
            let refusal = Address::parse(wrong)
                .map(|address| address.origin)
                .unwrap_err();
            assert!(matches!(&refusal, Refusal::Final(_)), "{wrong}: {refusal}");
            assert!(
                !refusal.to_string().contains("S3CRET"),
                "{wrong}: {refusal}"
            );
        }
    }

    #[test]
    fn what_is_open_to_others_is_known() {
        for (url, open) in [
            ("http://example.org", true),
            ("https://example.org", false),
            ("http://localhost:1/x", false),
            ("http://127.1.2.3", false),
            ("http://[::1]", false),
            ("http://localhost.example.org", true),
            ("http://10.0.0.1", true),
        ] {
            assert_eq!(
                Address::parse(url).unwrap().is_open_to_others(),
                open,
                "{url}"
            );
        }
    }

    #[test]
    fn an_echo_is_redacted() {
        let address = Address::parse("https://u:pw@h/T0/B1?k=v").unwrap();
        assert_eq!(
            address.redacted("no hook at /T0/B1?k=v, /T0/B1, k=v for u:pw"),
            "no hook at …, …, … for …"
        );
        assert_eq!(Address::parse("https://h").unwrap().redacted("a/b"), "a/b");
    }
}
