//! What children used, and the limits a process puts on itself for its children to inherit.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit};

/// What the children that have been reaped used, with their own reaped children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildUsage {
    /// User and system time.
    pub cpu: Duration,
    /// The largest resident memory that any one of them had, in bytes.
    pub peak_resident: u64,
}

/// What was used before something was run, to tell what that used.
#[derive(Clone, Copy, Debug)]
pub struct Meter(ChildUsage);

/// What was used since a [`Meter`] was begun, by children that were reaped since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// User and system time. What went on in the background when its parent ended is not in it.
    pub cpu: Duration,
    /// The largest resident memory that any one of them had, in bytes; nothing where an earlier child had more. What is
    /// started shares our memory until it becomes the program, so that it is never less than what we had then ourselves.
    pub peak_resident: Option<u64>,
}

impl Meter {
    /// Begins now.
    pub fn begin() -> Self {
        Self(children())
    }

    /// What was used since.
    pub fn used(&self) -> Used {
        self.until(children())
    }

    fn until(&self, now: ChildUsage) -> Used {
        let grown = now.peak_resident > self.0.peak_resident;
        Used {
            cpu: now.cpu.saturating_sub(self.0.cpu),
            peak_resident: grown.then_some(now.peak_resident),
        }
    }
}

/// What the reaped children of this process used.
pub fn children() -> ChildUsage {
    // SAFETY: getrusage fills the structure it is given and keeps no pointer to it; all-zero bytes are a valid value of
    // it, so that nothing uninitialised is read should the call fail.
    #[allow(unsafe_code)]
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    // Linux and the BSDs count in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    ChildUsage {
        cpu: span(usage.ru_utime) + span(usage.ru_stime),
        peak_resident: u64::try_from(usage.ru_maxrss).unwrap_or(0) * unit,
    }
}

#[allow(clippy::useless_conversion)] // tv_usec is narrower on some systems
fn span(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(i64::from(time.tv_usec)).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// Bounds the size of any one file that this process and its children write.
pub fn limit_file_size(bytes: u64) -> io::Result<()> {
    lower(Resource::Fsize, bytes)
}

/// Bounds the CPU time of this process and, each on its own account, of its children.
pub fn limit_cpu(seconds: u64) -> io::Result<()> {
    lower(Resource::Cpu, seconds)
}

/// Sets both the soft and the hard limit, never above the hard limit there is.
fn lower(resource: Resource, value: u64) -> io::Result<()> {
    let maximum = rustix::process::getrlimit(resource).maximum;
    let value = maximum.map_or(value, |maximum| maximum.min(value));
    rustix::process::setrlimit(
        resource,
        Rlimit {
            current: Some(value),
            maximum: Some(value),
        },
    )?;
    Ok(())
}

/// Makes this process and its children nice; one that is nicer already stays so. Returns the niceness it has now.
///
/// Where the kernel schedules each session as a group (`CONFIG_SCHED_AUTOGROUP`), niceness counts only inside the
/// session, and a supervisor leads one: the group is made as nice as the process.
pub fn be_nice(niceness: i32) -> io::Result<i32> {
    let present = rustix::process::getpriority_process(None)?;
    let wanted = niceness.clamp(0, 19).max(present);
    if wanted != present {
        rustix::process::setpriority_process(None, wanted)?;
    }
    #[cfg(target_os = "linux")]
    let _ = open_existing("/proc/self/autogroup")
        .and_then(|mut file| io::Write::write_all(&mut file, wanted.to_string().as_bytes()));
    Ok(wanted)
}

#[cfg(target_os = "linux")]
fn open_existing(path: &str) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).open(path)
}

/// Puts this process and its children into the idle I/O class.
#[cfg(target_os = "linux")]
pub fn be_idle_in_io() -> io::Result<()> {
    const WHO_PROCESS: libc::c_int = 1;
    const CLASS_IDLE: libc::c_int = 3;
    const CLASS_SHIFT: libc::c_int = 13;
    // SAFETY: ioprio_set takes three integers and touches no memory.
    #[allow(unsafe_code)]
    let answer = unsafe {
        libc::syscall(
            libc::SYS_ioprio_set,
            WHO_PROCESS,
            0,
            CLASS_IDLE << CLASS_SHIFT,
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// There is no such class here.
#[cfg(not(target_os = "linux"))]
pub fn be_idle_in_io() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_used_since_is_told() {
        let usage = |ms, peak_resident| ChildUsage {
            cpu: Duration::from_millis(ms),
            peak_resident,
        };
        let meter = Meter(usage(300, 4096));
        let used = |ms, peak| {
            let used = meter.until(usage(ms, peak));
            (used.cpu.as_millis(), used.peak_resident)
        };
        assert_eq!(used(450, 8192), (150, Some(8192)));
        // The kernel keeps the largest of all: whose it is cannot be told.
        assert_eq!(used(450, 4096), (150, None));
        assert_eq!(used(200, 0), (0, None));
    }
}
