//! The coding style of a repository: names, organisation, comments, layout, errors, each with the size of its sample.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use serde::Serialize;

use super::complexity::mean;
use super::files::Role;
use super::languages::percentage;
use super::layout::Layout;
use super::survey::Survey;
use super::syntax::facts::{Comments, Errors, Quotes, Syntax};
use super::syntax::naming::{Case, Cases};

/// The style of a repository. The first four keys are those of the first MIRA analyser.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CodingStyle {
    /// How names are written.
    pub naming_conventions: Naming,
    /// How files are organised.
    pub file_organization: Organization,
    /// How comments are written, by language.
    pub comment_style: BTreeMap<&'static str, CommentStyle>,
    /// What stands out, in words.
    pub patterns: Vec<String>,
    /// How lines are laid out, by language.
    pub layout: BTreeMap<&'static str, LayoutStyle>,
    /// How errors are handled, by language.
    pub error_handling: BTreeMap<&'static str, ErrorHandling>,
    /// Files that were looked at.
    pub files: u64,
}

/// How names are written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Naming {
    /// The case of most functions' names, of all languages together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functions: Option<&'static str>,
    /// The case of types' names, if more than 80 % are in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<&'static str>,
    /// By language.
    pub languages: BTreeMap<&'static str, LanguageNaming>,
}

/// The names of one language.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LanguageNaming {
    /// Of functions and methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functions: Option<Convention>,
    /// Of types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Convention>,
    /// Of variables and parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Convention>,
    /// Of constants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constants: Option<Convention>,
}

/// Names that show a case; single lower-case words show none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Convention {
    /// The case of most.
    pub case: &'static str,
    /// How many of a hundred are in it.
    pub share: f64,
    /// How many names there are.
    pub sample: u32,
    /// Shannon's entropy of the cases in bits: 0 when all are the same.
    pub entropy: f64,
}

/// How files are organised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// Whether there is a folder `src`, at the top or of a project.
    pub has_src_directory: bool,
    /// The same for `lib`.
    pub has_lib_directory: bool,
    /// Whether there are tests.
    pub has_tests: bool,
    /// `modular` with one of the two folders, else `flat`.
    pub structure_type: &'static str,
}

/// The comments of one language.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CommentStyle {
    /// Comments to the end of the line.
    pub line: u32,
    /// Comments between marks.
    pub block: u32,
    /// Of both, and of strings, those that document.
    pub documentation: u32,
    /// Functions.
    pub functions: u64,
    /// How many of a hundred functions are documented.
    pub documented_functions: f64,
}

/// The layout of one language.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LayoutStyle {
    /// What most lines are indented with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indentation: Option<&'static str>,
    /// How many of a hundred indented lines are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<f64>,
    /// The quotes of most strings, where both mean the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotes: Option<&'static str>,
    /// Lines of more than 120 characters.
    pub long_lines: u32,
    /// Lines that end as on Windows.
    pub crlf_lines: u32,
    /// Lines with blanks at the end.
    pub trailing_blanks: u32,
}

/// The handling of errors in one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErrorHandling {
    /// `try` statements.
    pub tries: u32,
    /// Handlers.
    pub handlers: u32,
    /// Handlers that catch whatever comes.
    pub broad_handlers: u32,
    /// Handlers that do nothing.
    pub silent_handlers: u32,
    /// `raise` and `throw`.
    pub raises: u32,
    /// Comparisons with nothing.
    pub null_checks: u32,
    /// Errors passed on as values.
    pub propagations: u32,
    /// Calls that end the program.
    pub panics: u32,
}

impl From<Errors> for ErrorHandling {
    fn from(errors: Errors) -> Self {
        Self {
            tries: errors.tries,
            handlers: errors.handlers,
            broad_handlers: errors.broad,
            silent_handlers: errors.silent,
            raises: errors.raises,
            null_checks: errors.null_checks,
            propagations: errors.values,
            panics: errors.panics,
        }
    }
}

/// The sums of one language.
#[derive(Default)]
struct Sample {
    functions: u64,
    documented: u64,
    function_names: Cases,
    type_names: Cases,
    variable_names: Cases,
    constant_names: Cases,
    comments: Comments,
    quotes: Quotes,
    errors: Errors,
    layout: Layout,
}

impl Sample {
    fn add(&mut self, syntax: &Syntax, layout: &Layout) {
        self.functions += u64::from(syntax.functions);
        self.documented += u64::from(syntax.documented);
        self.function_names.merge(&syntax.function_names);
        self.type_names.merge(&syntax.type_names);
        self.variable_names.merge(&syntax.variable_names);
        self.constant_names.merge(&syntax.constant_names);
        self.comments.merge(&syntax.comments);
        self.quotes.merge(&syntax.quotes);
        self.errors.merge(&syntax.errors);
        self.layout.merge(layout);
    }
}

/// The style of the project's own files; input of tests and examples are not its own hand.
pub fn of(survey: &Survey) -> CodingStyle {
    let mut samples: BTreeMap<&'static str, Sample> = BTreeMap::new();
    let mut files = 0;
    for file in &survey.files {
        let own = matches!(file.place.role, Role::Main | Role::Test) && !file.place.left_out;
        let Some(deep) = file.deep.as_ref().filter(|_| own) else {
            continue;
        };
        let language = file.facts.as_ref().and_then(|facts| facts.language);
        if let (Some(syntax), Some(language)) = (&deep.syntax, language) {
            samples
                .entry(language.name)
                .or_default()
                .add(syntax, &deep.layout);
            files += 1;
        }
    }
    let mut style = CodingStyle {
        file_organization: organization(survey),
        files,
        ..CodingStyle::default()
    };
    let (mut functions, mut types) = (Cases::default(), Cases::default());
    for (language, sample) in &samples {
        functions.merge(&sample.function_names);
        types.merge(&sample.type_names);
        let naming = LanguageNaming {
            functions: convention(&sample.function_names),
            types: convention(&sample.type_names),
            variables: convention(&sample.variable_names),
            constants: convention(&sample.constant_names),
        };
        style.naming_conventions.languages.insert(language, naming);
        style.comment_style.insert(language, comment_style(sample));
        style.layout.insert(language, layout_style(sample));
        style.error_handling.insert(language, sample.errors.into());
        style.patterns.extend(remarks(language, sample));
    }
    style.naming_conventions.functions = functions.dominant().map(Case::name);
    style.naming_conventions.classes = convention(&types)
        .filter(|found| found.share > 80.0)
        .map(|found| found.case);
    style
}

fn organization(survey: &Survey) -> Organization {
    let mut found = Organization::default();
    for file in &survey.files {
        if file.place.left_out {
            continue;
        }
        found.has_tests |= file.place.role == Role::Test || is_test(file.path.as_slice());
        let mut folders = file.path.split_str("/").collect::<Vec<_>>();
        folders.pop();
        // At the top, or in the folder of a package: `packages/a/src`.
        for name in folders.iter().take(3) {
            found.has_src_directory |= *name == b"src";
            found.has_lib_directory |= *name == b"lib";
        }
    }
    found.structure_type = if found.has_src_directory || found.has_lib_directory {
        "modular"
    } else {
        "flat"
    };
    found
}

/// Whether a file's name is that of a test: `test_a.py`, `a_test.go`, `a.spec.ts`, `ATest.java`.
pub(super) fn is_test(path: &[u8]) -> bool {
    let name = super::files::file_name(path.into());
    let stem = name.rsplit_once_str(".").map_or(name, |(stem, _)| stem);
    stem.starts_with(b"test_")
        || stem.ends_with(b"_test")
        || stem.ends_with(b".test")
        || stem.ends_with(b".spec")
        || stem.ends_with(b"_spec")
        || stem.ends_with(b"Test")
        || stem.ends_with(b"Tests")
}

fn convention(cases: &Cases) -> Option<Convention> {
    let dominant = cases.dominant()?;
    let total = cases.total();
    let entropy: f64 = Case::ALL
        .into_iter()
        .map(|case| cases.count(case))
        .filter(|count| *count > 0)
        .map(|count| {
            let share = f64::from(count) / f64::from(total);
            -share * share.log2()
        })
        .sum();
    Some(Convention {
        case: dominant.name(),
        share: percentage(u64::from(cases.count(dominant)), u64::from(total)),
        sample: total,
        // Adding zero turns the −0 of a single case into 0.
        entropy: (entropy * 1000.0).round() / 1000.0 + 0.0,
    })
}

fn comment_style(sample: &Sample) -> CommentStyle {
    CommentStyle {
        line: sample.comments.line,
        block: sample.comments.block,
        documentation: sample.comments.doc,
        functions: sample.functions,
        documented_functions: percentage(sample.documented, sample.functions),
    }
}

fn layout_style(sample: &Sample) -> LayoutStyle {
    let indentation = sample.layout.indentation();
    let quotes = match (sample.quotes.single, sample.quotes.double) {
        (0, 0) => None,
        (single, double) if single > double => Some("single"),
        _ => Some("double"),
    };
    LayoutStyle {
        indentation: indentation.map(|(name, _)| name),
        consistency: indentation.map(|(_, share)| (share * 10_000.0).round() / 100.0),
        quotes,
        long_lines: sample.layout.long,
        crlf_lines: sample.layout.crlf,
        trailing_blanks: sample.layout.trailing,
    }
}

/// What a reader of the code would notice.
fn remarks(language: &str, sample: &Sample) -> Vec<String> {
    let mut remarks = Vec::new();
    if sample.functions >= 20 {
        let share = percentage(sample.documented, sample.functions);
        if share >= 80.0 {
            remarks.push(format!(
                "{language}: functions are documented ({share:.0} % of {})",
                sample.functions
            ));
        } else if share < 10.0 {
            remarks.push(format!(
                "{language}: functions are hardly documented ({share:.0} % of {})",
                sample.functions
            ));
        }
    }
    let errors = &sample.errors;
    if errors.broad > 0 {
        remarks.push(format!(
            "{language}: {} of {} handlers catch whatever comes",
            errors.broad, errors.handlers
        ));
    }
    if errors.silent > 0 {
        remarks.push(format!(
            "{language}: {} of {} handlers do nothing",
            errors.silent, errors.handlers
        ));
    }
    if sample.functions >= 20 && errors.panics > 0 {
        let per_hundred = mean(u64::from(errors.panics) * 100, sample.functions);
        remarks.push(format!(
            "{language}: {} calls that end the program, {per_hundred:.0} for each hundred functions",
            errors.panics
        ));
    }
    remarks
}
