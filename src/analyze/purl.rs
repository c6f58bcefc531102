//! Package URLs (ECMA-427): one text for a package in a version, whatever its ecosystem.

use super::lockfile::Source;
use super::manifest::Ecosystem;

/// The package URL of a package named as manifests and lock files name it here; without a version if that is empty.
///
/// Where it does not come from the ecosystem's usual registry, qualifiers say from where.
pub fn purl(ecosystem: Ecosystem, name: &str, version: &str, source: &Source) -> String {
    let mut purl = format!("pkg:{}", ecosystem.name());
    for segment in segments(ecosystem, name) {
        purl.push('/');
        encode(&mut purl, &segment, b":");
    }
    if !version.is_empty() {
        purl.push('@');
        encode(&mut purl, version, b":");
    }
    let (key, value) = match source {
        Source::Registry { url: Some(url) } => ("repository_url", url.clone()),
        Source::Git { url, commit } => {
            let at = commit.as_ref().map(|commit| format!("@{commit}"));
            ("vcs_url", format!("git+{url}{}", at.unwrap_or_default()))
        }
        Source::Url { url } => ("download_url", url.clone()),
        Source::Registry { url: None } | Source::Path { .. } => return purl,
    };
    purl.push('?');
    purl.push_str(key);
    purl.push('=');
    encode(&mut purl, &value, b":/");
    purl
}

/// Namespace and name, as the type of the URL spells them.
fn segments(ecosystem: Ecosystem, name: &str) -> Vec<String> {
    let name = match ecosystem {
        Ecosystem::Golang | Ecosystem::Composer => name.to_lowercase(),
        Ecosystem::Pypi => name.to_lowercase().replace('_', "-"),
        Ecosystem::Cargo | Ecosystem::Gem | Ecosystem::Maven | Ecosystem::Npm => name.to_owned(),
    };
    let parted = |at: char| {
        let parts = name.split(at).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    match ecosystem {
        Ecosystem::Maven => parted(':'),
        Ecosystem::Golang | Ecosystem::Composer | Ecosystem::Npm => parted('/'),
        Ecosystem::Cargo | Ecosystem::Gem | Ecosystem::Pypi => vec![name],
    }
}

/// Everything is encoded but letters, digits, `.-_~` and what is safe at the place.
fn encode(into: &mut String, text: &str, safe: &[u8]) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) || safe.contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(digit(byte >> 4));
            into.push(digit(byte & 15));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ecosystem_has_its_own_spelling() {
        for (ecosystem, name, version, expected) in [
            (Ecosystem::Npm, "foobar", "12.3.1", "pkg:npm/foobar@12.3.1"),
            (
                Ecosystem::Npm,
                "@angular/animation",
                "12.3.1",
                "pkg:npm/%40angular/animation@12.3.1",
            ),
            (
                Ecosystem::Pypi,
                "Django_allauth",
                "12.23",
                "pkg:pypi/django-allauth@12.23",
            ),
            (
                Ecosystem::Golang,
                "google.golang.org/genproto",
                "v0.0.1+incompatible",
                "pkg:golang/google.golang.org/genproto@v0.0.1%2Bincompatible",
            ),
            (
                Ecosystem::Maven,
                "org.apache.commons:io",
                "1.3.4",
                "pkg:maven/org.apache.commons/io@1.3.4",
            ),
            (Ecosystem::Cargo, "rand", "", "pkg:cargo/rand"),
            (
                Ecosystem::Gem,
                "ruby-advisory-db-check",
                "0.12.4",
                "pkg:gem/ruby-advisory-db-check@0.12.4",
            ),
            (
                Ecosystem::Composer,
                "Laravel/Laravel",
                "5.5.0",
                "pkg:composer/laravel/laravel@5.5.0",
            ),
        ] {
            assert_eq!(purl(ecosystem, name, version, &Source::default()), expected);
        }
    }

    #[test]
    fn other_sources_are_qualifiers() {
        let git = Source::Git {
            url: "https://h/r.git".to_owned(),
            commit: Some("abc".to_owned()),
        };
        assert_eq!(
            purl(Ecosystem::Cargo, "x", "1", &git),
            "pkg:cargo/x@1?vcs_url=git%2Bhttps://h/r.git%40abc"
        );
    }
}
