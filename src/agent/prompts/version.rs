//! Versions of instructions: what was changed in words and not in comments is another one.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// Instructions as they are compared: without HTML comments, and with single blanks for white space. A comment that is not
/// closed is none.
///
/// Source: S3's prompt versions; there an unclosed comment swallows nothing either.
pub fn normalise(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        let Some((_, after)) = comment.split_once("-->") else {
            break;
        };
        kept.push_str(before);
        // What is left on both sides must not become another comment.
        kept.push(' ');
        rest = after;
    }
    kept.push_str(rest);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first four bytes of the SHA-256 of normalised instructions.
pub fn digest(text: &str) -> u32 {
    let whole = Sha256::digest(normalise(text));
    let mut first = [0; 4];
    first
        .iter_mut()
        .zip(whole.iter())
        .for_each(|(to, from)| *to = *from);
    u32::from_be_bytes(first)
}

/// A version of instructions, such as `v3-a1b2c3d4`: which it is, from 1, and its [`digest`] in eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromptVersion {
    /// Which it is.
    pub number: u32,
    /// Of its words.
    pub digest: u32,
}

/// What is no version of instructions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is written like v3-a1b2c3d4")]
pub struct NotAVersion;

impl fmt::Display for PromptVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}-{:08x}", self.number, self.digest)
    }
}

impl FromStr for PromptVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (number, digits) = text
            .strip_prefix('v')
            .and_then(|rest| rest.split_once('-'))
            .ok_or(NotAVersion)?;
        let version = Self {
            number: number.parse().map_err(|_| NotAVersion)?,
            digest: u32::from_str_radix(digits, 16).map_err(|_| NotAVersion)?,
        };
        // One way to write each: no signs, no zeros in front, no capitals.
        if version.number == 0 || version.to_string() != text {
            return Err(NotAVersion);
        }
        Ok(version)
    }
}

/// The version of instructions, and whether it is one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The version.
    pub version: PromptVersion,
    /// Whether it is to be added to those that are known.
    pub is_new: bool,
}

/// The version of these instructions: the newest of those that are known if its words are the same, or else the one after it.
/// `bump` makes another one in any case.
pub fn next(known: &[PromptVersion], text: &str, bump: bool) -> Next {
    let digest = digest(text);
    let newest = known.iter().max_by_key(|version| version.number);
    match newest {
        Some(newest) if newest.digest == digest && !bump => Next {
            version: *newest,
            is_new: false,
        },
        newest => Next {
            version: PromptVersion {
                number: newest.map_or(0, |newest| newest.number).saturating_add(1),
                digest,
            },
            is_new: true,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_and_white_space_are_no_words() {
        assert_eq!(normalise("\n a <!-- x\ny --> b\t\tc \n"), "a b c");
        assert_eq!(normalise("a <!-- never closed\nb"), "a <!-- never closed b");
        assert_eq!(normalise("a <!-- 1 --> b <!-- 2"), "a b <!-- 2");
        assert_eq!(normalise("<!<!-- x -->-- y -->"), "<! -- y -->");
        assert_eq!(normalise("a --> b"), "a --> b");
        // `printf 'a b c' | sha256sum`
        assert_eq!(format!("{:08x}", digest(" a b <!-- --> c")), "0e9f6403");
    }

    #[test]
    fn versions_count_up_where_words_change() {
        let first = next(&[], "judge it", false);
        assert_eq!((first.version.number, first.is_new), (1, true));
        let known = [first.version];
        let same = next(&known, "judge  it <!-- well -->", false);
        assert_eq!((same.version, same.is_new), (first.version, false));
        let bumped = next(&known, "judge it", true);
        assert_eq!(bumped.version.number, 2);
        assert_eq!(bumped.version.digest, first.version.digest);
        let other = next(&known, "judge it well", false).version;
        assert_eq!(other.number, 2);
        // Back to the first words is forward, in whatever order versions are known.
        assert_eq!(
            next(&[other, first.version], "judge it", false)
                .version
                .number,
            3
        );
    }

    #[test]
    fn versions_are_read_as_they_are_written() {
        let version: PromptVersion = "v3-a1b2c3d4".parse().unwrap();
        assert_eq!((version.number, version.digest), (3, 0xa1b2_c3d4));
        for wrong in [
            "",
            "draft",
            "v3",
            "3-a1b2c3d4",
            "v0-a1b2c3d4",
            "v03-a1b2c3d4",
            "v3-A1B2C3D4",
            "v3-a1b2c3d",
            "v+3-a1b2c3d4",
            "v3-a1b2c3d4 ",
            "v4294967296-a1b2c3d4",
        ] {
            assert_eq!(wrong.parse::<PromptVersion>(), Err(NotAVersion), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_is_once(text in "(<!--|-->|<!|--|[a-c \n>-]){0,12}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.clone());
            let marked = format!(" {text}<!-- - -->");
            if !text.contains("<!") && !text.contains('<') {
                prop_assert_eq!(digest(&marked), digest(&text));
            }
        }

        #[test]
        fn any_version_is_written_and_read(number in 1_u32.., digest: u32) {
            let version = PromptVersion { number, digest };
            prop_assert_eq!(version.to_string().parse(), Ok(version));
        }
    }
}
