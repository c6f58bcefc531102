//! Who runs this process.

/// The effective user's id: the one whose rights a file access has.
pub fn effective_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}
