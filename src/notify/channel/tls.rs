//! Who is trusted to say whom an encrypted connection leads to: the machine's certificates, and a file of the user's.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::Refusal;
use crate::system::plain::plain;
use crate::system::tilde;

/// The certificates (DER) of the authorities that are trusted: the machine's, and those of `ca_file` (PEM; `~` is the
/// home folder) besides.
///
/// Stores have entries that no library can read: they are left out. A file that the user names must be right.
pub fn roots(ca_file: Option<&str>) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let mut all = ca_file.map_or_else(|| Ok(Vec::new()), of_file)?;
    let machine = rustls_native_certs::load_native_certs().certs.into_iter();
    all.extend(machine.filter(|it| RootCertStore::empty().add(it.clone()).is_ok()));
    if all.is_empty() {
        return Err(Refusal::Final(
            "this machine has no certificates of authorities: install ca-certificates, or name a `ca_file`"
                .to_owned(),
        ));
    }
    Ok(all)
}

/// The certificates of a file, whose path is absolute or begins with `~`.
pub fn of_file(ca_file: &str) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let shown = plain(ca_file);
    let path = tilde::expanded(ca_file);
    // The folder one happens to be in is a repository: somebody else may have put a file of that name there.
    if !path.is_absolute() {
        return Err(Refusal::Final(format!(
            "read the `ca_file` {shown}: write its whole path"
        )));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| Refusal::Final(format!("read the `ca_file` {shown}: {error}")))?;
    let wrong = |what: String| Refusal::Final(format!("the `ca_file` {shown} {what}"));
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(format!("is not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("has no certificates (PEM)".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store
            .add(certificate.clone())
            .map_err(|error| wrong(format!("has a certificate that cannot be used: {error}")))?;
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn refused(content: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap();
        match roots(Some(path)) {
            Err(Refusal::Final(text)) => text.replace(path, "FILE"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_file_that_is_named_must_have_certificates() {
        assert_eq!(
            refused(b"no certificate\n"),
            "the `ca_file` FILE has no certificates (PEM)"
        );
        assert_eq!(refused(b""), "the `ca_file` FILE has no certificates (PEM)");
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(
            refused(broken).contains("cannot be used"),
            "{}",
            refused(broken)
        );
        let cut = b"-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(refused(cut).contains("is not PEM"), "{}", refused(cut));
        let relative = roots(Some("ca.pem")).unwrap_err().to_string();
        assert_eq!(relative, "read the `ca_file` ca.pem: write its whole path");
        let missing = roots(Some("/no/such/file")).unwrap_err().to_string();
        assert!(
            missing.starts_with("read the `ca_file` /no/such/file: "),
            "{missing}"
        );
    }
}
