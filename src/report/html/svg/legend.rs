//! What the colours of a chart stand for.

use super::tone::Tone;
use crate::report::html::escape::Markup;

/// A list of names with their colours.
pub fn legend(names: &[(Tone, &str)]) -> Markup {
    let mut out = Markup::new();
    out.raw("<ul class=\"legend\">");
    for (tone, name) in names {
        out.raw("<li><span class=\"key ").raw(tone.class());
        out.raw("\"></span>").text(name).raw("</li>");
    }
    out.raw("</ul>");
    out
}
