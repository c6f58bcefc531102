//! Where a repository's files can be read on the web.

/// A web site that shows the files of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Without a slash at its end.
    base: String,
    form: Form,
}

/// How a site writes its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    GitHub,
    GitLab,
    Codeberg,
    Bitbucket,
}

/// The sites that are known by their names; what else a host may be is not guessed.
const HOSTS: [(&str, Form); 4] = [
    ("github.com", Form::GitHub),
    ("gitlab.com", Form::GitLab),
    ("codeberg.org", Form::Codeberg),
    ("bitbucket.org", Form::Bitbucket),
];

impl Site {
    /// The site that a remote's address leads to: `https://github.com/owner/name.git`, `git@github.com:owner/name.git`,
    /// `ssh://git@github.com/owner/name`. Names and passwords in it are dropped.
    pub fn of_remote(url: &str) -> Option<Self> {
        let (host, path) = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
            Some(_) => return None,
            None => url.split_once(':')?,
        };
        let host = host.rsplit('@').next()?.to_ascii_lowercase();
        let host = host.split(':').next()?;
        let (_, form) = HOSTS.iter().find(|(known, _)| *known == host)?;
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let is_name = |part: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && part.bytes().all(fits) && part.contains(|c| c != '.')
        };
        let parts = path.split('/').count();
        (parts >= 2 && path.split('/').all(is_name)).then(|| Self {
            base: format!("https://{host}/{path}"),
            form: *form,
        })
    }

    /// The address of a file, at a line if one is named.
    pub fn file(&self, commit: &str, path: &str, line: Option<u32>) -> String {
        let (folder, anchor) = match self.form {
            Form::GitHub => ("blob", "L"),
            Form::GitLab => ("-/blob", "L"),
            Form::Codeberg => ("src/commit", "L"),
            Form::Bitbucket => ("src", "lines-"),
        };
        let path = encoded(path);
        let line = line.map_or_else(String::new, |line| format!("#{anchor}{line}"));
        format!("{}/{folder}/{commit}/{path}{line}", self.base)
    }

    /// The address of a commit.
    pub fn commit(&self, commit: &str) -> String {
        let folder = match self.form {
            Form::GitHub | Form::Codeberg => "commit",
            Form::GitLab => "-/commit",
            Form::Bitbucket => "commits",
        };
        format!("{}/{folder}/{commit}", self.base)
    }
}

/// A path as part of an address (RFC 3986): what is not unreserved is percent-encoded, but for the slashes.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> Option<String> {
        Some(Site::of_remote(url)?.file("c0ffee", "a b/#x.py", Some(3)))
    }

    #[test]
    fn known_sites_are_known_however_their_address_is_written() {
        let github = "https://github.com/o/n/blob/c0ffee/a%20b/%23x.py#L3";
        for url in [
            "https://github.com/o/n.git",
            "https://name:secret@github.com/o/n",
            "git@github.com:o/n.git",
            "ssh://git@github.com:22/o/n.git/",
        ] {
            assert_eq!(file(url).as_deref(), Some(github), "{url}");
        }
        let gitlab = Site::of_remote("https://gitlab.com/g/sub/n.git");
        let gitlab = gitlab.map(|site| site.commit("c0ffee"));
        assert_eq!(
            gitlab.as_deref(),
            Some("https://gitlab.com/g/sub/n/-/commit/c0ffee")
        );
    }

    #[test]
    fn other_addresses_lead_nowhere() {
        for url in [
            "/srv/git/n.git",
            "https://example.org/o/n",
            "git@github.com:o",
            "https://github.com/o/../n",
            "https://github.com/o/<script>",
            "javascript:alert(1)",
            "file://github.com/o/n",
            "",
        ] {
            assert_eq!(file(url), None, "{url}");
        }
    }
}
