//! How a mail server's certificate is judged.

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use rustls::pki_types::ServerName;

use crate::notify::channel::tls;

/// How a connection to `host` is encrypted and its certificate judged; or why nothing can be judged.
pub(super) fn tls(host: &str, ca_file: Option<&str>) -> Result<TlsParameters, String> {
    if ServerName::try_from(host).is_err() {
        return Err(format!("`host`: `{host}` is no name of a server"));
    }
    let trusted = tls::roots(ca_file).map_err(|refusal| refusal.to_string())?;
    let mut tls = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
    for certificate in trusted {
        let certificate = Certificate::from_der(certificate.to_vec())
            .map_err(|error| format!("use the trusted certificates: {error}"))?;
        tls = tls.add_root_certificate(certificate);
    }
    tls.build_rustls()
        .map_err(|error| format!("prepare TLS: {error}"))
}
