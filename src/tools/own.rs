//! Tools of the user's own: commands whose output is read as `output` of their task says.

use std::io::BufRead;
use std::path::Path;

use super::adapter::Format;
use super::call::Where;
use super::judge::Codes;
use super::reading::{ReadError, Reading};
use super::{readers, table};
use crate::config::output::{Output, Place};

/// How a command's output is read.
#[derive(Clone, Debug)]
pub struct OwnOutput {
    form: Form,
    place: Place,
}

#[derive(Clone, Debug)]
enum Form {
    Known(Format),
    Tool(&'static super::adapter::Tool),
    Regex(String),
}

/// Any exit code but 0, of a program of which nothing is known.
static NOT_ZERO: [i32; 255] = {
    let mut codes = [0; 255];
    let mut at = 0;
    while at < codes.len() {
        // There are 255 of them.
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        {
            codes[at] = at as i32 + 1;
        }
        at += 1;
    }
    codes
};

/// What `output` means; an error says what is wrong with it.
pub fn reading(output: &Output) -> Result<OwnOutput, String> {
    let (form, place) = match output {
        Output::None => return Err("the task's output is not read".to_owned()),
        Output::Sarif(place) => (Form::Known(Format::Sarif), place.clone()),
        Output::Junit(place) => (Form::Known(Format::Junit), place.clone()),
        Output::Checkstyle(place) => (Form::Known(Format::Checkstyle), place.clone()),
        Output::Tend(place) => (Form::Known(Format::Tend), place.clone()),
        Output::Json(name, place) => {
            let tool = table::find(name).ok_or_else(|| format!("no tool {name:?} is known"))?;
            (Form::Tool(tool), place.clone())
        }
        Output::Regex(expression) => {
            readers::regex::check(expression)?;
            (Form::Regex(expression.clone()), Place::Default)
        }
    };
    Ok(OwnOutput { form, place })
}

impl OwnOutput {
    /// Reads it.
    pub fn read(&self, state: &Path, report: &mut dyn BufRead) -> Result<Reading, ReadError> {
        match &self.form {
            Form::Known(format) => readers::read(*format, state, report),
            Form::Tool(tool) => readers::read(tool.format, state, report),
            Form::Regex(expression) => readers::regex::read(expression, report),
        }
    }

    /// Where it is, given whether the command names a report.
    pub fn source(&self, names_a_report: bool) -> Where<'_> {
        match (&self.place, &self.form) {
            (Place::Files(glob), _) => Where::Files(vec![glob.as_str()]),
            (Place::Default, _) if names_a_report => Where::Report,
            (Place::Default, Form::Regex(_)) => Where::Both,
            (Place::Default, _) => Where::Stdout,
        }
    }

    /// What the command's exit codes mean.
    pub fn codes(&self) -> Codes {
        match &self.form {
            Form::Tool(tool) => Codes::from(*tool),
            Form::Known(_) | Form::Regex(_) => Codes {
                clean: &[0],
                found: &NOT_ZERO,
                nothing: &[],
            },
        }
    }

    /// The tool's name, if it is one that is known.
    pub fn tool(&self) -> Option<&'static str> {
        match &self.form {
            Form::Tool(tool) => Some(tool.name),
            Form::Known(_) | Form::Regex(_) => None,
        }
    }
}
