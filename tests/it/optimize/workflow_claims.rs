//! What the analyser of workflows claims, measured: its advice is followed in real task graphs, which are run again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use git_tend::optimize::workflow::{
    Analysis, Change, Origin, Period, Saving, Step, StepRun, Touched, Workflow, analyse,
};
use jiff::Timestamp;

use crate::support::{World, tool};

/// Everything is measured so often, and the fastest counts: other tests keep the machine busy.
const TIMES: usize = 2;
/// Starting programs and a busy machine may cost so much, or a quarter of what is claimed.
const LEEWAY_MS: f64 = 300.0;

/// So often a claim is checked anew: where something else took the machine for a second, no time is what it should be.
const ATTEMPTS: usize = 4;

/// Does it until it holds.
pub fn several_times(claim: fn()) {
    for attempt in 1..=ATTEMPTS {
        match std::panic::catch_unwind(claim) {
            Ok(()) => return,
            Err(why) if attempt == ATTEMPTS => std::panic::resume_unwind(why),
            Err(_) => eprintln!("measured again: the machine may have been busy"),
        }
    }
}

pub fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

fn period() -> Period {
    Period {
        since: now() - 86_400_000,
        until: now(),
    }
}

pub fn is_near(what: &str, claimed: f64, measured: f64) {
    eprintln!("{what}: {claimed:.0} ms claimed, {measured:.0} ms measured");
    let leeway = LEEWAY_MS.max(claimed / 4.0);
    assert!(
        (claimed - measured).abs() <= leeway,
        "{what}: {claimed:.0} ms claimed, {measured:.0} ms measured"
    );
}

fn known(paths: &[&str]) -> Touched {
    Touched::Known(paths.iter().map(|&path| path.to_owned()).collect())
}

/// What is saved each time the workflow runs, if everything that is advised is done.
fn claimed(analysis: &Analysis) -> f64 {
    let savings = analysis.advice.iter().filter_map(|it| match it.saving {
        Saving::PerRunMs(ms) => Some(ms),
        _ => None,
    });
    savings.sum()
}

/// A task as `tend.toml` has it.
#[derive(Clone)]
struct Task {
    name: &'static str,
    seconds: &'static str,
    needs: Vec<&'static str>,
    reads: &'static [&'static str],
    writes: &'static [&'static str],
}

fn task(
    name: &'static str,
    seconds: &'static str,
    needs: &[&'static str],
    reads: &'static [&'static str],
    writes: &'static [&'static str],
) -> Task {
    Task {
        name,
        seconds,
        needs: needs.to_vec(),
        reads,
        writes,
    }
}

/// Eight tasks in a row, as whoever began with one after the other leaves them.
fn tasks() -> Vec<Task> {
    vec![
        task("generate", "0.4", &[], &["schema"], &["gen"]),
        task("format", "0.3", &["generate"], &["src"], &["format.txt"]),
        task("lint", "0.5", &["format"], &["src"], &["lint.txt"]),
        task("build", "0.8", &["lint"], &["src", "gen"], &["bin"]),
        task("unit", "1.0", &["build"], &["bin"], &["unit.xml"]),
        task("docs", "0.7", &["unit"], &["docs"], &["site"]),
        task("audit", "0.6", &["docs"], &["lock"], &["audit.txt"]),
        task(
            "package",
            "0.3",
            &["audit"],
            &["bin", "site"],
            &["package.tar"],
        ),
    ]
}

/// Each task fails unless what it reads is there.
fn configuration(tasks: &[Task], slots: usize) -> String {
    let mut text =
        format!("[queue]\nslots = {slots}\nload_gate = false\n[defaults]\nbuiltin = false\n");
    for task in tasks {
        let reads = task.reads.join(" ");
        let writes = task.writes.join(" ");
        let seconds = task.seconds;
        let script = format!(
            "set -e; for it in {reads}; do test -e $it; done; sleep {seconds}; touch {writes}"
        );
        writeln!(
            text,
            "[task.{}]\nrun = [\"sh\", \"-c\", \"{script}\"]\nworkspace = \"worktree\"\nneeds = {:?}",
            task.name, task.needs
        )
        .unwrap();
    }
    text
}

/// Runs all tasks, where nothing that they write is there yet: the wall time, and each task's.
fn run_all(world: &World, tasks: &[Task], slots: usize) -> (f64, BTreeMap<String, f64>) {
    let mut best: Option<(f64, BTreeMap<String, f64>)> = None;
    for _ in 0..TIMES {
        world.write("tend.toml", configuration(tasks, slots));
        for written in tasks.iter().flat_map(|task| task.writes) {
            let _ = fs::remove_file(world.repo().join(written));
        }
        world.commit("Tasks");
        world.tend(["trust", "--yes"]).code(0);
        let begin = Instant::now();
        let ran = world.tend(["run-all", "--json"]).code(0);
        let took = ms(begin.elapsed());
        let ids: Vec<String> = ran.json()["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect();
        let all = world.tend(["queue", "--all", "--json"]).code(0).json();
        let jobs = all["jobs"].as_array().unwrap().iter();
        let jobs = jobs.filter(|job| ids.iter().any(|id| job["id"] == id.as_str()));
        let each = jobs.map(|job| {
            assert_eq!(job["state"], "done", "{job:#}");
            let at = |field: &str| job[field].as_str().unwrap().parse::<Timestamp>().unwrap();
            let span = at("finished_at").as_millisecond() - at("started_at").as_millisecond();
            let name = job["task"].as_str().unwrap().to_owned();
            (name, f64::from(i32::try_from(span).unwrap()))
        });
        let each: BTreeMap<String, f64> = each.collect();
        assert_eq!(each.len(), tasks.len());
        if best.as_ref().is_none_or(|(fastest, _)| took < *fastest) {
            best = Some((took, each));
        }
    }
    best.unwrap()
}

#[test]
fn tasks_without_needless_needs_are_as_fast_as_claimed() {
    several_times(tasks_without_needless_needs_are_as_fast_as_claimed_once);
}

fn tasks_without_needless_needs_are_as_fast_as_claimed_once() {
    const SLOTS: usize = 3;
    let world = World::new();
    for path in ["schema", "src", "docs", "lock"] {
        world.write(path, "something\n");
    }
    let before = tasks();
    let (took, each) = run_all(&world, &before, SLOTS);
    let place = |name: &str| before.iter().position(|task| task.name == name).unwrap();
    let steps = before.iter().map(|task| Step {
        name: task.name.to_owned(),
        needs: task.needs.iter().map(|name| place(name)).collect(),
        ms: Some(each[task.name]),
        reads: known(task.reads),
        writes: known(task.writes),
        ..Step::default()
    });
    let workflow = Workflow {
        name: "tasks".to_owned(),
        origin: Origin::Tasks,
        steps: steps.collect(),
        workers: Some(SLOTS),
    };
    let analysis = analyse(&workflow, SLOTS, period()).unwrap();
    is_near("tasks as they are", analysis.now.ms, took);

    let mut after = before.clone();
    for advice in &analysis.advice {
        let Change::Drop { needs, instead, .. } = &advice.change else {
            continue;
        };
        for edge in needs {
            let gone = before[edge.first].name;
            after[edge.then].needs.retain(|it| *it != gone);
        }
        for edge in instead {
            after[edge.then].needs.push(before[edge.first].name);
        }
    }
    assert!(claimed(&analysis) > 1_500.0, "{:#?}", analysis.advice);
    let (took_then, _) = run_all(&world, &after, SLOTS);
    is_near("tasks, saved", claimed(&analysis), took - took_then);
}

/// A target of a Makefile with what it waits for and for how long it works.
type Target = (&'static str, &'static str, &'static [&'static str]);

const TARGETS: [Target; 6] = [
    ("parser", "0.5", &[]),
    ("docs", "0.4", &[]),
    ("lexer", "0.4", &[]),
    ("library", "0.9", &["parser", "lexer"]),
    ("manual", "0.3", &["docs"]),
    ("program", "0.4", &["library"]),
];

fn makefile(first: &[&str]) -> String {
    let mut all: Vec<&str> = TARGETS.iter().map(|target| target.0).collect();
    all.sort_by_key(|name| !first.contains(name));
    let mut text = format!("all: {}\n", all.join(" "));
    for (name, seconds, needs) in TARGETS {
        let times = "date +%s%3N";
        writeln!(
            text,
            "{name}: {}\n\t@begin=$$({times}); sleep {seconds}; touch $@; echo $@ $$begin $$({times}) >> times",
            needs.join(" ")
        )
        .unwrap();
    }
    text
}

fn make(make: &Path, folder: &Path, first: &[&str], jobs: usize) -> (f64, BTreeMap<String, f64>) {
    let mut fastest: Option<(f64, BTreeMap<String, f64>)> = None;
    for _ in 0..TIMES {
        for (name, ..) in TARGETS {
            let _ = fs::remove_file(folder.join(name));
        }
        let _ = fs::remove_file(folder.join("times"));
        fs::write(folder.join("Makefile"), makefile(first)).unwrap();
        let begin = Instant::now();
        let status = Command::new(make)
            .args(["-s", &format!("-j{jobs}")])
            .current_dir(folder)
            .env_remove("MAKEFLAGS")
            .status()
            .unwrap();
        let took = ms(begin.elapsed());
        assert!(status.success());
        let times = fs::read_to_string(folder.join("times")).unwrap();
        let each = times.lines().map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            let at = |field: usize| fields[field].parse::<f64>().unwrap();
            (fields[0].to_owned(), at(2) - at(1))
        });
        let each: BTreeMap<String, f64> = each.collect();
        if fastest.as_ref().is_none_or(|(least, _)| took < *least) {
            fastest = Some((took, each));
        }
    }
    fastest.unwrap()
}

#[test]
fn make_with_more_jobs_is_as_fast_as_claimed() {
    several_times(make_with_more_jobs_is_as_fast_as_claimed_once);
}

fn make_with_more_jobs_is_as_fast_as_claimed_once() {
    let Some(program) = tool("make") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (took, each) = make(&program, folder.path(), &[], 1);
    let place = |name: &str| TARGETS.iter().position(|target| target.0 == name).unwrap();
    let steps = TARGETS.iter().map(|(name, _, needs)| Step {
        name: (*name).to_owned(),
        needs: needs.iter().map(|name| place(name)).collect(),
        ms: Some(each[*name]),
        reads: known(needs),
        writes: known(&[name]),
        ..Step::default()
    });
    let workflow = Workflow {
        name: "Makefile".to_owned(),
        origin: Origin::Make {
            file: "Makefile".to_owned(),
        },
        steps: steps.collect(),
        workers: Some(1),
    };
    for jobs in [2, 3] {
        let analysis = analyse(&workflow, jobs, period()).unwrap();
        is_near("make as it is", analysis.now.ms, took);
        let Change::RunAtOnce { workers } = analysis.advice[0].change else {
            panic!("{:#?}", analysis.advice);
        };
        let (took_then, _) = make(&program, folder.path(), &[], workers);
        let what = format!("make -j{workers}, saved");
        is_near(&what, analysis.advice[0].saving.ms(), took - took_then);
        for advice in &analysis.advice {
            if let Change::PutFirst { steps } = &advice.change {
                let first: Vec<&str> = steps.iter().map(|at| TARGETS[*at].0).collect();
                let (took_then, _) = make(&program, folder.path(), &first, workers);
                let what = format!("make -j{workers}, {} first, saved", first.join(", "));
                is_near(&what, claimed(&analysis), took - took_then);
            }
        }
        assert!(analysis.best.ms < took - 500.0);
    }
}

/// Runs a step in a shell, and notes it.
fn run(folder: &Path, script: &str, input: Option<&str>, about: Option<&str>) -> StepRun {
    let begin = Instant::now();
    let status = Command::new("/bin/sh")
        .args(["-c", script])
        .current_dir(folder)
        .status()
        .unwrap();
    StepRun {
        ms: u64::try_from(begin.elapsed().as_millis()).unwrap(),
        at: now(),
        ok: status.success(),
        input: input.map(str::to_owned),
        about: about.map(str::to_owned),
    }
}

#[test]
fn results_that_are_kept_save_as_much_as_claimed() {
    several_times(results_that_are_kept_save_as_much_as_claimed_once);
}

fn results_that_are_kept_save_as_much_as_claimed_once() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = ["a", "b", "a", "a", "c", "b", "a", "a"];
    let replay = |script: &str| {
        let runs = inputs.iter().map(|input| {
            let script = script.replace("INPUT", input);
            run(folder.path(), &script, Some(input), None)
        });
        runs.collect::<Vec<StepRun>>()
    };
    let runs = replay("sleep 0.25; echo result > result-INPUT");
    let step = Step {
        name: "build".to_owned(),
        ms: Some(250.0),
        runs: runs.clone(),
        ..Step::default()
    };
    let workflow = Workflow {
        name: "build".to_owned(),
        origin: Origin::Tasks,
        steps: vec![step],
        workers: Some(1),
    };
    let analysis = analyse(&workflow, 1, period()).unwrap();
    let [advice] = analysis.advice.as_slice() else {
        panic!("{:#?}", analysis.advice);
    };
    assert_eq!(advice.change, Change::Cache { step: 0 });
    // b came again once only: four of the five hits are a's.
    assert_eq!(analysis.caching[0].hits, 4);
    let kept = "test \"$(cat kept-INPUT 2>/dev/null)\" = result && exit; sleep 0.25; echo result > kept-INPUT";
    let kept = replay(&kept.replace("kept-b", "none"));
    let sum = |runs: &[StepRun]| runs.iter().map(|run| run.ms).sum::<u64>();
    // Its one hit is not claimed, but a cache has it.
    let more = runs[5].ms.saturating_sub(kept[5].ms);
    let saved = sum(&runs) - sum(&kept) - more;
    let saved = f64::from(u32::try_from(saved).unwrap());
    is_near("results kept, saved", advice.saving.ms(), saved);
}

#[test]
fn failures_are_known_as_early_as_claimed() {
    several_times(failures_are_known_as_early_as_claimed_once);
}

fn failures_are_known_as_early_as_claimed_once() {
    let folder = tempfile::tempdir().unwrap();
    let steps: [(&str, &str, &[&str]); 3] = [
        ("build", "0.5", &["bin"]),
        ("test", "0.4", &["test.xml"]),
        ("spelling", "0.1", &["spelling.txt"]),
    ];
    // What fails for each of the changes.
    let changes = [Some(2), Some(2), None, Some(1), Some(2), None];
    // Until the first failure, as a script with `set -e` does it; how long it took where one came, and the runs.
    let replay = |order: &[usize]| {
        let mut lost = 0.0;
        let mut runs: BTreeMap<usize, Vec<StepRun>> = BTreeMap::new();
        for (change, failing) in changes.iter().enumerate() {
            let begin = Instant::now();
            for at in order {
                let code = i32::from(*failing == Some(*at));
                let script = format!("sleep {}; exit {code}", steps[*at].1);
                let made = run(
                    folder.path(),
                    &script,
                    None,
                    Some(&format!("change {change}")),
                );
                let ok = made.ok;
                runs.entry(*at).or_default().push(made);
                if !ok {
                    lost += ms(begin.elapsed());
                    break;
                }
            }
        }
        (lost, runs)
    };
    let (lost, runs) = replay(&[0, 1, 2]);
    let workflow = Workflow {
        name: "checks".to_owned(),
        origin: Origin::Tasks,
        steps: steps
            .iter()
            .enumerate()
            .map(|(at, (name, seconds, writes))| Step {
                name: (*name).to_owned(),
                needs: at.checked_sub(1).into_iter().collect(),
                ms: Some(seconds.parse::<f64>().unwrap() * 1000.0),
                reads: known(&["src"]),
                writes: known(writes),
                runs: runs[&at].clone(),
                ..Step::default()
            })
            .collect(),
        workers: Some(1),
    };
    let analysis = analyse(&workflow, 1, period()).unwrap();
    is_near(
        "failures known after",
        analysis.waste.late.known_after_ms,
        lost,
    );
    let advice = analysis.advice.iter().find_map(|it| match &it.change {
        Change::FailEarly { steps, needs, .. } => Some((steps.clone(), needs, it.saving.ms())),
        _ => None,
    });
    let (mut order, needs, saving) = advice.unwrap();
    assert_eq!(order, [2, 1], "what is cheap and fails most");
    assert_eq!(needs, &[(0, 1).into(), (1, 2).into()]);
    order.push(0);
    let (lost_then, _) = replay(&order);
    is_near("failures known earlier, saved", saving, lost - lost_then);
}
