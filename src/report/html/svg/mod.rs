//! Charts as SVG, drawn as functions of their values.
//!
//! A chart has neither a style sheet nor scripts of its own: it names classes that the page's style sheet knows, so that it
//! is light or dark as the page is, and geometry only in attributes, for the page's policy forbids inline styles.
