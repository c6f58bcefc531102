//! Where programs are, and what else must be executed to run them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::system::resolve;

/// Where the system's programs are; nothing of the user's is among them.
pub(super) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where git keeps programs of its own.
const GIT_FOLDERS: [&str; 3] = [
    "/usr/lib/git-core",
    "/usr/libexec/git-core",
    "/usr/local/libexec/git-core",
];

/// The absolute path of a program of the system's, or of folders that the caller adds.
pub(super) fn find(name: &str, more: &[PathBuf]) -> Option<PathBuf> {
    let mut folders = more.to_vec();
    folders.extend(resolve::folders(&[], OsStr::new(PATH)));
    resolve::resolve(OsStr::new(name), Path::new("/"), &folders, resolve::look).ok()
}

/// The files that must be executable for these to run: they themselves, and what the kernel starts to run them.
pub(super) fn closure(programs: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut left: Vec<PathBuf> = programs.to_vec();
    while let Some(program) = left.pop() {
        let Ok(program) = program.canonicalize() else {
            continue;
        };
        if !found.insert(program.clone()) {
            continue;
        }
        left.extend(started_by(&program));
        if program.file_name() == Some(OsStr::new("git")) {
            found.extend(
                GIT_FOLDERS
                    .iter()
                    .map(PathBuf::from)
                    .filter(|path| path.is_dir()),
            );
        }
    }
    found.into_iter().collect()
}

/// What is named in a program's first line, or as the loader of its libraries.
fn started_by(program: &Path) -> Vec<PathBuf> {
    // Loaders are named near the beginning, right behind the table of segments.
    let mut head = Vec::new();
    let read = File::open(program).and_then(|file| file.take(16 * 1024).read_to_end(&mut head));
    if read.is_err() {
        return Vec::new();
    }
    if let Some(line) = head.strip_prefix(b"#!") {
        return first_line(line);
    }
    loader(&head).into_iter().collect()
}

fn first_line(line: &[u8]) -> Vec<PathBuf> {
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).into_owned();
    let mut words = line.split_ascii_whitespace();
    let Some(interpreter) = words.next() else {
        return Vec::new();
    };
    let mut found = vec![PathBuf::from(interpreter)];
    if interpreter.ends_with("/env")
        && let Some(name) = words.find(|word| !word.starts_with('-') && !word.contains('='))
    {
        found.extend(find(name, &[]));
    }
    found
}

/// The segment of an ELF file (64 bits, of this machine's byte order) that names the loader.
fn loader(head: &[u8]) -> Option<PathBuf> {
    const INTERPRETER: u32 = 3;
    if !head.starts_with(b"\x7fELF\x02") {
        return None;
    }
    let word = |at: usize| -> Option<u64> {
        Some(u64::from_ne_bytes(head.get(at..at + 8)?.try_into().ok()?))
    };
    let half = |at: usize| -> Option<usize> {
        Some(u16::from_ne_bytes(head.get(at..at + 2)?.try_into().ok()?).into())
    };
    let table = usize::try_from(word(0x20)?).ok()?;
    let (size, count) = (half(0x36)?, half(0x38)?);
    (0..count).find_map(|index| {
        let at = table.checked_add(index.checked_mul(size)?)?;
        let kind = u32::from_ne_bytes(head.get(at..at.checked_add(4)?)?.try_into().ok()?);
        if kind != INTERPRETER {
            return None;
        }
        let from = usize::try_from(word(at.checked_add(8)?)?).ok()?;
        let length = usize::try_from(word(at.checked_add(32)?)?).ok()?;
        let name = head.get(from..from.checked_add(length)?)?;
        let name = std::str::from_utf8(name.split(|&byte| byte == 0).next()?).ok()?;
        Some(PathBuf::from(name))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_brings_its_loader_and_a_script_its_interpreter() {
        let temp = tempfile::tempdir().unwrap();
        let script = temp.path().join("script");
        std::fs::write(&script, "#!/usr/bin/env -S sh -e\n").unwrap();
        let found = closure(std::slice::from_ref(&script));
        let has = |name: &str| found.contains(&Path::new(name).canonicalize().unwrap());
        assert!(has("/usr/bin/env") && has("/bin/sh"), "{found:?}");
        assert!(found.contains(&script.canonicalize().unwrap()));
        let names = found.iter().map(|path| path.to_string_lossy());
        assert!(
            names
                .clone()
                .any(|name| name.contains("ld-") || name.contains("musl")),
            "{found:?}"
        );
    }

    #[test]
    fn damaged_programs_have_no_loader() {
        assert_eq!(loader(b""), None);
        assert_eq!(loader(b"\x7fELF\x02\x01"), None);
        let mut head = vec![0xff; 256];
        head[..5].copy_from_slice(b"\x7fELF\x02");
        assert_eq!(loader(&head), None);
        assert!(first_line(b"").is_empty());
        assert_eq!(find("no-such-program-anywhere", &[]), None);
    }
}
