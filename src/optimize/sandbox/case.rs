//! Which cases a script is tried in, and with which values.

use serde::{Deserialize, Serialize};

use super::subject::{Interpreter, Level};
use crate::optimize::recipe::{Parameter, SlotKind};

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseKind {
    /// With the values that were seen.
    Happy,
    /// The same once more, where the first run left off.
    Twice,
    /// Without a value that it needs.
    MissingInput,
    /// With the name of a file that is not there.
    AbsentFile,
    /// With empty values and files.
    EmptyInput,
    /// Where nothing of the repository can be written.
    ReadOnly,
}

/// What is done to the copy before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prepare {
    /// It is made afresh.
    Fresh,
    /// It stays as the case before left it.
    Kept,
    /// It is made afresh, and these files of it are emptied.
    Emptied(Vec<String>),
    /// It is made afresh and cannot be written to.
    Frozen,
}

/// One run of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is about.
    pub kind: CaseKind,
    /// What is particular about it, such as `without --source`; empty for the plain ones.
    pub note: String,
    /// Options and their values.
    pub values: Vec<(String, String)>,
    /// What is done before.
    pub prepare: Prepare,
}

/// What values are made of.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The repository's folder, if there is one: what is in it is in the copy.
    pub repository: Option<String>,
    /// The commit that is checked out.
    pub head: Option<String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// Files of the copy that parameters name, relative to it.
    pub files: Vec<String>,
}

/// Of one kind, no more runs than these.
const MOST: usize = 3;
/// What no repository has.
const ABSENT: &str = "no-such-file-of-git-tend";

impl Context {
    /// What is tried as the value of a parameter.
    pub fn value(&self, parameter: &Parameter) -> String {
        let known = parameter
            .default
            .as_ref()
            .or_else(|| parameter.observed.first());
        match known {
            Some(value) => self.relocated(value),
            None => match parameter.kind {
                SlotKind::Path => "file".to_owned(),
                SlotKind::Num => "1".to_owned(),
                SlotKind::Oid => self.head.clone().unwrap_or_else(|| "HEAD".to_owned()),
                SlotKind::Branch => self.branch.clone().unwrap_or_else(|| "HEAD".to_owned()),
                SlotKind::Url => "http://127.0.0.1/".to_owned(),
                SlotKind::Str => "text".to_owned(),
            },
        }
    }

    /// A path into the repository becomes one into the copy, where the script stands.
    fn relocated(&self, value: &str) -> String {
        let Some(repository) = &self.repository else {
            return value.to_owned();
        };
        match value.strip_prefix(repository.as_str()) {
            Some("") => ".".to_owned(),
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/').to_owned(),
            _ => value.to_owned(),
        }
    }

    fn has(&self, value: &str) -> bool {
        let plain = value.strip_prefix("./").unwrap_or(value);
        self.files.iter().any(|file| file == plain)
    }
}

/// The cases of a script.
pub fn plan(parameters: &[Parameter], context: &Context, level: Level) -> Vec<Case> {
    let values: Vec<(String, String)> = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), context.value(parameter)))
        .collect();
    let mut cases = vec![
        case(CaseKind::Happy, "", values.clone(), Prepare::Fresh),
        case(CaseKind::Twice, "", values.clone(), Prepare::Kept),
    ];
    let required = parameters
        .iter()
        .filter(|parameter| parameter.default.is_none());
    for parameter in required.take(MOST) {
        let others = values
            .iter()
            .filter(|(name, _)| *name != parameter.name)
            .cloned();
        cases.push(case(
            CaseKind::MissingInput,
            &format!("without --{}", parameter.name),
            others.collect(),
            Prepare::Fresh,
        ));
    }
    let inputs: Vec<&str> = parameters
        .iter()
        .filter(|parameter| {
            parameter.kind == SlotKind::Path && context.has(&context.value(parameter))
        })
        .map(|parameter| parameter.name.as_str())
        .collect();
    for name in inputs.iter().take(MOST) {
        cases.push(case(
            CaseKind::AbsentFile,
            &format!("--{name} names a file that is not there"),
            replaced(&values, |other, _| {
                (other == *name).then(|| ABSENT.to_owned())
            }),
            Prepare::Fresh,
        ));
    }
    if !inputs.is_empty() {
        let files = values
            .iter()
            .filter(|(name, _)| inputs.contains(&name.as_str()))
            .map(|(_, value)| value.clone());
        cases.push(case(
            CaseKind::EmptyInput,
            "empty files",
            values.clone(),
            Prepare::Emptied(files.collect()),
        ));
    }
    let texts = |name: &str| {
        parameters.iter().any(|parameter| {
            parameter.name == name && matches!(parameter.kind, SlotKind::Str | SlotKind::Path)
        })
    };
    if values.iter().any(|(name, _)| texts(name)) {
        cases.push(case(
            CaseKind::EmptyInput,
            "empty values",
            replaced(&values, |name, _| texts(name).then(String::new)),
            Prepare::Fresh,
        ));
    }
    // At level full the copy is never anything else.
    if level == Level::Partial {
        cases.push(case(CaseKind::ReadOnly, "", values, Prepare::Frozen));
    }
    cases
}

fn case(kind: CaseKind, note: &str, values: Vec<(String, String)>, prepare: Prepare) -> Case {
    Case {
        kind,
        note: note.to_owned(),
        values,
        prepare,
    }
}

fn replaced(
    values: &[(String, String)],
    by: impl Fn(&str, &str) -> Option<String>,
) -> Vec<(String, String)> {
    values
        .iter()
        .map(|(name, value)| {
            let value = by(name, value).unwrap_or_else(|| value.clone());
            (name.clone(), value)
        })
        .collect()
}

/// The arguments of the interpreter.
pub(super) fn arguments(
    interpreter: Interpreter,
    script: &str,
    values: &[(String, String)],
    is_file: impl Fn(&str) -> bool,
) -> Vec<String> {
    if interpreter != Interpreter::Jq {
        let options = values
            .iter()
            .flat_map(|(name, value)| [format!("--{name}"), value.clone()]);
        return std::iter::once(script.to_owned()).chain(options).collect();
    }
    let mut args: Vec<String> = values
        .iter()
        .flat_map(|(name, value)| ["--arg".to_owned(), name.replace('-', "_"), value.clone()])
        .collect();
    let inputs: Vec<String> = values
        .iter()
        .filter(|(_, value)| is_file(value))
        .map(|(_, value)| value.clone())
        .collect();
    if inputs.is_empty() {
        args.push("-n".to_owned());
    }
    args.extend(["-f".to_owned(), script.to_owned()]);
    args.extend(inputs);
    args
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parameter(name: &str, kind: SlotKind, default: Option<&str>, seen: &[&str]) -> Parameter {
        Parameter {
            name: name.to_owned(),
            kind,
            default: default.map(str::to_owned),
            observed: seen.iter().map(|&value| value.to_owned()).collect(),
        }
    }

    fn context() -> Context {
        Context {
            repository: Some("/home/u/repo".to_owned()),
            head: Some("c0ffee".to_owned()),
            branch: Some("main".to_owned()),
            files: vec!["README.md".to_owned()],
        }
    }

    fn kinds(cases: &[Case]) -> Vec<CaseKind> {
        cases.iter().map(|case| case.kind).collect()
    }

    #[test]
    fn without_parameters_it_is_run_twice_and_where_it_cannot_write() {
        let cases = plan(&[], &context(), Level::Partial);
        assert_eq!(
            kinds(&cases),
            [CaseKind::Happy, CaseKind::Twice, CaseKind::ReadOnly]
        );
        assert_eq!(kinds(&plan(&[], &context(), Level::Full)).len(), 2);
    }

    #[test]
    fn values_are_what_was_seen_or_fit_the_kind() {
        let context = context();
        let value =
            |kind, default, seen: &[&str]| context.value(&parameter("x", kind, default, seen));
        assert_eq!(value(SlotKind::Str, Some("a"), &["b"]), "a");
        assert_eq!(value(SlotKind::Str, None, &["b", "c"]), "b");
        assert_eq!(value(SlotKind::Oid, None, &[]), "c0ffee");
        assert_eq!(value(SlotKind::Branch, None, &[]), "main");
        assert_eq!(value(SlotKind::Path, None, &["/home/u/repo/a/b"]), "a/b");
        assert_eq!(value(SlotKind::Path, None, &["/home/u/repo"]), ".");
        assert_eq!(
            value(SlotKind::Path, None, &["/home/u/repository/a"]),
            "/home/u/repository/a"
        );
    }

    #[test]
    fn what_is_required_is_left_out_and_what_is_read_is_made_absent_and_empty() {
        let parameters = [
            parameter("file", SlotKind::Path, None, &["README.md"]),
            parameter("out", SlotKind::Path, Some("new.txt"), &[]),
            parameter("count", SlotKind::Num, Some("3"), &[]),
        ];
        let cases = plan(&parameters, &context(), Level::Full);
        assert_eq!(
            kinds(&cases),
            [
                CaseKind::Happy,
                CaseKind::Twice,
                CaseKind::MissingInput,
                CaseKind::AbsentFile,
                CaseKind::EmptyInput,
                CaseKind::EmptyInput,
            ]
        );
        assert_eq!(cases[2].note, "without --file");
        assert_eq!(cases[2].values.len(), 2);
        assert_eq!(cases[3].values[0].1, ABSENT);
        assert_eq!(
            cases[4].prepare,
            Prepare::Emptied(vec!["README.md".to_owned()])
        );
        assert_eq!(cases[5].values[1].1, "");
        assert_eq!(cases[5].values[2].1, "3");
    }

    #[test]
    fn options_and_filters_get_their_arguments() {
        let values = vec![
            ("the-file".to_owned(), "a.json".to_owned()),
            ("name".to_owned(), "-x y".to_owned()),
        ];
        assert_eq!(
            arguments(Interpreter::Sh, "/s", &values, |_| true),
            ["/s", "--the-file", "a.json", "--name", "-x y"]
        );
        assert_eq!(
            arguments(Interpreter::Jq, "/s", &values, |value| value == "a.json"),
            [
                "--arg", "the_file", "a.json", "--arg", "name", "-x y", "-f", "/s", "a.json"
            ]
        );
        assert_eq!(
            arguments(Interpreter::Jq, "/s", &[], |_| true),
            ["-n", "-f", "/s"]
        );
    }
}
