//! An identity without rights, for what root starts.
//!
//! Root's own number is not bound by the limit on processes and owns most files, with or without capabilities.

use std::io;
use std::path::Path;

use rustix::fs::{Gid, Uid};

/// Whether this process is root's.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Hands everything below the folder, and the folder, to the stand-in, if that can have a number and get to it.
#[cfg(target_os = "linux")]
pub(super) fn hand_over(top: &Path, number: u32) -> io::Result<()> {
    super::tree::each(top, &mut |folder, name| {
        rustix::fs::chownat(
            folder,
            name,
            Some(Uid::from_raw(number)),
            Some(Gid::from_raw(number)),
            rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
        )?;
        Ok(())
    })?;
    rustix::fs::chown(
        top,
        Some(Uid::from_raw(number)),
        Some(Gid::from_raw(number)),
    )?;
    // Tried, in a copy: any folder on the way may be closed to others, and the number may not exist in a container.
    let code = super::fork::in_a_copy(|| {
        i32::from(become_it(number).is_err() || std::fs::read_dir(top).is_err())
    })?;
    if code == 0 {
        Ok(())
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn hand_over(_top: &Path, _number: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives it a file that is open.
pub(super) fn give(file: impl std::os::fd::AsFd, number: u32) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(number), Gid::from_raw(number));
    Ok(rustix::fs::fchown(file, Some(uid), Some(gid))?)
}

/// Gives the calling process, which is root's, the other identity for good.
#[cfg(target_os = "linux")]
pub(super) fn become_it(number: u32) -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    let gid = Gid::from_raw(number);
    let uid = Uid::from_raw(number);
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    // A change of identity takes /proc/self away from the process, which has yet to write its maps there.
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn become_it(_number: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
