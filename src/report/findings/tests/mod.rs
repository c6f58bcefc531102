//! Every form of one document, and what hostile documents come to.

mod hostile;
mod sample;
mod snapshots;

use jsonschema::Validator;

use super::{Excerpt, excerpt::Source, github, json, junit, markdown, sarif, text};
use crate::findings::Finding;
use api::Document;

/// What the sample is made of.
mod api {
    pub use crate::findings::*;
    pub use crate::report::findings::*;
}

/// All the forms of a document.
struct Forms {
    plain: String,
    compact: String,
    colour: String,
    markdown: String,
    json: String,
    sarif: String,
    code_scanning: String,
    junit: String,
    junit_new: String,
    github: String,
}

const LIMIT: usize = 20_000;

impl Forms {
    fn of(document: &Document, source: &Source<'_>) -> Self {
        let text = |colour, form, shown| {
            let options = text::Options {
                colour,
                width: 80,
                form,
                shown,
                source,
            };
            written(|out| text::write(out, document, &options))
        };
        let sarif = |audience| {
            let options = sarif::Options {
                audience,
                source,
                line_hash: &|finding: &Finding| Some(format!("{}:1", finding.id)),
            };
            written(|out| sarif::write(out, document, &options))
        };
        let annotations = github::Options { unchanged: true };
        Self {
            plain: text(false, text::Form::Full, text::Shown::All),
            compact: text(false, text::Form::Compact, text::Shown::New),
            colour: text(true, text::Form::Full, text::Shown::Open),
            markdown: written(|out| markdown::write(out, document, LIMIT)),
            json: written(|out| json::write(out, document)),
            sarif: sarif(sarif::Audience::Any),
            code_scanning: sarif(sarif::Audience::CodeScanning),
            junit: written(|out| junit::write(out, document, junit::FailOn::All)),
            junit_new: written(|out| junit::write(out, document, junit::FailOn::New)),
            github: written(|out| github::write(out, document, annotations)),
        }
    }
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    assert!(write(&mut out).is_ok());
    String::from_utf8(out).unwrap_or_default()
}

fn sarif_schema() -> Validator {
    let schema = include_str!("../../../../fixtures/sarif/sarif-schema-2.1.0.json");
    let schema = serde_json::from_str(schema).unwrap_or_default();
    match jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
    {
        Ok(validator) => validator,
        Err(error) => unreachable!("{error}"),
    }
}

fn no_source(_: &Finding) -> Option<Excerpt> {
    None
}
