//! The layers that a process puts on itself.

use std::io;

use rustix::process::Resource;

use super::inner::lower;
use super::keeper::Order;
use super::spec::Means;
use super::{filter, rules};

/// What was put on, or why not.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    /// The namespaces' maker.
    pub(super) namespaces: Option<&'static str>,
    /// Landlock.
    pub(super) landlock: Option<Result<(), String>>,
    /// The filter of system calls.
    pub(super) filter: Option<Result<(), String>>,
    /// Whether capabilities were given up.
    pub(super) rights: Option<Result<(), String>>,
    /// The limit on processes.
    pub(super) count: Option<Result<(), String>>,
}

/// Puts on what belongs to the means.
pub(super) fn confine(order: &Order) -> Layers {
    let spec = &order.spec;
    let mut layers = Layers {
        namespaces: match spec.means {
            Means::Bubblewrap => Some("bubblewrap"),
            Means::Namespaces => Some("namespaces"),
            Means::Landlock | Means::None => None,
        },
        count: Some(limit_processes(order)),
        ..Layers::default()
    };
    if spec.means == Means::None {
        return layers;
    }
    layers.rights = Some(give_up_rights().map_err(|error| error.to_string()));
    layers.landlock = Some(rules::restrict(&spec.view, spec.means.has_namespaces()));
    let namespaces = !spec.means.has_namespaces();
    let without = filter::Without {
        namespaces,
        read_only_mounts: namespaces && spec.view.frozen.is_some(),
    };
    layers.filter = Some(filter::install(without).map_err(|error| error.to_string()));
    layers
}

/// The kernel counts processes by user, and in a user namespace only those in it. Elsewhere the user has others, which
/// must not be what the script may not start.
fn limit_processes(order: &Order) -> Result<(), String> {
    if order.is_root {
        return Err("the kernel does not count root's processes".to_owned());
    }
    let others = if order.spec.means.has_namespaces() {
        0
    } else {
        own_threads()
    };
    lower(
        Resource::Nproc,
        order.spec.bounds.processes.saturating_add(others),
    )
    .map_err(|error| error.to_string())
}

/// How many threads this user has.
fn own_threads() -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    crate::system::process_tree::table()
        .iter()
        .filter(|process| {
            std::fs::metadata(format!("/proc/{}", process.pid))
                .is_ok_and(|found| found.uid() == own)
        })
        .map(|process| u64::from(process.threads))
        .sum()
}

/// Neither capabilities nor a way to any, through programs that have them or by being root.
fn give_up_rights() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    // Ends at the first number that the kernel does not know. Without CAP_SETPCAP there is nothing to take away that
    // could come back: no_new_privs keeps programs from adding to what there is.
    for number in 0..64 {
        // SAFETY: prctl with PR_CAPBSET_DROP takes integers and touches no memory.
        #[allow(unsafe_code)]
        let answer = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, number, 0, 0, 0) };
        if answer != 0 {
            break;
        }
    }
    let none = rustix::thread::CapabilitySet::empty();
    rustix::thread::set_capabilities(
        None,
        rustix::thread::CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    Ok(())
}
