//! What each project depends on, and by which way: lock files first, manifests second.
//!
//! [`DependencyMap::of`] is a function of the projects and of the lock files of a tree. For every project the nearest lock
//! file that speaks for it is found ([`claim`]), every requirement of its manifests is looked up there ([`resolve`]), and
//! the packages are walked from there, breadth first, so that each is reached by a shortest way ([`walk`]). [`Inventory`]
//! is the same once more as one graph for all projects, for a bill of materials.

mod claim;
mod inventory;
mod model;
mod report;
mod resolve;
#[cfg(test)]
mod tests;
mod walk;

pub use inventory::{Component, Inventory, Node, ProjectNode};
pub use model::{
    DependencyMap, DirectDependency, Drift, DriftKind, Duplicate, FoundLock, LockReport,
    ProjectDependencies, Status, Totals, TransitiveDependency,
};
