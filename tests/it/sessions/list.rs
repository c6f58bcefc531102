//! `git tend sessions list`.

use serde_json::json;

use super::{LOCK, SITE, apply, file, listing, node, open, tend, wide, world};
use crate::support::World;

#[test]
fn sessions_with_the_latest_work_come_first() {
    let world = world();
    insta::assert_snapshot!(listing(&tend(&world, &["sessions", "list"])), @r#"
    SESSION        WHEN        AGENT        PROJECT  NODES  TOKENS   COST    TOOK  ABOUT
    0198c0de-a  ◐  2h 12m ago  pi           shop         2   25.0k  $0.50  1h 00m  Looked for the lock that the queue had lost
    0198c0de-b  ✗  9d 4h ago   claude-code  site         1                    30m  Drew the front page of the site
    "#);
    insta::assert_snapshot!(listing(&tend(&world, &["sessions", "list", "--all"])), @r#"
    SESSION        WHEN        AGENT        PROJECT  NODES  TOKENS   COST    TOOK  ABOUT
    0198c0de-a  ◐  2h 12m ago  pi           shop         2   25.0k  $0.50  1h 00m  Looked for the lock that the queue had lost
    0198c0de-c     2d 3h ago   codex        shop         0                         still going on, or too small
    0198c0de-b  ✗  9d 4h ago   claude-code  site         1                    30m  Drew the front page of the site
    "#);
    insta::assert_snapshot!(listing(&wide(&world, 80, &["sessions", "list"])), @r#"
    SESSION        WHEN        AGENT        PROJECT   COST  ABOUT
    0198c0de-a  ◐  2h 12m ago  pi           shop     $0.50  Looked for the lock tha…
    0198c0de-b  ✗  9d 4h ago   claude-code  site            Drew the front page of…
    "#);
    insta::assert_snapshot!(listing(&wide(&world, 40, &["sessions", "list"])), @r#"
    SESSION        WHEN        ABOUT
    0198c0de-a  ◐  2h 12m ago  Looked for t…
    0198c0de-b  ✗  9d 4h ago   Drew the fro…
    "#);
}

#[test]
fn filters_and_limits() {
    let world = world();
    let ids = |args: &[&str]| {
        let args = [&["sessions", "list", "-q"], args].concat();
        let out = tend(&world, &args).code(0).stdout;
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), [LOCK, SITE]);
    assert_eq!(ids(&["--all"]), [LOCK, "0198c0de-cccc", SITE]);
    assert_eq!(ids(&["--project", "SHOP"]), [LOCK]);
    assert_eq!(ids(&["--project", "/home/u/shop/"]), [LOCK]);
    assert_eq!(ids(&["--project", "/home/u"]), [LOCK, SITE]);
    assert_eq!(
        ids(&["--project", "shop", "--all"]),
        [LOCK, "0198c0de-cccc"]
    );
    assert_eq!(ids(&["--agent", "claude"]), [SITE]);
    assert_eq!(ids(&["--agent", "codex", "--all"]), ["0198c0de-cccc"]);
    assert_eq!(ids(&["--since", "2d"]), [LOCK]);
    assert_eq!(ids(&["--since", "2026-02-20"]), [LOCK, SITE]);
    assert_eq!(ids(&["--limit", "1"]), [LOCK]);
    let ran = tend(&world, &["sessions", "list", "-n", "1"]).code(0);
    assert_eq!(ran.stderr, "there are more · -n 4\n");
    let ran = tend(&world, &["sessions", "list", "--agent", "gpt"]).code(2);
    assert!(
        ran.stderr.contains("one of pi, claude-code, codex"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        tend(&world, &["sessions", "list", "--project", "nothing"])
            .code(0)
            .stderr,
        "no such sessions\n"
    );
}

#[test]
fn a_project_can_be_said_from_here() {
    let world = World::bare_folder();
    let here = world.repo().canonicalize().unwrap();
    let mut made = node(LOCK, 1, super::NOW, "Made something here", &json!({}));
    made.classification.project = here.to_string_lossy().into_owned();
    apply(&mut open(&world), vec![file(LOCK, "pi", "/x", &[made])]);
    for (project, found) in [(".", LOCK), ("..", LOCK), ("./nothing", "")] {
        let out = tend(&world, &["sessions", "list", "-q", "--project", project]).code(0);
        assert_eq!(out.stdout.trim(), found, "{project}");
    }
}

#[test]
fn what_scripts_rely_on() {
    let world = world();
    let document = tend(&world, &["sessions", "list", "--json"]).code(0).json();
    assert_eq!(document["schema"], 1);
    assert_eq!(
        document["sessions"][0],
        json!({
            "id": LOCK,
            "agent": "pi",
            "project": "/home/u/shop",
            "started_at": "2026-03-01T09:00:00Z",
            "ended_at": "2026-03-01T10:30:00Z",
            "nodes": 2,
            "gone_nodes": 0,
            "tokens": 25_000,
            "cost": 0.5,
            "duration_minutes": 60.0,
            "outcome": "partial",
            "summary": "Looked for the lock that the queue had lost",
            "commits": 1,
        })
    );
    assert_eq!(document["sessions"][1]["agent"], "claude-code");
    assert_eq!(document["sessions"].as_array().unwrap().len(), 2);
}
