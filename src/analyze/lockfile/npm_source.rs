//! Where npm, yarn and Bun say that a package comes from.

use super::locked::Source;

/// The registries that need no mention.
const USUAL: [&str; 3] = [
    "https://registry.npmjs.org",
    "https://registry.yarnpkg.com",
    "https://registry.npmjs.com",
];

/// Reads an address: of a registry's file, a repository with the commit after `#`, a folder, or any other file.
pub(super) fn read(address: &str) -> Source {
    let (target, fragment) = address.split_once('#').unwrap_or((address, ""));
    if address.is_empty() {
        return Source::default();
    }
    for local in ["file:", "link:", "portal:", "workspace:", "./", "../"] {
        if let Some(path) = target.strip_prefix(local) {
            let path = if local.ends_with(':') { path } else { target };
            return Source::path(path);
        }
    }
    let is_git = target.starts_with("git") && target.contains([':', '@'])
        || target.starts_with("ssh:")
        || has_extension(target, "git");
    if is_git {
        let commit = fragment.rsplit(['=', ':']).next();
        return Source::git(&repository(target), commit);
    }
    // Registries keep the files of a package below `/-/`, with the package's name before it.
    let on_registry = target.split_once("/-/").map(|(base, _)| base);
    match on_registry {
        Some(base) => {
            let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
            let base = base
                .rsplit_once('/')
                .filter(|(_, scope)| scope.starts_with('@') || scope.starts_with("%40"))
                .map_or(base, |(base, _)| base);
            Source::registry(base, &USUAL)
        }
        None if target.starts_with("http") => match commit_of_archive(target) {
            Some((url, commit)) => Source::git(&url, Some(commit)),
            None => Source::url(target),
        },
        None => Source::default(),
    }
}

/// `https://codeload.github.com/owner/name/tar.gz/commit`: what pnpm and yarn write for a repository on GitHub.
fn commit_of_archive(target: &str) -> Option<(String, &str)> {
    let path = target.strip_prefix("https://codeload.github.com/")?;
    let (repository, commit) = path.split_once("/tar.gz/")?;
    Some((format!("https://github.com/{repository}.git"), commit))
}

/// `github:owner/name` written out.
fn repository(target: &str) -> String {
    let hosts = [
        ("github:", "https://github.com/"),
        ("gitlab:", "https://gitlab.com/"),
    ];
    for (short, host) in hosts {
        if let Some(path) = target.strip_prefix(short) {
            return format!("{host}{path}.git");
        }
    }
    target.to_owned()
}

fn has_extension(target: &str, extension: &str) -> bool {
    target
        .rsplit_once('.')
        .is_some_and(|(_, found)| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let git = |url: &str, commit: &str| Source::git(url, Some(commit));
        for (address, expected) in [
            ("https://registry.npmjs.org/a/-/a-1.tgz", Source::default()),
            (
                "https://registry.yarnpkg.com/@s/a/-/a-1.tgz#ab",
                Source::default(),
            ),
            (
                "https://u:p@own.example/npm/@s/a/-/a-1.tgz",
                Source::Registry {
                    url: Some("https://own.example/npm".to_owned()),
                },
            ),
            (
                "git+ssh://git@github.com/o/n.git#abc",
                git("ssh://git@github.com/o/n.git", "abc"),
            ),
            ("github:o/n#abc", git("https://github.com/o/n.git", "abc")),
            (
                "https://github.com/o/n.git#commit=abc",
                git("https://github.com/o/n.git", "abc"),
            ),
            (
                "https://codeload.github.com/o/n/tar.gz/abc",
                git("https://github.com/o/n.git", "abc"),
            ),
            ("https://h/x.tgz", Source::url("https://h/x.tgz")),
            ("file:../x", Source::path("../x")),
            ("../x", Source::path("../x")),
            ("", Source::default()),
        ] {
            assert_eq!(read(address), expected, "{address}");
        }
    }
}
