//! What makes an automation the same again.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::Form;
use crate::optimize::recipe::Shape;

/// How many digits of the hash an id has.
const DIGITS: usize = 12;

/// The id of steps in a form: the first 12 hexadecimal digits of the SHA-256 of template, form, language and steps. What
/// its parameters were called, what they were, and when it was written make no difference.
pub fn identity(template: &str, form: Form, language: &str, steps: &[Shape]) -> String {
    // What cannot be written as JSON is not: these types can.
    let steps = serde_json::to_string(steps).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [template, form.name(), language, &steps] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize()).chars().take(DIGITS).collect()
}

/// The SHA-256 of a text, as hexadecimal digits: a file with another one is not what was looked at.
pub fn digest(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_steps_are_the_same_automation() {
        let steps = [Shape::Script("cargo test".to_owned())];
        let id = identity("workflow-sequence", Form::ShellScript, "sh", &steps);
        // Known from elsewhere: sha256sum of the parts, each ended by a NUL.
        assert_eq!(id, "3fcaf3e2fa3b");
        assert_ne!(
            id,
            identity("workflow-sequence", Form::GitAlias, "sh", &steps)
        );
        assert_ne!(
            id,
            identity("workflow-sequence", Form::ShellScript, "sh", &[])
        );
        assert_eq!(
            digest(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
