//! The page's style sheet, its script, and the policy that allows these and nothing else.

/// The style sheet: the page's own, and that of the charts.
pub(super) const STYLE: &str = concat!(include_str!("style.css"), include_str!("svg/charts.css"));

/// The script: it filters the findings and opens what is linked to. Everything can be read without it.
pub(super) const SCRIPT: &str = include_str!("script.js");

/// SHA-256 of [`STYLE`] in base64, as the policy names it.
const STYLE_HASH: &str = "BbkWQ8puTsjjbHqB8Qh3d0nyhzF8ovR+NSkrEa0bxKc=";
/// SHA-256 of [`SCRIPT`].
const SCRIPT_HASH: &str = "SXkd+aTQar2LnY6nPd4MO1fH1gDaL3PL7AkC2JR/yyk=";

/// Nothing is loaded from anywhere; the one style sheet and the one script are named by their hashes; nothing may be sent.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{STYLE_HASH}'; script-src 'sha256-{SCRIPT_HASH}'; img-src data:; \
         base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use sha2::Digest as _;

    use super::*;

    fn hash(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text))
    }

    #[test]
    fn the_policy_names_what_the_page_has() {
        // After a change of style.css, svg/charts.css or script.js, these are the hashes to write above.
        assert_eq!([STYLE_HASH, SCRIPT_HASH], [hash(STYLE), hash(SCRIPT)]);
    }
}
