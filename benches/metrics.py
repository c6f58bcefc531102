#!/usr/bin/env python3
"""What `git tend metrics` costs with 10,000 runs in the queue, beside `git tend --version`, interleaved.

    cargo build --release && benches/metrics.py [--binary B] [--rounds N] [--runs N]
"""

import argparse, json, os, random, sqlite3, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--binary", default=os.path.join(here, "../target/release/git-tend"))
args.add_argument("--rounds", type=int, default=40)
args.add_argument("--runs", type=int, default=10_000)
args = args.parse_args()
tend = os.path.realpath(args.binary)
if not os.path.exists(tend):
    sys.exit("build it first: cargo build --release")

with tempfile.TemporaryDirectory(prefix="tend-metrics-") as top:
    env = {"PATH": os.environ["PATH"], "HOME": top, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}
    quiet = {"cwd": top, "env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    subprocess.run(["git", "init", "-q"], **quiet)
    with open(os.path.join(top, "tend.toml"), "w") as file:
        file.write("[defaults]\nbuiltin = false\n")
    subprocess.run([tend, "drain"], **quiet)
    queue = sqlite3.connect(os.path.join(top, f".git/tend/{os.getuid()}/queue.db"))
    now, chance = int(time.time() * 1000), random.Random(1)
    for number in range(args.runs):
        end = now - (args.runs - number) * (29 * 86_400_000 // args.runs)
        ms, job, task = int(chance.lognormvariate(8, 0.3)), f"{number:08x}", f"task{number % 12}"
        came, outcome = ("failed", "exited") if chance.random() < 0.05 else ("succeeded", "succeeded")
        queue.execute(
            """INSERT INTO run (job, task, run_id, fence, attempt, slot, host, queue_ms, started_at, finished_at, outcome,
                                killed, cpu_ms, peak_rss_kib, enforced, history, came)
               VALUES (?, ?, 'r', 1, 1, 1, 'here', 500, ?, ?, ?, 0, ?, 50000, 'null', ?, ?)""",
            (job, task, end - ms, end, outcome, ms // 2, task, came),
        )
        data = json.dumps({"trigger": "commit", "data": None, "commit": "0" * 40})
        for at, kind, was, now_is in [
            (end - ms - 500, "enqueued", None, "queued"), (end - ms, "claimed", "queued", "running"), (end, "done", "running", "done"),
        ]:
            queue.execute(
                "INSERT INTO event (at, job, task, kind, from_state, to_state, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (at, job, task, kind, was, now_is, data),
            )
    queue.commit()
    queue.close()

    took = {}
    for _ in range(args.rounds):
        for name, words in {
            "--version": ["--version"], "metrics": ["metrics"], "metrics --json": ["metrics", "--json"],
            "metrics --format openmetrics": ["metrics", "--format", "openmetrics"],
        }.items():
            begin = time.perf_counter()
            subprocess.run([tend, *words], **quiet)
            took.setdefault(name, []).append((time.perf_counter() - begin) * 1000)
    least = statistics.median(took["--version"])
    for name, all_ms in took.items():
        ms = statistics.median(all_ms)
        print(f"{name:30} {ms:7.1f} ms  {ms / least:5.1f} × --version")
