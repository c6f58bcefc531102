//! Namespaces that bubblewrap makes: it knows more systems than we do, and may be set up to have rights that we lack.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::fs::MemfdFlags;
use rustix::io::FdFlags;

use super::fork::leave;
use super::keeper::{INNER_VERB, Order, Word, tell};
use super::spec::View;

/// Turns the calling process, a child of the supervisor, into bubblewrap.
pub(super) fn enter(order: &Order, mut report: File, own: &File) -> ! {
    let error = become_it(order, &report, own);
    tell(
        &mut report,
        &Word::Failed(format!("failed to start bubblewrap: {error}")),
    );
    leave(125)
}

fn become_it(order: &Order, report: &File, own: &File) -> io::Error {
    let Some(program) = &order.spec.bubblewrap else {
        return io::ErrorKind::NotFound.into();
    };
    let order_file = match written(order) {
        Ok(file) => file,
        Err(error) => return error,
    };
    // bubblewrap hands on what is open. Our program is started through its descriptor: the stand-in may have no way to it.
    for fd in [order_file.as_raw_fd(), report.as_raw_fd(), own.as_raw_fd()] {
        // SAFETY: the three are open and stay so until this process has become another or ended.
        #[allow(unsafe_code)]
        let fd = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
        if let Err(errno) = rustix::io::fcntl_setfd(fd, FdFlags::empty()) {
            return errno.into();
        }
    }
    Command::new(program)
        .args(arguments(&order.spec.view, Path::exists))
        .arg("--")
        .arg(format!("/proc/self/fd/{}", own.as_raw_fd()))
        .arg(INNER_VERB)
        .arg(order_file.as_raw_fd().to_string())
        .arg(report.as_raw_fd().to_string())
        .env_clear()
        .exec()
}

fn written(order: &Order) -> io::Result<File> {
    let memory: OwnedFd = rustix::fs::memfd_create("order", MemfdFlags::CLOEXEC)?;
    let mut file = File::from(memory);
    file.write_all(&serde_json::to_vec(order)?)?;
    Ok(file)
}

/// What bubblewrap is told of the view.
fn arguments(view: &View, is_there: impl Fn(&Path) -> bool) -> Vec<OsString> {
    let mut args: Vec<OsString> = ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
        .map(OsString::from)
        .into();
    let mut pair = |option: &str, source: &Path, target: &Path| {
        args.extend([option.into(), source.into(), target.into()]);
    };
    for folder in &view.system {
        match fs::read_link(folder) {
            Ok(target) => pair("--symlink", &target, folder),
            Err(_) if is_there(folder) => pair("--ro-bind", folder, folder),
            Err(_) => {}
        }
    }
    for file in view.files.iter().filter(|file| is_there(file)) {
        pair("--ro-bind", file, file);
    }
    for (option, path) in [("--proc", "/proc"), ("--dev", "/dev")] {
        args.extend([option, path].map(OsString::from));
    }
    let mut pair = |option: &str, source: &Path, target: &Path| {
        args.extend([option.into(), source.into(), target.into()]);
    };
    for path in ["/tmp", "/var/tmp"] {
        pair("--bind", &view.tmp, Path::new(path));
    }
    pair("--bind", &view.shm, Path::new("/dev/shm"));
    for place in &view.places {
        let option = if place.writable {
            "--bind"
        } else {
            "--ro-bind"
        };
        pair(option, &place.path, &place.path);
    }
    args.extend(["--remount-ro", "/", "--chdir", "/"].map(OsString::from));
    args
}
