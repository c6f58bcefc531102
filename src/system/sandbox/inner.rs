//! What a process does to itself before it becomes the script.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::keeper::{Order, Word, tell};
use super::spec::Bounds;
use super::standing::{Claim, Standing, missing};

/// Confines the calling process, tries it, tells what holds, and executes the script. Returns only if that is not to be,
/// with what failed; nothing if what was demanded does not hold.
pub(super) fn become_script(order: &Order, report: &mut File) -> Option<String> {
    let spec = &order.spec;
    if let Err(errno) = rustix::process::setsid() {
        return Some(format!("failed to begin a session: {errno}"));
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let refusals = limit(&spec.bounds);
    let standings = confined(order, &refusals);
    let missing = missing(
        &spec
            .require
            .iter()
            .copied()
            .filter(|claim| !is_watched(*claim))
            .collect::<Vec<_>>(),
        &standings,
    );
    tell(report, &Word::Standings(standings));
    if !missing.is_empty() {
        tell(report, &Word::Refused(missing));
        return None;
    }
    close_on_exec();
    let error = Command::new(&spec.program)
        .args(&spec.args)
        .env_clear()
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&spec.folder)
        .exec();
    Some(format!(
        "failed to start {} in {}: {error}",
        spec.program.display(),
        spec.folder.display()
    ))
}

/// What the supervisor keeps to, not the process inside.
pub(super) const fn is_watched(claim: Claim) -> bool {
    matches!(
        claim,
        Claim::TotalMemory | Claim::Disk | Claim::Count | Claim::Time | Claim::Remains
    )
}

/// Limits of the process and its children, by claim.
fn resources(bounds: &Bounds) -> [(Claim, Resource, u64); 4] {
    [
        (Claim::Memory, Resource::As, bounds.address_space),
        (Claim::Cpu, Resource::Cpu, bounds.cpu_seconds),
        (Claim::FileSize, Resource::Fsize, bounds.file_size),
        (Claim::Descriptors, Resource::Nofile, bounds.descriptors),
    ]
}

/// Sets the limits; the claims of those that could not be set.
fn limit(bounds: &Bounds) -> Vec<(Claim, io::Error)> {
    let mut failed = Vec::new();
    let _ = lower(Resource::Core, 0);
    #[cfg(target_os = "linux")]
    let _ = lower(Resource::Memlock, 64 * 1024);
    for (claim, resource, value) in resources(bounds) {
        if let Err(error) = lower(resource, value) {
            failed.push((claim, error));
        }
    }
    failed
}

pub(super) fn lower(resource: Resource, value: u64) -> io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let value = Some(maximum.map_or(value, |maximum| maximum.min(value)));
    setrlimit(
        resource,
        Rlimit {
            current: value,
            maximum: value,
        },
    )?;
    Ok(())
}

/// What the limits of this process are found to be.
fn limits_found(bounds: &Bounds, refusals: &[(Claim, io::Error)]) -> Vec<Standing> {
    resources(bounds)
        .into_iter()
        .map(|(claim, resource, wanted)| {
            let found = getrlimit(resource);
            if found.maximum.is_some_and(|maximum| maximum <= wanted) {
                return Standing::enforced(claim, "resource limit");
            }
            let why = refusals
                .iter()
                .find(|(refused, _)| *refused == claim)
                .map_or_else(
                    || "the limit is higher than was asked".to_owned(),
                    |(_, error)| error.to_string(),
                );
            Standing::not_enforced(claim, why)
        })
        .collect()
}

#[cfg(target_os = "linux")]
fn confined(order: &Order, refusals: &[(Claim, io::Error)]) -> Vec<Standing> {
    let layers = super::confine::confine(order);
    let mut standings = super::probe::standings(order, &layers);
    standings.extend(limits_found(&order.spec.bounds, refusals));
    standings
}

#[cfg(not(target_os = "linux"))]
fn confined(order: &Order, refusals: &[(Claim, io::Error)]) -> Vec<Standing> {
    let limits = limits_found(&order.spec.bounds, refusals);
    let none = Claim::ALL
        .into_iter()
        .filter(|claim| !is_watched(*claim) && !limits.iter().any(|found| found.claim == *claim))
        .map(|claim| Standing::not_enforced(claim, "this system has no means that we know"));
    none.chain(limits.iter().cloned()).collect()
}

#[cfg(target_os = "linux")]
fn close_on_exec() {
    // SAFETY: close_range with CLOSE_RANGE_CLOEXEC takes three integers, touches no memory and closes nothing; it only
    // sets a flag on descriptors of this process.
    #[allow(unsafe_code)]
    let answer = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3_u32,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if answer == 0 {
        return;
    }
    let open = std::fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    for fd in open.filter(|fd| *fd > 2).collect::<Vec<_>>() {
        // SAFETY: sets a flag on a descriptor by its number; nothing is closed, and one that is gone yields an error.
        #[allow(unsafe_code)]
        unsafe {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}

/// Everything that is opened here is close-on-exec already.
#[cfg(not(target_os = "linux"))]
fn close_on_exec() {}
