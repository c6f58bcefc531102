//! From what was typed to what runs by itself, through the binary.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::history::{Journal, NOW, at, data, path, tend, world};
use crate::support::{Ran, World};

pub fn identified(world: &World) -> Value {
    tend(
        world,
        &["optimize", "identify", "--all", "-n", "50", "--json"],
    )
    .code(0)
    .json()
}

/// The candidate with these steps.
pub fn candidate<'a>(all: &'a Value, steps: &[&str]) -> &'a Value {
    let candidates = all["candidates"].as_array().unwrap();
    let found = candidates
        .iter()
        .find(|it| it["steps"] == serde_json::json!(steps));
    found.unwrap_or_else(|| panic!("no {steps:?} in {all:#}"))
}

pub const DAILY: [&str; 4] = [
    "sort words.txt > sorted.txt",
    "uniq -c sorted.txt > counted.txt",
    "grep -c <pattern> counted.txt > hits.txt",
    "grep -n <pattern> words.txt > lines.txt",
];
pub const WEEKLY: [&str; 1] = ["git shortlog -sn HEAD > AUTHORS.txt"];

fn steps_of(all: &Value) -> Vec<&Value> {
    let candidates = all["candidates"].as_array().unwrap();
    assert!(!candidates.is_empty());
    candidates.iter().map(|it| &it["steps"]).collect()
}

pub fn id<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap()
}

/// Writes a candidate out in a form; the automation's id.
pub fn generated(world: &World, candidate: &Value, form: &str) -> String {
    let args = [
        "optimize",
        "generate",
        id(candidate, "id"),
        "--form",
        form,
        "--json",
    ];
    let made = tend(world, &args).code(0).json();
    id(&made["automations"][0], "id").to_owned()
}

pub fn automation(world: &World, id: &str) -> Value {
    tend(world, &["optimize", "show", id, "--json"])
        .code(0)
        .json()
}

#[test]
fn what_is_repeated_is_found_with_its_parts() {
    let world = world();
    let all = identified(&world);
    let daily = candidate(&all, &DAILY);
    assert_eq!(
        (daily["support"].as_i64(), daily["band"].as_str()),
        (Some(28), Some("propose"))
    );
    let parts = &daily["potential"];
    let part = |name: &str| parts[name].as_f64().unwrap();
    let sum = [
        "frequency",
        "time",
        "consistency",
        "reliability",
        "recency",
        "risk",
        "interactive",
    ]
    .map(part)
    .iter()
    .sum::<f64>();
    assert!((sum - part("total")).abs() < 1e-9, "{parts}");
    // Both grep for the same word: one option.
    let options = daily["parameters"].as_array().unwrap();
    assert_eq!(options.len(), 1, "{options:?}");
    assert_eq!(options[0]["name"], "pattern");
    assert_eq!(options[0]["observed"].as_array().unwrap().len(), 5);
    let weekly = candidate(&all, &WEEKLY);
    assert_eq!(weekly["regularity"]["period"], "week", "{weekly:#}");
    assert!(
        id(&weekly["regularity"], "cron").ends_with(" 9 * * 1"),
        "{weekly:#}"
    );
    // What was done in a folder below is done there again.
    let below = candidate(&all, &["cd sub", "sort parts.txt > sorted.txt"]);
    assert_eq!(below["support"], 7);
    // For people: the parts, and the formula of the original design.
    let shown = tend(&world, &["optimize", "identify", "--offline"])
        .code(0)
        .stdout;
    let line = shown
        .lines()
        .find(|line| line.contains("frequency"))
        .unwrap();
    for part in ["+ time ", "+ consistency ", "+ reliability ", "+ recency "] {
        assert!(line.contains(part), "{line}");
    }
    let vy = tend(
        &world,
        &["optimize", "identify", "--offline", "--score", "vy"],
    )
    .code(0)
    .stdout;
    // 5 × 28 is more than 50; 20 for ten times and more; 10 a step, at most 30.
    assert!(vy.starts_with("100  sort"), "{vy}");
}

#[test]
fn nothing_is_read_unless_it_is_named() {
    let world = World::new();
    fs::write(world.home().join(".bash_history"), "make all\n".repeat(9)).unwrap();
    let said = tend(&world, &["optimize", "identify"]).code(0);
    assert!(
        said.stderr.contains("git tend optimize sources"),
        "{}",
        said.stderr
    );
    assert!(!data(&world).join("optimize.db").exists());
    assert_eq!(identified(&world)["candidates"], serde_json::json!([]));
    // The user's own file keeps what else is in it.
    let config = world.home().join(".config/git-tend/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "# mine\n[agent] # off\nenabled = false\n").unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    tend(&world, &["optimize", "sources", "--on", "bash", "git"]).code(0);
    assert_eq!(
        fs::read_to_string(&config).unwrap(),
        "# mine\n[agent] # off\nenabled = false\n\n[optimize]\nsources = [\"git\", \"bash\"]\n"
    );
    assert_eq!(
        fs::metadata(&config).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let all = identified(&world);
    assert_eq!(candidate(&all, &["make all"])["support"], 9);
    tend(&world, &["optimize", "sources", "--off", "bash"]).code(0);
    let sources = tend(&world, &["optimize", "sources", "--json"])
        .code(0)
        .json();
    let bash = &sources["sources"][1];
    assert_eq!(
        (
            bash["source"].as_str(),
            bash["on"].as_bool(),
            bash["steps"].as_u64()
        ),
        (Some("bash"), Some(false), Some(9))
    );
    // A repository cannot choose what is read.
    world.write("tend.toml", "[optimize]\nsources = [\"zsh\"]\n");
    tend(&world, &["optimize", "identify"]).code(2);
}

#[test]
fn secrets_and_what_begins_with_a_space_are_never_stored() {
    let world = world();
    let all = identified(&world);
    assert_eq!(
        all["read"]["sources"]["shell"]["dropped"]["secret"], 9,
        "{}",
        all["read"]
    );
    assert_eq!(
        all["read"]["sources"]["shell"]["dropped"]["private"], 3,
        "{}",
        all["read"]
    );
    for entry in fs::read_dir(data(&world)).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() == "shell-journal" || entry.file_type().unwrap().is_dir() {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        for secret in [
            "s3cr3tb34r3rt0k3n",
            "hunter2hunter2",
            "AKIAIOSFODNN7",
            "nobodyshallseethis",
        ] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {:?}", entry.file_name());
        }
    }
    // Read twice is read once, and what is forgotten is gone.
    let again = identified(&world);
    assert_eq!(again["read"]["sources"]["shell"]["events"], 0);
    assert_eq!(steps_of(&again), steps_of(&all));
    tend(&world, &["optimize", "forget", "--all", "--again"]).code(0);
    assert_eq!(steps_of(&identified(&world)), steps_of(&all));
    let older = data(&world).join("shell-journal.1");
    fs::copy(data(&world).join("shell-journal"), &older).unwrap();
    tend(&world, &["optimize", "forget", "git"]).code(0);
    assert!(older.exists());
    tend(&world, &["optimize", "forget", "--all"]).code(0);
    assert!(!older.exists() && !data(&world).join("shell-journal").exists());
    let bytes = fs::read(data(&world).join("optimize.db")).unwrap();
    assert!(!bytes.windows(9).any(|window| window == b"words.txt"));
    assert_eq!(identified(&world)["candidates"], serde_json::json!([]));
}

#[test]
fn from_a_habit_to_an_alias_and_a_schedule_that_run() {
    let world = world();
    let all = identified(&world);
    let alias = generated(&world, candidate(&all, &DAILY), "git-alias");
    let schedule = generated(&world, candidate(&all, &WEEKLY), "schedule");
    for id in [&alias, &schedule] {
        // Nobody tried it.
        tend(&world, &["optimize", "exec", id]).code(3);
        tend(&world, &["optimize", "enable", id, "--yes"]).code(3);
        let report = tend(&world, &["optimize", "test", id, "--json"])
            .code(0)
            .json();
        assert_eq!(report["report"]["passed"], true, "{report:#}");
        assert_eq!(report["report"]["idempotent"], true);
        assert_eq!(report["state"], "tested");
    }
    // The sandbox was a copy: nothing was done here.
    assert!(!world.repo().join("sorted.txt").exists());
    tend(&world, &["optimize", "enable", &alias]).code(3);
    tend(&world, &["optimize", "enable", &alias, "--yes"]).code(0);
    let shown = tend(&world, &["optimize", "enable", &schedule, "--yes"]).code(0);
    assert!(
        shown.stderr.contains("+[task.git-shortlog]"),
        "{}",
        shown.stderr
    );

    let name = id(&automation(&world, &alias), "name").to_owned();
    let run = |word: &str| {
        let mut command = world.command("git");
        command
            .env("PATH", path())
            .env("TEND_NOW", NOW)
            .args([&name, "--pattern", word]);
        Ran::new(&command.output().unwrap())
    };
    let ran = run("apple").code(0);
    assert!(
        ran.stderr
            .contains("[4/4] grep -n apple words.txt > lines.txt"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        fs::read_to_string(world.repo().join("hits.txt")).unwrap(),
        "1\n"
    );
    assert_eq!(
        fs::read_to_string(world.repo().join("lines.txt")).unwrap(),
        "2:apple\n4:apple\n"
    );
    // A failure is passed on, and noted with what was said last.
    run("'; touch injected #").code(1);
    assert!(!world.repo().join("injected").exists());
    let runs = &automation(&world, &alias)["runs"];
    assert_eq!(
        (runs["count"].as_u64(), runs["ok"].as_u64()),
        (Some(2), Some(1)),
        "{runs}"
    );
    let error = runs["errors"][0][0].as_str().unwrap();
    assert!(error.contains("step # of # failed"), "{error}");

    // Cron's rounds: the first sees the schedule, and one on the next Monday after nine runs it.
    tend(&world, &["tick", "--here"]).code(0);
    at(&world, "2026-04-06T09:30:00Z", &["tick", "--here"]).code(0);
    at(&world, "2026-04-06T09:30:10Z", &["drain"]).code(0);
    let authors = fs::read_to_string(world.repo().join("AUTHORS.txt")).unwrap();
    assert!(authors.contains("A. Author"), "{authors}");
    assert_eq!(automation(&world, &schedule)["runs"]["count"], 1);

    tend(&world, &["optimize", "disable", &alias]).code(0);
    tend(&world, &["optimize", "disable", &schedule]).code(0);
    assert!(!world.repo().join("tend.local.toml").exists());
    let left = world
        .command("git")
        .args(["config", "--get-regexp", "^alias"])
        .output()
        .unwrap();
    assert!(left.stdout.is_empty());
    tend(&world, &["optimize", "remove", &alias, &schedule]).code(0);
    let list = tend(&world, &["optimize", "list", "--json"]).code(0).json();
    assert_eq!(list["automations"], serde_json::json!([]));
    let list = tend(&world, &["optimize", "list", "--all", "--json"])
        .code(0)
        .json();
    assert_eq!(list["automations"].as_array().unwrap().len(), 2);
    tend(&world, &["optimize", "exec", &alias]).code(3);
}

#[test]
fn what_was_edited_is_not_run_until_it_was_tested_again() {
    let world = world();
    let all = identified(&world);
    let script = generated(&world, candidate(&all, &DAILY), "shell-script");
    tend(&world, &["optimize", "test", &script]).code(0);
    let name = id(&automation(&world, &script), "name").to_owned();
    let file = data(&world).join("automations").join(&script).join(name);
    let text = fs::read_to_string(&file).unwrap();
    let edited = text.replace("uniq -c", "uniq -ic");
    assert_ne!(edited, text);
    fs::write(&file, &edited).unwrap();
    let refused = tend(&world, &["optimize", "exec", &script]).code(3);
    assert!(refused.stderr.contains("--edited"), "{}", refused.stderr);
    tend(&world, &["optimize", "test", &script, "--edited"]).code(0);
    tend(&world, &["optimize", "exec", &script, "--pattern", "apple"]).code(0);
    assert_eq!(automation(&world, &script)["text"], edited.as_str());
}

#[test]
fn what_fails_again_and_again_is_unstable() {
    let world = world();
    let all = identified(&world);
    let script = generated(&world, candidate(&all, &DAILY), "shell-script");
    tend(&world, &["optimize", "test", &script]).code(0);
    tend(&world, &["optimize", "enable", &script, "--yes"]).code(0);
    let run = |word: &str| tend(&world, &["optimize", "exec", &script, "--pattern", word]);
    for _ in 0..5 {
        run("apple").code(0);
    }
    assert_eq!(automation(&world, &script)["state"], "stable");
    run("nowhere").code(1);
    assert_eq!(automation(&world, &script)["state"], "testing");
    for _ in 0..3 {
        run("nowhere").code(1);
    }
    assert_eq!(automation(&world, &script)["state"], "unstable");
    // A dry run and help are no runs.
    run("x --dry-run").code(1);
    let dry = tend(&world, &["optimize", "exec", &script, "--dry-run"]).code(0);
    assert!(
        dry.stdout.starts_with("sort words.txt > sorted.txt\n"),
        "{}",
        dry.stdout
    );
    assert_eq!(automation(&world, &script)["runs"]["count"], 10);
    tend(&world, &["optimize", "exec", &script, "--no-such"]).code(2);
}

#[test]
fn a_coding_agent_enables_nothing() {
    let world = world();
    let all = identified(&world);
    let script = generated(&world, candidate(&all, &DAILY), "shell-script");
    tend(&world, &["optimize", "test", &script]).code(0);
    let vars = [("TEND_NOW", NOW), ("CLAUDECODE", "1")];
    world
        .tend_with(&vars, ["optimize", "enable", &script, "--yes"])
        .code(3);
    world
        .tend_with(&vars, ["optimize", "sources", "--on", "bash"])
        .code(3);
    assert_eq!(automation(&world, &script)["state"], "tested");
}

#[test]
fn a_target_stands_in_the_makefile_while_it_is_enabled() {
    let world = world();
    let makefile = "all:\n\techo all";
    world.write("Makefile", makefile);
    world.commit("Makefile");
    let all = identified(&world);
    let target = generated(&world, candidate(&all, &DAILY), "make-target");
    tend(&world, &["optimize", "test", &target]).code(0);
    tend(&world, &["optimize", "enable", &target, "--yes"]).code(0);
    let name = id(&automation(&world, &target), "name").to_owned();
    let made = world
        .command("make")
        .args(["-s", &name, "PATTERN=pear"])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    assert_eq!(
        fs::read_to_string(world.repo().join("lines.txt")).unwrap(),
        "1:pear\n"
    );
    tend(&world, &["optimize", "disable", &target]).code(0);
    assert_eq!(
        fs::read_to_string(world.repo().join("Makefile")).unwrap(),
        makefile
    );
}

#[test]
fn files_that_change_together_are_told() {
    let world = World::new();
    for round in 0..6 {
        world.write("schema.sql", format!("-- {round}"));
        world.write("gen.rs", format!("// {round}"));
        world.write("always.md", format!("{round}"));
        world.commit("both");
        world.write("always.md", format!("{round} again"));
        world.write(&format!("other-{round}.rs"), "x");
        world.commit("one");
        world.write("always.md", format!("{round} more"));
        world.commit("it alone");
    }
    tend(&world, &["optimize", "sources", "--on", "git"]).code(0);
    let all = identified(&world);
    let rules = all["co_changes"].as_array().unwrap();
    let told = |when: &str, then: &str| {
        rules
            .iter()
            .any(|it| it["when"] == when && it["then"] == then)
    };
    assert!(told("schema.sql", "gen.rs"), "{rules:?}");
    assert!(
        !told("schema.sql", "always.md"),
        "it changes all the time: {rules:?}"
    );
    let shown = tend(&world, &["optimize", "identify"]).code(0).stdout;
    assert!(
        shown.contains("when schema.sql changes, gen.rs does in 100 % of 6"),
        "{shown}"
    );
}

#[test]
fn a_damaged_database_is_moved_aside() {
    let world = world();
    let all = identified(&world);
    fs::write(data(&world).join("optimize.db"), "no database").unwrap();
    let said = tend(
        &world,
        &["optimize", "identify", "--all", "-n", "50", "--json"],
    )
    .code(0);
    assert!(said.stderr.contains("was damaged"), "{}", said.stderr);
    assert_eq!(steps_of(&said.json()), steps_of(&all));
}

#[test]
fn snippets_are_what_shells_can_read() {
    let world = World::new();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")] {
        let text = tend(&world, &["optimize", "shell-init", shell])
            .code(0)
            .stdout;
        let file = world.home().join(shell);
        fs::write(&file, text).unwrap();
        let output = world.command(shell).arg(check).arg(&file).output();
        let Ok(output) = output else {
            let required = std::env::var_os("TEND_TEST_REAL").is_some_and(|value| value == "1");
            assert!(!required, "{shell} is missing");
            continue;
        };
        assert!(
            output.status.success(),
            "{shell}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    tend(&world, &["optimize", "shell-init", "tcsh"]).code(2);
}

#[test]
fn what_is_done_before_a_push_becomes_its_hook() {
    let world = World::new();
    world.write("check.sh", "echo checked >> checked.txt\n");
    world.write(".gitignore", "checked.txt\n");
    world.commit("a check");
    let repo = fs::canonicalize(world.repo()).unwrap();
    let mut journal = Journal::default();
    for ago in 1..=9_i64 {
        let midnight: Timestamp = "2026-03-31T00:00:00Z".parse().unwrap();
        let begin = midnight - SignedDuration::from_hours(24 * ago)
            + SignedDuration::from_mins(600 + ago * 17);
        let session = format!("day-{ago}");
        journal.typed(begin, &session, &repo, 9000, "sh check.sh");
        let push = begin + SignedDuration::from_secs(30);
        journal.typed(push, &session, &repo, 3000, "git push");
        journal.typed(
            begin + SignedDuration::from_mins(90),
            "other",
            &repo,
            100,
            "git status",
        );
    }
    journal.write(&world);
    tend(&world, &["optimize", "sources", "--on", "shell"]).code(0);
    let all = identified(&world);
    let found = candidate(&all, &["sh check.sh", "git push"]);
    assert_eq!(found["hook"]["name"], "pre-push", "{found:#}");
    let hook = generated(&world, found, "hook");
    // A hook that pushed would push for ever.
    let text = tend(&world, &["optimize", "show", &hook, "--text"])
        .code(0)
        .stdout;
    assert!(
        text.contains("sh check.sh") && !text.contains("git push"),
        "{text}"
    );
    // It does more each time, and so does not pass.
    tend(&world, &["optimize", "test", &hook]).code(1);
    world.write("check.sh", "echo checked > checked.txt\n");
    world.commit("the same each time");
    tend(&world, &["optimize", "test", &hook]).code(0);
    tend(&world, &["optimize", "enable", &hook, "--yes"]).code(0);
    let local = fs::read_to_string(world.repo().join("tend.local.toml")).unwrap();
    assert!(local.contains("[hooks.pre-push]"), "{local}");
    tend(&world, &["config", "check"]).code(0);
    tend(&world, &["optimize", "remove", &hook]).code(0);
    assert!(!world.repo().join("tend.local.toml").exists());
}

#[test]
fn a_large_journal_is_moved_aside_and_nothing_of_it_is_lost() {
    let world = world();
    let journal = data(&world).join("shell-journal");
    let whole = fs::read(&journal).unwrap();
    let all = identified(&world);
    // Lines that nobody types, to the size at which it is begun anew.
    let mut large = whole.clone();
    while large.len() <= 4 << 20 {
        large.extend_from_slice(&[b'x'; 4096]);
        large.push(b'\n');
    }
    fs::write(&journal, &large).unwrap();
    identified(&world);
    assert!(!journal.exists());
    // A shell that had it open has one more to say, and another begins a new one.
    let late =
        b"tend1\x001774958000.000000\x001774958001.000000\x00-\x000\0late\0/\0=make late\0\n";
    let mut moved = fs::OpenOptions::new()
        .append(true)
        .open(data(&world).join("shell-journal.1"))
        .unwrap();
    std::io::Write::write_all(&mut moved, late).unwrap();
    fs::write(&journal, late).unwrap();
    let again = identified(&world);
    assert_eq!(
        again["read"]["sources"]["shell"]["events"], 1,
        "once, though it is told twice: {}",
        again["read"]
    );
    assert_eq!(steps_of(&again), steps_of(&all));
}
