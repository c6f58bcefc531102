//! Listings in the width of the terminal.

use super::{at, columns, wide};
use crate::support::World;

const CONFIG: &str = r#"[queue]
slots = 2

[defaults]
builtin = false

[hooks.post-commit]
tasks = ["lint"]

[task.lint]
run = ["true"]
expect = "95s"

[task.fails]
run = ["sh", "-c", "echo begin; echo '結果: 失敗しました'; exit 3"]
retries = 0

[task.child]
run = ["true"]
needs = ["fails"]

[task.docs]
run = ["true"]
schedule = "0 2 * * *"
priority = "low"

[task.new]
run = ["echo", "never approved"]
every = "6h"
"#;

/// Something of each state, some of it in wide characters.
fn world() -> World {
    let world = World::with_config(CONFIG);
    world
        .tend(["trust", "--yes", "lint", "fails", "child", "docs"])
        .code(0);
    for (now, args, code) in [
        ("12:00:00", &["tick", "--here"][..], 0),
        ("12:05:00", &["run", "child"], 1),
        ("12:30:00", &["run", "--enqueue", "child"], 0),
        ("12:31:00", &["run", "--enqueue", "lint"], 0),
        (
            "12:32:00",
            &[
                "run",
                "--enqueue",
                "--",
                "echo",
                "日本語のとても長い名前のコマンドです",
                "that",
                "goes",
                "on",
            ],
            0,
        ),
    ] {
        at(&world, now, args).code(code);
    }
    // How long things took decides how wide they are.
    let queue = rusqlite::Connection::open(world.state_dir().join("queue.db")).unwrap();
    queue
        .execute("UPDATE execution SET ms = 12000", [])
        .unwrap();
    world
}

/// What differs from run to run, replaced by something as wide where it stands in a table.
macro_rules! snapshot {
    ($value:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => vec![
            (r"\b[0-9a-f]{8}\b", "[--id--]"),
            (r"\b\d{1,2}:\d\d:\d\d\b", "[-TIME-]"),
            (r"\b\d+(\.\d+)?(ms|s) each", "[SPAN] each"),
            (r"~\d+(\.\d+)?(ms|s)\b", "~[SPAN]"),
            (r"fails [0-9a-f]+…", "fails [id]…"),
            // How long until then depends on the repository's folder, and so do the columns beside it.
            (r"in (\d+[smhd] ?)+ \(\d\d:\d\d\) *", "in [SPAN] ([TIME])  "),
            (r"NEXT +LAST", "NEXT  LAST"),
        ] }, { insta::assert_snapshot!($value, @$snapshot) });
    };
}

#[test]
fn queue_gives_way_column_by_column() {
    let world = world();
    let queue = |width| wide(&world, width, &["queue"]).code(0).stdout;
    snapshot!(queue(200), @r#"
    ID        STATE    PRIORITY  TASK                                                      COMMIT    WHEN         TAKES    WHY
    [--id--]  queued   critical  fails                                                     [--id--]  waiting 12m  ~[SPAN]
    [--id--]  queued   critical  lint                                                      [--id--]  waiting 11m  ~1m 35s
    [--id--]  queued   critical  echo '日本語のとても長い名前のコマンドです' that goes on  [--id--]  waiting 10m
    [--id--]  blocked  critical  child                                                     [--id--]  waiting 12m           waits for fails [--id--]
    [--id--]  held     normal    new                                                       [--id--]  waiting 42m           its command is not approved · git tend trust new
    "#);
    snapshot!(queue(120), @r#"
    ID        STATE    PRIORITY  TASK                                COMMIT    WHEN         WHY
    [--id--]  queued   critical  fails                               [--id--]  waiting 12m
    [--id--]  queued   critical  lint                                [--id--]  waiting 11m
    [--id--]  queued   critical  echo '日本語のとても長い名前のコ…   [--id--]  waiting 10m
    [--id--]  blocked  critical  child                               [--id--]  waiting 12m  waits for fails [--id--]
    [--id--]  held     normal    new                                 [--id--]  waiting 42m  its command is not approved · g…
    "#);
    snapshot!(queue(80), @r#"
    ID        STATE    TASK                          WHEN         WHY
    [--id--]  queued   fails                         waiting 12m
    [--id--]  queued   lint                          waiting 11m
    [--id--]  queued   echo '日本語のとても長い名…   waiting 10m
    [--id--]  blocked  child                         waiting 12m  waits for fails [id]…
    [--id--]  held     new                           waiting 42m  its command is no…
    "#);
    snapshot!(queue(40), @r#"
    ID           TASK
    [--id--]  ↻  fails                   12m
    [--id--]  ↻  lint                    11m
    [--id--]  ↻  echo '日本語のとても…   10m
    [--id--]  …  child                   12m
    [--id--]  ⏸  new                     42m
    "#);
}

#[test]
fn status_goes_on_below() {
    let world = world();
    let status = |width| wide(&world, width, &["status"]).code(0).stdout;
    snapshot!(status(200), @r#"
    3 queued · 1 blocked · 1 held · 2 failed today · slots 0/2 · oldest waits 42m · [SPAN] each on average

    ID        STATE    PRIORITY  TASK                                                      COMMIT    WHEN         TAKES    WHY
    [--id--]  queued   critical  fails                                                     [--id--]  waiting 12m  ~[SPAN]
    [--id--]  queued   critical  lint                                                      [--id--]  waiting 11m  ~1m 35s
    [--id--]  queued   critical  echo '日本語のとても長い名前のコマンドです' that goes on  [--id--]  waiting 10m
    [--id--]  blocked  critical  child                                                     [--id--]  waiting 12m           waits for fails [--id--]
    [--id--]  held     normal    new                                                       [--id--]  waiting 42m           its command is not approved · git tend trust new

    SCHEDULED    NEXT  LAST
    new          in [SPAN] ([TIME])  42m ago
    docs (cron)  in [SPAN] ([TIME])  

    2 failed jobs · git tend queue --state failed · git tend retry --failed
    held jobs wait for your approval · git tend trust
    no hooks are installed: commits are noticed by the next drain only · git tend install-hooks
    "#);
    snapshot!(status(80), @r#"
    3 queued · 1 blocked · 1 held · 2 failed today · slots 0/2 · oldest waits 42m
      [SPAN] each on average

    ID        STATE    TASK                          WHEN         WHY
    [--id--]  queued   fails                         waiting 12m
    [--id--]  queued   lint                          waiting 11m
    [--id--]  queued   echo '日本語のとても長い名…   waiting 10m
    [--id--]  blocked  child                         waiting 12m  waits for fails [id]…
    [--id--]  held     new                           waiting 42m  its command is no…

    SCHEDULED    NEXT  LAST
    new          in [SPAN] ([TIME])  42m ago
    docs (cron)  in [SPAN] ([TIME])  

    2 failed jobs · git tend queue --state failed · git tend retry --failed
    held jobs wait for your approval · git tend trust
    no hooks are installed: commits are noticed by the next drain only
      git tend install-hooks
    "#);
    snapshot!(status(40), @r#"
    3 queued · 1 blocked · 1 held
      2 failed today · slots 0/2
      oldest waits 42m · [SPAN] each on average

    ID           TASK
    [--id--]  ↻  fails                   12m
    [--id--]  ↻  lint                    11m
    [--id--]  ↻  echo '日本語のとても…   10m
    [--id--]  …  child                   12m
    [--id--]  ⏸  new                     42m

    SCHEDULED    NEXT  LAST
    new          in [SPAN] ([TIME])  42m ago
    docs (cron)  in [SPAN] ([TIME])  

    2 failed jobs
      git tend queue --state failed
      git tend retry --failed
    held jobs wait for your approval
      git tend trust
    no hooks are installed: commits are
      noticed by the next drain only
      git tend install-hooks
    "#);
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let world = world();
    let id = world.newest_job("fails");
    for width in [1, 2, 7, 12, 20, 33, 40, 64, 80, 120, 200] {
        for args in [
            &["status"][..],
            &["queue"],
            &["queue", "--all"],
            &["show", &id],
            &["log"],
            &["digest", "--peek"],
            &["queue", "--color", "always"],
        ] {
            let ran = wide(&world, width, args).code(0);
            for line in anstream::adapter::strip_str(&ran.stdout)
                .to_string()
                .lines()
            {
                assert!(columns(line) <= width, "{width}: {args:?}: {line:?}");
            }
            // Every look that is begun is ended, and no sequence is cut.
            let begun = ran.stdout.matches('\u{1b}').count();
            let whole = ran.stdout.match_indices("\u{1b}[").filter(|(at, _)| {
                let rest = &ran.stdout[at + 2..];
                rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                    .starts_with('m')
            });
            assert_eq!(begun, whole.count(), "{args:?}");
        }
    }
}

#[test]
fn for_programs_nothing_is_cut() {
    let world = world();
    let piped = at(&world, "12:42:30", &["queue"]).code(0).stdout;
    assert!(
        piped.contains("日本語のとても長い名前のコマンドです' that goes on"),
        "{piped}"
    );
    assert!(
        piped.contains("its command is not approved · git tend trust new"),
        "{piped}"
    );
}

#[test]
fn a_story_is_told_whole() {
    let world = world();
    let all = at(&world, "12:42:30", &["queue", "--all", "--json"]).json();
    let failed = all["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["state"] == "failed" && job["task"] == "fails");
    let id = failed.unwrap()["id"].as_str().unwrap().to_owned();
    let story = |width| {
        let text = wide(&world, width, &["show", &id]).code(0).stdout;
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        world.scrub(&text).replace(host.trim(), "[HOST]")
    };
    let wide_story = story(120);
    for part in [
        "✗ ",
        " fails · failed · 37m ago",
        "why        exited with code 3",
        "asked      asked for by hand · 12:05:00",
        "command    sh -c 'echo begin; echo '\\''結果: 失敗しました'\\''; exit 3'",
        " Begin\n",
        "limits     time-out 10m",
        "no retries",
        "needed by  ",
        " child failed",
        "attempts\n",
        "exited with code 3",
        "last words\n  │ begin\n  │ 結果: 失敗しました\n",
        "history\n  12:05:00  enqueued  queued",
        "claimed   queued → running  attempt 1 in slot 1",
        "next\n  git tend retry ",
    ] {
        assert!(
            wide_story.contains(part),
            "{part:?} is not in\n{wide_story}"
        );
    }
    let narrow = story(40);
    assert!(narrow.contains("  │ 結果: 失敗しました\n"), "{narrow}");
    let json = at(&world, "12:42:30", &["show", &id, "--json"]).json();
    assert_eq!(json["asked"], "asked for by hand");
    assert_eq!(json["needed_by"][0]["task"], "child");
    assert_eq!(
        json["events"][0]["why"]
            .as_str()
            .unwrap()
            .split(", on ")
            .next(),
        Some("asked for by hand")
    );
}

#[test]
fn what_scripts_rely_on_is_still_there_and_more() {
    let world = world();
    let status = at(&world, "12:42:30", &["status", "--json"]).json();
    assert_eq!(status["schema"], 1);
    for field in [
        "jobs",
        "done_today",
        "failed_today",
        "oldest_queued_at",
        "average_duration_ms",
        "running",
        "schedules",
        "paused_until",
        "gates",
    ] {
        assert!(status.get(field).is_some(), "{field}");
    }
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["workers"]["total"], 2);
    assert_eq!(status["workers"]["idle"], 2);
    assert_eq!(status["queue"]["pending"], 5);
    assert_eq!(status["queue"]["failed_today"], 2);
    assert_eq!(status["healthy"], false);
    assert_eq!(status["errors"].as_array().unwrap().len(), 2);
    assert_eq!(status["next_scheduled"]["task"], "new");
    assert!(
        status["config_files"][0]
            .as_str()
            .unwrap()
            .ends_with("tend.toml")
    );
    // Without a queue there is the same, with nothing in it.
    let empty = World::new().tend(["status", "--json"]).code(0).json();
    let keys = |value: &serde_json::Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&empty), keys(&status));
    assert_eq!(empty["healthy"], true);
}
