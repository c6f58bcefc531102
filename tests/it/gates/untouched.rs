//! What is the user's stays as it is, byte for byte, whatever gates do and whoever is killed.
//!
//! `TEND_GATE_RUNS` says how many runs there are, and `TEND_GATE_SEED` which.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// What a run is to come to.
const FATES: [&str; 8] = [
    "pass",
    "fail",
    "slow",
    "kill hook",
    "kill supervisor",
    "kill gate",
    "kill everything",
    "real git",
];

/// Does what a file outside says at the moment.
const OBEYS: &str = r#"["sh", "-c", "echo x >> '[RUNS]/runs'; while [ \"$(cat '[RUNS]/fate')\" = slow ]; do sleep 0.02; done; read fate < '[RUNS]/fate'; [ \"$fate\" = pass ]"]"#;

/// The generator of Marsaglia, 2003.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() >> 11).unwrap() % bound
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A file: its mode, when it was written, and what is in it or where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    mode: u32,
    modified: (i64, i64),
    bytes: Vec<u8>,
}

type Picture = BTreeMap<PathBuf, File>;

/// Everything in a repository but objects and what is ours.
fn picture(world: &World) -> Picture {
    let mut picture = Picture::new();
    let mut folders = vec![world.repo().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git/tend") || path.ends_with(".git/objects") {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).unwrap();
            let is_folder = metadata.is_dir();
            let bytes = if is_folder {
                folders.push(path.clone());
                Vec::new()
            } else if metadata.is_symlink() {
                fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes()
            } else {
                fs::read(&path).unwrap()
            };
            // That something was made in a folder and is gone again does no harm.
            let modified = if is_folder {
                (0, 0)
            } else {
                (metadata.mtime(), metadata.mtime_nsec())
            };
            let mode = metadata.mode();
            let file = File {
                mode,
                modified,
                bytes,
            };
            picture.insert(path, file);
        }
    }
    picture
}

#[track_caller]
fn same(before: &Picture, after: &Picture, what: &str) {
    let paths = before.keys().chain(after.keys());
    let different: Vec<&PathBuf> = paths
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    assert!(different.is_empty(), "{what}: {different:#?}");
}

/// A repository with a gate that obeys.
fn bench() -> Bench {
    let world = World::bare_folder();
    world.git(["init", "--quiet", "--initial-branch=main", "--template="]);
    // Git tidies behind its own back after some thousand objects.
    world.git(["config", "gc.auto", "0"]);
    world.git(["config", "maintenance.auto", "false"]);
    let bench = Bench::of(world, &[("obeys", OBEYS, "")], "60s", "");
    let text = bench.config(&[("obeys", OBEYS, "")], &["pre-commit"], "1s", "");
    bench.world.write("tend.toml", text);
    bench
}

/// Changes the worktree and the index as people do.
fn meddle(bench: &Bench, dice: &mut Dice, number: usize) {
    let world = &bench.world;
    let name = format!("src/{}/f{}.txt", dice.below(3), dice.below(6));
    let path = world.repo().join(&name);
    let text = format!("{number} {}\n", dice.roll()).repeat(1 + dice.below(40));
    match dice.below(9) {
        0 => world.write(&name, text),
        1 => {
            world.write(&name, text);
            world.git(["reset", "--quiet", "--", &name]);
            world.git(["add", "--intent-to-add", "--force", &name]);
        }
        2 => {
            let _ = fs::remove_file(&path);
        }
        3 => {
            world.git([
                "rm",
                "--quiet",
                "--cached",
                "--ignore-unmatch",
                "--force",
                &name,
            ]);
        }
        4 => {
            world.write(&name, &text);
            world.git(["add", &name]);
            world.write(&name, text + "more\n");
        }
        5 => {
            world.write(&name, text);
            let mode = dice.one_of(&[0o600, 0o644, 0o755]);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        6 => {
            let _ = fs::remove_file(&path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink("../a.txt", &path).unwrap();
            world.git(["add", &name]);
        }
        7 => world.write(&format!("untracked/{}", dice.below(9)), text),
        _ => {
            world.write(&name, text);
            world.git(["add", "--all"]);
        }
    }
    // A tree that was never judged.
    world.write("src/number", number.to_string());
    world.git(["add", "src/number"]);
}

/// The hook, as git calls it.
fn hook(bench: &Bench, index: &Path) -> Child {
    bench
        .world
        .tend_command()
        .args(["hook", "--shim", ".git/hooks/pre-commit", "pre-commit"])
        .env("GIT_INDEX_FILE", index)
        .env("GIT_EDITOR", ":")
        .env("GIT_PREFIX", "")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The processes below one, nearest first.
fn below(process: u32) -> Vec<u32> {
    let mut found = vec![process];
    let mut at = 0;
    while let Some(process) = found.get(at) {
        let path = format!("/proc/{process}/task/{process}/children");
        let children = fs::read_to_string(path).unwrap_or_default();
        found.extend(
            children
                .split_whitespace()
                .map(|id| id.parse::<u32>().unwrap()),
        );
        at += 1;
    }
    found.remove(0);
    found
}

fn kill(process: u32) {
    let id = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    // It may be gone already.
    let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
}

/// Kills some of a hook's processes at some moment of its life.
fn kill_some(hook: &mut Child, fate: &str, dice: &mut Dice) {
    let moment = Duration::from_micros(dice.roll() % 160_000);
    let started = Instant::now();
    until(30, "the moment", || {
        (started.elapsed() >= moment || hook.try_wait().unwrap().is_some()).then_some(())
    });
    let processes = below(hook.id());
    match fate {
        "kill hook" => kill(hook.id()),
        "kill supervisor" => processes.iter().take(1).copied().for_each(kill),
        "kill gate" => processes.iter().rev().take(1).copied().for_each(kill),
        _ => {
            kill(hook.id());
            processes.iter().copied().for_each(kill);
        }
    }
}

/// A commit of one of the kinds that there are; the hooks themselves look whether ours touched anything.
fn commit(bench: &Bench, dice: &mut Dice) {
    let kinds: [&[&str]; 4] = [&[], &["--all"], &["--", "src/number"], &["--amend"]];
    let mut words = vec!["commit", "--quiet", "--message", "random"];
    words.extend(dice.one_of(&kinds));
    let stashed = bench.world.git(["rev-parse", "stash"]);
    let ran = bench.try_git(&words);
    assert!(ran.code == 0 || ran.code == 1, "{}", ran.stderr);
    assert_eq!(bench.world.git(["rev-parse", "stash"]), stashed);
}

fn number(name: &str, otherwise: u64) -> u64 {
    let said = std::env::var(name).ok();
    said.map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn nothing_of_the_users_is_touched() {
    let runs = usize::try_from(number("TEND_GATE_RUNS", 60)).unwrap();
    let mut dice = Dice(number("TEND_GATE_SEED", 0x9E37_79B9_7F4A_7C15));
    let bench = bench();
    let fate_file = bench.runs_folder().join("fate");
    let mut came = BTreeMap::<&str, usize>::new();
    let mut last = picture(&bench.world);
    for run in 0..runs {
        // What an earlier run left behind has done nothing since.
        same(&last, &picture(&bench.world), &format!("behind run {run}"));
        meddle(&bench, &mut dice, run);
        let drawn = dice.below(100);
        // The first few are chosen, so that there is one of each.
        let chosen = FATES.get(run).copied();
        let fate = chosen.unwrap_or_else(|| match drawn {
            0..40 => "pass",
            40..60 => "fail",
            60..62 => "slow",
            62..96 => dice.one_of(&FATES[3..7]),
            _ => "real git",
        });
        let does = match fate {
            "pass" | "fail" | "slow" => fate,
            _ => dice.one_of(&["pass", "fail", "slow"]),
        };
        let does = if fate == "real git" { "pass" } else { does };
        fs::write(&fate_file, format!("{does}\n")).unwrap();
        if fate == "real git" {
            commit(&bench, &mut dice);
            last = picture(&bench.world);
            *came.entry(fate).or_default() += 1;
            continue;
        }
        // An index of its own, as `commit --all` has it.
        let own = bench.world.repo().join(".git/index.lock");
        let index = match dice.below(4) {
            0 => {
                fs::copy(bench.world.repo().join(".git/index"), &own).unwrap();
                own.as_path()
            }
            _ => Path::new(".git/index"),
        };
        let before = picture(&bench.world);
        let mut child = hook(&bench, index);
        if fate.starts_with("kill") {
            kill_some(&mut child, fate, &mut dice);
            fs::write(&fate_file, "pass\n").unwrap();
        }
        let ran = Ran::new(&child.wait_with_output().unwrap());
        let what = format!("run {run}: {fate}, {does}, {}: {}", ran.code, ran.stderr);
        same(&before, &picture(&bench.world), &what);
        match fate {
            "pass" | "fail" if ran.stderr.contains('…') => {
                // A busy machine may make anything slow.
                assert_eq!(ran.code, 0, "{what}");
                *came.entry("too slow").or_default() += 1;
            }
            "fail" => assert_eq!(ran.code, 1, "{what}"),
            "pass" | "slow" => assert_eq!(ran.code, 0, "{what}"),
            _ => {}
        }
        // Those that go on behind git's back come to an end.
        fs::write(&fate_file, "pass\n").unwrap();
        let _ = fs::remove_file(&own);
        last = picture(&bench.world);
        *came.entry(fate).or_default() += 1;
    }
    bench.quiet();
    same(&last, &picture(&bench.world), "at the end");
    bench.world.git(["fsck", "--no-dangling"]);
    eprintln!("{runs} runs: {came:?}, {} of the gate", bench.runs("runs"));
    if runs >= FATES.len() {
        assert!(FATES.iter().all(|fate| came.contains_key(fate)), "{came:?}");
        let too_slow = came.get("too slow").copied().unwrap_or_default();
        assert!(too_slow * 4 < runs, "most come to a verdict: {came:?}");
    }
}
