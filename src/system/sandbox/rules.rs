//! Landlock: which files, which ports and whom the process may reach, itself and whatever it starts.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope, path_beneath_rules,
};

use super::spec::View;

/// The newest interface that is known here. An older kernel gives what it has; what it lacks is found when it is tried.
const KNOWN: ABI = ABI::V9;

/// Devices that hold nothing.
pub(super) const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// Restricts the calling process to what it is meant to see.
pub(super) fn restrict(view: &View, has_namespaces: bool) -> Result<(), String> {
    let status = apply(view, has_namespaces).map_err(|error| error.to_string())?;
    if status == RulesetStatus::NotEnforced {
        return Err("the kernel has no Landlock, or it is switched off".to_owned());
    }
    Ok(())
}

fn apply(view: &View, has_namespaces: bool) -> Result<RulesetStatus, landlock::RulesetError> {
    let everything = AccessFs::from_all(KNOWN);
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let execute = read | AccessFs::Execute;
    let (anywhere, below_places) = match &view.programs {
        None => (execute, everything),
        Some(_) => (read, everything & !AccessFs::Execute),
    };
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(everything)?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    let mut allow = |paths: &[PathBuf], access: BitFlags<AccessFs>| {
        // A path that is not there is no rule; the set stays as it was.
        (&mut rules)
            .add_rules(path_beneath_rules(paths, access))
            .map(drop)
    };
    match &view.programs {
        None => allow(&view.system, anywhere)?,
        Some(programs) => {
            allow(&view.libraries, anywhere)?;
            allow(programs, execute)?;
        }
    }
    allow(&view.files, read)?;
    for place in &view.places {
        let access = if place.writable {
            below_places
        } else {
            below_places & (execute)
        };
        allow(std::slice::from_ref(&place.path), access)?;
    }
    allow(
        &DEVICES.map(PathBuf::from),
        AccessFs::ReadFile | AccessFs::WriteFile,
    )?;
    if has_namespaces {
        // Its own processes, and the folders that stand for these.
        let own = ["/proc", "/dev"].map(PathBuf::from);
        allow(&own, read)?;
        let scratch = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
        if is_inside(view) {
            allow(&scratch, below_places)?;
        }
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// Whether `/tmp` is the one of the view. Granting the system's own would be a hole.
fn is_inside(view: &View) -> bool {
    let same = |one: &Path, other: &Path| crate::system::filesystem::is_same(one, other);
    same(Path::new("/tmp"), &view.tmp) && same(Path::new("/dev/shm"), &view.shm)
}
