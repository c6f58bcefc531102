//! Links that lead to the web or nowhere.

use super::page::Page;

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub text: &'static str,
    pub url: String,
}

impl Link {
    pub(super) const fn new(text: &'static str, url: String) -> Self {
        Self { text, url }
    }
}

/// An address that a browser opens as a page of the web; tools and databases may name any other.
pub(super) fn web(url: Option<&str>) -> Option<String> {
    let url = url?;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_clean = url.len() <= 500 && url.chars().all(|c| c.is_ascii_graphic() || !c.is_ascii());
    (is_web && is_clean).then(|| url.to_owned())
}

impl Page<'_> {
    /// Where a file of the page's commit can be read.
    pub(super) fn file_link(&self, path: &str, line: Option<u32>) -> Option<String> {
        let commit = self.findings.commit.as_deref()?;
        Some(self.about.site.as_ref()?.file(commit, path, line))
    }

    /// Where a commit can be read.
    pub(super) fn commit_link(&self, commit: &str) -> Option<String> {
        Some(self.about.site.as_ref()?.commit(commit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_to() {
        assert!(web(Some("https://e.org/a?b=c#d")).is_some());
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//e.org",
            "https://e.org/\n",
            "",
        ] {
            assert_eq!(web(Some(url)), None, "{url}");
        }
    }
}
