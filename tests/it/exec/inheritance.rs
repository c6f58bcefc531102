//! What a job is given, and what it must not be.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use git_tend::drain::protocol::{ExecReport, Outcome};
use git_tend::system::process_tree;

use super::{BIN, Bench};

#[test]
fn the_environment_is_exactly_what_was_given() {
    let mut bench = Bench::new("/usr/bin/env", &["-0"]);
    let odd = OsString::from_vec(b"caf\xe9 \xff\n".to_vec());
    bench.spec.env = vec![("PLAIN".into(), "1".into()), ("ODD".into(), odd.clone())];
    bench.run();
    let log = std::fs::read(&bench.spec.log).unwrap();
    let mut entries: Vec<&[u8]> = log
        .split(|&byte| byte == 0)
        .filter(|entry| !entry.is_empty())
        .collect();
    entries.sort_unstable();
    let run = format!("TEND_RUN={}", bench.spec.cookie);
    let odd = [b"ODD=", odd.as_bytes()].concat();
    assert_eq!(entries, [odd.as_slice(), b"PLAIN=1", run.as_bytes()]);
}

#[test]
fn arguments_arrive_as_bytes_and_a_large_specification_fits() {
    let mut bench = Bench::new("/usr/bin/printf", &["%s|"]);
    let odd = OsString::from_vec(b"\xff\xfe'\"\\\n".to_vec());
    bench.spec.args.push(odd.clone());
    bench
        .spec
        .env
        .push(("LARGE".into(), "x".repeat(100_000).into()));
    bench
        .spec
        .env
        .push(("LARGER".into(), "y".repeat(100_000).into()));
    assert_eq!(bench.run().outcome, Outcome::Exited { code: 0 });
    let expected = [odd.as_bytes(), b"|"].concat();
    assert_eq!(std::fs::read(&bench.spec.log).unwrap(), expected);
}

#[test]
fn nothing_is_inherited_but_the_log() {
    // Descriptor 9 is leaked into the supervisor on purpose; standard input is empty.
    let bench = Bench::sh(
        "ls /proc/self/fd | grep -c .; readlink /proc/self/fd/1 /proc/self/fd/2; cat; umask",
    );
    let spec = serde_json::to_string(&bench.spec).unwrap();
    let script = format!(
        "exec {BIN} __exec 9</dev/null 2>>{}",
        bench.spec.log.display()
    );
    let mut child = Command::new("/bin/sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut orders = child.stdin.take().unwrap();
    writeln!(orders, "{spec}").unwrap();
    let mut answer = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut answer)
        .unwrap();
    child.wait().unwrap();
    let report: ExecReport = serde_json::from_str(&answer).unwrap();
    assert_eq!(report.outcome, Outcome::Exited { code: 0 });
    let log = bench.log();
    // 0, 1, 2 and the folder that ls reads; ls writes into a pipe of its own.
    assert_eq!(log.lines().next(), Some("4"), "{log}");
    assert_eq!(
        log.matches(bench.spec.log.to_str().unwrap()).count(),
        2,
        "{log}"
    );
}

#[test]
fn the_log_has_both_outputs_in_the_order_they_were_written() {
    let bench = Bench::sh("for i in 1 2 3; do echo out $i; echo err $i >&2; done");
    std::fs::write(&bench.spec.log, "before\n").unwrap();
    let report = bench.run();
    let expected = "before\nout 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n";
    assert_eq!(bench.log(), expected);
    assert_eq!(report.log_bytes, (expected.len() - "before\n".len()) as u64);

    let bench = Bench::new("/bin/true", &[]);
    bench.run();
    let mode = std::fs::metadata(&bench.spec.log)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_detached_process_holds_nothing_of_its_caller() {
    // Descriptor 3 is the pipe that the caller waits on; the child lives on, reading its standard input.
    let mut child = Command::new("/bin/sh")
        .args([
            "-c",
            &format!("exec {BIN} __detached __exec 3>&1 >/dev/null"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut rest = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    let detached = process_tree::stat(pid).unwrap();
    assert!(!detached.zombie && detached.session == pid, "{detached:?}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
