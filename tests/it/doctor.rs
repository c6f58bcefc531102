//! What `git tend doctor` warns of.

use crate::support::{World, real_tools_required};

/// The messages of one kind of check, with their levels.
fn said(world: &World, vars: &[(&str, &str)], name: &str) -> Vec<(String, String)> {
    let shown = world.tend_with(vars, ["doctor", "--json"]).code(0).json();
    shown["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["check"] == name)
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap().to_owned();
            (text("level"), text("message"))
        })
        .collect()
}

#[test]
fn a_job_too_big_for_every_window_is_named() {
    for (detach, vars, level, end) in [
        (
            "true",
            &[][..],
            "ok",
            "after 10 drains without it, it gets a detached one of its own",
        ),
        ("false", &[], "warning", "and no drain may run detached"),
        (
            "true",
            &[("CI", "1")],
            "warning",
            "and no drain may run detached",
        ),
    ] {
        let world = World::with_config(&format!(
            "[hooks.post-commit]\ntasks = [\"lint\", \"quick\"]\ndrain = \"60s\"\ndetach = {detach}\n\
             [task.lint]\nrun = [\"true\"]\nexpect = \"95s\"\n[task.quick]\nrun = [\"true\"]\nexpect = \"9s\"\n"
        ));
        assert!(said(&world, vars, "window").is_empty(), "nothing waits yet");
        world.tend(["trust", "--yes"]).code(0);
        world.tend(["run", "--enqueue", "lint", "quick"]).code(0);
        let windows = said(&world, vars, "window");
        let [(said_level, says)] = windows.as_slice() else {
            panic!("{windows:?}");
        };
        assert_eq!(said_level, level, "{says}");
        assert!(
            says.starts_with("lint needs 95 s, your largest window is 60 s") && says.contains(end),
            "{says}"
        );
    }
}

#[test]
fn how_limits_are_enforced_is_said() {
    let delegated = git_tend::system::cgroup::delegation().is_some();
    let limits = said(&World::new(), &[], "limits");
    let [(_, says)] = limits.as_slice() else {
        panic!("{limits:?}");
    };
    assert_eq!(says.contains("by control group"), delegated, "{says}");
}

#[test]
fn a_machine_too_busy_for_all_but_critical_jobs_is_said() {
    let world = World::new();
    let load = |pressure| said(&world, &[("TEND_PRESSURE", pressure)], "load");
    assert_eq!(load("80,85"), []);
    let warning = |says: &str| [("warning".to_owned(), says.to_owned())];
    assert_eq!(
        load("20,91"),
        warning("memory is 91 % in use, above 85 %: only critical jobs start")
    );
    assert_eq!(
        load("97,91"),
        warning(
            "memory is 91 % in use, above 85 % and CPU is 97 % in use, above 80 %: only critical jobs start"
        )
    );
    world.write("tend.toml", "[queue]\nload_gate = false\n");
    assert_eq!(load("97,91"), []);
}

#[test]
fn a_configuration_that_no_task_can_be_made_of_is_fatal() {
    let world = World::with_config("[task.no_such_thing]\nenabled = false\n");
    let said = world.tend(["doctor"]).code(1).stdout;
    assert!(said.contains("✗ configuration"), "{said}");
    assert!(said.ends_with("Not ready\n"), "{said}");
}

#[test]
fn what_isolates_scripts_is_said_where_repeated_work_is_looked_for() {
    let world = World::new();
    assert!(said(&world, &[], "sandbox").is_empty());
    world.tend(["optimize", "sources", "--on", "git"]).code(0);
    let checks = said(&world, &[], "sandbox");
    let [(level, says)] = checks.as_slice() else {
        panic!("{checks:?}");
    };
    // What there is differs from machine to machine; what is missing is always named.
    if level == "ok" {
        assert!(says.contains("all that is promised is enforced"), "{says}");
    } else {
        assert!(
            says.contains("cannot keep a script from") || says.contains("nothing isolates"),
            "{says}"
        );
    }
    assert!(!real_tools_required() || level == "ok", "{says}");
}
