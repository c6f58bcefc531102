//! URIs of files and repositories (RFC 3986).

/// A path relative to the repository's top as a relative reference, percent-encoded; `.` for the top itself. An absolute
/// path becomes a `file:` URI.
pub(super) fn of_path(path: &str) -> Reference {
    if path.starts_with('/') {
        return Reference {
            uri: format!("file://{}", encoded(path)),
            is_relative: false,
        };
    }
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    let uri = match path {
        "" | "." => ".".to_owned(),
        path => encoded(path),
    };
    Reference {
        uri,
        is_relative: true,
    }
}

/// A URI, and whether it is relative to the repository's top.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) uri: String,
    pub(super) is_relative: bool,
}

/// Everything but unreserved characters and the slashes between segments. `:` would make the first segment a scheme.
fn encoded(path: &str) -> String {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(HEX.get(usize::from(digit)));
            }
        }
    }
    out
}

/// The address of a repository as an absolute URI without credentials: a URL, or the `user@host:path` of ssh. Nothing for
/// names and paths, which say nothing elsewhere.
pub(super) fn of_repository(address: &str) -> Option<String> {
    if let Some((scheme, rest)) = address.split_once("://") {
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        return (is_scheme(scheme) && is_host(host)).then(|| {
            let path = path.split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}{}", escaped(path))
        });
    }
    let (host, path) = address.split_once(':')?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let is_ssh = address.contains('@') && is_host(host) && !path.is_empty();
    is_ssh.then(|| format!("ssh://{host}/{}", encoded(path.trim_start_matches('/'))))
}

/// An address for people to read more at: only of the web.
pub(super) fn of_web(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_whole = is_host(host)
        && rest.bytes().all(is_allowed)
        && rest.matches('#').count() <= 1
        && has_whole_escapes(rest);
    is_whole.then_some(url)
}

/// Keeps what is an escape already.
fn escaped(path: &str) -> String {
    if path.bytes().all(is_allowed) && has_whole_escapes(path) {
        path.to_owned()
    } else {
        encoded(path)
    }
}

fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2);
        let mut is_digit = || digits.next().is_some_and(|it| it.is_ascii_hexdigit());
        is_digit() && is_digit()
    })
}

/// Reserved and unreserved characters, and `%`; brackets are for addresses of hosts alone.
fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?#%".contains(&byte)
}

fn is_host(host: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    !name.is_empty()
        && name.bytes().all(|byte| is_part(byte) && byte != b':')
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && (scheme.bytes()).all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        let cases = [
            ("src/a.py", "src/a.py"),
            ("./a b.py", "a%20b.py"),
            ("C:x/ä|\n.py", "C%3Ax/%C3%A4%7C%0A.py"),
            ("100%.py", "100%25.py"),
            ("", "."),
            (".", "."),
        ];
        for (path, uri) in cases {
            let is_relative = true;
            let uri = uri.to_owned();
            assert_eq!(of_path(path), Reference { uri, is_relative });
        }
        let (uri, is_relative) = ("file:///tmp/a".to_owned(), false);
        assert_eq!(of_path("/tmp/a"), Reference { uri, is_relative });
    }

    #[test]
    fn addresses_of_repositories_lose_their_credentials() {
        let cases = [
            (
                "https://me:token@example.org/o/r.git",
                Some("https://example.org/o/r.git"),
            ),
            (
                "https://example.org:8443/o/r?token=x",
                Some("https://example.org:8443/o/r"),
            ),
            ("git@example.org:o/r.git", Some("ssh://example.org/o/r.git")),
            ("ssh://git@example.org/o/r", Some("ssh://example.org/o/r")),
            ("/home/dev/proj", None),
            ("proj", None),
            ("C:/proj", None),
            ("https://", None),
        ];
        for (address, uri) in cases {
            assert_eq!(of_repository(address).as_deref(), uri, "{address}");
        }
    }

    #[test]
    fn only_whole_addresses_of_the_web_are_links() {
        for url in ["https://e.org/a?b=c#d", "http://e.org:80/%20"] {
            assert_eq!(of_web(url), Some(url));
        }
        for url in [
            "javascript:alert(1)",
            "https://",
            "https://e.org/a b",
            "https://e.org/%2",
            "https://e.org/#a#b",
            "https://e.org/\u{1b}",
        ] {
            assert_eq!(of_web(url), None, "{url}");
        }
    }
}
