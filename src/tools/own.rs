//! Tools of the user's own: commands whose output is read as `output` of their task says.

use std::io::BufRead;
use std::path::Path;

use super::adapter::Format;
use super::call::Where;
use super::judge::{Codes, NOT_ZERO};
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

/// What readers call a tool whose report does not name it.
const NAMELESS: [&str; 3] = [
    readers::checkstyle::TOOL,
    readers::regex::TOOL,
    readers::tend::TOOL,
];

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
    /// Reads it, for a task of this name: that is what a tool is called that does not say its own.
    pub fn read(
        &self,
        task: &str,
        state: &Path,
        report: &mut dyn BufRead,
    ) -> Result<Reading, ReadError> {
        let mut reading = match &self.form {
            Form::Known(format) => readers::read(*format, state, report),
            Form::Tool(tool) => readers::read(tool.format, state, report),
            Form::Regex(expression) => readers::regex::read(expression, report),
        }?;
        for finding in &mut reading.findings {
            if NAMELESS.contains(&finding.tool.as_str()) {
                task.clone_into(&mut finding.tool);
            }
        }
        Ok(reading)
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

    /// How many things it looks at if its report does not tell: whoever says how an output is read vouches that it looks
    /// at something. Our own form has a place to say it.
    pub fn expected(&self) -> Option<u64> {
        (!matches!(self.form, Form::Known(Format::Tend))).then_some(1)
    }

    /// The tool's name, if it is one that is known.
    pub fn tool(&self) -> Option<&'static str> {
        match &self.form {
            Form::Tool(tool) => Some(tool.name),
            Form::Known(_) | Form::Regex(_) => None,
        }
    }
}
