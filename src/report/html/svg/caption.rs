//! What a chart is called, for those who cannot see it.

use crate::report::html::escape::Markup;

/// The name and the description of a chart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caption<'a> {
    /// What the identifiers in the chart begin with, of `a-z`, `0-9` and `-`; no two charts of a page have the same.
    pub id: &'a str,
    /// A few words.
    pub title: &'a str,
    /// What the chart shows, in a sentence with the figures that matter; may be empty.
    pub description: &'a str,
}

/// Whether there is something in a chart that can have the focus. The parts of a picture are hidden from screen readers, so
/// a chart with links is a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Picture,
    Group,
}

impl Caption<'_> {
    /// The attributes of `<svg>` that name it, with a space before.
    pub(super) fn attributes(&self, role: Role, out: &mut Markup) {
        out.raw(match role {
            Role::Picture => " role=\"img\" aria-labelledby=\"",
            Role::Group => " role=\"group\" aria-labelledby=\"",
        });
        out.text(self.safe_id()).raw("-t\"");
        if !self.description.is_empty() {
            out.raw(" aria-describedby=\"");
            out.text(self.safe_id()).raw("-d\"");
        }
    }

    /// `<title>` and `<desc>`, the first elements of `<svg>`.
    pub(super) fn elements(&self, out: &mut Markup) {
        out.raw("<title id=\"").text(self.safe_id()).raw("-t\">");
        out.text(self.title).raw("</title>");
        if !self.description.is_empty() {
            out.raw("<desc id=\"").text(self.safe_id()).raw("-d\">");
            out.text(self.description).raw("</desc>");
        }
    }

    /// The identifier, of nothing but what may stand in one.
    pub(super) fn safe_id(&self) -> String {
        self.id
            .chars()
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
            .collect()
    }
}

/// The end of the tag `<svg>`, with the name if there is one; without, screen readers pass it by.
pub(super) fn optional(caption: Option<&Caption<'_>>, out: &mut Markup) {
    let Some(caption) = caption else {
        out.raw(" aria-hidden=\"true\">");
        return;
    };
    caption.attributes(Role::Picture, out);
    out.raw(">");
    caption.elements(out);
}
