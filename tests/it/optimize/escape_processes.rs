//! Attempts to get at other processes, and to stay.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use git_tend::optimize::sandbox::{Interpreter, Level};
use git_tend::system::sandbox::{Bounds, Claim, End, Means, Outcome, Place, Spec, View};

use super::{DONE, ESCAPED, Home, ISOLATING, end, holds, plainly};

/// A process of the test's own, with a secret among its variables.
struct Sleeper(Child);

impl Sleeper {
    fn new() -> Self {
        let child = Command::new("sleep")
            .arg("600")
            .env("PLANTED_SECRET", "of-the-sleeper")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processes whose command line has this word.
fn running(word: &str) -> Vec<i32> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid: &i32| {
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let is_zombie = state
                .rsplit(')')
                .next()
                .is_some_and(|rest| rest.trim().starts_with('Z'));
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            !is_zombie
                && line
                    .split(|&byte| byte == 0)
                    .any(|part| part == word.as_bytes())
        })
        .collect()
}

fn kill_all(word: &str) {
    for pid in running(word) {
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

#[test]
fn no_other_process_is_signalled() {
    let home = Home::new();
    let mut sleeper = Sleeper::new();
    let attempt = format!(
        "import os\n\
         for signal in (0, 15, 9):\n\
         \x20   try:\n\
         \x20       os.kill({pid}, signal); print('ESCAPED', signal)\n\
         \x20   except OSError as error: print(error)\n\
         print('DONE')\n",
        pid = sleeper.pid()
    );
    home.fails(Claim::Processes, Level::Partial, &attempt);
    assert!(sleeper.lives());
    home.succeeds(Claim::Processes, &attempt);
    let status = sleeper.0.wait().unwrap();
    assert_eq!(status.signal(), Some(15));
}

#[test]
fn whoever_started_it_is_not_signalled() {
    let home = Home::new();
    let script = "kill -9 $PPID; kill -9 -1; kill -9 0";
    for means in ISOLATING {
        let report = home.once(means, Level::Partial, Interpreter::Sh, script);
        // It ends itself with its own group; that its end is known shows that nobody else ended.
        assert_eq!(end(&report), &End::Signalled(9), "{means:?}: {report:#?}");
        assert_eq!(report.cases[0].left_behind, 0);
    }
    let report = home.once(
        Means::None,
        Level::Minimal,
        Interpreter::Sh,
        "kill -9 $PPID; sleep 5",
    );
    assert!(matches!(end(&report), End::Failed(_)), "{report:#?}");
    assert!(!holds(&report.standings, Claim::Time));
}

#[test]
fn no_other_process_is_looked_into() {
    let home = Home::new();
    let sleeper = Sleeper::new();
    let attempt = format!(
        "import ctypes, glob, os\n\
         libc = ctypes.CDLL(None, use_errno=True)\n\
         pid = {pid}\n\
         for path in glob.glob('/proc/[0-9]*/environ') + ['/proc/%d/environ' % pid]:\n\
         \x20   try:\n\
         \x20       if b'PLANTED' + b'_SECRET' in open(path, 'rb').read(): print('ESCAPED environ')\n\
         \x20   except OSError as error: print(path, error)\n\
         libc.ptrace.argtypes = [ctypes.c_long] * 4\n\
         if libc.ptrace(0x4206, pid, 0, 0) == 0: print('ESCAPED ptrace')\n\
         here = ctypes.create_string_buffer(64)\n\
         class Part(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]\n\
         try:\n\
         \x20   line = [l for l in open('/proc/%d/maps' % pid) if '[stack]' in l][0]\n\
         \x20   there = int(line.split('-')[1].split()[0], 16) - 64\n\
         \x20   one, other = Part(ctypes.addressof(here), 64), Part(there, 64)\n\
         \x20   if libc.process_vm_readv(pid, ctypes.byref(one), 1, ctypes.byref(other), 1, 0) > 0: print('ESCAPED memory')\n\
         except OSError as error: print(error)\n\
         try:\n\
         \x20   import resource\n\
         \x20   resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)); print('ESCAPED limits')\n\
         except OSError as error: print(error)\n\
         try:\n\
         \x20   os.sched_setaffinity(pid, os.sched_getaffinity(0)); print('ESCAPED affinity')\n\
         except OSError as error: print(error)\n\
         print('DONE')\n",
        pid = sleeper.pid()
    );
    home.fails(Claim::Processes, Level::Partial, &attempt);
    let report = home.succeeds(Claim::Processes, &attempt);
    for way in ["environ", "ptrace", "memory", "limits", "affinity"] {
        let line = format!("ESCAPED {way}\n");
        assert!(
            report.cases[0].stdout.text.contains(&line),
            "{way}: {report:#?}"
        );
    }
}

#[test]
fn the_supervisor_has_no_variables_and_shows_none() {
    let home = Home::new();
    // Whoever the script's forebears are, none of their variables is seen: the test has PATH.
    let attempt = "import glob, os\n\
         own = os.environ['TMPDIR'].encode()\n\
         for path in glob.glob('/proc/[0-9]*/environ'):\n\
         \x20   try:\n\
         \x20       text = open(path, 'rb').read()\n\
         \x20       if text and own not in text: print('ESCAPED', path)\n\
         \x20   except OSError as error: print(path, error)\n\
         print('DONE')\n";
    home.fails(Claim::Processes, Level::Partial, attempt);
    home.succeeds(Claim::Processes, attempt);
}

#[test]
fn nothing_outlives_its_time() {
    let home = Home::new();
    let bounds = Bounds {
        wall_ms: 700,
        grace_ms: 300,
        ..Bounds::default()
    };
    let home = Home {
        options: super::Options {
            bounds,
            ..home.options.clone()
        },
        ..home
    };
    for (number, means) in ISOLATING.into_iter().enumerate() {
        let word = format!("77{}{number}", std::process::id());
        let script = format!(
            "trap '' TERM HUP INT\n\
             nohup sleep {word} >/dev/null 2>&1 &\n\
             setsid sleep {word} &\n\
             (setsid sh -c \"trap '' TERM; sleep {word}; sleep {word}\" &)\n\
             (trap '' TERM; exec sleep {word}) &\n\
             echo DONE\n\
             sleep {word}; sleep {word}; sleep {word}\n"
        );
        let began = Instant::now();
        let report = home.once(means, Level::Partial, Interpreter::Sh, &script);
        assert!(began.elapsed() < Duration::from_secs(20));
        assert_eq!(end(&report), &End::TimedOut, "{means:?}: {report:#?}");
        let run = &report.cases[0];
        assert!(run.stdout.text.contains(DONE), "{run:#?}");
        assert!((1000..6000).contains(&run.wall_ms), "{run:#?}");
        assert!(run.left_behind >= 1, "{run:#?}");
        assert!(holds(&report.standings, Claim::Time) && holds(&report.standings, Claim::Remains));
        assert_eq!(running(&word), Vec::<i32>::new(), "{means:?}");
    }
}

#[test]
fn nothing_stays_behind() {
    let home = Home::new();
    let script = |word: &str| {
        format!(
            "(setsid sh -c \"trap '' TERM HUP; sleep {word}; true\" >/dev/null 2>&1 &)\n\
             until grep -qs {word} /proc/[0-9]*/cmdline || [ $((n=n+1)) -gt 50 ]; do sleep 0.01; done\n"
        )
    };
    for (number, means) in ISOLATING.into_iter().enumerate() {
        let word = format!("78{}{number}", std::process::id());
        let report = home.once(means, Level::Partial, Interpreter::Sh, &script(&word));
        assert_eq!(end(&report), &End::Exited(0), "{report:#?}");
        assert!(report.cases[0].left_behind >= 1, "{means:?}: {report:#?}");
        assert_eq!(running(&word), Vec::<i32>::new(), "{means:?}");
    }
    let word = format!("79{}", std::process::id());
    let status = Command::new("sh")
        .args(["-c", &script(&word)])
        .status()
        .unwrap();
    assert!(status.success());
    let until = Instant::now() + Duration::from_secs(20);
    while running(&word).is_empty() && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(!running(&word).is_empty(), "without a sandbox it stays");
    kill_all(&word);
}

#[test]
fn with_its_starter_it_ends() {
    let home = Home::new();
    for (number, means) in ISOLATING.into_iter().enumerate() {
        let word = format!("76{}{number}", std::process::id());
        let report = std::thread::scope(|scope| {
            let run = scope.spawn(|| {
                home.once(
                    means,
                    Level::Partial,
                    Interpreter::Sh,
                    &format!("sleep {word}"),
                )
            });
            let until = Instant::now() + Duration::from_secs(20);
            while running(&word).is_empty() && Instant::now() < until {
                std::thread::yield_now();
            }
            // The supervisor is the only process of ours that was started as one.
            let top = home.sandboxes();
            for pid in running("__confine") {
                let parent = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
                let ours = format!("PPid:\t{}\n", std::process::id());
                let bait = fs::read_dir(format!("/proc/{pid}/fd")).is_ok();
                if parent.contains(&ours) && bait && top.exists() && children_run(pid, &word) {
                    let variables = fs::read(format!("/proc/{pid}/environ")).unwrap();
                    assert!(variables.is_empty(), "there is nothing to be found in it");
                    let pid = rustix::process::Pid::from_raw(pid).unwrap();
                    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
                }
            }
            run.join().unwrap()
        });
        assert_eq!(end(&report), &End::Stopped, "{means:?}: {report:#?}");
        assert_eq!(running(&word), Vec::<i32>::new(), "{means:?}");
    }
}

/// Runs a program at a terminal of its own; what it shows there.
fn at_a_terminal(line: &str) -> String {
    let program = format!("import pty; pty.spawn(['/bin/sh', '-c', {line:?}])");
    let output = Command::new("/usr/bin/python3")
        .args(["-c", &program])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_terminal_is_neither_written_to_nor_typed_at() {
    let home = Home::new();
    let attempt = home.path().join("attempt.py");
    fs::write(
        &attempt,
        "import fcntl, os\n\
         for name in ('/dev/tty', '/dev/pts/0', '/dev/stdin', '/dev/stderr'):\n\
         \x20   try:\n\
         \x20       with open(name, 'w') as tty:\n\
         \x20           if os.isatty(tty.fileno()): print('ESCAPED', name, file=tty)\n\
         \x20   except OSError as error: print(error)\n\
         for fd in range(3):\n\
         \x20   try:\n\
         \x20       fcntl.ioctl(fd, 0x5412, b'x'); print('ESCAPED typed')\n\
         \x20   except OSError as error: print(error)\n\
         print('DONE')\n",
    )
    .unwrap();
    let plain = at_a_terminal(&format!("/usr/bin/python3 {}", attempt.display()));
    assert!(plain.contains("ESCAPED /dev/tty"), "{plain}");
    for means in ISOLATING {
        let top = home.path().join(format!("by-{}", means.name()));
        let places: Vec<Place> = ["tree", "tmp", "shm"]
            .map(|name| Place {
                path: top.join(name),
                writable: true,
            })
            .into();
        for place in &places {
            fs::create_dir_all(&place.path).unwrap();
        }
        fs::copy(&attempt, top.join("tree/attempt.py")).unwrap();
        let spec = Spec {
            means,
            bubblewrap: Some("/usr/bin/bwrap".into()),
            program: "/usr/bin/python3".into(),
            args: vec!["attempt.py".to_owned()],
            folder: top.join("tree"),
            env: Vec::new(),
            view: View {
                places,
                system: ["/usr", "/bin", "/lib", "/lib64"].map(Into::into).into(),
                tmp: top.join("tmp"),
                shm: top.join("shm"),
                ..View::default()
            },
            top,
            bounds: Bounds::default(),
            require: vec![Claim::Terminal],
            secrets: Vec::new(),
            stand_in: 2_000_000_009,
        };
        let told = home.path().join("spec");
        let answer = home.path().join("answer");
        let mut line = serde_json::to_vec(&spec).unwrap();
        line.push(b'\n');
        fs::write(&told, line).unwrap();
        // The supervisor is given as long as it needs: it ends when its input does.
        let pipe = home.path().join(format!("pipe-{}", means.name()));
        let shown = at_a_terminal(&format!(
            "mkfifo {pipe}; {helper} __confine <{pipe} >{answer} & exec 9>{pipe}; cat {told} >&9; wait",
            pipe = pipe.display(),
            told = told.display(),
            answer = answer.display(),
            helper = env!("CARGO_BIN_EXE_git-tend"),
        ));
        let outcome: Outcome = serde_json::from_slice(&fs::read(&answer).unwrap()).unwrap();
        assert_eq!(outcome.end, End::Exited(0), "{outcome:#?}");
        assert!(outcome.stdout.text.contains(DONE), "{outcome:#?}");
        assert!(!outcome.stdout.text.contains(ESCAPED), "{outcome:#?}");
        assert!(!shown.contains(ESCAPED), "{shown}");
        assert!(holds(&outcome.standings, Claim::Terminal));
    }
}

fn children_run(pid: i32, word: &str) -> bool {
    let mut left = vec![pid];
    while let Some(pid) = left.pop() {
        if running(word).contains(&pid) {
            return true;
        }
        let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        left.extend(
            list.unwrap_or_default()
                .split_whitespace()
                .filter_map(|number| number.parse::<i32>().ok()),
        );
    }
    false
}

#[test]
fn no_descriptor_is_left_open() {
    let home = Home::new();
    let path = home.path().join("secret");
    fs::write(&path, "open secret").unwrap();
    let file = fs::File::open(&path).unwrap();
    // As whoever starts us may have left one.
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let attempt = format!(
        "import os\n\
         for fd in range(3, 256):\n\
         \x20   try:\n\
         \x20       if b'open secret' in os.pread(fd, 64, 0): print('ESCAPED', fd)\n\
         \x20   except OSError: pass\n\
         print('open', [fd for fd in range(3, 256) if os.path.exists('/proc/self/fd/%d' % fd)])\n\
         print('{DONE}')\n"
    );
    home.fails(Claim::Read, Level::Partial, &attempt);
    assert!(file.as_raw_fd() > 2);
    assert!(plainly(&attempt, home.path()).contains(ESCAPED));
}
