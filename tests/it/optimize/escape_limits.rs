//! Attempts to take more than there is for it. What one process may take it may not take either where there is no
//! isolation: these are held against a plain run.

use git_tend::optimize::sandbox::{Interpreter, Level, Options, Report};
use git_tend::system::sandbox::{Bounds, Claim, End};

use super::{DONE, ESCAPED, Home, ISOLATING, end, holds, plainly};

const MIB: u64 = 1024 * 1024;

fn bounded(bounds: Bounds) -> Home {
    let home = Home::new();
    Home {
        options: Options {
            bounds,
            ..home.options.clone()
        },
        ..home
    }
}

/// Runs an attempt by each of the means; it must not succeed, and the claim must hold.
fn held(home: &Home, claim: Claim, attempt: &str, check: impl Fn(&Report)) {
    for means in ISOLATING {
        let report = home.once(means, Level::Partial, Interpreter::Python, attempt);
        let run = &report.cases[0];
        assert!(!run.stdout.text.contains(ESCAPED), "{means:?}: {run:#?}");
        assert!(holds(&report.standings, claim), "{means:?}: {report:#?}");
        check(&report);
    }
    assert!(
        plainly(attempt, home.path()).contains(ESCAPED),
        "without a sandbox it works"
    );
}

#[test]
fn the_memory_of_a_process_is_bounded() {
    let home = bounded(Bounds::default());
    let attempt = "try:\n\
         \x20   block = bytearray(700 << 20); print('ESCAPED', len(block))\n\
         except MemoryError: print('held')\n\
         print('DONE')\n";
    held(&home, Claim::Memory, attempt, |report| {
        assert!(report.cases[0].stdout.text.contains(DONE), "{report:#?}");
    });
}

#[test]
fn the_memory_of_all_processes_is_bounded() {
    let home = bounded(Bounds {
        resident: 200 * MIB,
        ..Bounds::default()
    });
    // Each stays below what one process may have; together they do not.
    let attempt = "import os, time\n\
         pids = []\n\
         for n in range(4):\n\
         \x20   pid = os.fork()\n\
         \x20   if pid == 0:\n\
         \x20       block = bytearray(os.urandom(1 << 20) * 100); time.sleep(1.5); os._exit(0)\n\
         \x20   pids.append(pid)\n\
         print('started', flush=True)\n\
         if all(os.waitpid(pid, 0)[1] == 0 for pid in pids): print('ESCAPED')\n";
    held(&home, Claim::TotalMemory, attempt, |report| {
        assert_eq!(end(report), &End::OverMemory, "{report:#?}");
        // Four processes could have 100 MiB and their interpreters' more each; a look comes every 50 ms.
        assert!(report.cases[0].peak_resident > 200 * MIB);
    });
}

#[test]
fn memory_that_belongs_to_no_process_is_not_had() {
    let home = bounded(Bounds::default());
    let attempt = "import ctypes, os\n\
         libc = ctypes.CDLL(None, use_errno=True)\n\
         try:\n\
         \x20   fd = os.memfd_create('x'); os.write(fd, b'x' * 1000); print('ESCAPED memfd')\n\
         except OSError as error: print(error)\n\
         id = libc.shmget(0, 1 << 20, 0o1600)\n\
         if id >= 0: print('ESCAPED shm'); libc.shmctl(id, 0, None)\n\
         print('DONE')\n";
    held(&home, Claim::TotalMemory, attempt, |report| {
        assert!(report.cases[0].stdout.text.contains(DONE), "{report:#?}");
    });
}

#[test]
fn the_size_of_a_file_is_bounded() {
    let home = bounded(Bounds {
        file_size: 4 * MIB,
        ..Bounds::default()
    });
    let attempt = "import os, signal\n\
         signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n\
         try:\n\
         \x20   with open('large', 'wb') as file: file.write(b'x' * (8 << 20))\n\
         \x20   print('ESCAPED')\n\
         except OSError as error: print(error)\n\
         print('DONE')\n";
    held(&home, Claim::FileSize, attempt, |report| {
        let large = report.cases[0]
            .changes
            .iter()
            .find(|change| change.path == "large")
            .unwrap();
        assert_eq!(large.size, Some(4 * MIB));
    });
}

/// Writes until nobody stops it, in several ways.
const FILL: &str = "import os, time\n\
     kept = []\n\
     for n in range(64):\n\
     \x20   with open('part-%d' % n, 'wb') as file: file.write(os.urandom(1 << 20))\n\
     \x20   HERE\n\
     \x20   time.sleep(0.02)\n\
     print('ESCAPED')\n";

#[test]
fn the_disk_is_not_filled_with_many_files() {
    let home = bounded(Bounds {
        disk: 16 * MIB,
        ..Bounds::default()
    });
    let over = |report: &Report| assert_eq!(end(report), &End::OverDisk, "{report:#?}");
    held(&home, Claim::Disk, &FILL.replace("HERE", "pass"), over);
}

#[test]
fn the_disk_is_not_filled_with_files_that_have_no_name() {
    let home = bounded(Bounds {
        disk: 16 * MIB,
        ..Bounds::default()
    });
    let nameless = "kept.append(open('part-%d' % n)); os.unlink('part-%d' % n)";
    let over = |report: &Report| assert_eq!(end(report), &End::OverDisk, "{report:#?}");
    held(&home, Claim::Disk, &FILL.replace("HERE", nameless), over);
}

#[test]
fn the_number_of_files_is_bounded() {
    let home = bounded(Bounds {
        files: 2_000,
        ..Bounds::default()
    });
    let attempt = "import os, time\n\
         for n in range(20000):\n\
         \x20   open(os.environ.get('TMPDIR', '.') + '/empty-%d' % n, 'w').close()\n\
         \x20   if n % 500 == 0: time.sleep(0.05)\n\
         print('ESCAPED')\n";
    let over = |report: &Report| assert_eq!(end(report), &End::OverDisk, "{report:#?}");
    for means in ISOLATING {
        let report = home.once(means, Level::Partial, Interpreter::Python, attempt);
        over(&report);
        assert!(holds(&report.standings, Claim::Disk));
    }
    let temp = tempfile::tempdir().unwrap();
    let here = attempt.replace("os.environ.get('TMPDIR', '.')", "'.'");
    assert!(plainly(&here, temp.path()).contains(ESCAPED));
}

#[test]
fn a_fork_bomb_does_not_go_off() {
    let home = bounded(Bounds::default());
    // The attempt is bounded itself: 400 processes that sleep.
    let attempt = "import os, time\n\
         made = 0\n\
         for n in range(400):\n\
         \x20   try: pid = os.fork()\n\
         \x20   except OSError: break\n\
         \x20   if pid == 0:\n\
         \x20       time.sleep(3); os._exit(0)\n\
         \x20   made += 1\n\
         print('made', made, flush=True)\n\
         if made == 400: print('ESCAPED')\n\
         time.sleep(0.2)\n";
    held(&home, Claim::Count, attempt, |report| {
        let run = &report.cases[0];
        assert!(
            run.problems.is_empty() || end(report) == &End::OverProcesses,
            "{run:#?}"
        );
        let made: u64 = run
            .stdout
            .text
            .split_whitespace()
            .nth(1)
            .map_or(0, |number| number.parse().unwrap());
        assert!(made <= 64, "{run:#?}");
    });
}

#[test]
fn a_bomb_that_goes_on_is_ended() {
    let home = bounded(Bounds {
        wall_ms: 3_000,
        grace_ms: 200,
        ..Bounds::default()
    });
    // Two thousand forks at most, each of which forks again.
    let bomb = "n=0; f() { n=$((n+1)); [ $n -gt 10 ] || { f & f & f & f & wait; }; sleep 1; }; f";
    for means in ISOLATING {
        let report = home.once(means, Level::Partial, Interpreter::Bash, bomb);
        let run = &report.cases[0];
        assert!(run.wall_ms < 10_000, "{means:?}: {run:#?}");
        assert!(holds(&report.standings, Claim::Count) && holds(&report.standings, Claim::Remains));
    }
}

#[test]
fn cpu_time_and_descriptors_are_bounded() {
    let home = bounded(Bounds {
        cpu_seconds: 1,
        wall_ms: 20_000,
        ..Bounds::default()
    });
    let attempt = "import time\n\
         while time.process_time() < 2: pass\n\
         print('ESCAPED')\n";
    held(&home, Claim::Cpu, attempt, |report| {
        // SIGKILL at the hard limit, which is the soft one.
        assert!(matches!(end(report), End::Signalled(9 | 24)), "{report:#?}");
    });
    let attempt = "held = []\n\
         try:\n\
         \x20   for n in range(600): held.append(open('/dev/null'))\n\
         \x20   print('ESCAPED')\n\
         except OSError as error: print(error)\n\
         print('DONE')\n";
    held(&home, Claim::Descriptors, attempt, |report| {
        assert!(report.cases[0].stdout.text.contains(DONE));
    });
}

#[test]
fn output_without_end_is_cut() {
    let home = bounded(Bounds {
        wall_ms: 700,
        grace_ms: 200,
        output: 1000,
        ..Bounds::default()
    });
    for means in ISOLATING {
        let report = home.once(
            means,
            Level::Partial,
            Interpreter::Sh,
            "while :; do echo yyyyyyyyyyyyyyyy; done",
        );
        let run = &report.cases[0];
        assert_eq!(end(&report), &End::TimedOut);
        assert_eq!(run.stdout.text.len(), 1000);
        assert!(run.stdout.bytes > 100_000, "{run:#?}");
    }
}
