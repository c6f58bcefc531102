//! An append-only record that jobs write, and what must hold of it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::World;

/// The file that jobs append to.
pub fn path(world: &World) -> PathBuf {
    world.folder().join("ledger")
}

/// The words of a job that records its start and its end, `seconds` apart.
pub fn job(world: &World, seconds: &str) -> Vec<String> {
    let ledger = path(world);
    let script = format!(
        "echo start $TEND_JOB_ID $TEND_RUN $(date +%s%N) >> {0}; sleep {seconds}; echo end $TEND_JOB_ID $TEND_RUN $(date +%s%N) >> {0}",
        ledger.display()
    );
    ["sh", "-c", &script].map(str::to_owned).to_vec()
}

#[derive(Default)]
struct RunSeen {
    job: String,
    start: u128,
    end: Option<u128>,
    fence: i64,
}

/// Checks what must hold once faults have stopped and drains have run: every acknowledged job is done and ran to its
/// end, runs of one job never overlap, fences grow, nothing is left running, and the counters are right.
#[track_caller]
pub fn check(world: &World, acknowledged: &[String]) {
    let text = fs::read_to_string(path(world)).unwrap_or_default();
    let mut runs: BTreeMap<String, RunSeen> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [what, job, cookie, at] = fields[..] else {
            panic!("a torn line in the ledger: {line:?}")
        };
        let at: u128 = at.parse().unwrap();
        let run = runs.entry(cookie.to_owned()).or_default();
        job.clone_into(&mut run.job);
        run.fence = cookie.rsplit('-').next().unwrap().parse().unwrap();
        match what {
            "start" => run.start = at,
            _ => run.end = Some(at),
        }
    }
    let mut by_job: HashMap<&str, Vec<&RunSeen>> = HashMap::new();
    for run in runs.values() {
        by_job.entry(&run.job).or_default().push(run);
    }
    for (job, runs) in &mut by_job {
        runs.sort_by_key(|run| run.fence);
        for pair in runs.windows(2) {
            assert!(
                pair[0].fence < pair[1].fence,
                "{job}: two runs under one fence"
            );
            assert!(
                pair[0].start < pair[1].start,
                "{job}: fences do not grow with time"
            );
            assert!(
                pair[0].end.is_none_or(|end| end <= pair[1].start),
                "{job}: its runs overlap"
            );
        }
    }
    let listed = world.tend(["queue", "--all", "--json"]).code(0).json();
    let jobs: HashMap<String, Value> = listed["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["id"].as_str().unwrap().to_owned(), job.clone()))
        .collect();
    for id in acknowledged {
        let job = jobs
            .get(id)
            .unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
        let state = job["state"].as_str().unwrap();
        if state == "failed" {
            // A job whose runners were killed again and again is given up, never silently.
            assert_eq!(job["category"], "lost", "{job}");
            continue;
        }
        assert_eq!(state, "done", "{id} was acknowledged and is {job}");
        let ended = by_job
            .get(id.as_str())
            .is_some_and(|runs| runs.iter().any(|run| run.end.is_some()));
        assert!(ended, "{id} is done and never ran to its end");
    }
    for job in jobs.values() {
        let state = job["state"].as_str().unwrap();
        assert!(
            !["running", "queued", "blocked"].contains(&state),
            "left over: {job}"
        );
    }
    let status = world.tend(["status", "--json"]).code(0).json();
    for (state, count) in status["jobs"].as_object().unwrap() {
        let counted = jobs
            .values()
            .filter(|job| job["state"] == state.as_str())
            .count() as u64;
        assert_eq!(
            count.as_u64().unwrap(),
            counted,
            "the counter of {state} jobs"
        );
    }
}

/// Drains until nothing is left to do, in few enough runs.
#[track_caller]
pub fn settle(world: &World) {
    for _ in 0..8 {
        world.tend(["drain", "--quiet"]);
        let status = world.tend(["status", "--json"]).code(0).json();
        let left: u64 = ["running", "queued", "blocked"]
            .iter()
            .map(|state| status["jobs"][state].as_u64().unwrap())
            .sum();
        if left == 0 {
            return;
        }
        // Retries wait; their time comes when the clock says so.
        let later = status["oldest_queued_at"].as_str().map(|_| in_an_hour());
        if let Some(later) = later {
            world.tend_with(&[("TEND_NOW", &later)], ["drain", "--quiet"]);
        }
    }
    panic!(
        "jobs are left after many drains: {}",
        world.tend(["queue"]).stdout
    );
}

fn in_an_hour() -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string()
}

/// The processes whose environment carries this world's folder: jobs and supervisors that should be gone.
pub fn processes_of(world: &World) -> Vec<(i32, String)> {
    let marker = format!("HOME={}", world.folder().join("home").display());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == marker.as_bytes())
        {
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            if !command.is_empty() {
                found.push((pid, command));
            }
        }
    }
    found
}
