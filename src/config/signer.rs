//! Whose signature counts, written as a key's fingerprint or as a name from the file of allowed signers.

use std::fmt;

use super::text::{FromText, Invalid, text_schema, text_value};

/// Whoever may speak for a verdict that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signer {
    /// The fingerprint of an SSH key, `SHA256:…` as `ssh-keygen -l` prints it.
    SshKey(String),
    /// The whole fingerprint of an OpenPGP key or subkey: 40 or 64 digits, in capitals and without spaces.
    OpenPgpKey(String),
    /// A principal of the file that `gpg.ssh.allowedSignersFile` names.
    Principal(String),
}

/// What begins the fingerprint of an SSH key.
const SSH: &str = "SHA256:";

/// SHA-256 in base 64 without padding.
const SSH_DIGITS: usize = 43;

/// The shortest of the abbreviations that OpenPGP's key ids have been written with.
const SHORT_ID: usize = 8;

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SshKey(text) | Self::OpenPgpKey(text) | Self::Principal(text) => f.pad(text),
        }
    }
}

impl FromText for Signer {
    const EXPECTED: &'static str = "a key's fingerprint or a principal";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let shown = text.escape_debug();
        if let Some(digits) = text.strip_prefix(SSH) {
            let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
            if digits.len() == SSH_DIGITS && digits.chars().all(base64) {
                return Ok(Self::SshKey(text.to_owned()));
            }
            return Err(
                Invalid::new(format!("`{shown}` is not the fingerprint of an SSH key"))
                    .hint("`ssh-keygen -l -f KEY.pub` prints it"),
            );
        }
        // `gpg --fingerprint` prints groups of four digits.
        let digits: String = text.chars().filter(|c| *c != ' ').collect();
        let bare = digits.strip_prefix("0x").unwrap_or(&digits);
        if !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            match bare.len() {
                40 | 64 => return Ok(Self::OpenPgpKey(bare.to_ascii_uppercase())),
                length if length >= SHORT_ID => {
                    return Err(Invalid::new(format!(
                        "`{shown}` is not a whole fingerprint: anybody can make a key with the same digits"
                    ))
                    .hint("write all 40 digits that `gpg --fingerprint` prints"));
                }
                _ => {}
            }
        }
        if text.starts_with("MD5:") {
            return Err(Invalid::new("MD5 fingerprints can be forged")
                .hint("write the one that begins with `SHA256:`"));
        }
        let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"');
        if text.is_empty() || text.chars().any(strange) {
            return Err(Invalid::new(format!("`{shown}` does not name a signer")).hint(
                "write the fingerprint of a key, or a principal of your file of allowed signers",
            ));
        }
        Ok(Self::Principal(text.to_owned()))
    }
}

text_value!(Signer);
text_schema!(Signer, "Signer", {
    "type": "string",
    "description": "The fingerprint of an SSH key (`SHA256:…`), the whole fingerprint of an OpenPGP key, or a principal of the file that `gpg.ssh.allowedSignersFile` names.",
    "minLength": 1,
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> Result<Signer, String> {
        text.parse::<Signer>().map_err(|error| error.to_string())
    }

    #[test]
    fn fingerprints_and_principals_are_told_apart() {
        let ssh = format!("SHA256:{}", "aB+/".repeat(11).get(..43).unwrap());
        assert_eq!(read(&ssh), Ok(Signer::SshKey(ssh.clone())));
        let digits = "0123456789abcdefABCD0123456789ABCDEF0123";
        let key = Ok(Signer::OpenPgpKey(digits.to_ascii_uppercase()));
        assert_eq!(read(digits), key);
        assert_eq!(
            read("0123 4567 89ab cdef ABCD  0123 4567 89AB CDEF 0123"),
            key
        );
        assert_eq!(read(&format!("0x{digits}")), key);
        assert!(matches!(read(&"a".repeat(64)), Ok(Signer::OpenPgpKey(_))));
        for name in ["ci@example.org", "*@example.org", "ci", "cafe"] {
            assert_eq!(read(name), Ok(Signer::Principal(name.to_owned())));
        }
    }

    #[test]
    fn what_could_be_somebody_else_is_refused() {
        for short in [
            "DEADBEEF",
            "0xDEADBEEF",
            "0123456789ABCDEF",
            "0123 4567 89AB CDEF",
            &"a".repeat(32),
            &"a".repeat(39),
            &"a".repeat(41),
        ] {
            let error = read(short).unwrap_err();
            assert!(error.contains("whole fingerprint"), "{short}: {error}");
        }
        for wrong in [
            "SHA256:",
            "SHA256:short",
            "MD5:00:11",
            "",
            " ",
            "a b",
            "a\u{7}",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
