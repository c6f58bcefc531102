//! Merges, borders, and commits of others.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use super::*;

/// A task over histories that git's own import makes.
struct Imported {
    bench: Bench,
    commits: Vec<String>,
}

impl Imported {
    /// Commits with these parents, the first of which is the root; those of which `is_bad` have a file `broken`.
    fn new(parents: &[Vec<usize>], is_bad: &[bool]) -> Self {
        let bench = Bench::new(INTACT);
        let config = fs::read_to_string(bench.world.repo().join("tend.toml")).unwrap();
        let mut stream = String::new();
        for (number, (parents, is_bad)) in parents.iter().zip(is_bad).enumerate() {
            let _ = write!(
                stream,
                "commit refs/heads/made\nmark :{}\ncommitter T <t@example.org> {} +0000\ndata 0\n",
                number + 1,
                1_700_000_000 + number * 60
            );
            for (index, parent) in parents.iter().enumerate() {
                let word = if index == 0 { "from" } else { "merge" };
                let _ = writeln!(stream, "{word} :{}", parent + 1);
            }
            assert!(!parents.is_empty() || number == 0, "one root");
            let mut file = |path: &str, text: &str| {
                let _ = write!(
                    stream,
                    "M 100644 inline {path}\ndata {}\n{text}\n",
                    text.len()
                );
            };
            file("tend.toml", &config);
            file("number", &number.to_string());
            if *is_bad {
                file("broken", "");
            } else {
                stream.push_str("D broken\n");
            }
            stream.push('\n');
        }
        let marks = bench.world.folder().join("marks");
        let mut import = bench
            .world
            .command("git")
            .args(["fast-import", "--quiet", "--force"])
            .arg(format!("--export-marks={}", marks.display()))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        import
            .stdin
            .take()
            .unwrap()
            .write_all(stream.as_bytes())
            .unwrap();
        assert!(import.wait().unwrap().success());
        let mut commits = vec![String::new(); parents.len()];
        for line in fs::read_to_string(marks).unwrap().lines() {
            let (mark, id) = line.split_once(' ').unwrap();
            let number: usize = mark[1..].parse().unwrap();
            id.clone_into(&mut commits[number - 1]);
        }
        bench.world.git(["reset", "--quiet", "--hard", "made"]);
        bench
            .world
            .tend(["trust", "--ref", "refs/heads/made", "--yes"])
            .code(0);
        Self { bench, commits }
    }

    /// What git finds, and with how many runs.
    fn by_git(&self) -> (String, usize) {
        let world = &self.bench.world;
        let last = self.commits.last().unwrap();
        world.git(["bisect", "start", last, &self.commits[0]]);
        let runs = world.folder().join("git-runs");
        let script = format!("echo x >>{}; test ! -e broken", runs.display());
        world.git(["bisect", "run", "sh", "-c", &script]);
        let found = world.git(["rev-parse", "refs/bisect/bad"]);
        world.git(["bisect", "reset"]);
        let runs = fs::read_to_string(runs).unwrap_or_default();
        (found.trim().to_owned(), runs.lines().count())
    }
}

/// Which commits lead from `culprit`.
fn after(parents: &[Vec<usize>], culprit: usize) -> Vec<bool> {
    let mut found = vec![false; parents.len()];
    for (number, parents) in parents.iter().enumerate() {
        found[number] = number == culprit || parents.iter().any(|parent| found[*parent]);
    }
    found
}

#[test]
fn a_side_branch_is_looked_into() {
    // 0 - 1 - 2 - 3 ------- 8 - 9, with 4 - 5 - 6 - 7 from 1 into 8.
    let parents = vec![
        vec![],
        vec![0],
        vec![1],
        vec![2],
        vec![1],
        vec![4],
        vec![5],
        vec![6],
        vec![3, 7],
        vec![8],
    ];
    for culprit in [5, 7, 8, 9, 2] {
        let made = Imported::new(&parents, &after(&parents, culprit));
        let found = made.bench.now(&made.commits[0], &[], 0);
        assert_eq!(
            found["commit"]["id"],
            made.commits[culprit].as_str(),
            "{found:#}"
        );
    }
}

#[test]
fn it_is_the_commit_that_git_finds() {
    let mut state: u64 = 7;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for history in 0..20 {
        let length = 12 + draw(30);
        let mut parents: Vec<Vec<usize>> = vec![Vec::new()];
        for number in 1..length {
            let recent = |draw: &mut dyn FnMut(usize) -> usize| number - 1 - draw(number.min(5));
            let mut own = vec![number - 1 - if draw(3) == 0 { draw(number.min(6)) } else { 0 }];
            if draw(3) == 0 {
                let other = recent(&mut draw);
                if !own.contains(&other) {
                    own.push(other);
                }
            }
            parents.push(own);
        }
        // Whatever was left aside is merged at the end.
        let mut has_child = vec![false; length];
        parents
            .iter()
            .flatten()
            .for_each(|parent| has_child[*parent] = true);
        let tips: Vec<usize> = (0..length).filter(|number| !has_child[*number]).collect();
        parents.push(tips);
        let is_bad = after(&parents, 1 + draw(length));
        let made = Imported::new(&parents, &is_bad);
        let (expected, runs) = made.by_git();
        let found = made.bench.now(&made.commits[0], &[], 0);
        assert_eq!(
            found["commit"]["id"],
            expected.as_str(),
            "{history}: {found:#}"
        );
        // Ours looks at both ends first.
        assert!(
            made.bench.runs() <= runs + 3,
            "{history}: {} and {runs}",
            made.bench.runs()
        );
    }
}

#[test]
fn commits_of_others_wait_for_the_user() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    let folder = bench.world.folder().join("theirs");
    let theirs = folder.to_str().unwrap();
    bench.world.git(["clone", "--quiet", ".", theirs]);
    for number in 0..6 {
        let file = if number == 3 { "broken" } else { "number" };
        fs::write(folder.join(file), number.to_string()).unwrap();
        bench.world.git(["-C", theirs, "add", "--all"]);
        bench
            .world
            .git(["-C", theirs, "commit", "--quiet", "--message", "theirs"]);
    }
    bench
        .world
        .git(["pull", "--quiet", "--ff-only", theirs, "main"]);
    let culprit = bench.world.git(["rev-parse", "HEAD~2"]).trim().to_owned();
    let ran = bench.bisect(&["--now", "--good", &good]).code(3);
    assert!(ran.stdout.contains("held"), "{}", ran.stdout);
    assert!(ran.stdout.contains("not made here"), "{}", ran.stdout);
    let before = bench.runs();
    bench.world.tend(["drain", "--quiet"]).code(0);
    assert_eq!(bench.runs(), before, "nothing of theirs runs");
    bench
        .world
        .tend(["trust", "--ref", "refs/heads/main", "--yes"])
        .code(0);
    bench.world.tend(["drain", "--quiet"]);
    let found = bench.newest();
    assert_eq!(found["commit"]["id"], culprit.as_str(), "{found:#}");
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    bench.line(8, 2);
    let mut world = bench.world;
    let from = format!("file://{}", world.repo().display());
    let shallow = world.folder().join("shallow");
    world.git([
        "clone",
        "--quiet",
        "--depth",
        "4",
        &from,
        shallow.to_str().unwrap(),
    ]);
    world.enter("shallow");
    let bench = Bench { world };
    bench.world.tend(["trust", "--yes"]).code(0);
    let ran = bench.bisect(&["--good", &good]).code(2);
    assert!(ran.stderr.contains("no commit"), "{}", ran.stderr);
    // A merge of something that has no beginning here.
    bench.world.git(["switch", "--quiet", "--orphan", "other"]);
    bench
        .world
        .git(["checkout", "--quiet", "main", "--", "tend.toml"]);
    let good = bench.world.commit("fine");
    bench.world.git([
        "merge",
        "--quiet",
        "--allow-unrelated-histories",
        "--strategy=ours",
        "-m",
        "merge",
        "main",
    ]);
    bench.world.write("broken", "");
    bench.world.commit("broken");
    let ran = bench.bisect(&["--good", "HEAD~4", "--bad", "HEAD"]);
    assert!(ran.code == 2, "{}", ran.stderr);
    bench
        .world
        .tend(["trust", "--ref", "refs/heads/other", "--yes"])
        .code(0);
    let ended = bench.now(&good, &[], 0);
    assert_eq!(ended["commit"]["id"], bench.head().as_str(), "{ended:#}");
    // All that came with the merge is broken: where it began is not here.
    let tip = bench.world.git(["rev-parse", "HEAD~1^2"]).trim().to_owned();
    bench.world.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    bench
        .world
        .git(["checkout", "--quiet", &tip, "--", "broken"]);
    bench
        .world
        .git(["commit", "--quiet", "--amend", "--no-edit"]);
    let ended = bench.now(&good, &[], 1);
    let reason = ended["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("--unshallow"), "{ended:#}");
}
