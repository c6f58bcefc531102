//! Four weeks of somebody's work, as the journal of our snippets has it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::support::{Ran, World};

/// A Tuesday.
pub const NOW: &str = "2026-03-31T12:00:00Z";
pub const SECRETS: [&str; 4] = [
    "curl -H 'Authorization: Bearer s3cr3tb34r3rt0k3n' https://api.example.org/v1",
    "mysql --password=hunter2hunter2 -e 'select 1'",
    "export AWS_SECRET_ACCESS_KEY=AKIAIOSFODNN7EXAMPLEKEY",
    " echo nobodyshallseethis",
];

/// What is typed, as the journal of our snippets has it.
#[derive(Default)]
pub struct Journal(pub Vec<(i64, String)>);

impl Journal {
    pub fn typed(&mut self, at: Timestamp, session: &str, folder: &Path, ms: i64, command: &str) {
        let begin = at.as_millisecond();
        let end = begin + ms;
        let time = |ms: i64| format!("{}.{:03}000", ms / 1000, ms % 1000);
        let mut record = String::new();
        let folder = folder.display();
        writeln!(
            record,
            "tend1\0{}\0{}\0-\x000\0{session}\0{folder}\0={command}\0",
            time(begin),
            time(end)
        )
        .unwrap();
        self.0.push((begin, record));
    }

    pub fn write(mut self, world: &World) {
        self.0.sort();
        let folder = data(world);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("shell-journal");
        let text: String = self.0.into_iter().map(|(_, record)| record).collect();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

pub fn data(world: &World) -> PathBuf {
    world.home().join(".data/git-tend")
}

/// Runs the binary at a moment, where the binary is on the search path, as it is once it is installed.
pub fn at(world: &World, moment: &str, args: &[&str]) -> Ran {
    let mut command = world.tend_command();
    command
        .env("TEND_NOW", moment)
        .env("PATH", path())
        .args(args);
    Ran::new(&command.output().unwrap())
}

pub fn tend(world: &World, args: &[&str]) -> Ran {
    at(world, NOW, args)
}

pub fn path() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_git-tend")).parent().unwrap();
    let mut folders = vec![own.to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    std::env::join_paths(folders).unwrap()
}

/// Four weeks in which the same things were done, and others.
pub fn world() -> World {
    let world = World::new();
    world.write("words.txt", "pear\napple\nfig\napple\n");
    world.write("sub/parts.txt", "b\na\n");
    world.commit("words");
    let mut journal = Journal::default();
    let repo = fs::canonicalize(world.repo()).unwrap();
    let day = |ago: i64, hour: i64| {
        let midnight: Timestamp = "2026-03-31T00:00:00Z".parse().unwrap();
        midnight - SignedDuration::from_hours(24 * ago) + SignedDuration::from_hours(hour)
    };
    let words = ["apple", "fig", "pear", "plum", "quince"];
    for ago in 1..=28_i64 {
        let mut moment = day(ago, 10) + SignedDuration::from_secs(ago * 37 % 3000);
        let session = format!("day-{ago}");
        let mut typed = |journal: &mut Journal, ms: i64, command: &str| {
            journal.typed(moment, &session, &repo, ms, command);
            moment += SignedDuration::from_secs(45);
        };
        typed(&mut journal, 20_000, "sort words.txt > sorted.txt");
        typed(&mut journal, 40_000, "uniq -c sorted.txt > counted.txt");
        if ago % 3 == 0 {
            typed(&mut journal, 30, "ls -la");
        }
        let sought = words[usize::try_from(ago % 5).unwrap()];
        typed(
            &mut journal,
            15_000,
            &format!("grep -c {sought} counted.txt > hits.txt"),
        );
        typed(
            &mut journal,
            25_000,
            &format!("grep -n {sought} words.txt > lines.txt"),
        );
        if ago % 9 == 0 {
            for secret in SECRETS {
                typed(&mut journal, 100, secret);
            }
        }
        // Mondays at nine.
        if ago % 7 == 1 {
            let moment = day(ago, 9) + SignedDuration::from_secs(ago * 11);
            journal.typed(
                moment,
                "monday",
                &repo,
                900,
                "git shortlog -sn HEAD > AUTHORS.txt",
            );
        }
        if ago % 4 == 0 {
            let moment = day(ago, 15);
            let sub = repo.join("sub");
            journal.typed(moment, "sub", &sub, 900, "sort parts.txt > sorted.txt");
        }
    }
    journal.write(&world);
    tend(&world, &["optimize", "sources", "--on", "shell"]).code(0);
    world
}
