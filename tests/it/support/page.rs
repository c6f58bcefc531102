//! What every page of a report is asked: that it is quiet, accessible and fits in every setting, and that what others wrote is
//! text.

use std::fs;
use std::path::{Path, PathBuf};

use super::World;
use super::browser::{Browser, Looked, Step};

/// Markup, quotes, a terminal sequence, a mark that turns text around, a line end, and what ends a script or a style.
pub const VICE: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;</style>{{x}}\u{1b}[31m\u{202e}\nz";

/// Light and dark, on a desktop, a phone and a small one, without scripts, with forced colours and on paper.
pub const EVERYWHERE: &[&str] = &[
    "light",
    "dark",
    "light phone",
    "dark phone",
    "light 320x640",
    "light no-scripts",
    "dark forced-colors",
    "print",
];

impl World {
    /// The report as a page.
    pub fn page(&self) -> PathBuf {
        self.tend(["report", "--format", "html", "-o", "page.html"])
            .code(0);
        self.repo().join("page.html")
    }
}

/// Asserts that nothing of [`VICE`] is markup, steers a terminal or turns text around; the page.
pub fn assert_is_text(page: &Path) -> String {
    let written = String::from_utf8(fs::read(page).unwrap()).unwrap();
    for bad in [
        "\u{1b}",
        "\u{202e}",
        "<script>alert",
        "<img",
        "href=\"javascript",
    ] {
        assert!(!written.contains(bad), "{bad:?}");
    }
    written
}

impl Browser {
    /// The usual questions; [`Looked::assert_usual`] asserts the answers.
    pub fn usual(self) -> Self {
        self.step(Step::new("axe", true))
            .step(Step::new("overflow", true))
            .step(Step::new("count", "script, style").named("own"))
            .step(
                Step::new(
                    "count",
                    "img, iframe, object, embed, [onerror], [onmouseover], [style]",
                )
                .named("others"),
            )
    }
}

impl Looked {
    /// Asserts that the page is quiet, accessible, as wide as its window, and has no scripts, styles or pictures but its own.
    #[track_caller]
    pub fn assert_usual(&self) {
        self.assert_quiet();
        self.assert_accessible();
        self.assert_no_overflow();
        for look in self.looks() {
            let counts = (look.value("own"), look.value("others"));
            assert_eq!(counts, (&2.into(), &0.into()), "{}", look.setting);
        }
    }
}
