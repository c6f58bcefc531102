#!/usr/bin/env python3
"""What channels of notices cost `git commit`: all of them on, with nobody there who takes anything, beside none, interleaved.

    cargo build --release && benches/notices.py [--binary B] [--rounds N]

Ratios of wall time to the same repository with no hook. The task that each commit queues tells that it is done; the mail
server and the webhooks are down, and the program is slow.
"""

import argparse, os, shutil, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--binary", default=os.path.join(here, "../target/release/git-tend"))
args.add_argument("--rounds", type=int, default=60)
args = args.parse_args()
tend = os.path.realpath(args.binary)
if not os.path.exists(tend):
    sys.exit("build it first: cargo build --release")

OFF = "[notify]\nenabled = false\n"
ON = """[notify.email]
enabled = true
min_severity = "info"
host = "127.0.0.1"
port = 9
security = "none"
from = "a@example.org"
to = ["b@example.org"]
[notify.webhook.json]
url = "http://127.0.0.1:9/"
min_severity = "info"
[notify.webhook.slack]
url = "http://127.0.0.1:9/"
format = "slack"
min_severity = "info"
[notify.command.slow]
run = ["/bin/sleep", "5"]
"""
TASK = """[defaults]
builtin = false
[task.quick]
run = ["true"]
on = ["post-commit"]
notify = { start = true, complete = true }
"""
git = shutil.which("git")


class Repository:
    """A repository with a home of its own."""

    def __init__(self, top, name, config):
        self.folder, home = os.path.join(top, name), os.path.join(top, f"{name}-home")
        os.makedirs(self.folder)
        os.makedirs(os.path.join(home, ".config/git-tend"))
        self.env = {
            "PATH": os.environ["PATH"], "HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC", "TEND_PRESSURE": "0,0",
            "GIT_AUTHOR_NAME": "B", "GIT_AUTHOR_EMAIL": "b@example.org", "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "GIT_COMMITTER_NAME": "B", "GIT_COMMITTER_EMAIL": "b@example.org",
        }
        self.run(git, "init", "-q", "-b", "main")
        with open(os.path.join(self.folder, "tend.toml"), "w") as file:
            file.write(TASK)
        self.run(git, "add", ".")
        self.run(git, "commit", "-qm", "begin")
        if config is not None:
            with open(os.path.join(home, ".config/git-tend/config.toml"), "w") as file:
                file.write(config)
            self.run(tend, "trust", "--yes")
            self.run(tend, "install-hooks")

    def run(self, *words):
        subprocess.run(words, cwd=self.folder, env=self.env, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def commit(self):
        start = time.perf_counter()
        self.run(git, "commit", "-q", "--allow-empty", "-m", "x")
        return time.perf_counter() - start


with tempfile.TemporaryDirectory(prefix="tend-notices-", ignore_cleanup_errors=True) as top:
    all_of_them = {name: Repository(top, name, config) for name, config in [("none", None), ("off", OFF), ("on", ON)]}
    took = {name: [] for name in all_of_them}
    for number in range(args.rounds + 5):
        for name, repository in all_of_them.items():
            seconds = repository.commit()
            if number >= 5:
                took[name].append(seconds)
            # The drain that it starts does not disturb the next.
            time.sleep(0.15)
    base = statistics.median(took["none"])
    print(f"git commit, no hook: {base * 1e3:.2f} ms")
    for name, words in [("off", "a task queued, no notices"), ("on", "a task queued, every channel on and none taking")]:
        times = sorted(took[name])
        middle, late = statistics.median(times), times[int(len(times) * 0.95)]
        print(f"{words}: {middle / base:.2f}x (95 % below {late / base:.2f}x)")
    for name in ("off", "on"):
        all_of_them[name].run(tend, "stop", "--force")
