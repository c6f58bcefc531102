//! The real thing: the real `crontab`, and a real cron daemon that starts ticks over ten repositories.
//!
//! The only test that touches a user's own crontab; it puts it back as it was.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::{World, real_tools_required, tool, until};

/// The user's crontab, which comes back whatever happens to the test.
struct Crontab {
    before: Option<Vec<u8>>,
}

impl Crontab {
    fn run(args: &[&str]) -> Output {
        Command::new("crontab").args(args).output().unwrap()
    }

    fn read() -> Option<Vec<u8>> {
        let output = Self::run(&["-l"]);
        output.status.success().then_some(output.stdout)
    }

    fn write(text: &[u8]) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let output = Self::run(&[file.path().to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
    }

    fn keep() -> Self {
        Self {
            before: Self::read(),
        }
    }
}

impl Drop for Crontab {
    fn drop(&mut self) {
        if Self::read() != self.before {
            match &self.before {
                Some(text) => Self::write(text),
                None => drop(Self::run(&["-r"])),
            }
        }
    }
}

/// A cron daemon of the test's own, unless one runs.
struct Daemon(Option<Child>);

impl Daemon {
    fn start(program: &Path) -> Option<Self> {
        let mut child = Command::new(program)
            .arg("-f")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It ends at once where another holds its lock (which does as well), or where it may not run.
        let begun = std::time::Instant::now();
        while begun.elapsed() < std::time::Duration::from_millis(500) {
            if child.try_wait().unwrap().is_some() {
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                eprintln!("cron: {said}");
                return said.contains("lock").then_some(Self(None));
            }
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
        Some(Self(Some(child)))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A repository whose only task is allowed without approval, and due at once.
fn repository(world: &World, name: &str) -> PathBuf {
    let path = world.folder().join(name);
    fs::create_dir(&path).unwrap();
    fs::write(
        path.join("tend.toml"),
        // Cron's environment has no word about the load that other tests make.
        "[queue]\nload_gate = false\n[task.codebase_quick]\nevery = \"1h\"\n",
    )
    .unwrap();
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--message", "Begin"],
    ] {
        let git = world
            .command("git")
            .current_dir(&path)
            .args(args)
            .output()
            .unwrap();
        assert!(git.status.success(), "{git:?}");
    }
    path
}

fn tend(world: &World, folder: &Path, args: &[&str]) -> Output {
    let mut command = world.tend_command();
    // The real `crontab`, and the processes that there are.
    command
        .env_remove("TEND_CRONTAB")
        .env_remove("TEND_PROCESSES");
    command.current_dir(folder).args(args).output().unwrap()
}

fn is_done(world: &World, folder: &Path) -> bool {
    let output = tend(world, folder, &["queue", "--all", "--json"]);
    let Ok(json) = serde_json::from_slice::<Value>(&output.stdout) else {
        return false;
    };
    let jobs = json["jobs"].as_array().unwrap();
    jobs.iter()
        .any(|job| job["task"] == "codebase_quick" && job["state"] == "done")
}

#[test]
fn a_cron_daemon_ticks_over_ten_repositories() {
    let (Some(cron), Some(_)) = (sbin("cron").or_else(|| tool("cron")), tool("crontab")) else {
        return;
    };
    let kept = Crontab::keep();
    // A line of somebody's, to see it stay.
    let mut before = kept.before.clone().unwrap_or_default();
    before.extend_from_slice(b"# 100% mine, caf\xe9\nTEND_TEST_MARK=1\n0 0 1 1 * true\n");
    Crontab::write(&before);
    let before = Crontab::read().unwrap();

    let world = World::bare_folder();
    let names: Vec<String> = (0..10).map(|number| format!("r{number}")).collect();
    let paths: Vec<PathBuf> = names.iter().map(|name| repository(&world, name)).collect();
    for path in &paths {
        let installed = tend(&world, path, &["install-cron", "--every", "1m"]);
        assert!(installed.status.success(), "{installed:?}");
    }
    let with = Crontab::read().unwrap();
    assert!(with.starts_with(&before));

    // One has vanished, one is locked, one belongs to somebody else.
    let [gone, locked, alien, others @ ..] = paths.as_slice() else {
        unreachable!();
    };
    fs::rename(gone, world.folder().join("away")).unwrap();
    assert!(
        tend(&world, locked, &["tick", "--here", "--dry-run"])
            .status
            .success()
    );
    let state = fs::read_dir(locked.join(".git/tend"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let holder = rusqlite::Connection::open(state.path().join("queue.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let root = std::os::unix::fs::MetadataExt::uid(&fs::metadata(world.folder()).unwrap()) == 0;
    if root {
        std::os::unix::fs::chown(alien, Some(12345), None).unwrap();
    } else {
        fs::remove_file(alien.join(".git/HEAD")).unwrap();
    }

    // Last: cron compares whole seconds, and would not see a crontab written in the second in which it started.
    let Some(daemon) = Daemon::start(&cron) else {
        assert!(
            !real_tools_required(),
            "TEND_TEST_REAL=1 and no cron daemon may run"
        );
        eprintln!("not tested: no cron daemon may run");
        return;
    };
    until(130, "cron ticks over all that can be visited", || {
        others
            .iter()
            .all(|path| is_done(&world, path))
            .then_some(())
    });
    let log = world.home().join(".state/git-tend/tick.log");
    let said = until(60, "the tick says whom it could not visit", || {
        let text = fs::read_to_string(&log).ok()?;
        (text.contains("/r1: ") && text.contains("/r2: ")).then_some(text)
    });
    let complaints: Vec<&str> = said.lines().collect();
    for (name, why) in [("/r1: ", "locked"), ("/r2: ", "")] {
        let line = complaints.iter().find(|line| line.contains(name)).unwrap();
        assert!(line.contains(why), "{said}");
    }
    // One line each, from each tick: `warning: 2026-11-21T05:50:12Z PATH: why`.
    let by_minute: BTreeSet<(&str, bool)> = complaints
        .iter()
        .map(|line| {
            (
                &line[.."warning: 2026-11-21T05:50".len()],
                line.contains("/r1: "),
            )
        })
        .collect();
    assert_eq!(by_minute.len(), complaints.len(), "{said}");
    holder.execute_batch("ROLLBACK").unwrap();

    let doctor = tend(&world, &others[0], &["doctor"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.contains("tick runs every 1m"), "{doctor}");

    // Nothing is written the second time, and everything is as it was in the end.
    assert!(
        tend(&world, &others[0], &["install-cron", "--every", "1m"])
            .status
            .success()
    );
    assert_eq!(Crontab::read().unwrap(), with);
    assert!(
        tend(&world, &others[0], &["uninstall-cron"])
            .status
            .success()
    );
    assert_eq!(Crontab::read().unwrap(), before);
    drop(daemon);
    let expected = kept.before.clone();
    drop(kept);
    assert_eq!(Crontab::read(), expected);
}

/// Daemons are not in everybody's `PATH`.
fn sbin(name: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/sbin").join(name);
    path.is_file().then_some(path)
}
