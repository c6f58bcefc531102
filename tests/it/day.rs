//! A long working day: hundreds of commits, amends, rebases, merges and pushes in several worktrees at once.
//!
//! `TEND_DAY_REPO=/path/to/a/clone cargo test --test it day` replays it in a clone of that repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{World, until};

const STEPS: usize = 300;
const PARALLEL: usize = 40;

/// A small generator of numbers: the day is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

struct Day {
    world: World,
    /// The worktrees, the main one first.
    places: Vec<PathBuf>,
    /// Commits that were made and are there to stay, unless they are replaced.
    made: BTreeSet<String>,
    /// Commits that others took the place of: whether their jobs ran depends on who was faster.
    replaced: BTreeSet<String>,
    files: usize,
}

impl Day {
    fn begin() -> Self {
        let mut world = World::bare_folder();
        match std::env::var_os("TEND_DAY_REPO") {
            Some(origin) => {
                world.git([
                    Path::new("clone"),
                    Path::new("--quiet"),
                    Path::new("--no-local"),
                    Path::new(&origin),
                    Path::new("../day"),
                ]);
                fs::remove_dir(world.repo()).unwrap();
                world.enter("day");
                world.git(["switch", "--quiet", "--force-create", "main"]);
            }
            None => {
                world.git(["init", "--quiet", "--initial-branch=main"]);
            }
        }
        let ledger = world.folder().join("ledger");
        world.write(
            "tend.toml",
            format!(
                "[defaults]\nbuiltin = false\n\
                 [task.each]\nrun = [\"sh\", \"-c\", \"echo each $TEND_COMMIT >> {0}\"]\non = [\"post-commit\"]\ncoalesce = \"each\"\nworkspace = \"worktree\"\n\
                 [task.latest]\nrun = [\"sh\", \"-c\", \"echo latest $TEND_COMMIT >> {0}\"]\non = [\"pre-commit\"]\nworkspace = \"worktree\"\n\
                 [task.pushed]\nrun = [\"sh\", \"-c\", \"echo pushed $TEND_COMMIT >> {0}\"]\non = [\"pre-push\"]\ncoalesce = \"each\"\nworkspace = \"worktree\"\n",
                ledger.display()
            ),
        );
        world.commit("Configure");
        let shared = world.folder().join("shared.git");
        world.git(["init", "--quiet", "--bare", shared.to_str().unwrap()]);
        world.git(["remote", "add", "shared", shared.to_str().unwrap()]);
        world.git(["push", "--quiet", "shared", "main"]);
        let ran = world.tend(["install-hooks"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        world.tend(["trust", "--yes"]).code(0);
        let mut places = vec![world.repo().to_path_buf()];
        for name in ["left", "right"] {
            let place = world.folder().join(name);
            world.git([
                "worktree",
                "add",
                "--quiet",
                "-b",
                name,
                place.to_str().unwrap(),
            ]);
            places.push(place);
        }
        Self {
            world,
            places,
            made: BTreeSet::new(),
            replaced: BTreeSet::new(),
            files: 0,
        }
    }

    fn command(&self, place: &Path, args: &[&str]) -> Command {
        let mut command = self.world.command("git");
        command.current_dir(place).args(args);
        command
    }

    #[track_caller]
    fn git(&self, place: &Path, args: &[&str]) -> String {
        let output = self.command(place, args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {said}");
        for line in said.lines().filter(|line| line.starts_with("tend:")) {
            assert!(
                line.contains("queued") || line.contains("dropped"),
                "{line}"
            );
        }
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn head(&self, place: &Path) -> String {
        self.git(place, &["rev-parse", "HEAD"])
    }

    fn commit(&mut self, place: &Path) {
        self.files += 1;
        fs::write(place.join(format!("file-{}", self.files)), "x").unwrap();
        self.git(place, &["add", "--all"]);
        self.git(place, &["commit", "--quiet", "-m", "work"]);
        self.made.insert(self.head(place));
    }

    fn step(&mut self, dice: &mut Dice) {
        let place = self.places[usize::try_from(dice.below(3)).unwrap()].clone();
        match dice.below(20) {
            0 | 1 => self.amend(&place),
            2 => self.rebase(&place),
            3 => self.merge(&place),
            4 => {
                self.git(&place, &["push", "--quiet", "--force", "shared", "HEAD"]);
            }
            5 => self.revert(&place),
            _ => self.commit(&place),
        }
        assert_eq!(self.git(&place, &["status", "--porcelain"]), "");
    }

    fn amend(&mut self, place: &Path) {
        let before = self.head(place);
        if self.made.contains(&before) {
            self.git(place, &["commit", "--quiet", "--amend", "-m", "better"]);
            self.replaced.insert(before);
            self.made.insert(self.head(place));
        }
    }

    fn revert(&mut self, place: &Path) {
        let parents = self.git(place, &["show", "--no-patch", "--format=%P", "HEAD"]);
        if parents.split(' ').count() == 1 && self.made.contains(&self.head(place)) {
            self.git(place, &["revert", "--no-edit", "HEAD"]);
            self.made.insert(self.head(place));
        }
    }

    /// The last three commits again, under other messages.
    fn rebase(&mut self, place: &Path) {
        let mine = self.git(place, &["log", "--first-parent", "--format=%H %P", "-3"]);
        let plain = mine.lines().all(|line| {
            line.split(' ').count() == 2 && self.made.contains(line.split(' ').next().unwrap())
        });
        if mine.lines().count() == 3 && plain {
            let old: Vec<String> = mine
                .lines()
                .map(|line| line.split(' ').next().unwrap().to_owned())
                .collect();
            self.git(place, &["rebase", "--quiet", "--force-rebase", "HEAD~3"]);
            let tip = self.head(place);
            // The same second gives the same commits.
            if tip != old[0] {
                self.replaced.extend(old);
                self.made.insert(tip);
            }
        }
    }

    fn merge(&mut self, place: &Path) {
        let branch = self.git(place, &["rev-parse", "--abbrev-ref", "HEAD"]);
        let other = if branch == "left" { "right" } else { "left" };
        let before = self.head(place);
        self.git(place, &["merge", "--quiet", "--no-edit", "--no-ff", other]);
        let tip = self.head(place);
        if tip != before {
            self.made.insert(tip);
        }
    }

    /// Many worktrees commit at once.
    fn rush(&mut self) {
        let mut places = Vec::new();
        for number in 0..PARALLEL {
            let place = self.world.folder().join(format!("rush-{number}"));
            let args = [
                "worktree",
                "add",
                "--quiet",
                "--no-checkout",
                "-b",
                &format!("rush-{number}"),
                place.to_str().unwrap(),
            ];
            self.git(&self.places[0], &args);
            // The index knows all files; of these only the configuration needs to be there.
            self.git(&place, &["read-tree", "HEAD"]);
            fs::copy(self.places[0].join("tend.toml"), place.join("tend.toml")).unwrap();
            places.push(place);
        }
        let children: Vec<_> = places
            .iter()
            .map(|place| {
                let message = place.display().to_string();
                self.command(
                    place,
                    &["commit", "--quiet", "--allow-empty", "-m", &message],
                )
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        for place in &places {
            let tip = self.head(place);
            self.made.insert(tip);
        }
    }

    fn jobs(&self) -> Vec<Value> {
        let all = self.world.tend(["queue", "--all", "--json"]).code(0).json();
        all["jobs"].as_array().unwrap().clone()
    }

    fn end(&self) {
        // What the detached drains had no time for, and whatever a busy moment left to reconciliation.
        until(60, "every job ends", || {
            self.world.tend(["drain", "--quiet"]).code(0);
            let waits = |job: &Value| {
                ["queued", "running", "blocked"].contains(&job["state"].as_str().unwrap())
            };
            (!self.jobs().iter().any(waits)).then_some(())
        });
        let ledger = fs::read_to_string(self.world.folder().join("ledger")).unwrap();
        let mut ran: BTreeMap<&str, usize> = BTreeMap::new();
        for line in ledger.lines() {
            *ran.entry(line).or_default() += 1;
        }
        let twice: Vec<_> = ran
            .iter()
            .filter(|(line, count)| line.starts_with("each") && **count > 1)
            .collect();
        assert!(twice.is_empty(), "{twice:?}");
        let stay = self.made.difference(&self.replaced);
        let lost: Vec<_> = stay
            .filter(|commit| !ran.contains_key(format!("each {commit}").as_str()))
            .collect();
        assert!(
            lost.is_empty(),
            "{} of {} are lost: {lost:?}",
            lost.len(),
            self.made.len()
        );
        let strange: Vec<_> = ran
            .keys()
            .filter_map(|line| line.strip_prefix("each "))
            .filter(|commit| !self.made.contains(*commit) && !self.replaced.contains(*commit))
            .collect();
        assert!(
            strange.is_empty(),
            "jobs on commits that nobody made: {strange:?}"
        );
        for job in self.jobs() {
            let state = job["state"].as_str().unwrap();
            assert!(["done", "superseded"].contains(&state), "{job}");
        }
    }
}

#[test]
fn the_right_jobs_run_on_the_right_commits_all_day() {
    let mut day = Day::begin();
    let mut dice = Dice(1);
    for step in 0..STEPS {
        if step == STEPS / 2 {
            day.rush();
        }
        day.step(&mut dice);
    }
    day.end();
}
