//! `OpenMetrics`, as `prometheus_client`'s parser understands it, and the file that drains leave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::reference::python;
use super::{DAY, MINUTE, MadeUp, at, fill, open, run, tend, world};
use crate::support::World;

/// Reads the text strictly; every sample as family, type, unit, name, labels and value.
const PARSER: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
print(json.dumps([[family.name, family.type, family.unit, bool(family.documentation), sample.name, sample.labels, sample.value]
                  for family in read(sys.stdin.read()) for sample in family.samples]))
";

/// And once more as `node_exporter`'s collector does, in Prometheus' older form.
const OLDER: &str = "
import sys
from prometheus_client.parser import text_string_to_metric_families as read
print(sum(len(family.samples) for family in read(sys.stdin.read())))
";

#[track_caller]
fn samples(text: &str) -> Option<Vec<Value>> {
    let read = python("prometheus_client", &["-c", PARSER], text)?;
    let samples: Vec<Value> = serde_json::from_str(&read).unwrap();
    let older = python("prometheus_client", &["-c", OLDER], text)?;
    assert_eq!(older.trim(), samples.len().to_string());
    Some(samples)
}

fn value(samples: &[Value], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let found = samples.iter().find(|sample| {
        sample[4] == name
            && labels
                .iter()
                .all(|(label, value)| sample[5][label] == *value)
    });
    found.and_then(|sample| sample[6].as_f64())
}

#[test]
fn prometheus_reads_what_is_written() {
    let world = world();
    let hostile = "a\"b\\c\nd{e}=\u{1b}[31m,€ 1\n# EOF";
    let mut runs: Vec<MadeUp> = (0..30).map(|it| run("lint", (40 - it) * MINUTE)).collect();
    runs.push(run("lint", MINUTE).took(9000));
    runs.push(run(hostile, 5 * MINUTE).failed());
    fill(&world, &runs, 0);
    let text = tend(&world, &["metrics", "--format", "openmetrics"])
        .code(0)
        .stdout;
    assert!(text.ends_with("# EOF\n"), "{text}");
    let Some(samples) = samples(&text) else {
        return;
    };
    for sample in &samples {
        assert_eq!(
            sample[5]["repository"],
            world.repo().to_str().unwrap(),
            "{sample}"
        );
        assert!(
            ["counter", "gauge"].contains(&sample[1].as_str().unwrap()),
            "{sample}"
        );
        assert_eq!(sample[3], true, "{sample} has no help");
        let name = sample[0].as_str().unwrap();
        assert!(name.starts_with("git_tend_"), "{sample}");
        let unit = ["seconds", "bytes"]
            .into_iter()
            .find(|unit| name.ends_with(unit));
        assert_eq!(sample[2], unit.unwrap_or_default(), "{sample}");
    }
    let lint = [
        ("task", "lint"),
        ("outcome", "succeeded"),
        ("result", "succeeded"),
    ];
    assert_eq!(value(&samples, "git_tend_runs_total", &lint), Some(31.0));
    assert_eq!(
        value(&samples, "git_tend_run_seconds_total", &lint),
        Some(39.0)
    );
    assert_eq!(
        value(&samples, "git_tend_run_cpu_seconds_total", &lint),
        Some(24.8)
    );
    assert_eq!(
        value(&samples, "git_tend_queue_wait_seconds_total", &lint),
        Some(15.5)
    );
    let failed = [("task", hostile), ("result", "failed")];
    assert_eq!(value(&samples, "git_tend_runs_total", &failed), Some(1.0));
    let p50 = [("task", "lint"), ("quantile", "0.5")];
    assert_eq!(
        value(&samples, "git_tend_task_duration_seconds", &p50),
        Some(1.0)
    );
    let slow = [("task", "lint"), ("kind", "slow")];
    assert_eq!(value(&samples, "git_tend_anomalies", &slow), Some(1.0));
    let memory = value(
        &samples,
        "git_tend_task_peak_memory_bytes",
        &[("task", "lint")],
    );
    assert_eq!(memory, Some(f64::from(20 << 20)));
    assert_eq!(
        value(&samples, "git_tend_jobs", &[("state", "queued")]),
        Some(0.0)
    );
    assert!(value(&samples, "git_tend_slots", &[]).is_some_and(|slots| slots >= 1.0));
}

#[test]
fn nothing_that_has_run_is_a_document_too() {
    for world in [World::unborn(), World::new(), world()] {
        let text = tend(&world, &["metrics", "--format", "openmetrics"])
            .code(0)
            .stdout;
        let Some(samples) = samples(&text) else {
            return;
        };
        assert_eq!(
            value(&samples, "git_tend_jobs", &[("state", "failed")]),
            Some(0.0)
        );
    }
}

#[test]
fn counters_do_not_fall_when_runs_are_pruned() {
    let world = world();
    let old: Vec<MadeUp> = (0..40)
        .map(|it| run("lint", 29 * DAY + it * MINUTE))
        .collect();
    fill(&world, &old, 0);
    let count = |now: &str| {
        let text = at(&world, now, &["metrics", "--format", "openmetrics"])
            .code(0)
            .stdout;
        let line = text
            .lines()
            .find(|line| line.starts_with("git_tend_runs_total{"));
        line.unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let left = || -> i64 {
        let queue = open(&world);
        queue
            .query_row("SELECT count(*) FROM run", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!((count("2026-03-31T12:00:00Z").as_str(), left()), ("40", 40));
    let _ = fs::remove_file(world.state_dir().join("pruned"));
    at(&world, "2026-04-15T12:00:00Z", &["drain"]).code(0);
    assert_eq!((count("2026-04-15T12:00:00Z").as_str(), left()), ("40", 0));
}

#[test]
fn a_file_is_replaced_in_one_step_and_everybody_may_read_it() {
    let world = world();
    fill(&world, &[run("lint", MINUTE)], 0);
    let folder = world.folder().join("collector");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("tend.prom");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let before = fs::File::open(&path).unwrap();
    let args = [
        "metrics",
        "--format",
        "openmetrics",
        "-o",
        path.to_str().unwrap(),
    ];
    let ran = tend(&world, &args).code(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    // Whoever had it open reads the old one to its end.
    assert_eq!(std::io::read_to_string(before).unwrap(), "old");
    assert!(fs::read_to_string(&path).unwrap().ends_with("# EOF\n"));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o644
    );
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    let json = tend(&world, &["metrics", "--json", "-o", "metrics.json"]).code(0);
    assert_eq!(json.stdout, "");
    let written = fs::read(world.repo().join("metrics.json")).unwrap();
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written["schema"], json!(1));
    let failed = tend(&world, &["metrics", "-o", "/nowhere/x"]).code(1);
    assert!(
        failed.stderr.contains("failed to write /nowhere/x"),
        "{}",
        failed.stderr
    );
}

fn configure(world: &World, textfile: &str) {
    let folder = world.home().join(".config/git-tend");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("config.toml"),
        format!("[metrics]\ntextfile = \"{textfile}\"\n"),
    )
    .unwrap();
}

#[test]
fn drains_leave_the_file_at_most_once_a_minute_and_do_not_fail_for_it() {
    let world = world();
    let path = world.home().join("tend.prom");
    configure(&world, "~/tend.prom");
    world.tend(["drain"]).code(0);
    assert!(fs::read_to_string(&path).unwrap().ends_with("# EOF\n"));
    fs::remove_file(&path).unwrap();
    world.tend(["drain"]).code(0);
    assert!(!path.exists(), "a minute has not passed");

    let due = || fs::remove_file(world.state_dir().join("exported")).unwrap();
    due();
    fs::create_dir(world.home().join("all")).unwrap();
    configure(&world, "~/all/");
    world.tend(["drain"]).code(0);
    let names: Vec<_> = fs::read_dir(world.home().join("all"))
        .unwrap()
        .flatten()
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 1);
    assert!(
        names[0].starts_with("git-tend-") && names[0].strip_suffix(".prom").is_some(),
        "{names:?}"
    );

    due();
    configure(&world, "/nowhere/tend.prom");
    let ran = world.tend(["drain"]).code(0);
    assert!(
        ran.stderr
            .contains("the metrics are not written to /nowhere/tend.prom"),
        "{}",
        ran.stderr
    );

    configure(&world, "tend.prom");
    let ran = world.tend(["drain"]).code(2);
    assert!(
        ran.stderr.contains("does not say where it leads"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_repository_does_not_choose_where_figures_go() {
    let world = World::with_config("[metrics]\ntextfile = \"/tmp/x.prom\"\n");
    let ran = world.tend(["metrics"]).code(2);
    assert!(
        ran.stderr
            .contains("`metrics` is read from your own configuration only"),
        "{}",
        ran.stderr
    );
}
