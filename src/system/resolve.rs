//! Where a program is: the project's own tools before those on the search path, always an absolute answer.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folders in which projects keep their own tools, in the order in which they are searched.
const PROJECT_FOLDERS: [&str; 2] = [".venv/bin", "node_modules/.bin"];

/// Why a program cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// None of the folders has it.
    #[error("find the program `{0}`")]
    Missing(String),
    /// It is there, as something that cannot be executed.
    #[error("execute `{0}`: it is not an executable file")]
    NotExecutable(PathBuf),
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// A file that this user may execute.
    Executable,
    /// Something else.
    Other,
    /// Nothing.
    Absent,
}

/// The folders to search: the project folders of each of `tops`, then those of `path`, a value of `PATH`.
///
/// Relative and empty entries of `path` are left out: what they mean depends on where somebody stands.
pub fn folders(tops: &[&Path], path: &OsStr) -> Vec<PathBuf> {
    tops.iter()
        .flat_map(|top| PROJECT_FOLDERS.iter().map(|folder| top.join(folder)))
        .chain(std::env::split_paths(path))
        .filter(|folder| folder.is_absolute())
        .collect()
}

/// The absolute path of `program`: of the first folder that has it, or, when it is written with a slash, relative to `base`.
pub fn resolve(
    program: &OsStr,
    base: &Path,
    folders: &[PathBuf],
    look: impl Fn(&Path) -> Candidate,
) -> Result<PathBuf, Unresolved> {
    let missing = || Unresolved::Missing(program.to_string_lossy().into_owned());
    if program.is_empty() {
        return Err(missing());
    }
    if program.as_encoded_bytes().contains(&b'/') {
        let path = base.join(program);
        return match look(&path) {
            Candidate::Executable => Ok(path),
            Candidate::Other => Err(Unresolved::NotExecutable(path)),
            Candidate::Absent => Err(missing()),
        };
    }
    // As a shell does: something in the way does not end the search, but explains a failed one.
    let mut in_the_way = None;
    for path in folders.iter().map(|folder| folder.join(program)) {
        match look(&path) {
            Candidate::Executable => return Ok(path),
            Candidate::Other => in_the_way = in_the_way.or(Some(path)),
            Candidate::Absent => {}
        }
    }
    Err(in_the_way.map_or_else(missing, Unresolved::NotExecutable))
}

/// The path by which `path` knows `program`, which is its path without symbolic links.
///
/// Package managers put a link where the user finds it and move what is behind it with every version: the link is what
/// lasts.
pub fn lasting(program: &Path, path: &OsStr) -> PathBuf {
    program
        .file_name()
        .and_then(|name| resolve(name, Path::new("/"), &folders(&[], path), look).ok())
        .filter(|found| found.canonicalize().is_ok_and(|behind| behind == program))
        .unwrap_or_else(|| program.to_path_buf())
}

/// Looks at the file system.
pub fn look(path: &Path) -> Candidate {
    match std::fs::metadata(path) {
        Err(_) => Candidate::Absent,
        Ok(found)
            if found.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() =>
        {
            Candidate::Executable
        }
        Ok(_) => Candidate::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn look_in<'a>(executable: &'a [&str], other: &'a [&str]) -> impl Fn(&Path) -> Candidate + 'a {
        move |path| {
            if executable.iter().any(|known| Path::new(known) == path) {
                Candidate::Executable
            } else if other.iter().any(|known| Path::new(known) == path) {
                Candidate::Other
            } else {
                Candidate::Absent
            }
        }
    }

    fn search() -> Vec<PathBuf> {
        folders(
            &[Path::new("/w/web"), Path::new("/w")],
            OsStr::new("/usr/bin:.::bin:/bin"),
        )
    }

    #[test]
    fn project_folders_come_first_and_relative_entries_never() {
        let expected = [
            "/w/web/.venv/bin",
            "/w/web/node_modules/.bin",
            "/w/.venv/bin",
            "/w/node_modules/.bin",
            "/usr/bin",
            "/bin",
        ];
        assert_eq!(search(), expected.map(PathBuf::from));
    }

    #[test]
    fn the_first_folder_that_has_it_wins() {
        let look = look_in(&["/w/.venv/bin/ruff", "/usr/bin/ruff"], &[]);
        assert_eq!(
            resolve(OsStr::new("ruff"), Path::new("/w"), &search(), look),
            Ok("/w/.venv/bin/ruff".into())
        );
    }

    #[test]
    fn something_in_the_way_is_passed_and_explains_a_failure() {
        let way = ["/w/.venv/bin/ruff"];
        assert_eq!(
            resolve(
                OsStr::new("ruff"),
                Path::new("/w"),
                &search(),
                look_in(&["/bin/ruff"], &way)
            ),
            Ok("/bin/ruff".into())
        );
        assert_eq!(
            resolve(
                OsStr::new("ruff"),
                Path::new("/w"),
                &search(),
                look_in(&[], &way)
            ),
            Err(Unresolved::NotExecutable(way[0].into()))
        );
        assert_eq!(
            resolve(
                OsStr::new("ruff"),
                Path::new("/w"),
                &search(),
                look_in(&[], &[])
            ),
            Err(Unresolved::Missing("ruff".into()))
        );
    }

    #[test]
    fn a_slash_means_the_workspace_and_not_the_search_path() {
        let look = look_in(&["/w/scripts/check", "/bin/scripts/check", "/opt/x"], &[]);
        let resolved = |name: &str| resolve(OsStr::new(name), Path::new("/w"), &search(), &look);
        assert_eq!(resolved("scripts/check"), Ok("/w/scripts/check".into()));
        assert_eq!(resolved("/opt/x"), Ok("/opt/x".into()));
        assert_eq!(
            resolved("./nothing"),
            Err(Unresolved::Missing("./nothing".into()))
        );
        assert_eq!(resolved(""), Err(Unresolved::Missing(String::new())));
    }

    #[test]
    fn the_file_system_is_asked_for_executable_files() {
        assert_eq!(look(Path::new("/bin/sh")), Candidate::Executable);
        assert_eq!(look(Path::new("/")), Candidate::Other);
        assert_eq!(look(Path::new("/no/such/file")), Candidate::Absent);
    }

    #[test]
    fn a_program_is_named_by_the_link_that_lasts() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let [cellar, bin, other] = ["cellar", "bin", "other"].map(|name| root.join(name));
        for folder in [&cellar, &bin, &other] {
            std::fs::create_dir(folder).unwrap();
        }
        let program = cellar.join("tool");
        std::fs::copy("/bin/sh", &program).unwrap();
        std::fs::copy("/bin/sh", other.join("tool")).unwrap();
        assert_eq!(lasting(&program, bin.as_os_str()), program);
        std::os::unix::fs::symlink(&program, bin.join("tool")).unwrap();
        assert_eq!(lasting(&program, bin.as_os_str()), bin.join("tool"));
        // Another program of that name comes first: then the link does not lead here.
        let path = std::env::join_paths([&other, &bin]).unwrap();
        assert_eq!(lasting(&program, &path), program);
    }
}
