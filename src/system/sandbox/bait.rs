//! What a confined process tries to reach: files, sockets and a process of the supervisor's.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::keeper::Outside;
use super::tree;
use crate::system::{process, random};

/// Things that must be out of reach, and are not, without a sandbox.
pub(super) struct Bait {
    pub(super) outside: Outside,
    tcp: TcpListener,
    udp: UdpSocket,
    _abstract: Option<UnixListener>,
    _socket: Option<UnixListener>,
}

impl Bait {
    pub(super) fn lay(top: &Path) -> io::Result<Self> {
        let folder = bait_folder(top);
        tree::remove(&folder)?;
        fs::create_dir(&folder)?;
        let open_to_all =
            |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
        open_to_all(&folder, 0o777)?;
        let file = folder.join("file");
        fs::write(&file, "out of reach\n")?;
        open_to_all(&file, 0o666)?;
        // A path may be too long for a socket's address: then the abstract one is what is tried.
        let path = folder.join("socket");
        let socket = UnixListener::bind(&path).ok();
        if socket.is_some() {
            open_to_all(&path, 0o777)?;
        }
        let abstract_name = format!("git-tend-{}", random::identity());
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        tcp.set_nonblocking(true)?;
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        udp.set_nonblocking(true)?;
        Ok(Self {
            outside: Outside {
                folder,
                tcp: tcp.local_addr()?.port(),
                udp: udp.local_addr()?.port(),
                pid: process::own_pid(),
                abstract_name: abstract_name.clone(),
                secrets: Vec::new(),
            },
            tcp,
            udp,
            _abstract: bind_abstract(&abstract_name),
            _socket: socket,
        })
    }

    /// Whether something came through, whatever was seen inside.
    pub(super) fn was_reached(&self) -> bool {
        self.tcp.accept().is_ok() || self.udp.recv(&mut [0; 16]).is_ok()
    }
}

impl Drop for Bait {
    fn drop(&mut self) {
        let _ = tree::remove(&self.outside.folder);
    }
}

/// Which ones these are; what is not there cannot be opened.
pub(super) fn known(secrets: &[PathBuf]) -> Vec<(PathBuf, u64, u64)> {
    let find = |path: &PathBuf| {
        let found = fs::metadata(path).ok()?;
        Some((path.clone(), found.dev(), found.ino()))
    };
    secrets.iter().filter_map(find).collect()
}

/// Beside the throw-away folder, so that it is not below anything that is shown.
pub(super) fn bait_folder(top: &Path) -> PathBuf {
    let mut name = top.file_name().unwrap_or_default().to_os_string();
    name.push(".outside");
    top.with_file_name(name)
}

#[cfg(target_os = "linux")]
fn bind_abstract(name: &str) -> Option<UnixListener> {
    use std::os::linux::net::SocketAddrExt as _;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?;
    UnixListener::bind_addr(&address).ok()
}

#[cfg(not(target_os = "linux"))]
fn bind_abstract(_name: &str) -> Option<UnixListener> {
    None
}
