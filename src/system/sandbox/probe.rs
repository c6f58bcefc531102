//! What the confined process must not be able to do, tried before the script gets its place.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{SocketAddr, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Pid;

use super::confine::Layers;
use super::fork::in_a_copy;
use super::keeper::{Order, Outside};
use super::standing::{Claim, Standing};

/// What it says of the names of layers where something was possible after all.
const POSSIBLE: &str = "it was tried, and it is possible";

/// Tries everything.
pub(super) fn standings(order: &Order, layers: &Layers) -> Vec<Standing> {
    let spec = &order.spec;
    let outside = &order.outside;
    let frozen = spec.view.frozen.as_deref();
    let mut found = vec![
        tried(Claim::Write, &by_files(layers), can_write(outside)),
        tried(Claim::Read, &by_files(layers), can_read(outside)),
    ];
    found.push(match frozen {
        Some(copy) => tried(Claim::Repository, &by_files(layers), can_change(copy)),
        None => Standing::not_enforced(Claim::Repository, "the level allows it"),
    });
    let network = can_reach(outside);
    found.push(tried(Claim::Network, &by_network(layers), network));
    found.push(tried(
        Claim::Sockets,
        &by_network(layers),
        can_connect(outside),
    ));
    found.push(tried(
        Claim::Processes,
        &by_processes(layers),
        can_touch(outside.pid),
    ));
    found.push(match &spec.view.programs {
        Some(programs) => tried(
            Claim::Programs,
            &put_on("Landlock", layers.landlock.as_ref()),
            can_execute(programs),
        ),
        None => Standing::not_enforced(Claim::Programs, "the level allows it"),
    });
    found.push(rights(layers));
    // A session of its own is no hindrance to opening a terminal by its name.
    let mut by = by_files(layers);
    if !by.is_empty() {
        by.push("session".to_owned());
    }
    found.push(tried(Claim::Terminal, &by, can_use_a_terminal()));
    if let Some(count) = &layers.count {
        found.push(match count {
            Ok(()) => Standing::enforced(Claim::Count, "resource limit"),
            Err(why) => Standing::not_enforced(Claim::Count, why.as_str()),
        });
    }
    found
}

fn tried(claim: Claim, by: &[String], possible: bool) -> Standing {
    if possible {
        Standing::not_enforced(claim, POSSIBLE)
    } else if by.is_empty() {
        // Nothing of ours keeps it: a file's mode or a program that is missing today does not count.
        Standing::not_enforced(claim, "no layer was put on that would prevent it")
    } else {
        Standing::enforced(claim, by.join(", "))
    }
}

fn put_on(name: &str, layer: Option<&Result<(), String>>) -> Vec<String> {
    layer
        .filter(|layer| layer.is_ok())
        .map(|_| name.to_owned())
        .into_iter()
        .collect()
}

fn namespaces(layers: &Layers) -> Vec<String> {
    layers.namespaces.map(str::to_owned).into_iter().collect()
}

fn by_files(layers: &Layers) -> Vec<String> {
    let mut by = namespaces(layers);
    by.extend(put_on("Landlock", layers.landlock.as_ref()));
    by
}

fn by_network(layers: &Layers) -> Vec<String> {
    let mut by = by_files(layers);
    by.extend(put_on("system call filter", layers.filter.as_ref()));
    by
}

fn by_processes(layers: &Layers) -> Vec<String> {
    by_network(layers)
}

fn can_write(outside: &Outside) -> bool {
    let file = outside.folder.join("file");
    let new = outside.folder.join("new");
    OpenOptions::new().append(true).open(&file).is_ok()
        || File::create(new).is_ok()
        || std::fs::set_permissions(&file, Permissions::from_mode(0o666)).is_ok()
        || ["/", "/usr", "/etc"]
            .iter()
            .any(|folder| File::create(Path::new(folder).join(".git-tend-was-here")).is_ok())
}

fn can_read(outside: &Outside) -> bool {
    let is_it = |path: &Path, device, number| {
        File::open(path)
            .and_then(|file| file.metadata())
            .is_ok_and(|found| (found.dev(), found.ino()) == (device, number))
    };
    File::open(outside.folder.join("file")).is_ok()
        || std::fs::read_dir(&outside.folder).is_ok()
        || outside
            .secrets
            .iter()
            .any(|(path, device, number)| is_it(path, *device, *number))
}

fn can_change(copy: &Path) -> bool {
    let new = copy.join(".git-tend-was-here");
    let created = File::create(&new).is_ok();
    if created {
        let _ = std::fs::remove_file(&new);
    }
    created
        || std::fs::set_permissions(copy, Permissions::from_mode(0o700)).is_ok()
        || OpenOptions::new()
            .append(true)
            .open(copy.join(".git/HEAD"))
            .is_ok()
}

fn can_reach(outside: &Outside) -> bool {
    let here = Ipv4Addr::LOCALHOST;
    let soon = Duration::from_millis(200);
    if TcpStream::connect_timeout(&(here, outside.tcp).into(), soon).is_ok() {
        return true;
    }
    UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.send_to(b"probe", (here, outside.udp)))
        .is_ok()
}

fn can_connect(outside: &Outside) -> bool {
    if UnixStream::connect(outside.folder.join("socket")).is_ok() {
        return true;
    }
    SocketAddr::from_abstract_name(&outside.abstract_name)
        .and_then(|address| UnixStream::connect_addr(&address))
        .is_ok()
}

fn can_use_a_terminal() -> bool {
    let open = |path: &Path| OpenOptions::new().write(true).open(path).is_ok();
    // Not the way to new ones, which everybody may take.
    let others = std::fs::read_dir("/dev/pts")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name() != "ptmx");
    open(Path::new("/dev/tty")) || others.into_iter().any(|entry| open(&entry.path()))
}

fn can_touch(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
        || std::fs::read(format!("/proc/{pid}/environ")).is_ok()
        || std::fs::read(format!("/proc/{pid}/cmdline")).is_ok()
}

/// Whether some program that is not listed runs, in a copy of this process.
fn can_execute(programs: &[PathBuf]) -> bool {
    const REFUSED: i32 = 77;
    let candidates = ["/usr/bin/true", "/usr/bin/id", "/usr/bin/env", "/bin/true"];
    let forbidden = candidates
        .iter()
        .filter_map(|path| {
            Path::new(path)
                .canonicalize()
                .ok()
                .or_else(|| Some(path.into()))
        })
        .find(|path| !programs.contains(path));
    let Some(program) = forbidden else {
        return true;
    };
    in_a_copy(|| {
        let mut command = Command::new(program);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let _ = command.exec();
        REFUSED
    })
    .map_or(true, |code| code != REFUSED)
}

fn rights(layers: &Layers) -> Standing {
    let why = match &layers.rights {
        None => return Standing::not_enforced(Claim::Privileges, "nothing was given up"),
        Some(Err(why)) => return Standing::not_enforced(Claim::Privileges, why.as_str()),
        Some(Ok(())) => tried_rights(),
    };
    match why {
        None => {
            let mut by = vec!["no capabilities".to_owned(), "no new privileges".to_owned()];
            by.extend(put_on("system call filter", layers.filter.as_ref()));
            Standing::enforced(Claim::Privileges, by.join(", "))
        }
        Some(why) => Standing::not_enforced(Claim::Privileges, why),
    }
}

/// What of it was possible.
fn tried_rights() -> Option<&'static str> {
    if !rustix::thread::no_new_privs().unwrap_or(false) {
        return Some("programs may bring new privileges");
    }
    let has = rustix::thread::capabilities(None)
        .map_or(true, |sets| !(sets.effective | sets.permitted).is_empty());
    if has {
        return Some("capabilities are left");
    }
    // In a copy: if it were possible, it would have happened.
    let code = in_a_copy(|| {
        let flags = rustix::thread::UnshareFlags::NEWUSER | rustix::thread::UnshareFlags::NEWNS;
        // SAFETY: the copy ends right after it, whatever it shares.
        #[allow(unsafe_code)]
        let answer = unsafe { rustix::thread::unshare_unsafe(flags) };
        let _ = std::io::stderr().flush();
        i32::from(answer.is_ok())
    });
    match code {
        Ok(0) => None,
        Ok(_) => Some("namespaces can be made, with rights in them"),
        Err(_) => Some("it could not be tried"),
    }
}
