//! The report as one page of HTML: self-contained, with a strict content-security policy, for a browser with scripts or
//! without.

pub mod escape;
pub mod svg;
