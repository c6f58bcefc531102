#!/usr/bin/env python3
"""`git tend sessions scan` over 10,000 sessions of coding agents, 2 GB, beside `cat | wc -l` and a process that does nothing.

    cargo build --release && benches/sessions.py [--binary B] [--scale 0.01] [--rounds N] [--folder F]

The sessions are made up, the same ones for a seed: seven in ten of pi, two of Claude Code (some with sub-agents), one of Codex,
of 2 KB to 30 MB, over two years, with tools' results, usage, compactions, branches, pauses, commits, failures and forks (2 %).
They are kept and taken again if a folder is named. All is in the page cache before anything is measured, and every first scan
has a home of its own. Told are medians of wall time, seconds of CPU with those of the children, and the peak of memory; no
process that is started from here can have a lower peak than the empty one.

The targets: a first scan without what was said (`[sessions] conversations = false`) takes at most 10 times `cat | wc -l`, a
scan with nothing new at most 100 times the empty process, and one with an entry more at most 15 times that. `--check` fails
if they are missed. Python 3.9 or later; Linux.
"""

import argparse, json, os, shlex, shutil, sqlite3, statistics, sys, tempfile, time

sys.dont_write_bytecode = True
from made_sessions import BYTES, FORMAT, stamp, write_sessions

here = os.path.dirname(os.path.abspath(__file__))


class Home:
    """A home with the configuration of a measurement, and a graph of its own."""

    def __init__(self, top, name, sessions, conversations):
        self.folder = os.path.join(top, name)
        self.data = os.path.join(self.folder, "data/git-tend")
        os.makedirs(os.path.join(self.folder, "config/git-tend"))
        with open(os.path.join(self.folder, "config/git-tend/config.toml"), "w") as file:
            file.write(f"[sessions]\nconversations = {str(conversations).lower()}\n")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1", "TEND_PRESSURE": "0,0",
                    "PI_CODING_AGENT_DIR": f"{sessions}/.pi/agent", "CLAUDE_CONFIG_DIR": f"{sessions}/.claude", "CODEX_HOME": f"{sessions}/.codex",
                    **{f"XDG_{kind.upper()}_HOME": os.path.join(self.folder, kind) for kind in ("config", "data", "state", "cache", "runtime")}}

    def scan(self, files, again=0):
        """Reads what is new, which must be so many files; of forks that come before their parents, some may be read again."""
        took, said = run([tend, "-C", self.folder, "sessions", "scan", "--json"], self.env)
        said = json.loads(said)
        if not files <= said["files"] <= files + again or said["broken_lines"] or said["unreadable"]:
            sys.exit(f"{self.folder}: {files} files should be read, and it says {said}")
        return took

    def counts(self):
        graph = sqlite3.connect(f"file:{self.data}/graph.db?mode=ro", uri=True)
        counted = {table: graph.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("node", "edge", "message", "fact")}
        graph.close()
        return counted, sum(os.path.getsize(os.path.join(self.data, name)) for name in os.listdir(self.data) if name.startswith("graph.db"))


def run(words, env=None):
    """Wall time and time of CPU in seconds, and peak memory in bytes, of a process with all its children; what it prints."""
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        process = os.posix_spawnp(words[0], words, env or os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)])
        _, status, used = os.wait4(process, 0)
        wall = time.perf_counter() - begun
        out.seek(0)
        said = out.read().decode()
    if status:
        sys.exit(f"{shlex.join(words)} failed: {said}")
    return (wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024), said


def prepared(folder, seed, scale):
    """The folder has the sessions: those that are there, or new ones."""
    note = os.path.join(folder, "sessions.json")
    wanted = {"format": FORMAT, "seed": seed, "scale": scale}
    if os.path.exists(note):
        with open(note) as file:
            there = json.load(file)
        if {key: there[key] for key in wanted} != wanted:
            sys.exit(f"other sessions are in {folder}: name another folder, or remove it")
        return there
    if os.path.isdir(folder) and os.listdir(folder):
        sys.exit(f"{folder} is not empty")
    os.makedirs(folder, exist_ok=True)
    needed = int(4 * BYTES * scale)
    if shutil.disk_usage(folder).free < needed:
        sys.exit(f"{folder}: {needed / 1e9:.1f} GB must be free, for the sessions and for graphs of them")
    begun = time.perf_counter()
    there = {**wanted, **write_sessions(folder, seed, scale)}
    print(f"written in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    # Written last: what was broken off is not taken for whole.
    with open(note, "w") as file:
        json.dump(there, file)
    return there


def appended(path, number):
    """Appends an entry, written 20 s ago, to a session of pi."""
    with open(path, "rb") as file:
        # Not the whole of it: no child's peak can be told that is below the one here.
        file.seek(max(0, os.path.getsize(path) - 1_000_000))
        last = json.loads(file.read().splitlines()[-1])
    at = int(time.time() * 1000) - 20_000
    entry = {"type": "message", "id": f"{number:08x}", "parentId": last["id"], "timestamp": stamp(at),
             "message": {"role": "user", "content": [{"type": "text", "text": f"And what about the other handler, number {number}?"}], "timestamp": at}}
    with open(path, "a") as file:
        file.write(json.dumps(entry, separators=(",", ":")) + "\n")
    os.utime(path, ns=(at * 1_000_000,) * 2)


def measure(top, sessions, there, rounds):
    """What each measurement took, by its name, and homes that know all sessions: without what was said, and with it."""
    took, homes = {}, {}
    note = lambda name, one: took.setdefault(name, []).append(one)
    names = [f"{sessions}/{folder}" for folder in (".pi/agent/sessions", ".claude/projects", ".codex/sessions")]
    count = ["sh", "-c", f"find {shlex.join(names)} -name '*.jsonl' -print0 | xargs -0 cat | wc -l"]
    run(count)
    for number in range(rounds):
        one, said = run(count)
        if int(said) != there["lines"]:
            sys.exit(f"{sessions} has {said.strip()} lines, and should have {there['lines']}")
        note("cat | wc -l", one)
        for conversations, name in [(False, "first scan"), (True, "first scan, conversations")]:
            if old := homes.get(conversations):
                shutil.rmtree(old.folder)
            homes[conversations] = Home(top, f"{name[-13:].strip()}-{number}", sessions, conversations)
            note(name, homes[conversations].scan(there["files"], there["files"] // 50))
    paths = [os.path.join(folder, name) for folder, _, files in os.walk(names[0]) for name in files]
    paths.sort(key=lambda path: (os.path.getsize(path), path))
    grown = {"to the median session": paths[len(paths) // 2], "to the largest": paths[-1]}
    before = {path: os.stat(path) for path in grown.values()}
    try:
        for number in range(5 * rounds):
            for _ in range(5):
                note("empty process", run(["/bin/true"])[0])
            for conversations, home in homes.items():
                more = ", conversations" if conversations else ""
                note(f"nothing new{more}", home.scan(0))
            for place, path in grown.items():
                appended(path, number)
                for conversations, home in homes.items():
                    note(f"an entry {place}{', conversations' if conversations else ''}", home.scan(1))
    finally:
        for path, was in before.items():
            os.truncate(path, was.st_size)
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    return took, homes


def main():
    global tend
    args = argparse.ArgumentParser()
    args.add_argument("--binary", default=os.path.join(here, "../target/release/git-tend"))
    args.add_argument("--scale", type=float, default=1, help="of 10,000 sessions and 2 GB")
    args.add_argument("--rounds", type=int, default=3, help="of first scans; five times as many of the others")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--folder", help="where the sessions are kept, and are taken from if they are there")
    args.add_argument("--write-only", action="store_true", help="write the sessions, measure nothing")
    args.add_argument("--check", action="store_true", help="fail if a target is missed")
    args = args.parse_args()
    tend = os.path.realpath(args.binary)
    if not args.write_only and not os.path.exists(tend):
        sys.exit("build it first: cargo build --release")
    below = os.path.realpath(os.path.join(here, "../target"))
    os.makedirs(below, exist_ok=True)
    # Graphs lie beside the sessions: on a disk, where /tmp may be memory.
    beside = os.path.dirname(os.path.realpath(args.folder)) if args.folder else below
    with tempfile.TemporaryDirectory(prefix="tend-sessions-", dir=beside) as top:
        sessions = os.path.realpath(args.folder) if args.folder else os.path.join(top, "sessions")
        there = prepared(sessions, args.seed, args.scale)
        print(f"{there['files']:,} files, {there['bytes']:,} bytes, {there['lines']:,} lines", flush=True)
        if args.write_only:
            return
        took, homes = measure(top, sessions, there, args.rounds)
        missed = told(took)
        for conversations, home in homes.items():
            counted, size = home.counts()
            print(f"graph.db {'with' if conversations else 'without'} conversations: {size:,} bytes ({size / there['bytes']:.1%} of the sessions); "
                  + ", ".join(f"{number:,} {table}s" for table, number in counted.items()))
    if missed and args.check:
        sys.exit(1)


def told(took):
    """Prints a table; whether a target is missed."""
    missed = False
    print(f"{'':42} {'wall, s':>9} {'from':>9} {'to':>9} {'CPU, s':>9} {'peak, MB':>9}  beside")
    middle, busy = ({name: statistics.median(one[at] for one in values) for name, values in took.items()} for at in (0, 1))
    for name, values in took.items():
        walls = [one[0] for one in values]
        more = ", conversations" if name.endswith("conversations") else ""
        against, limit = None, None
        if name.startswith("first"):
            against, limit = "cat | wc -l", None if more else 10
        elif name.startswith("nothing"):
            against, limit = "empty process", 100
        elif name.startswith("an entry"):
            against, limit = f"nothing new{more}", 15
        line = f"{name:42} {middle[name]:9.4f} {min(walls):9.4f} {max(walls):9.4f} {busy[name]:9.4f} {max(one[2] for one in values) / 1e6:9.1f}"
        if against:
            ratio = middle[name] / middle[against]
            line += f"  {ratio:.1f}x {against}, CPU {busy[name] / busy[against]:.1f}x"
            if limit:
                line += f" (at most {limit}x{'' if ratio <= limit else ': MISSED'})"
                missed |= ratio > limit
        print(line)
    return missed


if __name__ == "__main__":
    main()
