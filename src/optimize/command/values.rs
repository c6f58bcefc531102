//! What kind of thing a value is.

use crate::optimize::recipe::SlotKind;

/// Units that a number may be followed by: times and sizes.
const UNITS: &[&str] = &[
    "", "%", "s", "m", "h", "d", "w", "ms", "k", "K", "M", "G", "T", "kb", "KB", "mb", "MB", "gb",
    "GB", "Ki", "Mi", "Gi",
];

/// Git writes at least seven digits of an object's name; SHA-256 has 64.
const OID_DIGITS: std::ops::RangeInclusive<usize> = 7..=64;

/// The longest extension of a file that is taken for one.
const LONGEST_EXTENSION: usize = 8;

/// The kind of a value of which only its looks are known.
pub(super) fn kind(text: &str) -> SlotKind {
    if is_number(text) {
        SlotKind::Num
    } else if is_oid(text) {
        SlotKind::Oid
    } else if is_url(text) {
        SlotKind::Url
    } else if is_path(text) {
        SlotKind::Path
    } else {
        SlotKind::Str
    }
}

/// The kind of a value where a ref may stand: a name with a slash is a branch there, not a path.
pub(super) fn ref_kind(text: &str) -> SlotKind {
    if is_oid(text) {
        SlotKind::Oid
    } else if is_number(text) || text.starts_with(['/', '.']) || has_extension(text) {
        match kind(text) {
            SlotKind::Num | SlotKind::Str => SlotKind::Branch,
            other => other,
        }
    } else {
        SlotKind::Branch
    }
}

/// The kind of a value where an address may stand.
pub(super) fn url_kind(text: &str) -> SlotKind {
    if is_url(text) || !text.starts_with(['/', '.']) {
        SlotKind::Url
    } else {
        SlotKind::Path
    }
}

pub(super) fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches('+');
    let end = digits
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(digits.len());
    let (number, unit) = digits.split_at(end);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.matches('.').count() <= 1
        && !number.ends_with('.')
        && UNITS.contains(&unit)
}

pub(super) fn is_oid(text: &str) -> bool {
    OID_DIGITS.contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
        && text.chars().any(|c| c.is_ascii_digit())
}

fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c))
    });
    // git@github.com:owner/name
    let scp = text.split_once('@').is_some_and(|(user, rest)| {
        !user.is_empty()
            && user
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && rest.split_once(':').is_some_and(|(host, path)| {
                host.contains('.') && !path.is_empty() && !path.contains(':')
            })
    });
    !text.contains(char::is_whitespace) && (scheme || scp)
}

fn is_path(text: &str) -> bool {
    if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
        return true;
    }
    if text.contains(char::is_whitespace) {
        return text.starts_with('/') && !text.contains('\n');
    }
    text.contains('/') || has_extension(text)
}

fn has_extension(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.rsplit_once('.').is_some_and(|(stem, extension)| {
            (!stem.is_empty() || extension.len() > 2)
                && !stem.ends_with('.')
                && (1..=LONGEST_EXTENSION).contains(&extension.len())
                && extension.chars().all(|c| c.is_ascii_alphanumeric())
                && extension.starts_with(|c: char| c.is_ascii_alphabetic())
        })
}
