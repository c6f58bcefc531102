//! Whose certificates are trusted: the machine's own store, and a file of the user's.

use std::fs;
use std::path::Path;

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_native_certs::CertificateResult;

/// How a connection to `host` is encrypted and its certificate judged; or why nothing can be judged.
pub(super) fn tls(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, String> {
    if ServerName::try_from(host).is_err() {
        return Err(format!("`host`: `{host}` is no name of a server"));
    }
    let trusted = trusted(rustls_native_certs::load_native_certs(), ca_file)?;
    let mut tls = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
    for certificate in trusted {
        let certificate = Certificate::from_der(certificate.to_vec())
            .map_err(|error| format!("use the trusted certificates: {error}"))?;
        tls = tls.add_root_certificate(certificate);
    }
    tls.build_rustls()
        .map_err(|error| format!("prepare TLS: {error}"))
}

/// All certificates that can be used; never none.
fn trusted(
    machine: CertificateResult,
    ca_file: Option<&Path>,
) -> Result<Vec<CertificateDer<'static>>, String> {
    // Stores have entries that no library can read: they are left out. A file that the user names must be right.
    let mut trusted = machine.certs;
    trusted.retain(is_usable);
    if let Some(path) = ca_file {
        trusted.extend(named(path).map_err(|why| format!("`ca_file`: {}: {why}", path.display()))?);
    }
    if trusted.is_empty() {
        let mut why = "this machine has no trusted certificates: install its package \
                       `ca-certificates`, or set `ca_file`"
            .to_owned();
        if let Some(error) = machine.errors.first() {
            why.push_str(&format!(" ({error})"));
        }
        return Err(why);
    }
    Ok(trusted)
}

fn named(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("it has no certificate in it".to_owned());
    }
    if !certificates.iter().all(is_usable) {
        return Err("a certificate in it cannot be read".to_owned());
    }
    Ok(certificates)
}

fn is_usable(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_machine_without_certificates_is_told_so() {
        let why = trusted(CertificateResult::default(), None).unwrap_err();
        assert!(why.contains("ca-certificates"), "{why}");
    }

    #[test]
    fn a_named_file_must_be_right() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let why = |machine| trusted(machine, Some(&file)).unwrap_err();
        assert!(why(CertificateResult::default()).contains("No such file"));
        fs::write(&file, "nothing").unwrap();
        assert!(why(CertificateResult::default()).contains("no certificate"));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        fs::write(&file, broken).unwrap();
        assert!(why(CertificateResult::default()).contains("cannot be read"));
    }
}
