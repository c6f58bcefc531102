//! `git tend tick`: one round over the registered repositories, whatever some of them are like.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::crontab::FakeCrontab;
use crate::support::{World, until};

/// Due at once, allowed without approval, and quick.
const DUE: &str =
    "[defaults]\nbuiltin = false\n[task.codebase_quick]\nevery = \"1h\"\nenabled = true\n";

/// A home with several registered repositories.
struct Many {
    world: World,
}

impl Many {
    fn new(names: &[&str]) -> Self {
        let world = World::bare_folder();
        FakeCrontab::new(&world);
        let many = Self { world };
        for name in names {
            many.add(name);
        }
        many
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.folder().join(name)
    }

    fn add(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        self.git(name, &["init", "--quiet", "--initial-branch=main"]);
        fs::write(path.join("tend.toml"), DUE).unwrap();
        self.git(name, &["add", "--all"]);
        self.git(name, &["commit", "--quiet", "--message", "Begin"]);
        let ran = self.tend(name, &["install-cron"]);
        assert!(ran.status.success(), "{ran:?}");
        path
    }

    fn git(&self, name: &str, args: &[&str]) {
        let path = self.path(name);
        let output = self
            .world
            .command("git")
            .current_dir(path)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn tend(&self, name: &str, args: &[&str]) -> std::process::Output {
        let path = self.path(name);
        self.world
            .tend_command()
            .current_dir(path)
            .args(args)
            .output()
            .unwrap()
    }

    /// The states of a repository's jobs.
    fn states(&self, name: &str) -> Vec<String> {
        let output = self.tend(name, &["queue", "--all", "--json"]);
        let Ok(json) = serde_json::from_slice::<Value>(&output.stdout) else {
            return Vec::new();
        };
        let jobs = json["jobs"].as_array().unwrap().iter();
        jobs.map(|job| job["state"].as_str().unwrap().to_owned())
            .collect()
    }

    fn is_done(&self, name: &str) -> bool {
        let states = self.states(name);
        !states.is_empty() && states.iter().all(|state| state == "done")
    }

    /// A round; the warnings it leaves, with the world's folder taken out.
    fn quiet_tick(&self) -> Vec<String> {
        let ran = self.world.tend(["tick", "--quiet"]);
        assert_eq!(ran.stdout, "");
        let said = self.world.scrub(&ran.stderr);
        said.lines()
            .map(|line| match line.split_once(" [WORLD]") {
                // A log's lines carry the time.
                Some((stamp, rest)) => {
                    let stamp = stamp.trim_start_matches("warning: ");
                    assert!(stamp.parse::<jiff::Timestamp>().is_ok(), "{line}");
                    format!("[WORLD]{rest}")
                }
                None => line.to_owned(),
            })
            .collect()
    }

    fn registry(&self) -> PathBuf {
        self.world.home().join(".state/git-tend/repositories.json")
    }

    fn registered(&self) -> Value {
        let text = fs::read_to_string(self.registry()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["repositories"].take()
    }
}

fn fifo(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn every_registered_repository_is_visited() {
    let many = Many::new(&["a", "b", "c"]);
    assert_eq!(many.quiet_tick(), [""; 0]);
    for name in ["a", "b", "c"] {
        assert!(many.is_done(name), "{name}: {:?}", many.states(name));
    }
}

#[test]
fn what_is_seen_is_told_with_its_repository() {
    let many = Many::new(&["a", "b"]);
    let dry = many.world.tend(["tick", "--dry-run"]).code(0);
    let mut said: Vec<&str> = dry
        .stderr
        .lines()
        .filter(|line| line.contains("would"))
        .collect();
    said.sort_unstable();
    let said = many.world.scrub(&said.join("\n"));
    insta::assert_snapshot!(said, @r"
    [WORLD]/a: would enqueue codebase_quick · due
    [WORLD]/b: would enqueue codebase_quick · due
    ");
    assert_eq!(many.states("a"), [""; 0]);

    let json = many.world.tend(["tick", "--json"]).code(0).json();
    let visits = json["repositories"].as_array().unwrap();
    assert_eq!(
        (visits.len(), &json["left"], &json["busy"]),
        (2, &0.into(), &false.into())
    );
    for visit in visits {
        assert_eq!(visit["outcome"], "visited", "{json}");
        assert_eq!(visit["enqueued"][0]["task"], "codebase_quick", "{json}");
        let folder = visit["folder"].as_str().unwrap();
        assert_eq!(visit["repository"], format!("{folder}/.git"));
    }
    let dry = many.world.tend(["tick", "-n"]).code(0);
    assert!(
        dry.stderr.ends_with("nothing to enqueue\n"),
        "{}",
        dry.stderr
    );
}

#[test]
fn no_repository_stops_the_others() {
    let names = [
        "a", "alien", "b", "config", "damaged", "dotgit", "empty", "gone", "huge", "other", "toml",
        "z",
    ];
    let many = Many::new(&names);
    let git = |name: &str| many.path(name).join(".git");
    // Somebody else's repository; a user without the right to give one away is not shown one.
    let uid = fs::metadata(many.world.folder()).unwrap().uid();
    if uid == 0 {
        chown(git("alien"), Some(12345), None).unwrap();
        chown(many.path("alien"), Some(12345), None).unwrap();
    } else {
        fs::remove_dir_all(git("alien")).unwrap();
        fs::create_dir(git("alien")).unwrap();
    }
    fs::write(many.path("config").join("tend.toml"), "[task.x]\nrum = 1\n").unwrap();
    let state = git("damaged").join("tend").join(uid.to_string());
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("queue.db"), "this is no database".repeat(1000)).unwrap();
    fs::remove_dir_all(git("dotgit")).unwrap();
    fifo(&git("dotgit"));
    fs::remove_dir_all(git("empty")).unwrap();
    fs::create_dir(git("empty")).unwrap();
    fs::rename(many.path("gone"), many.path("moved")).unwrap();
    fs::write(many.path("huge").join("tend.toml"), "#".repeat(64 << 20)).unwrap();
    fs::rename(git("other"), many.path("other").join("was")).unwrap();
    std::os::unix::fs::symlink(git("a"), git("other")).unwrap();
    fifo(&many.path("toml").join("tend.toml"));

    let ran = many.world.tend(["tick", "--quiet"]).code(1);
    let mut said: Vec<String> = ran
        .stderr
        .lines()
        .map(|line| many.world.scrub(line))
        .map(|line| {
            line.split_once(" [WORLD]/")
                .map_or(line.clone(), |(_, rest)| rest.to_owned())
        })
        .filter(|line| !line.starts_with("alien: ") || uid == 0)
        .collect();
    said.sort();
    let said = said
        .join("\n")
        .replace(&format!("/tend/{uid}/"), "/tend/[UID]/");
    insta::with_settings!({filters => vec![(r"queue\.db\.[^ ]*", "queue.db.[ASIDE]")]}, {
        insta::assert_snapshot!(said, @r"
        alien: the repository belongs to another user
        config: the configuration is not valid: unknown key `rum` in [task.x] ([WORLD]/config/tend.toml:2:1)
        damaged: the queue was damaged; its files were moved to [WORLD]/damaged/.git/tend/[UID]/queue.db.[ASIDE] and a new queue was started. Commits, files and schedules are looked at again; jobs that were only enqueued by hand are in the old file
        dotgit: no repository at [WORLD]/dotgit: find a git repository in [WORLD]/dotgit or any folder above it
        empty: no repository at [WORLD]/empty: find a git repository in [WORLD]/empty or any folder above it
        huge: the configuration is not valid: [WORLD]/huge/tend.toml: is larger than 1 MiB
        other: it belongs to another repository now: [WORLD]/a/.git
        toml: the configuration is not valid: [WORLD]/toml/tend.toml: is not a file
        ");
    });
    for name in ["a", "b", "damaged", "z"] {
        assert!(many.is_done(name), "{name}: {:?}", many.states(name));
    }
}

#[test]
fn who_hangs_and_who_is_locked_is_left_behind() {
    let many = Many::new(&["a", "b", "hung", "locked", "z"]);
    fifo(&many.path("hung").join(".git/HEAD"));
    assert!(
        many.tend("locked", &["tick", "--here", "--dry-run"])
            .status
            .success()
    );
    let uid = fs::metadata(many.world.folder()).unwrap().uid();
    let db = many
        .path("locked")
        .join(format!(".git/tend/{uid}/queue.db"));
    let holder = rusqlite::Connection::open(db).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut said = many.quiet_tick();
    said.sort();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert_eq!(
        said[0],
        "[WORLD]/hung: ended: it could not be looked at within 10 s"
    );
    assert_eq!(
        said[1],
        "[WORLD]/locked: failed to drain the queue: the database is locked by another process"
    );
    for name in ["a", "b", "z"] {
        assert!(many.is_done(name), "{name}: {:?}", many.states(name));
    }
    holder.execute_batch("ROLLBACK").unwrap();
    fs::remove_file(many.path("hung").join(".git/HEAD")).unwrap();
    fs::write(
        many.path("hung").join(".git/HEAD"),
        "ref: refs/heads/main\n",
    )
    .unwrap();
    assert_eq!(many.quiet_tick(), [""; 0]);
    assert!(many.is_done("hung") && many.is_done("locked"));
}

#[test]
fn a_short_budget_reaches_all_in_turn_and_is_kept() {
    let many = Many::new(&["a", "b", "c"]);
    let order: Vec<PathBuf> = many
        .registered()
        .as_object()
        .unwrap()
        .values()
        .map(|one| PathBuf::from(one["common_dir"].as_str().unwrap()))
        .collect();
    fifo(&order[0].join("HEAD"));
    let begun = Instant::now();
    let first = many
        .world
        .tend(["tick", "--json", "--budget", "1s"])
        .code(1)
        .json();
    let took = begun.elapsed();
    // One second and its grace of another; the rest is this machine's.
    assert!(
        took >= Duration::from_secs(2) && took < Duration::from_secs(10),
        "{took:?}"
    );
    let visits = first["repositories"].as_array().unwrap();
    assert_eq!((visits.len(), &first["left"]), (1, &2.into()), "{first}");
    assert_eq!(visits[0]["error"], "ended: it took longer than the budget");

    let second = many.world.tend(["tick", "--json", "--budget", "1s"]).json();
    let visited = second["repositories"][0]["repository"].as_str().unwrap();
    assert_eq!(Path::new(visited), order[1], "{second}");
    assert_eq!(second["repositories"][0]["outcome"], "visited", "{second}");
}

#[test]
fn a_second_tick_leaves_at_once() {
    let many = Many::new(&["hung"]);
    fifo(&many.path("hung").join(".git/HEAD"));
    let mut first = many.world.tend_command();
    let first = first
        .args(["tick", "--budget", "30s"])
        .stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    let lock = many.world.home().join(".state/git-tend/tick.lock");
    until(20, "the first tick visits somebody", || {
        fs::read(&lock).ok().filter(|text| !text.is_empty())
    });
    let second = many.world.tend(["tick"]).code(0);
    assert!(
        second.stderr.contains("another tick is at work"),
        "{}",
        second.stderr
    );
    assert_eq!(
        many.world.tend(["tick", "--json"]).code(0).json()["busy"],
        true
    );
    assert_eq!(many.world.tend(["tick", "--quiet"]).code(0).stderr, "");

    // A request to stop ends the visit, hung or not, and the round.
    let pid = rustix::process::Pid::from_child(&first);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = until(8, "the first tick ends", || first.try_wait().unwrap());
    assert_eq!(ended.code(), Some(130));
}

#[test]
fn what_vanished_is_skipped_and_after_a_week_forgotten() {
    let many = Many::new(&["a", "b"]);
    fs::rename(many.path("a"), many.path("away")).unwrap();
    let tick = |now: &str| {
        many.world
            .tend_with(&[("TEND_NOW", now)], ["tick", "--quiet"])
            .code(0)
    };
    assert_eq!(tick("2026-11-01T12:00:00Z").stderr, "");
    assert_eq!(tick("2026-11-08T11:59:00Z").stderr, "");
    assert_eq!(many.registered().as_object().unwrap().len(), 2);
    // Back, and away again: the week begins anew.
    fs::rename(many.path("away"), many.path("a")).unwrap();
    assert_eq!(tick("2026-11-08T12:30:00Z").stderr, "");
    assert!(many.is_done("a"));
    fs::rename(many.path("a"), many.path("away")).unwrap();
    assert_eq!(tick("2026-11-09T12:00:00Z").stderr, "");
    assert_eq!(tick("2026-11-16T11:59:00Z").stderr, "");
    let said = tick("2026-11-16T12:00:00Z").stderr;
    assert!(
        many.world
            .scrub(&said)
            .starts_with("warning: [WORLD]/a/.git: gone for a week, and forgotten"),
        "{said}"
    );
    assert_eq!(many.registered().as_object().unwrap().len(), 1);
    assert_eq!(tick("2026-11-16T13:00:00Z").stderr, "");
}

#[test]
fn linked_worktrees_are_visited_too_and_forgotten_when_they_are_gone() {
    let many = Many::new(&["a"]);
    many.git(
        "a",
        &["worktree", "add", "--quiet", "-b", "side", "../side"],
    );
    assert!(many.tend("side", &["install-cron"]).status.success());
    let visited = || {
        let json = many.world.tend(["tick", "--json"]).code(0).json();
        let visits = json["repositories"].as_array().unwrap().iter();
        visits
            .map(|visit| {
                let folder = many.world.scrub(visit["folder"].as_str().unwrap());
                format!("{folder} {}", visit["outcome"].as_str().unwrap())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(visited(), ["[WORLD]/a visited", "[WORLD]/side visited"]);
    fs::remove_dir_all(many.path("side")).unwrap();
    assert_eq!(visited(), ["[WORLD]/a visited", "[WORLD]/side vanished"]);
    assert_eq!(visited(), ["[WORLD]/a visited"]);
}

#[test]
fn a_bare_repository_is_visited() {
    let many = Many::new(&["a"]);
    many.git("a", &["clone", "--quiet", "--bare", ".", "../bare"]);
    assert!(many.tend("bare", &["install-cron"]).status.success());
    assert_eq!(many.quiet_tick(), [""; 0]);
    assert!(many.is_done("bare"), "{:?}", many.states("bare"));
}

#[test]
fn a_commit_made_without_hooks_is_found() {
    let many = Many::new(&["a"]);
    let path = many.path("a");
    fs::write(
        path.join("tend.toml"),
        "[defaults]\nbuiltin = false\n[task.codebase_quick]\non = [\"post-commit\"]\nenabled = true\n",
    )
    .unwrap();
    many.git(
        "a",
        &["commit", "--quiet", "--all", "--message", "Configure"],
    );
    assert_eq!(many.quiet_tick(), [""; 0]);
    let before = many.states("a").len();
    many.git(
        "a",
        &["commit", "--quiet", "--allow-empty", "--message", "More"],
    );
    assert_eq!(many.quiet_tick(), [""; 0]);
    assert_eq!(many.states("a").len(), before + 1);
}

#[test]
fn a_damaged_registry_is_said_once_and_kept() {
    let many = Many::new(&["a"]);
    fs::write(many.registry(), "{\"schema\":1").unwrap();
    let said = many.world.tend(["tick", "--quiet"]).code(0).stderr;
    assert!(
        said.contains("the registry of repositories was damaged"),
        "{said}"
    );
    assert_eq!(many.world.tend(["tick", "--quiet"]).code(0).stderr, "");
    let aside = many.registry().with_extension("json.damaged");
    assert_eq!(fs::read_to_string(aside).unwrap(), "{\"schema\":1");
    let doctor = many.tend("a", &["doctor"]).stdout;
    assert!(String::from_utf8_lossy(&doctor).contains("the registry was damaged"));
    assert!(many.tend("a", &["install-cron"]).status.success());
    assert_eq!(many.registered().as_object().unwrap().len(), 1);
}

#[test]
fn where_nothing_is_registered_it_says_what_to_type() {
    let many = Many::new(&[]);
    let ran = many.world.tend(["tick"]).code(0);
    assert!(
        ran.stderr.contains("no repository is registered"),
        "{}",
        ran.stderr
    );
    many.add("a");
    let unregistered = World::new();
    let mut tick = many.world.tend_command();
    let output = tick
        .current_dir(unregistered.repo())
        .arg("tick")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("this repository is not registered · git tend tick --here"),
        "{said}"
    );
    assert!(!unregistered.state_dir().exists());
    assert!(many.is_done("a"));
}
