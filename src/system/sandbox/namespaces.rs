//! Namespaces of our own, for a user who has no bubblewrap.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive,
    mount_change, unmount,
};
use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::UnshareFlags;

use super::fork::{Side, fork, leave, wait_for};
use super::keeper::{Order, Word, keep, tell};
use super::rules::DEVICES;
use super::spec::View;

/// Where the system keeps links to what moved below `/usr`.
const LINKS: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// Turns the calling process, a child of the supervisor, into one that waits for the namespaces it makes.
pub(super) fn enter(order: &Order, mut report: File) -> ! {
    if let Err((what, error)) = unshare() {
        tell(
            &mut report,
            &Word::Failed(format!("failed to {what}: {error}")),
        );
        leave(125)
    }
    // The first process of the new space of numbers.
    match fork() {
        Ok(Side::Child) => {
            let built = set_parent_process_death_signal(Some(Signal::KILL))
                .map_err(|errno| ("be ended with the supervisor".to_owned(), errno.into()))
                .and_then(|()| build(&order.spec.view, &order.spec.top));
            if let Err((what, error)) = built {
                tell(
                    &mut report,
                    &Word::Failed(format!("failed to {what}: {error}")),
                );
                leave(125)
            }
            keep(order, report)
        }
        Ok(Side::Parent(pid)) => {
            drop(report);
            leave(wait_for(pid).unwrap_or(125))
        }
        Err(error) => {
            tell(
                &mut report,
                &Word::Failed(format!("failed to start a process: {error}")),
            );
            leave(125)
        }
    }
}

type Failure = (String, io::Error);

fn at<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> Failure {
    |error| (what.into(), error.into())
}

fn unshare() -> Result<(), Failure> {
    let uid = rustix::process::geteuid().as_raw();
    let gid = rustix::process::getegid().as_raw();
    let flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    // SAFETY: no table of descriptors is unshared, which is what could break what other code relies on.
    #[allow(unsafe_code)]
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(at("make namespaces"))?;
    let map = |file: &str, text: String| {
        fs::write(format!("/proc/self/{file}"), text).map_err(at(format!("write {file}")))
    };
    map("setgroups", "deny".to_owned())?;
    map("uid_map", format!("{uid} {uid} 1"))?;
    map("gid_map", format!("{gid} {gid} 1"))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(at("be ended with the supervisor"))
}

/// Builds the view and makes it the root.
fn build(view: &View, top: &Path) -> Result<(), Failure> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(at("keep mounts to itself"))?;
    let root = top.join(ROOT);
    let nosuid = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", &root, "tmpfs", nosuid, c"mode=755,size=1m").map_err(at("mount a root"))?;
    for link in LINKS {
        if let Ok(target) = fs::read_link(link) {
            symlink(target, inside(&root, Path::new(link))).map_err(at(format!("make {link}")))?;
        }
    }
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    for folder in view.system.iter().filter(|path| !is_link(path)) {
        show(&root, folder, folder, Access::ReadOnly)?;
    }
    for file in &view.files {
        show(&root, file, file, Access::ReadOnly)?;
    }
    for (path, source) in [
        ("/tmp", &view.tmp),
        ("/var/tmp", &view.tmp),
        ("/dev/shm", &view.shm),
    ] {
        show(&root, source, Path::new(path), Access::Writable)?;
    }
    for place in &view.places {
        let access = if place.writable {
            Access::Writable
        } else {
            Access::ReadOnly
        };
        show(&root, &place.path, &place.path, access)?;
    }
    for device in DEVICES {
        show(&root, Path::new(device), Path::new(device), Access::Device)?;
    }
    for (link, target) in [
        ("dev/fd", "/proc/self/fd"),
        ("dev/stdin", "/proc/self/fd/0"),
        ("dev/stdout", "/proc/self/fd/1"),
        ("dev/stderr", "/proc/self/fd/2"),
    ] {
        symlink(target, root.join(link)).map_err(at(format!("make {link}")))?;
    }
    let proc = root.join("proc");
    fs::create_dir(&proc).map_err(at("make /proc"))?;
    // A container that hides a part of its own /proc does not let anybody mount a whole one: then there is none.
    let noexec = nosuid | MountFlags::NOEXEC;
    let _ = mount("proc", &proc, "proc", noexec, None);
    rustix::process::chdir(&root).map_err(at("enter the root"))?;
    rustix::process::pivot_root(".", ".").map_err(at("change the root"))?;
    unmount(".", UnmountFlags::DETACH).map_err(at("leave the old root"))?;
    seal(Path::new("/"), libc::MOUNT_ATTR_RDONLY, false).map_err(at("seal the root"))?;
    rustix::process::chdir("/").map_err(at("enter the root"))
}

/// The folder of the throw-away folder that the root is mounted on.
pub(super) const ROOT: &str = ".root";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadOnly,
    Writable,
    Device,
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// Lets `source` be seen as `path`. What is not there is not shown.
fn show(root: &Path, source: &Path, path: &Path, access: Access) -> Result<(), Failure> {
    let Ok(found) = fs::metadata(source) else {
        return Ok(());
    };
    let target = inside(root, path);
    let name = || path.display().to_string();
    if found.is_dir() {
        fs::create_dir_all(&target).map_err(at(format!("make {}", name())))?;
        if access == Access::Writable {
            mount_bind(source, &target)
        } else {
            mount_bind_recursive(source, &target)
        }
    } else {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(at(format!("make {}", name())))?;
        }
        if !target.exists() {
            File::create(&target).map_err(at(format!("make {}", name())))?;
        }
        mount_bind(source, &target)
    }
    .map_err(at(format!("show {}", name())))?;
    let attributes = match access {
        Access::ReadOnly => {
            libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV
        }
        Access::Writable => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        Access::Device => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC,
    };
    seal(&target, attributes, true).map_err(at(format!("seal {}", name())))
}

/// Adds attributes to a mount, and to those below it if `recursive`.
fn seal(path: &Path, attributes: u64, recursive: bool) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    let attr = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path ends with a zero byte, and the structure is as large as is said; both live until after the call,
    // which keeps neither.
    #[allow(unsafe_code)]
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
