//! A real full disk, and a repository that cannot be written.

use std::fs;
use std::process::Command;

use super::ledger;
use crate::support::disk::SmallDisk;
use crate::support::{World, real_tools_required};

#[test]
fn what_was_promised_before_the_disk_filled_is_kept() {
    let world = World::new();
    let Some(small) = SmallDisk::mount(world.folder(), 2048) else {
        return;
    };
    let state = small.folder().join("state");
    let state = state.to_str().unwrap();
    let vars = [("TEND_REPO_STATE", state)];
    let words = ledger::job(&world, "0");
    let mut enqueue = vec!["run", "--enqueue", "--json", "--"];
    enqueue.extend(words.iter().map(String::as_str));
    let mut acknowledged = Vec::new();
    for _ in 0..5 {
        let ran = world.tend_with(&vars, &enqueue).code(0);
        acknowledged.push(ran.json()["jobs"][0]["id"].as_str().unwrap().to_owned());
    }
    small.fill();
    let mut refused = false;
    for _ in 0..50 {
        let ran = world.tend_with(&vars, &enqueue);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        if ran.code == 0 {
            acknowledged.push(ran.json()["jobs"][0]["id"].as_str().unwrap().to_owned());
        } else {
            refused = true;
            assert!(ran.code == 3 || ran.code == 1, "{}", ran.stderr);
        }
    }
    assert!(refused, "a full disk must refuse at last");
    let drained = world.tend_with(&vars, ["drain"]);
    assert!(!drained.stderr.contains("panicked"), "{}", drained.stderr);
    small.empty();
    for _ in 0..6 {
        let later = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2)).to_string();
        world.tend_with(&[vars[0], ("TEND_NOW", &later)], ["drain"]);
    }
    let listed = world
        .tend_with(&vars, ["queue", "--all", "--json"])
        .code(0)
        .json();
    for id in &acknowledged {
        let job = listed["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|job| job["id"] == id.as_str());
        let job = job.unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
        assert_eq!(job["state"], "done", "{job}");
    }
}

#[test]
fn a_repository_that_cannot_be_written_is_said_and_can_be_read() {
    let world = World::new();
    world.tend(["run", "--", "true"]).code(0);
    let folder = world.folder().join("readonly");
    fs::create_dir(&folder).unwrap();
    let bind = |args: &[&str]| {
        Command::new("mount")
            .args(args)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let repo = world.repo().to_str().unwrap().to_owned();
    if !bind(&["--bind", &repo, folder.to_str().unwrap()]) {
        assert!(
            !real_tools_required() || !rustix::process::geteuid().is_root(),
            "root can mount"
        );
        return;
    }
    let mounted = SmallDisk::mounted(&folder);
    assert!(bind(&["-o", "remount,bind,ro", folder.to_str().unwrap()]));
    let here = ["-C", folder.to_str().unwrap()];
    let listed = world
        .tend([here[0], here[1], "queue", "--all", "--json"])
        .code(0);
    assert_eq!(listed.json()["jobs"].as_array().unwrap().len(), 1);
    world.tend([here[0], here[1], "status"]).code(0);
    let refused = world.tend([here[0], here[1], "run", "--", "true"]).code(3);
    assert!(
        refused.stderr.to_lowercase().contains("read-only"),
        "{}",
        refused.stderr
    );
    drop(mounted);
}
