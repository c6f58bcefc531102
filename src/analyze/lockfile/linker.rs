//! Names made into edges, in formats that write who needs whom as names.

use std::collections::HashMap;

use super::locked::Locked;

/// Of a name that several versions answer to, and nobody says which: at most so many are taken, so that a hostile file
/// cannot make the graph grow with the square of its size. Real ones have two or three.
const MOST: usize = 16;

/// The packages of a file by name and by name and version, each with its indices in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Linker {
    by_name: HashMap<String, Vec<usize>>,
    by_version: HashMap<(String, String), Vec<usize>>,
}

impl Linker {
    pub(super) fn of(packages: &[Locked]) -> Self {
        let mut linker = Self::default();
        for (at, package) in packages.iter().enumerate() {
            linker.add(&package.name, at);
            let key = (package.name.clone(), package.version.clone());
            add(linker.by_version.entry(key).or_default(), at);
        }
        linker
    }

    /// Another name by which a package is found.
    pub(super) fn add(&mut self, name: &str, at: usize) {
        add(self.by_name.entry(name.to_owned()).or_default(), at);
    }

    /// All that a name may mean.
    pub(super) fn all(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// What a name with a version means; all of the name where no version is given or none is the one.
    pub(super) fn with_version(&self, name: &str, version: Option<&str>) -> &[usize] {
        version
            .and_then(|version| self.by_version.get(&(name.to_owned(), version.to_owned())))
            .map_or_else(|| self.all(name), Vec::as_slice)
    }
}

fn add(found: &mut Vec<usize>, at: usize) {
    if found.len() < MOST {
        found.push(at);
    }
}
