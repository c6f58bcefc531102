//! Attempts to get out of the sandbox: files, networks, sockets, rights.
//!
//! Each fails by each of the means, and succeeds without any, so that it shows something.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};

use git_tend::optimize::sandbox::Level;
use git_tend::system::sandbox::Claim;

use super::{Home, open_to_all};

/// Tries each of the ways to do something; one that works says so.
fn each(ways: &str) -> String {
    format!(
        "import os, sys, socket, ctypes, subprocess\n\
         def attempt(name, way):\n\
         \x20   try:\n\
         \x20       if way() is not False:\n\
         \x20           print('ESCAPED', name, flush=True)\n\
         \x20   except BaseException as error:\n\
         \x20       print('held', name, repr(error), flush=True)\n\
         {ways}\n\
         print('DONE', flush=True)\n"
    )
}

#[test]
fn nothing_outside_is_written() {
    let home = Home::new();
    let outside = home.path().join("outside");
    fs::create_dir(&outside).unwrap();
    open_to_all(&outside, 0o777);
    let victim = outside.join("victim");
    let reset = || {
        for entry in fs::read_dir(&outside).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(&victim, "unharmed").unwrap();
        open_to_all(&victim, 0o666);
    };
    let attempt = each(&format!(
        "outside = {outside:?}\n\
         victim = outside + '/victim'\n\
         def write(path):\n\
         \x20   with open(path, 'w') as file: file.write('harm')\n\
         def linked():\n\
         \x20   os.symlink(victim, 'link'); write('link')\n\
         def hard():\n\
         \x20   os.link(victim, 'hard'); write('hard')\n\
         def moved():\n\
         \x20   open('mine', 'w').close(); os.rename('mine', outside + '/moved')\n\
         attempt('absolute', lambda: write(victim))\n\
         attempt('new', lambda: write(outside + '/new'))\n\
         attempt('relative', lambda: write(os.path.relpath(victim)))\n\
         attempt('symbolic link', linked)\n\
         attempt('hard link', hard)\n\
         attempt('rename', moved)\n\
         attempt('own root', lambda: write('/proc/self/root' + victim))\n\
         attempt('first root', lambda: write('/proc/1/root' + victim))\n\
         attempt('parent folder', lambda: write('/proc/%d/cwd/../../../outside/victim' % os.getppid()))\n\
         attempt('remove', lambda: os.unlink(victim))\n\
         attempt('mode', lambda: os.chmod(victim, 0))\n\
         attempt('real copy', lambda: write({readme:?}))\n",
        outside = outside.to_str().unwrap(),
        readme = home.repository().join("README.md").to_str().unwrap(),
    ));
    reset();
    home.fails(Claim::Write, Level::Partial, &attempt);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "unharmed");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert_eq!(
        fs::read_to_string(home.repository().join("README.md")).unwrap(),
        "first\n"
    );
    let report = home.succeeds(Claim::Write, &attempt);
    for way in [
        "absolute",
        "new",
        "relative",
        "symbolic link",
        "hard link",
        "own root",
    ] {
        let line = format!("ESCAPED {way}\n");
        assert!(
            report.cases[0].stdout.text.contains(&line),
            "{way}: {report:#?}"
        );
    }
}

#[test]
fn nothing_of_the_user_is_read() {
    let home = Home::new();
    let attempt = each(&format!(
        "def read(path):\n\
         \x20   with open(path) as file: print(file.read())\n\
         def linked():\n\
         \x20   os.symlink(key, 'link'); read('link')\n\
         key = {key:?}\n\
         attempt('key', lambda: read(key))\n\
         attempt('link', linked)\n\
         attempt('own root', lambda: read('/proc/self/root' + key))\n\
         attempt('first root', lambda: read('/proc/1/root' + key))\n\
         attempt('untracked', lambda: read({repository:?} + '/untracked.txt'))\n\
         attempt('settings', lambda: read({repository:?} + '/.git/config'))\n\
         attempt('list', lambda: '.ssh' in os.listdir({home:?}))\n",
        key = home.path().join("home/.ssh/id_rsa").to_str().unwrap(),
        repository = home.repository().to_str().unwrap(),
        home = home.path().join("home").to_str().unwrap(),
    ));
    for report in home.fails(Claim::Read, Level::Partial, &attempt) {
        let text = &report.cases[0].stdout.text;
        assert!(
            !text.contains("the key") && !text.contains("token"),
            "{text}"
        );
    }
    let report = home.succeeds(Claim::Read, &attempt);
    assert!(report.cases[0].stdout.text.contains("the key"));
    assert!(report.cases[0].stdout.text.contains("token"));
}

#[test]
fn the_copy_has_neither_credentials_nor_hooks_nor_what_is_not_committed() {
    let home = Home::new();
    let hook = home.repository().join(".git/hooks/post-checkout");
    fs::write(&hook, "#!/bin/sh\ntouch hooked\n").unwrap();
    open_to_all(&hook, 0o755);
    let script = "cat .git/config; ls -A . .git/hooks; git log --oneline; git status --short; cat untracked.txt";
    for means in super::ISOLATING {
        let report = home.once(means, Level::Partial, super::Interpreter::Sh, script);
        let text = &report.cases[0].stdout.text;
        assert!(
            text.contains("README.md") && text.contains("first"),
            "{report:#?}"
        );
        for never in [
            "token",
            "remote",
            "hooked",
            "post-checkout",
            "not for you",
            "??",
            " M ",
        ] {
            assert!(!text.contains(never), "{never}: {text}");
        }
    }
}

#[test]
fn no_network_is_reached() {
    let home = Home::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_nonblocking(true).unwrap();
    let attempt = each(&format!(
        "def connect():\n\
         \x20   socket.create_connection(('127.0.0.1', {tcp}), timeout=1)\n\
         def send():\n\
         \x20   socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {udp}))\n\
         def listen():\n\
         \x20   s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n\
         attempt('tcp', connect)\n\
         attempt('udp', send)\n\
         attempt('listen', listen)\n\
         attempt('netlink', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))\n",
        tcp = tcp.local_addr().unwrap().port(),
        udp = udp.local_addr().unwrap().port(),
    ));
    home.fails(Claim::Network, Level::Partial, &attempt);
    assert_eq!(tcp.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(
        udp.recv(&mut [0; 8]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    home.succeeds(Claim::Network, &attempt);
    assert!(tcp.accept().is_ok());
    assert!(udp.recv(&mut [0; 8]).is_ok());
}

#[test]
fn no_socket_of_another_is_reached() {
    let home = Home::new();
    let path = home.path().join("agent");
    let agent = UnixListener::bind(&path).unwrap();
    open_to_all(&path, 0o777);
    let name = format!("git-tend-test-{}", std::process::id());
    let bus = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    for listener in [&agent, &bus] {
        listener.set_nonblocking(true).unwrap();
    }
    let attempt = each(&format!(
        "def connect(address):\n\
         \x20   socket.socket(socket.AF_UNIX).connect(address)\n\
         attempt('agent', lambda: connect({path:?}))\n\
         attempt('agent by root', lambda: connect('/proc/self/root' + {path:?}))\n\
         attempt('bus', lambda: connect('\\0' + {name:?}))\n",
        path = path.to_str().unwrap(),
    ));
    home.fails(Claim::Sockets, Level::Partial, &attempt);
    for listener in [&agent, &bus] {
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    home.succeeds(Claim::Sockets, &attempt);
    for listener in [&agent, &bus] {
        assert!(listener.accept().is_ok());
    }
}

#[test]
fn no_rights_are_gained() {
    let home = Home::new();
    let attempt = each(
        "libc = ctypes.CDLL(None, use_errno=True)\n\
         def call(name, *args):\n\
         \x20   if getattr(libc, name)(*args) != 0: raise OSError(ctypes.get_errno(), name)\n\
         NEWUSER, NEWNS, NEWPID, NEWNET = 0x10000000, 0x20000, 0x20000000, 0x40000000\n\
         def apart(what):\n\
         \x20   child = os.fork()\n\
         \x20   if child == 0:\n\
         \x20       try: what(); os._exit(0)\n\
         \x20       except BaseException as error: print(repr(error), flush=True); os._exit(1)\n\
         \x20   return os.waitpid(child, 0)[1] == 0\n\
         def own(): call('unshare', NEWUSER | NEWNS)\n\
         def mounted(): own(); call('mount', b'x', b'/tmp', b'tmpfs', 0, None)\n\
         def remounted(): own(); call('mount', None, b'/', None, 0x20 | 0x1000 | 0x4000, None)\n\
         def chrooted(): own(); os.chroot('/usr')\n\
         def cloned():\n\
         \x20   pid = libc.syscall(56 if os.uname().machine == 'x86_64' else 220, NEWUSER | 17, 0, 0, 0, 0)\n\
         \x20   if pid == 0: os._exit(0)\n\
         \x20   if pid < 0: raise OSError(ctypes.get_errno(), 'clone')\n\
         \x20   os.waitpid(pid, 0)\n\
         attempt('namespace', lambda: apart(own))\n\
         attempt('mount', lambda: apart(mounted))\n\
         attempt('remount', lambda: apart(remounted))\n\
         attempt('chroot', lambda: apart(chrooted))\n\
         attempt('clone', cloned)\n\
         attempt('keys', lambda: call('syscall', 250, 0, -3, 0) if os.uname().machine == 'x86_64' and libc.syscall(250, 0, -3, 0) < 0 else None)\n\
         attempt('kernel log', lambda: libc.klogctl(10, None, 0) >= 0)\n",
    );
    home.fails(Claim::Privileges, Level::Partial, &attempt);
    let report = home.succeeds(Claim::Privileges, &attempt);
    for way in ["namespace", "mount", "chroot", "clone"] {
        let line = format!("ESCAPED {way}\n");
        assert!(
            report.cases[0].stdout.text.contains(&line),
            "{way}: {report:#?}"
        );
    }
}

#[test]
fn the_clock_is_not_set() {
    let home = Home::new();
    // To what it is: where this works, nobody notices.
    let attempt = each(
        "import time\nattempt('clock', lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))\n",
    );
    home.fails(Claim::Privileges, Level::Partial, &attempt);
    if rustix::process::geteuid().is_root() {
        home.succeeds(Claim::Privileges, &attempt);
    }
}

#[test]
fn at_level_full_only_listed_programs_are_executed() {
    let home = Home::new();
    let attempt = each(
        "import glob\n\
         def make(path, content):\n\
         \x20   with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o700), 'wb') as file: file.write(content)\n\
         def run(*args): subprocess.run(args, check=True, stdout=subprocess.DEVNULL)\n\
         def copied():\n\
         \x20   target = os.environ['TMPDIR'] + '/id'\n\
         \x20   make(target, open('/usr/bin/id', 'rb').read()); run(target)\n\
         def own():\n\
         \x20   target = os.environ['TMPDIR'] + '/own'\n\
         \x20   make(target, b'#!/bin/sh\\nexit 0\\n'); run(target)\n\
         loader = glob.glob('/lib64/ld-linux-*.so.*') + glob.glob('/lib/ld-linux-*.so.*')\n\
         attempt('id', lambda: run('/usr/bin/id'))\n\
         attempt('search', lambda: run('id'))\n\
         attempt('copy', copied)\n\
         attempt('own', own)\n\
         attempt('loader', lambda: run(loader[0], '/usr/bin/id'))\n",
    );
    home.fails(Claim::Programs, Level::Full, &attempt);
    for means in super::ISOLATING {
        let report = home.once(means, Level::Partial, super::Interpreter::Python, &attempt);
        let text = &report.cases[0].stdout.text;
        for way in ["id", "search", "copy", "own", "loader"] {
            assert!(
                text.contains(&format!("ESCAPED {way}\n")),
                "{way}: {report:#?}"
            );
        }
        let listed = home.once(
            means,
            Level::Full,
            super::Interpreter::Sh,
            "set -e; cat README.md; git log --oneline; git diff --stat; git status --short",
        );
        assert_eq!(super::end(&listed), &super::End::Exited(0), "{listed:#?}");
    }
}

#[test]
fn at_level_full_the_copy_is_read_only() {
    let home = Home::new();
    let attempt = each(
        "def write(path):\n\
         \x20   with open(path, 'a') as file: file.write('harm')\n\
         def made():\n\
         \x20   with open('README.md') as file: os.fchmod(file.fileno(), 0o777)\n\
         attempt('file', lambda: write('README.md'))\n\
         attempt('mode', made)\n\
         attempt('new', lambda: write('new'))\n\
         attempt('git', lambda: write('.git/HEAD'))\n\
         attempt('commit', lambda: subprocess.run(['git', 'commit', '--allow-empty', '-qm', 'x'], check=True))\n\
         write(os.environ['HOME'] + '/own')\n",
    );
    for report in home.fails(Claim::Repository, Level::Full, &attempt) {
        let paths: Vec<_> = report.cases[0]
            .changes
            .iter()
            .map(|change| change.path.as_str())
            .collect();
        assert_eq!(paths, ["~/own"]);
    }
    for means in super::ISOLATING {
        let report = home.once(means, Level::Partial, super::Interpreter::Python, &attempt);
        for way in ["file", "mode", "new", "git"] {
            let line = format!("ESCAPED {way}\n");
            assert!(
                report.cases[0].stdout.text.contains(&line),
                "{way}: {report:#?}"
            );
        }
    }
}
