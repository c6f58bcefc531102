//! Control groups, where one is delegated.

use std::path::{Path, PathBuf};
use std::process::Command;

use git_tend::drain::limits::Means;
use git_tend::drain::protocol::Outcome;
use git_tend::system::{cgroup, process};

use super::{Bench, allocate};

#[test]
fn a_delegated_control_group_bounds_memory() {
    // Needs a delegated memory controller; where there is none the sampled tests above are what holds.
    let Some(delegation) = cgroup::delegation().filter(|delegation| delegation.memory) else {
        eprintln!("not tested: no control group with a memory controller is delegated");
        return;
    };
    let mut bench = Bench::new("/usr/bin/perl", &["-e", &allocate(300)]);
    bench.spec.limits.memory = Some(100 << 20);
    bench.spec.cgroup = Some(delegation.clone());
    let report = bench.run();
    assert_eq!(report.enforced.memory, Some(Means::Cgroup));
    assert!(
        matches!(report.outcome, Outcome::MemoryExceeded { .. }),
        "{report:?}"
    );
    let leaf = delegation
        .parent
        .join(format!("git-tend-{}", bench.spec.cookie));
    assert!(!leaf.exists());
}

#[test]
fn a_delegated_control_group_bounds_the_share_of_the_machine() {
    let Some(delegation) = cgroup::delegation().filter(|delegation| delegation.cpu) else {
        eprintln!("not tested: no control group with a CPU controller is delegated");
        return;
    };
    // Twice, so that a later call is seen to be bounded as well; each burns for a second by the clock.
    let script = "my ($own) = grep { /^0::/ } `cat /proc/self/cgroup`; print $own; \
        use Time::HiRes 'time'; my $end = time + 1; 1 while time < $end;";
    let mut bench = Bench::new("/usr/bin/perl", &["-e", script]);
    bench.spec.then = vec![bench.spec.args.clone()];
    bench.spec.limits.cpu_percent = Some(10);
    bench.spec.cgroup = Some(delegation.clone());
    let report = bench.run();
    assert_eq!(report.outcome, Outcome::Exited { code: 0 });
    assert_eq!(report.enforced.cpu_percent, Some(Means::Cgroup));
    let name = format!("git-tend-{}", bench.spec.cookie);
    let inside = bench.log();
    assert_eq!(inside.matches(&name).count(), 2, "{inside}");
    // One busy process takes a whole processor; a tenth of all is less than that on fewer than ten.
    let processors = u64::from(process::processors());
    let most = report.wall_ms * processors * 15 / 100 + 50;
    if processors < 6 {
        assert!(report.cpu_ms <= most, "{report:?}");
    }
    assert!(!delegation.parent.join(name).exists());
}

/// Runs in a process of its own: entering a group takes all threads along.
#[test]
#[ignore = "started by a_group_kills_everything_in_it_but_who_left"]
fn in_a_process_of_its_own() {
    let top = PathBuf::from(std::env::var_os("GROUP_TOP").unwrap());
    let delegation = cgroup::Delegation {
        parent: top.clone(),
        origin: top,
        memory: false,
        cpu: false,
        pids: false,
    };
    let name = format!("git-tend-test-{}", std::process::id());
    let mut leaf = cgroup::Leaf::create(&delegation, &name, Some(1 << 30), Some(50)).unwrap();
    leaf.enter().unwrap();
    assert!(!leaf.kill(), "not while inside");
    let mut child = Command::new("/usr/bin/setsid")
        .args(["sleep", "1000"])
        .spawn()
        .unwrap();
    leaf.leave().unwrap();
    assert!(leaf.kill());
    child.wait().unwrap();
    assert!(!leaf.ran_out_of_memory());
    leaf.remove();
    assert!(!delegation.parent.join(name).exists());
}

#[test]
fn a_group_kills_everything_in_it_but_who_left() {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let top = mounts
        .lines()
        .find(|line| line.contains(" - cgroup2 "))
        .and_then(|line| line.split(' ').nth(4))
        .filter(|top| {
            let procs = Path::new(top).join("cgroup.procs");
            Path::new(top).join("cgroup.controllers").exists()
                && std::fs::OpenOptions::new().write(true).open(procs).is_ok()
        });
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    // Only from the top of a tree is it certain that leaving leads back to where this process was.
    let (Some(top), true) = (top, own.lines().any(|line| line == "0::/")) else {
        return;
    };
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "exec::groups::in_a_process_of_its_own",
            "--exact",
            "--ignored",
        ])
        .env("GROUP_TOP", top)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
