//! `install-cron`, `uninstall-cron`, and what `doctor` says of them.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use crate::support::World;
use crate::support::crontab::FakeCrontab;

fn registered(world: &World) -> usize {
    let path = world.home().join(".state/git-tend/repositories.json");
    let Ok(text) = fs::read_to_string(path) else {
        return 0;
    };
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["repositories"].as_object().unwrap().len()
}

#[test]
fn the_entry_comes_and_goes_and_the_rest_keeps_every_byte() {
    for before in [
        None,
        Some(&b""[..]),
        Some(b"MAILTO=me\n0 1 * * * backup % x\n"),
        Some(b"# caf\xe9\r\n\n0 1 * * * no end"),
    ] {
        let world = World::new();
        let fake = FakeCrontab::new(&world);
        if let Some(text) = before {
            fake.set(text);
        }
        world.tend(["install-cron"]).code(0);
        assert_eq!(fake.calls(), ["-l", "-"]);
        let with = fake.get().unwrap();
        assert!(with.starts_with(before.unwrap_or_default()));
        assert_eq!(registered(&world), 1);

        let again = world.tend(["install-cron"]).code(0);
        assert_eq!(fake.calls(), ["-l"], "{}", again.stderr);
        assert_eq!(fake.get().unwrap(), with);

        world.tend(["uninstall-cron"]).code(0);
        assert_eq!(fake.get().as_deref(), before);
        fake.calls();
        let again = world.tend(["uninstall-cron"]).code(0);
        assert_eq!(fake.calls(), ["-l"], "{}", again.stderr);
        assert_eq!(fake.get().as_deref(), before);
        assert_eq!(registered(&world), 1);
    }
}

#[test]
fn installed_by_many_at_once_it_is_there_once() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    let many: Vec<_> = (0..8)
        .map(|_| {
            world
                .tend_command()
                .arg("install-cron")
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut one in many {
        assert!(one.wait().unwrap().success());
    }
    let text = String::from_utf8(fake.get().unwrap()).unwrap();
    assert_eq!(text.matches(" tick ").count(), 1, "{text}");
    assert_eq!(fake.calls().iter().filter(|call| *call == "-").count(), 1);
}

#[test]
fn the_entry_names_the_link_that_an_upgrade_keeps() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    let bin = world.home().join("bin");
    fs::create_dir(&bin).unwrap();
    let link = bin.join("git-tend");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-tend"), &link).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    world
        .tend_with(&[("PATH", &path)], ["install-cron"])
        .code(0);
    assert!(
        fake.entry()
            .contains(&format!("'{}' tick ", link.display())),
        "{}",
        fake.entry()
    );
}

#[test]
fn a_crontab_that_would_not_be_taken_back_gets_the_end_it_lacked() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    fake.set("0 1 * * * backup");
    fake.be_strict();
    world.tend(["install-cron"]).code(0);
    world.tend(["uninstall-cron"]).code(0);
    assert_eq!(fake.get().unwrap(), b"0 1 * * * backup\n");
}

#[test]
fn the_entry_runs_this_program_with_the_folders_of_the_moment() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    world.tend(["install-cron"]).code(0);
    let entry = fake.entry();
    let (times, command) = entry.split_once(" HOME=").unwrap();
    let minute: u32 = times.split_once('-').unwrap().0.parse().unwrap();
    assert!(minute < 5, "{entry}");
    assert_eq!(times, format!("{minute}-59/5 * * * *"));
    let command = world
        .scrub(&format!("HOME={command}"))
        .replace(env!("CARGO_BIN_EXE_git-tend"), "[BIN]");
    insta::assert_snapshot!(command, @"HOME='[WORLD]/home' XDG_CACHE_HOME='[WORLD]/home/.cache' XDG_CONFIG_HOME='[WORLD]/home/.config' XDG_DATA_HOME='[WORLD]/home/.data' XDG_STATE_HOME='[WORLD]/home/.state' TZ='UTC' '[BIN]' tick --quiet >>'[WORLD]/home/.state/git-tend/tick.log' 2>&1");

    // Another interval takes the old one's place.
    fake.calls();
    world.tend(["install-cron", "--every", "1m"]).code(0);
    assert!(
        fake.entry().starts_with("* * * * * HOME="),
        "{}",
        fake.entry()
    );
    assert_eq!(fake.calls(), ["-l", "-"]);
}

/// What cron does with an entry: its own reading of `%`, then `/bin/sh` with hardly a variable.
fn as_cron(world: &World, entry: &str) -> std::process::Output {
    let command = entry.splitn(6, ' ').nth(5).unwrap().replace("\\%", "%");
    std::process::Command::new("/bin/sh")
        .args(["-c", &command])
        .current_dir(world.home())
        .env_clear()
        .envs([
            ("HOME", world.home().to_str().unwrap()),
            ("LOGNAME", "tester"),
        ])
        .envs([("SHELL", "/bin/sh"), ("PATH", "/usr/bin:/bin")])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_entry_works_with_what_cron_gives_it() {
    let world = World::with_config(
        "[queue]\nload_gate = false\n[defaults]\nbuiltin = false\n[task.codebase_quick]\nevery = \"1h\"\nenabled = true\n",
    );
    let fake = FakeCrontab::new(&world);
    // A program whose path has everything that cron and the shell could trip over.
    let folder = world.folder().join("it's 100% \"x\" $HOME");
    fs::create_dir(&folder).unwrap();
    let program = folder.join("git-tend");
    fs::copy(env!("CARGO_BIN_EXE_git-tend"), &program).unwrap();
    let installed = world
        .command(&program)
        .arg("install-cron")
        .output()
        .unwrap();
    assert!(installed.status.success());
    let ran = as_cron(&world, &fake.entry());
    let log = fs::read_to_string(world.home().join(".state/git-tend/tick.log")).unwrap();
    assert!(ran.status.success(), "{log}");
    assert_eq!(
        (ran.stdout.len(), ran.stderr.len(), log.as_str()),
        (0, 0, "")
    );
    let results = world.tend(["queue", "--all", "--json"]).code(0).json();
    let quick = results["jobs"].as_array().unwrap().iter();
    let state = quick
        .clone()
        .find(|job| job["task"] == "codebase_quick")
        .unwrap();
    assert_eq!(state["state"], "done", "{results}");
}

#[test]
fn a_long_log_is_put_away() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    world.tend(["install-cron"]).code(0);
    let log = world.home().join(".state/git-tend/tick.log");
    fs::write(&log, "x".repeat((1 << 20) + 1)).unwrap();
    assert!(as_cron(&world, &fake.entry()).status.success());
    assert!(as_cron(&world, &fake.entry()).status.success());
    assert!(fs::metadata(&log).unwrap().len() < 1000);
    assert!(fs::metadata(log.with_extension("log.1")).unwrap().len() > 1 << 20);
}

#[test]
fn a_crontab_that_cannot_be_understood_is_left_alone() {
    for text in [
        "# BEGIN git-tend\n",
        "# END git-tend\n",
        "# BEGIN git-tend\n# BEGIN git-tend\n# END git-tend\n",
        "# BEGIN git-tend\n0 1 * * * mine\n# END git-tend\n",
    ] {
        let world = World::new();
        let fake = FakeCrontab::new(&world);
        fake.set(text);
        for verb in ["install-cron", "uninstall-cron"] {
            let ran = world.tend([verb]).code(3);
            assert!(
                ran.stderr.contains("the crontab stays as it is"),
                "{}",
                ran.stderr
            );
            assert_eq!(fake.calls(), ["-l"]);
        }
        assert_eq!(fake.get().unwrap(), text.as_bytes());
        assert_eq!(registered(&world), 0);
    }
}

#[test]
fn any_failure_but_the_absence_of_a_crontab_is_passed_on() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    fake.set("0 1 * * * mine\n");
    fake.break_with("You (tester) are not allowed to use this program (crontab)\n");
    for verb in ["install-cron", "uninstall-cron"] {
        let ran = world.tend([verb]).code(3);
        assert!(
            ran.stderr
                .contains("run crontab -l: You (tester) are not allowed"),
            "{}",
            ran.stderr
        );
        assert_eq!(fake.calls(), ["-l"]);
    }
}

#[test]
fn without_the_program_the_error_says_what_to_do() {
    let world = World::new();
    let ran = world.tend(["install-cron"]).code(3);
    assert!(
        ran.stderr.contains("find the program `crontab`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: install cron"), "{}", ran.stderr);
    assert_eq!(registered(&world), 0);
}

#[test]
fn intervals_and_schedulers_that_do_not_exist_are_refused() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    for (args, said) in [
        (["--every", "7m"], "the nearest is 6m"),
        (["--every", "soon"], "invalid value 'soon'"),
        (
            ["--scheduler", "launchd"],
            "there is `crontab`, and no other yet",
        ),
    ] {
        let ran = world.tend(["install-cron"].iter().chain(&args)).code(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    assert!(fake.calls().is_empty());
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    let ran = world.tend(["install-cron", "--dry-run"]).code(0);
    assert!(
        ran.stderr.contains("would write into the crontab: "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("would register "), "{}", ran.stderr);
    assert_eq!(fake.get(), None);
    assert!(!world.home().join(".state").exists());
    world.tend(["install-cron"]).code(0);
    let before = fake.get();
    let ran = world.tend(["uninstall-cron", "-n"]).code(0);
    assert!(
        ran.stderr.contains("would take the entry out"),
        "{}",
        ran.stderr
    );
    assert_eq!(fake.get(), before);
}

#[test]
fn outside_of_a_repository_the_entry_alone_is_installed() {
    let world = World::bare_folder();
    let fake = FakeCrontab::new(&world);
    let ran = world.tend(["install-cron"]).code(0);
    assert!(ran.stderr.contains("no repository here"), "{}", ran.stderr);
    assert!(fake.entry().contains(" tick --quiet "));
    assert_eq!(registered(&world), 0);
}

#[test]
fn a_repository_whose_path_is_no_text_is_registered_and_visited() {
    let world = World::new();
    let fake = FakeCrontab::new(&world);
    let path = world
        .folder()
        .join(std::ffi::OsStr::from_bytes(b"caf\xe9\n"));
    let cloned = world
        .command("git")
        .args(["clone", "-q", "."])
        .arg(&path)
        .output()
        .unwrap();
    assert!(cloned.status.success());
    let mut install = world.tend_command();
    assert!(
        install
            .arg("-C")
            .arg(&path)
            .arg("install-cron")
            .output()
            .unwrap()
            .status
            .success()
    );
    assert!(as_cron(&world, &fake.entry()).status.success());
    assert!(path.join(".git/tend").is_dir());
}

/// The lines of doctor about cron.
fn doctor(world: &World) -> Vec<String> {
    let json = world.tend(["doctor", "--json"]).code(0).json();
    let checks = json["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["check"] == "cron")
        .map(|check| {
            format!(
                "{}: {}",
                check["level"].as_str().unwrap(),
                check["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn doctor_knows_whether_ticks_come() {
    let world = World::new();
    assert_eq!(
        doctor(&world),
        ["ok: no program `crontab`: schedules are looked at by hooks and drains only"]
    );
    let fake = FakeCrontab::new(&world);
    assert_eq!(
        doctor(&world),
        ["ok: no entry: schedules are looked at by hooks and drains only · git tend install-cron"]
    );
    world.tend(["install-cron"]).code(0);
    assert_eq!(doctor(&world), ["ok: tick runs every 5m"]);
    fake.daemons("init\nsshd\n");
    assert_eq!(
        doctor(&world),
        ["warning: an entry is installed, and no cron daemon seems to run"]
    );
    fake.daemons("crond\n");
    fs::remove_file(world.home().join(".state/git-tend/repositories.json")).unwrap();
    assert_eq!(
        doctor(&world),
        [
            "warning: this repository is not registered: ticks do not visit it · git tend install-cron"
        ]
    );
    world.tend(["install-cron"]).code(0);
    let moved = String::from_utf8(fake.get().unwrap())
        .unwrap()
        .replace(env!("CARGO_BIN_EXE_git-tend"), "/gone/git-tend");
    fake.set(moved);
    assert_eq!(
        doctor(&world),
        [
            "warning: the entry runs /gone/git-tend, which is not there any more · git tend install-cron"
        ]
    );
    fake.set("# END git-tend\n");
    assert!(
        doctor(&world)[0].starts_with("warning: the crontab cannot be used: the markers"),
        "{:?}",
        doctor(&world)
    );
    fake.break_with("cron is off today\n");
    assert_eq!(
        doctor(&world),
        ["warning: failed to run crontab -l: cron is off today"]
    );
}

#[test]
fn doctor_names_schedules_finer_than_the_tick() {
    let world = World::with_config(
        "[task.a]\nrun = [\"true\"]\nevery = \"4m\"\n[task.b]\nrun = [\"true\"]\nevery = \"5m\"\n\
         [task.c]\nrun = [\"true\"]\nschedule = \"0,2 3 * * *\"\n[task.d]\nrun = [\"true\"]\nschedule = \"*/5 * * * *\"\n\
         [task.e]\nenabled = false\nrun = [\"true\"]\nevery = \"1m\"\n",
    );
    FakeCrontab::new(&world);
    world.tend(["install-cron"]).code(0);
    assert_eq!(
        doctor(&world),
        [
            "warning: tick runs every 5m, and more often is asked for by a, c · git tend install-cron --every"
        ]
    );
    world.tend(["install-cron", "--every", "1m"]).code(0);
    assert_eq!(doctor(&world), ["ok: tick runs every 1m"]);
}

#[test]
fn doctor_names_programs_that_cron_will_not_find() {
    let world = World::with_config(
        "[task.a]\nrun = [\"my-tool\"]\nevery = \"1h\"\n[task.b]\nrun = [\"sh\"]\n",
    );
    FakeCrontab::new(&world);
    let tools = world.home().join("tools");
    fs::create_dir(&tools).unwrap();
    fs::copy("/bin/true", tools.join("my-tool")).unwrap();
    let path = format!("{}:/usr/bin:/bin", tools.display());
    let with_path = [("PATH", path.as_str())];
    world.tend(["install-cron"]).code(0);
    world.tend(["trust", "--yes"]).code(0);
    let said = || {
        let ran = world.tend_with(&with_path, ["doctor"]).code(0);
        let lines = ran.stdout.lines().filter(|line| line.contains(" cron "));
        world.scrub(&lines.collect::<Vec<_>>().join("\n"))
    };
    insta::assert_snapshot!(said(), @"⚠ cron           a: my-tool is [WORLD]/home/tools/my-tool, which is not in the PATH of cron; install-hooks records yours");
    // With the PATH that the installation of hooks records, doctor is content and a tick finds it.
    world.tend_with(&with_path, ["install-hooks"]).code(0);
    insta::assert_snapshot!(said(), @"✓ cron           tick runs every 5m");
    world
        .tend_with(&[("PATH", "/usr/bin:/bin")], ["tick"])
        .code(0);
    let jobs = world.tend(["queue", "--all", "--json"]).code(0).json();
    let done = jobs["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["task"] == "a")
        .unwrap();
    assert_eq!(done["state"], "done", "{jobs}");
}
