#!/usr/bin/env python3
"""What hooks cost `git commit`: git-tend beside its peers, interleaved, in one run on this machine.

    cargo build --release && benches/commit.py [--binary B] [--rounds N] [--large]

Ratios of wall time to the same repository with no hook. The peers run nothing: what they cost is their start. Those
that are not in PATH (or in target/tools) are said to be missing. `--large` adds a repository of 100,000 files, a queue
of 1,000 jobs, one of 1,000,000 finished ones, and commits while a drain runs.
"""

import argparse, fcntl, glob, os, shutil, sqlite3, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--binary", default=os.path.join(here, "../target/release/git-tend"))
args.add_argument("--rounds", type=int, default=60)
args.add_argument("--large", action="store_true")
args = args.parse_args()
tend = os.path.realpath(args.binary)
if not os.path.exists(tend):
    sys.exit("build it first: cargo build --release")

top = tempfile.mkdtemp(prefix="tend-commit-")
home = os.path.join(top, "home")
os.mkdir(home)
tools = [os.path.realpath(p) for p in glob.glob(os.path.join(here, "../target/tools/*/bin"))]
tools += [os.path.realpath(p) for p in glob.glob(os.path.join(here, "../target/tools/node_modules/.bin"))]
env = {
    "PATH": os.pathsep.join([os.environ["PATH"], *tools]), "HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC",
    "GIT_AUTHOR_NAME": "B", "GIT_AUTHOR_EMAIL": "b@example.org", "TEND_PRESSURE": "0,0",
    "GIT_COMMITTER_NAME": "B", "GIT_COMMITTER_EMAIL": "b@example.org",
}
git = shutil.which("git")
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}


def run(folder, *words, **more):
    return subprocess.run(words, cwd=folder, check=True, **{**quiet, **more})


def repository(name, files=200):
    folder = os.path.join(top, name)
    os.mkdir(folder)
    run(folder, git, "init", "-q", "-b", "main")
    for number in range(files):
        path = os.path.join(folder, f"d{number // 500:03}")
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, f"f{number % 500:03}.txt"), "w") as file:
            file.write(f"{number}\n")
    run(folder, git, "add", ".")
    run(folder, git, "commit", "-qm", "begin")
    return folder


def hook(folder, text, event="post-commit"):
    path = os.path.join(folder, ".git/hooks", event)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)


def config(folder, text):
    with open(os.path.join(folder, "tend.toml"), "w") as file:
        file.write(text)
    run(folder, git, "add", ".")
    run(folder, git, "commit", "-qm", "configure")


NOTHING = '[task.codebase_quick]\nenabled = false\n[task.lint]\nrun = ["true"]\non = ["post-commit"]\nfiles = ["no/such/**"]\n'
ONE = '[task.codebase_quick]\nenabled = false\n[task.lint]\nrun = ["true"]\non = ["post-commit"]\n'


def ours(name, text, files=200):
    folder = repository(name, files)
    config(folder, text)
    # Not `trust --yes`: a coding agent may be running this.
    os.makedirs(os.path.join(home, ".config/git-tend"), exist_ok=True)
    with open(os.path.join(home, ".config/git-tend/config.toml"), "w") as file:
        file.write("[trust]\nallow_agents = true\n")
    run(folder, tend, "trust", "--yes")
    run(folder, tend, "drain", "--quiet")
    run(folder, tend, "install-hooks")
    return folder


def settle(folder):
    """Waits, untimed, until the detached drain of the last commit is over."""
    for _ in range(4000):
        locks = glob.glob(os.path.join(folder, ".git/tend/*/background.lock"))
        database = glob.glob(os.path.join(folder, ".git/tend/*/queue.db"))
        try:
            for lock in locks:
                with open(lock) as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with sqlite3.connect(database[0]) as db:
                if not db.execute("SELECT 1 FROM job WHERE task='lint' AND state='queued' AND run_at<=unixepoch()*1000 LIMIT 1").fetchone():
                    return
        except (OSError, sqlite3.Error):
            pass
        time.sleep(0.002)


def fill(folder, state, count):
    """Rows like the newest one, in one transaction."""
    with sqlite3.connect(glob.glob(os.path.join(folder, ".git/tend/*/queue.db"))[0]) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(job)") if row[1] not in ("seq", "id", "unique_key")]
        if state == "queued":
            values = ",".join({"state": "'queued'", "run_at": "9e15", "finished_at": "NULL", "run_id": "NULL", "slot": "NULL"}.get(n, f'"{n}"') for n in names)
        else:
            values = ",".join(f'"{n}"' for n in names)
        names = ",".join(f'"{n}"' for n in names)
        db.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            f"INSERT INTO job (id, {names}) SELECT printf('%08x', i + 268435456), {values} "
            "FROM n, (SELECT * FROM job WHERE state = 'done' LIMIT 1)"
        )
    db.close()


variants = {"no hook": (repository("none"), None)}
folder = repository("empty")
hook(folder, "#!/bin/sh\n")
variants["an empty #!/bin/sh hook"] = (folder, None)
variants["git-tend: nothing to do"] = (ours("nothing", NOTHING), None)
variants["git-tend: one task queued, detached drain"] = (ours("one", ONE), settle)

for name in ["prek", "lefthook", "pre-commit"]:
    if not shutil.which(name, path=env["PATH"]):
        print(f"not measured: {name} is missing")
        continue
    folder = repository(name)
    if name == "lefthook":
        with open(os.path.join(folder, "lefthook.yml"), "w") as file:
            file.write("output: false\npost-commit:\n  commands: {}\n")
        run(folder, name, "install")
    else:
        with open(os.path.join(folder, ".pre-commit-config.yaml"), "w") as file:
            file.write("repos: []\n")
        run(folder, name, "install", "--hook-type", "post-commit")
    variants[f"{name} running nothing"] = (folder, None)

if args.large:
    folder = ours("queued", ONE)
    run(folder, git, "commit", "-q", "--allow-empty", "-m", "x")
    settle(folder)
    fill(folder, "queued", 999)
    variants["git-tend: one task, 1,000 jobs queued"] = (folder, settle)
    folder = ours("finished", ONE)
    run(folder, git, "commit", "-q", "--allow-empty", "-m", "x")
    settle(folder)
    fill(folder, "done", 1_000_000)
    variants["git-tend: one task, 1,000,000 jobs finished"] = (folder, settle)
    variants["no hook, 100,000 files"] = (repository("files-none", 100_000), None)
    variants["git-tend: one task, 100,000 files"] = (ours("files", ONE, 100_000), settle)
    folder = ours("busy", ONE + '[task.long]\nrun = ["sleep", "3600"]\ntimeout = "2h"\nexpect = "1s"\n')
    subprocess.Popen([tend, "run", "long", "--quiet"], cwd=folder, **quiet, start_new_session=True)
    variants["git-tend: one task, a drain running"] = (folder, settle)

times = {name: [] for name in variants}
for round in range(args.rounds + 3):
    for name, (folder, after) in variants.items():
        start = time.perf_counter()
        subprocess.run([git, "commit", "-q", "--allow-empty", "-m", str(round)], cwd=folder, check=True, **quiet)
        if round >= 3:
            times[name].append(time.perf_counter() - start)
        if after:
            after(folder)

base = statistics.median(times["no hook"])
print(f"{'git commit with':<48} {'median':>9} {'ratio':>7}  of")
for name, found in times.items():
    beside = "no hook, 100,000 files" if "100,000" in name else "no hook"
    ratio = statistics.median(found) / statistics.median(times[beside])
    print(f"{name:<48} {statistics.median(found) * 1000:7.2f}ms {ratio:6.2f}x  {beside}")

if args.large:
    run(os.path.join(top, "busy"), tend, "stop", "--force")
shutil.rmtree(top, ignore_errors=True)
