//! Where a result is: a path out of a URI, its base and a table of files.

use std::collections::BTreeMap;

use super::model::{Artifact, ArtifactLocation, Location, Run};
use crate::findings::Place;

/// A base may stand on another; a tool that makes a circle of them is not followed round it.
const DEEPEST: usize = 8;
/// No file system has longer paths.
const LONGEST: usize = 64 << 10;

/// What the locations of a run refer to.
pub(super) struct Bases<'a> {
    bases: Option<&'a BTreeMap<String, ArtifactLocation>>,
    artifacts: &'a [Artifact],
}

impl<'a> Bases<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self {
            bases: run.original_uri_base_ids.as_ref(),
            artifacts: &run.artifacts,
        }
    }

    /// The place of a location, if it is in a file.
    pub(super) fn place(&self, location: &Location) -> Option<Place> {
        let physical = location.physical_location.as_ref()?;
        let path = self.path(physical.artifact_location.as_ref()?)?;
        let mut place = Place {
            path,
            ..Place::default()
        };
        if let Some(region) = &physical.region {
            place.line = region.start_line.from_one();
            place.column = region
                .start_column
                .from_one()
                .filter(|_| place.line.is_some());
            place.end_line = region
                .end_line
                .from_one()
                .filter(|end| Some(*end) >= place.line);
            place.end_column = region
                .end_column
                .from_one()
                .filter(|_| place.line.is_some());
            // 3.30.7: where only the column of the end is told, the line is the same.
            if place.end_column.is_some() && place.end_line.is_none() {
                place.end_line = place.line;
            }
        }
        Some(place)
    }

    fn path(&self, location: &ArtifactLocation) -> Option<String> {
        let of_table = location
            .index
            .and_then(|index| self.artifacts.get(usize::try_from(index).ok()?))
            .and_then(|artifact| artifact.location.as_ref());
        let location = if location.uri.is_some() {
            location
        } else {
            of_table?
        };
        let mut path = path(location.uri.as_deref()?);
        let mut base = location.uri_base_id.as_deref();
        let mut seen: Vec<&str> = Vec::new();
        while let Some(id) = base.filter(|id| seen.len() < DEEPEST && !seen.contains(id)) {
            let Some(known) = self.bases.and_then(|bases| bases.get(id)) else {
                break;
            };
            seen.push(id);
            // 3.4.4: what is absolute by itself needs no base.
            if is_absolute(&path) {
                break;
            }
            if let Some(uri) = known.uri.as_ref().filter(|uri| uri.len() <= LONGEST) {
                let folder = self::path(uri);
                let slash = if folder.is_empty() || folder.ends_with('/') {
                    ""
                } else {
                    "/"
                };
                path = format!("{folder}{slash}{path}");
            }
            base = known.uri_base_id.as_deref();
        }
        (!path.is_empty() && path.len() <= LONGEST).then_some(path)
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.get(1..3).is_some_and(|it| it == ":/" || it == ":\\")
}

/// The path of a URI: without `file:` and a host that is this one, and with escapes resolved. Addresses of other schemes
/// are no paths; they stay as they are.
fn path(uri: &str) -> String {
    let Some(rest) = strip_scheme(uri) else {
        return decoded(uri);
    };
    let path = match rest.strip_prefix("//") {
        None => rest.to_owned(),
        Some(rest) => match rest.split_once('/') {
            Some(("" | "localhost", path)) => format!("/{path}"),
            Some((host, path)) => format!("//{host}/{path}"),
            None => String::new(),
        },
    };
    let path = decoded(&path);
    // `/C:/x`
    let drive = path.strip_prefix('/').filter(|rest| {
        let mut chars = rest.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
    });
    drive.map(str::to_owned).unwrap_or(path)
}

fn strip_scheme(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    scheme.eq_ignore_ascii_case("file").then_some(rest)
}

/// Percent escapes, where they are ones and what they make is UTF-8.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = (*first == b'%')
            .then(|| after.split_at_checked(2))
            .flatten()
            .and_then(|(digits, after)| Some((hexadecimal(digits)?, after)));
        match escape {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|decoded| !decoded.contains('\0'))
        .unwrap_or_else(|| text.to_owned())
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{decoded, path};

    #[test]
    fn uris_become_paths() {
        for (uri, expected) in [
            ("src/a%20b.py", "src/a b.py"),
            ("file:///home/dev/p/a.py", "/home/dev/p/a.py"),
            ("file://localhost/home/a.py", "/home/a.py"),
            ("FILE:/home/a.py", "/home/a.py"),
            ("file:///C:/work/a.py", "C:/work/a.py"),
            ("file:///c%3A/work/a.py", "c:/work/a.py"),
            ("file://server/share/a.py", "//server/share/a.py"),
            ("file://", ""),
            ("src\\a.py", "src\\a.py"),
            ("https://example.org/a.py", "https://example.org/a.py"),
            ("pkg:npm/x", "pkg:npm/x"),
        ] {
            assert_eq!(path(uri), expected, "{uri}");
        }
        for (text, expected) in [
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%C3%A9", "é"),
            ("%ff", "%ff"),
            ("a%00b", "a%00b"),
            ("é%41", "éA"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
