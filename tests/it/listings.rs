//! Whole listings, as a person reads them.

use crate::support::World;

const CONFIG: &str = r#"[queue]
slots = 1

[hooks.post-commit]
tasks = ["lint"]
drain = "60s"

[task.lint]
run = ["true"]
expect = "95s"

[defaults]
builtin = false

[task.codebase_quick]
enabled = true

[task.fails]
run = ["sh", "-c", "echo no such luck; exit 3"]
retries = 0

[task.child]
run = ["true"]
needs = ["fails"]

[task.docs]
run = ["nodocs", "build"]
schedule = "0 2 * * *"
priority = "low"

[task.new]
run = ["echo", "never approved"]
every = "6h"
"#;

/// Half a minute past, so that a slow start does not change the minutes.
const NOW: &str = "12:42:30";

/// A repository in which something waits, something failed, and something is not approved.
fn world() -> World {
    let world = World::with_config(CONFIG);
    world.write("a.py", "print(1)\n");
    world.commit("Add a file");
    world
        .tend(["trust", "--yes", "lint", "fails", "child", "docs"])
        .code(0);
    for (now, args, code) in [
        ("12:00:00", &["tick", "--here"][..], 0),
        ("12:05:00", &["run", "child"], 1),
        ("12:10:00", &["run", "docs"], 0),
        ("12:30:00", &["run", "--enqueue", "child"], 0),
        ("12:31:00", &["run", "--enqueue", "lint"], 0),
    ] {
        at(&world, now, args).code(code);
    }
    world
}

fn at(world: &World, now: &str, args: &[&str]) -> crate::support::Ran {
    world.tend_with(&[("TEND_NOW", &format!("2026-03-01T{now}Z"))], args)
}

/// What a person reads after the command: both streams, and the exit code where it is not 0.
fn listing(world: &World, args: &[&str]) -> String {
    let ran = at(world, NOW, args);
    let mut text = world.scrub(&ran.stdout);
    if !ran.stderr.is_empty() {
        text.push_str(&format!("--- stderr\n{}", world.scrub(&ran.stderr)));
    }
    if ran.code != 0 {
        text.push_str(&format!("--- exit code {}\n", ran.code));
    }
    text
}

/// What differs from run to run, replaced by something as wide where it stands in a table.
macro_rules! snapshot {
    ($value:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => vec![
            (r"\b[0-9a-f]{8,10}\b", "[--id--]"),
            (r"\b\d{1,2}:\d\d:\d\d\b", "[TIME]"),
            (r"\b\d+(\.\d+)?(ms|s)\b", "[SPAN]"),
            (r"\b\d+(\.\d+)? [KM]iB", "[SIZE]"),
            (r"/tend/\d+/", "/tend/[UID]/"),
            // How long until then depends on the repository's folder, and so do the columns beside it.
            (r"in (\d+[smhd] ?)+ \(\d\d:\d\d\) *", "in [SPAN] ([TIME])  "),
            (r"NEXT +LAST", "NEXT  LAST"),
            // What a run used, where, and how it was held to its limits.
            (r"(STARTED|WAITED|TOOK|CPU|MEMORY|SLOT|HOST|SPAN\]|SIZE\]|TIME\]) {2,}", "$1  "),
            (r"1  \S+ +(succeeded|spawn-failed)", "1  [HOST]  $1"),
            (r"held to: .*", "held to: [LIMITS]"),
        ] }, { insta::assert_snapshot!($value, @$snapshot) });
    };
}

#[test]
fn status_and_queue() {
    let world = world();
    snapshot!(listing(&world, &["status"]), @r#"
    2 queued · 1 blocked · 1 held · 2 failed today · slots 0/1 · oldest waits 42m · 1 done today · [SPAN] each on average

    ID        STATE    PRIORITY  TASK   COMMIT    WHEN         TAKES    WHY
    [--id--]  queued   critical  fails  [--id--]  waiting 12m  ~[SPAN]
    [--id--]  queued   critical  lint   [--id--]  waiting 11m  ~1m [SPAN]
    [--id--]  blocked  critical  child  [--id--]  waiting 12m           waits for fails [--id--]
    [--id--]  held     normal    new    [--id--]  waiting 42m           its command is not approved · git tend trust new

    SCHEDULED       NEXT  LAST
    codebase_quick  in [SPAN] ([TIME])  42m ago
    new             in [SPAN] ([TIME])  42m ago
    docs (cron)     in [SPAN] ([TIME])  

    2 failed jobs · git tend queue --state failed · git tend retry --failed
    held jobs wait for your approval · git tend trust
    no hooks are installed: commits are noticed by the next drain only · git tend install-hooks
    "#);
    snapshot!(listing(&world, &["status", "--short"]), @r#"
    2 queued · 1 blocked · 1 held · 2 failed today
    "#);
    snapshot!(listing(&world, &["queue"]), @r#"
    ID        STATE    PRIORITY  TASK   COMMIT    WHEN         TAKES    WHY
    [--id--]  queued   critical  fails  [--id--]  waiting 12m  ~[SPAN]
    [--id--]  queued   critical  lint   [--id--]  waiting 11m  ~1m [SPAN]
    [--id--]  blocked  critical  child  [--id--]  waiting 12m           waits for fails [--id--]
    [--id--]  held     normal    new    [--id--]  waiting 42m           its command is not approved · git tend trust new
    "#);
    snapshot!(listing(&world, &["queue", "--all"]), @r#"
    ID        STATE    PRIORITY  TASK            COMMIT    WHEN         TAKES    WHY
    [--id--]  queued   critical  fails           [--id--]  waiting 12m  ~[SPAN]
    [--id--]  queued   critical  lint            [--id--]  waiting 11m  ~1m [SPAN]
    [--id--]  blocked  critical  child           [--id--]  waiting 12m           waits for fails [--id--]
    [--id--]  held     normal    new             [--id--]  waiting 42m           its command is not approved · git tend trust new
    [--id--]  skipped  critical  docs            [--id--]  32m ago               nodocs is not installed: not in .venv/bin, node_modules/.bin or PATH
    [--id--]  failed   critical  child           [--id--]  37m ago               job [--id--], which it needs, did not succeed
    [--id--]  failed   critical  fails           [--id--]  37m ago               exited with code 3
    [--id--]  done     normal    codebase_quick  [--id--]  42m ago
    "#);
    snapshot!(listing(&World::new(), &["status"]), @r#"
    nothing has been enqueued here yet · git tend run-all
    "#);
    snapshot!(listing(&World::new(), &["queue"]), @r#"
    --- stderr
    nothing waits or runs
    "#);
}

#[test]
fn show() {
    let world = world();
    snapshot!(listing(&world, &["show", &world.newest_job("codebase_quick")]), @r#"
    ✓ [--id--] codebase_quick · done · 42m ago
      asked     due at [TIME] · [TIME]
      command   git tend run codebase_quick
      commit    [--id--] Add a file
      priority  normal
      limits    time-out 10m · memory 2.0 GiB · nice 10 · 50 % of the machine · 3 retries, the first after [SPAN]

    attempts
      RUN  STARTED  WAITED  TOOK  CPU  MEMORY  SLOT  HOST  OUTCOME
        1  [TIME]  [SPAN]  [SPAN]  [SPAN]  [SIZE] of 2.0 GiB     1  [HOST]  succeeded
      held to: [LIMITS]

    came of it
      codebase_analysis · git tend results show 1

    history
      [TIME]  enqueued  queued            due at [TIME], on [--id--]
      [TIME]  claimed   queued → running  attempt 1 in slot 1
      [TIME]  done

    next
      git tend log [--id--]  all that it wrote
    "#);
    snapshot!(listing(&world, &["show", &world.newest_job("child")]), @r#"
    … [--id--] child · blocked · waiting 12m
      why        waits for fails [--id--]
      asked      asked for by hand · [TIME]
      command    true
      commit     [--id--] Add a file
      priority   critical · somebody waits for it
      limits     time-out 10m · memory 2.0 GiB · nice 10 · 50 % of the machine · 3 retries, the first after [SPAN]
      waits for  [--id--] fails queued

    history
      [TIME]  enqueued  blocked  asked for by hand, on [--id--]

    next
      git tend show [--id--]  what it waits for
    "#);
    snapshot!(listing(&world, &["show", &world.newest_job("docs")]), @r#"
    – [--id--] docs · skipped · 32m ago
      why       nodocs is not installed: not in .venv/bin, node_modules/.bin or PATH
      asked     asked for by hand · [TIME]
      command   nodocs build
      commit    [--id--] Add a file
      priority  critical · somebody waits for it
      limits    time-out 10m · memory 2.0 GiB · nice 10 · 50 % of the machine · 3 retries, the first after [SPAN]

    attempts
      RUN  STARTED  WAITED  TOOK  SLOT  HOST  OUTCOME
        1  [TIME]  [SPAN]  [SPAN]  1  [HOST]  spawn-failed

    history
      [TIME]  enqueued  queued            asked for by hand, on [--id--]
      [TIME]  claimed   queued → running  attempt 1 in slot 1
      [TIME]  skipped                     nodocs is not installed: not in .venv/bin, node_modules/.bin or PATH

    next
      git tend retry [--id--]  queue it again
    "#);
    snapshot!(listing(&world, &["show", &world.newest_job("new")]), @r#"
    ⏸ [--id--] new · held · waiting 42m
      why       its command is not approved · git tend trust new
      asked     due at [TIME] · [TIME]
      command   echo 'never approved'
      commit    [--id--] Add a file
      priority  normal
      limits    time-out 10m · memory 2.0 GiB · nice 10 · 50 % of the machine · 3 retries, the first after [SPAN]

    history
      [TIME]  enqueued  held  due at [TIME], on [--id--]

    next
      git tend trust new  see and approve it
    "#);
}

#[test]
fn explain() {
    let world = world();
    snapshot!(listing(&world, &["explain", &world.newest_job("lint")]), @r#"
    [--id--] lint is queued
      rank       critical, stale +15
      missed     0 drains since it was enqueued
      estimate   half of the runs within 1m [SPAN], nine of ten within 1m [SPAN] (`expect`)
      window     as long as it takes
      a drain    starts now
    "#);
    snapshot!(listing(&world, &["explain", &world.newest_job("lint"), "--budget", "60s"]), @r#"
    [--id--] lint is queued
      rank       critical, stale +15
      missed     0 drains since it was enqueued
      estimate   half of the runs within 1m [SPAN], nine of ten within 1m [SPAN] (`expect`)
      window     1m
      a drain    is tried: nobody knows whether it ends in time
    "#);
    snapshot!(listing(&world, &["explain", &world.newest_job("child")]), @r#"
    [--id--] child is blocked: waits for 1 job
      it starts when these are done: [--id--] (queued)
    "#);
    snapshot!(listing(&world, &["explain", &world.newest_job("new")]), @r#"
    [--id--] new is held: its command is not approved · git tend trust new
      it is queued as soon as its command is approved
    "#);
    snapshot!(listing(&world, &["explain", &world.newest_job("docs")]), @r#"
    [--id--] docs was skipped: nodocs is not installed: not in .venv/bin, node_modules/.bin or PATH
      it has ended · git tend show [--id--]
    "#);
    snapshot!(listing(&world, &["log", &world.newest_job("docs")]), @r#"
    --- stderr
    error: [--id--] did not run
    hint: git tend show [--id--]
    --- exit code 1
    "#);
}

#[test]
fn results() {
    let world = world();
    snapshot!(listing(&world, &["results"]), @r#"
    RESULT  TASK            TYPE               COMMIT    WHEN
    1       codebase_quick  codebase_analysis  [--id--]  42m ago
    "#);
    snapshot!(listing(&World::new(), &["results"]), @r#"
    --- stderr
    no results yet · git tend run-all
    "#);
}

#[test]
fn runs_and_drains() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes", "fails", "child"]).code(0);
    snapshot!(listing(&world, &["run", "child"]), @r#"
    --- stderr
    ✗ fails [SPAN] · exited with code 3 · git tend log [--id--]
    ✗ child · job [--id--], which it needs, did not succeed
    --- exit code 1
    "#);
    snapshot!(listing(&world, &["run", "--", "true"]), @r#"
    --- stderr
    ✓ true [SPAN]
    "#);
    snapshot!(listing(&world, &["run", "new"]), @r#"
    --- stderr
    error: the command of new is not approved
    hint: git tend trust new shows and approves it
    --- exit code 3
    "#);
    snapshot!(listing(&world, &["run", "--enqueue", "child"]), @r#"
    --- stderr
    [--id--] fails enqueued
    [--id--] child enqueued
    "#);
    snapshot!(listing(&world, &["drain", "--budget", "60s"]), @r#"
    --- stderr
    main: watching from [--id--] on, without jobs for it (it is seen for the first time)
    ✗ fails [SPAN] · exited with code 3 · git tend log [--id--]
    ✓ codebase_quick [SPAN]
    --- exit code 1
    "#);
}

#[test]
fn approvals() {
    let world = world();
    snapshot!(listing(&world, &["trust", "--list"]), @r#"
    child true
    docs nodocs build
    fails sh -c 'echo no such luck; exit 3'
    lint true
    "#);
}

#[test]
fn doctor() {
    let world = world();
    let text = listing(&world, &["doctor"]);
    // What depends on the machine is left out.
    let machine = ["git", "cron", "limits", "workspaces", "battery", "pressure"];
    let said: Vec<&str> = text
        .lines()
        .filter(|line| {
            !machine
                .iter()
                .any(|name| line[3..].trim().starts_with(name))
        })
        .collect();
    let said = said.join("\n");
    snapshot!(said, @r#"
    ✓ repository     [WORLD]/repo/.git
    ✓ file system    local
    ✓ configuration  [WORLD]/repo/tend.toml
    ⚠ queue          2 failed, 1 held · git tend queue --all
    ✓ hooks          none installed · git tend install-hooks
    ✓ notices        console, file
    ✓ window         lint needs 95 s, your largest window is 60 s: after 10 drains without it, it gets a detached one of its own
    ✓ tasks          4 ready
    ⚠ task           docs: nodocs is not installed: not in .venv/bin, node_modules/.bin or PATH
    ⚠ task           new is not approved · git tend trust
    Ready (3 warnings)
    "#);
}

#[test]
fn configuration() {
    let world = world();
    snapshot!(listing(&world, &["config", "check"]), @r#"
    --- stderr
    the configuration is valid: 6 tasks
    "#);
    insta::assert_snapshot!(listing(&world, &["config", "show"]), @r#"
    [queue]
    max_jobs = 1000 # default
    slots = 1 # [WORLD]/repo/tend.toml:2
    cpu_percent = 50 # default
    load_gate = true # default
    on_battery = "defer" # default
    network_filesystem = false # default

    [defaults]
    builtin = false # [WORLD]/repo/tend.toml:13
    retries = 3 # default
    retry_delay = "10s" # default

    [hooks.post-commit]
    enabled = true # default
    tasks = ["lint"] # [WORLD]/repo/tend.toml:5
    gates = [] # default
    drain = "1m" # [WORLD]/repo/tend.toml:6
    detach = true # default

    [task.child]
    run = ["true"] # [WORLD]/repo/tend.toml:23
    needs = ["fails"] # [WORLD]/repo/tend.toml:24

    [task.docs]
    run = ["nodocs", "build"] # [WORLD]/repo/tend.toml:27
    schedule = "0 2 * * *" # [WORLD]/repo/tend.toml:28
    priority = "low" # [WORLD]/repo/tend.toml:29

    [task.fails]
    run = ["sh", "-c", "echo no such luck; exit 3"] # [WORLD]/repo/tend.toml:19
    retries = 0 # [WORLD]/repo/tend.toml:20

    [task.lint]
    run = ["true"] # [WORLD]/repo/tend.toml:9
    expect = "1m 35s" # [WORLD]/repo/tend.toml:10

    [task.new]
    run = ["echo", "never approved"] # [WORLD]/repo/tend.toml:32
    every = "6h" # [WORLD]/repo/tend.toml:33

    [file_watch]
    enabled = true # default
    paths = ["**"] # default
    exclude = ["**/node_modules/**", "**/.venv/**", "**/venv/**", "**/dist/**", "**/build/**", "**/target/**"] # default

    [retention]
    results = "7d" # default
    metrics = "30d" # default

    [trust]
    refs = [] # default
    allow_agents = false # default

    [verdicts]
    signers = [] # default

    [notify]
    enabled = true # default

    [notify.console]
    enabled = true # default
    min_severity = "info" # default
    quiet = false # default

    [notify.desktop]
    enabled = true # default
    min_severity = "warning" # default
    quiet = true # default
    every = "30s" # default

    [notify.file]
    enabled = true # default
    min_severity = "info" # default
    quiet = false # default
    max_size = "10MiB" # default
    keep = 5 # default

    [notify.email]
    enabled = false # default
    min_severity = "error" # default
    quiet = true # default
    every = "15m" # default
    host = "${SMTP_SERVER}" # default
    security = "starttls" # default
    from = "${FROM_EMAIL}" # default
    to = ["${TO_EMAIL}"] # default
    timeout = "20s" # default

    [sessions]
    enabled = true # default
    dirs = ["~/.pi/agent/sessions", "~/.claude/projects", "~/.config/claude/projects", "~/.codex/sessions", "~/.codex/archived_sessions"] # default
    spokes = [] # default
    idle = "10m" # default
    conversations = true # default
    min_entries = 3 # default
    min_messages = 2 # default
    min_tokens = 100 # default

    [agent]
    enabled = false # default
    command = ["pi"] # default
    provider = "zai" # default
    model = "glm-4.7" # default
    timeout = "30m" # default
    retry_delay = "1m" # default
    slots = 1 # default
    max_cost_per_day = 1.0 # default
    max_cost_per_run = 1.0 # default
    max_jobs_per_day = 200 # default
    max_jobs_per_run = 100 # default
    chunk_tokens = 50000 # default
    max_chunks = 8 # default
    skills = [] # default

    [nightly]
    reanalysis = "0 2 * * *" # default
    connections = "0 3 * * *" # default
    aggregation = "0 3 * * *" # default
    limit = 100 # default
    budget = "1h" # default

    [optimize]
    sources = [] # default
    look_back = "30d" # default
    keep = "180d" # default
    min_support = 3 # default
    threshold = 70 # default
    max_automations = 100 # default
    auto_enable = false # default
    cycle = "0 4 * * 0" # default
    auto_disable = true # default
    timeout = "30s" # default
    memory = "512MiB" # default

    [optimize.costs]
    hourly_rate = 50.0 # default
    development_hours = 2.0 # default
    development_rate = 100.0 # default
    maintenance_hours = 0.0 # default
    "#);
}
