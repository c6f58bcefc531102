//! A program where it can do no harm: what it sees, whom it reaches and how much it takes are bounded, and what is said
//! to be enforced was tried.
//!
//! The caller starts our own program again with [`VERB`] and tells it what to run ([`Spec`]). That supervisor starts the
//! script through one of the [`Means`], watches over what no limit of the kernel bounds (total memory, disk, processes,
//! time) and ends everything it left behind. Inside, just before the script takes over, the confined process tries what
//! it must not be able to do ([`Claim`]): only what failed is reported as enforced, and if something that was demanded
//! did not, the script is never started.
//!
//! Layers, each on top of the ones before: an unprivileged identity if the user is root; namespaces, made by bubblewrap
//! or by ourselves; resource limits; no capabilities and no way to new ones; Landlock; a filter of system calls.

mod bait;
mod call;
mod spec;
mod standing;
mod supervise;
mod tree;
mod watch;

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod filter;
mod fork;
mod inner;
mod keeper;
#[cfg(target_os = "linux")]
mod namespaces;
mod outcome;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod rules;
mod run;
mod stand_in;

pub use call::{SandboxError, bubblewrap as bubblewrap_program, run};
pub use keeper::{INNER_VERB, inner_main};
pub use outcome::{End, Outcome, Tail};
pub use spec::{Bounds, Means, Place, Spec, View};
pub use standing::{Claim, How, Standing};
pub use supervise::{VERB, main};
pub use tree::{Entries, remove};
