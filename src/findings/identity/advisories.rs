//! Which names of advisories mean the same fault: databases name it each in their own way, and a tool does not always
//! choose the same one.

use std::collections::HashMap;

use crate::findings::{Dependency, Finding, Subject};

/// Advisories, as sets of names of which each two are linked by findings that have both.
pub(super) struct Advisories<'f> {
    numbers: HashMap<Name, usize>,
    sets: Sets,
    /// What findings call them, sorted.
    called: Vec<(&'f str, &'f [String])>,
}

/// The name of an advisory among those of a tool for a package.
#[derive(PartialEq, Eq, Hash)]
struct Name(String);

impl Name {
    fn of(tool: &str, dependency: &Dependency, name: &str) -> Self {
        let mut framed = String::new();
        for part in [tool, &dependency.ecosystem, &dependency.package] {
            framed.push_str(part);
            framed.push('\0');
        }
        framed.push_str(&name.to_ascii_uppercase());
        Self(framed)
    }
}

impl<'f> Advisories<'f> {
    /// Links all names that these findings have.
    pub(super) fn of(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut this = Self {
            numbers: HashMap::new(),
            sets: Sets(Vec::new()),
            called: Vec::new(),
        };
        for finding in findings {
            if let Subject::Dependency(dependency) = &finding.subject {
                this.called
                    .push((&dependency.advisory, &dependency.aliases));
                let number = this.add(&finding.tool, dependency, &dependency.advisory);
                for alias in &dependency.aliases {
                    let other = this.add(&finding.tool, dependency, alias);
                    this.sets.join(number, other);
                }
            }
        }
        this.called.sort_unstable();
        this.sets.flatten();
        this
    }

    fn add(&mut self, tool: &str, dependency: &Dependency, name: &str) -> usize {
        let next = self.sets.0.len();
        let name = Name::of(tool, dependency, name);
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.sets.0.push(next);
        }
        number
    }

    /// A number for what it is called, in the order of the names.
    pub(super) fn order(&self, dependency: &Dependency) -> u32 {
        let called = (dependency.advisory.as_str(), dependency.aliases.as_slice());
        let before = self.called.partition_point(|other| *other < called);
        u32::try_from(before).unwrap_or(u32::MAX)
    }

    /// A number for the fault, whatever it is called.
    pub(super) fn number(&self, tool: &str, dependency: &Dependency) -> u32 {
        let name = Name::of(tool, dependency, &dependency.advisory);
        let number = self
            .numbers
            .get(&name)
            .map(|number| self.sets.parent(*number));
        number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(u32::MAX)
    }
}

/// Disjoint sets: each number's parent, which is never larger; a root is its own.
struct Sets(Vec<usize>);

impl Sets {
    fn parent(&self, number: usize) -> usize {
        self.0.get(number).copied().unwrap_or(number)
    }

    fn root(&self, mut number: usize) -> usize {
        while self.parent(number) != number {
            number = self.parent(number);
        }
        number
    }

    /// Ties all to their roots. Parents come before their children.
    fn flatten(&mut self) {
        for number in 0..self.0.len() {
            let root = self.parent(self.parent(number));
            if let Some(parent) = self.0.get_mut(number) {
                *parent = root;
            }
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.shorten(one), self.shorten(other));
        if let Some(parent) = self.0.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }

    /// The root, to which all on the way to it are tied directly.
    fn shorten(&mut self, number: usize) -> usize {
        let root = self.root(number);
        let mut at = number;
        while at != root {
            let next = self.parent(at);
            if let Some(parent) = self.0.get_mut(at) {
                *parent = root;
            }
            at = next;
        }
        root
    }
}
