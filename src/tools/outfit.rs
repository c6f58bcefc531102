//! Which tools a project has something for, and whether they are installed.

use super::adapter::{Part, Wanted};
use super::project::Project;
use super::run::environment;
use super::table;
use super::version::Versions;
use super::workplace::Workplace;

/// A tool for which a project has something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitting {
    /// Its name.
    pub name: &'static str,
    /// Whether it is installed, and if so its version, if it tells it.
    pub installed: Option<Option<String>>,
    /// The command that installs it.
    pub install: &'static str,
}

/// The tools of some tasks for which a project has something, in the order of the table: those that are installed, and
/// those that are missed.
pub fn of(place: &Workplace, parts: &[Part], versions: &mut Versions) -> Vec<Fitting> {
    let read = |path: &str| place.read(path);
    let installed = |folder: &str, program: &str| place.program(program, folder).is_ok();
    let project = Project {
        paths: place.paths(),
        read: &read,
        installed: &installed,
    };
    let env = environment();
    let mut found = Vec::new();
    for tool in table::all().filter(|tool| tool.parts.iter().any(|part| parts.contains(part))) {
        let wanted = tool.wanted.within(&project);
        if matches!(wanted, Wanted::IfNamed) {
            continue;
        }
        let Some(planned) = (tool.plan)(&project).into_iter().next() else {
            continue;
        };
        let program = planned.program.as_deref().unwrap_or(tool.program);
        let resolved = place.program(program, &planned.folder).ok();
        if resolved.is_none() && !matches!(wanted, Wanted::Always) {
            continue;
        }
        found.push(Fitting {
            name: tool.name,
            installed: resolved.map(|program| versions.of(&program, tool.version, &env)),
            install: tool.install,
        });
    }
    found
}
