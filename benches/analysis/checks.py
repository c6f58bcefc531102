"""The two checks of repositories: findings beside other tools', and the same bytes whatever the number of threads."""

import glob, os, re, shutil

from dependencies import dependencies
from functions import functions
from hot_files import hot_files
from languages import lines
from running import Repository, folder, task
from text import say

TASKS = ["codebase_quick", "codebase_full", "patterns", "technical_debt_tracker", "performance_profile", "steward"]


def compare(report, paths, only, show):
    """The parts named in `only` of every repository beside other tools'; how many differences have no explanation."""
    failures = 0
    parts = {
        "lines": lambda repo: lines(repo, show), "functions": lambda repo: functions(repo, show), "hot": hot_files,
        "dependencies": lambda repo: dependencies(repo, show),
    }
    for path in paths:
        repo = Repository(path)
        report[repo.name] = {"commit": repo.commit}
        say(f"\n{repo.name} at {repo.commit[:12]}: {len(repo.files)} tracked files")
        for name in only:
            say(f" {name}")
            found = parts[name](repo)
            report[repo.name][name] = found
            failures += (found or {}).get("unexplained", 0)
    say(f"\n{failures} differences without an explanation")
    return failures


def same_but_for_time(data):
    """A result without the time of the run, and without windows that end then."""
    return re.sub(rb'"(timestamp|since|until)":\s*"[^"]*"|--since=\S+', b"", data)


def by_threads(repo, name):
    """The first bytes of a task, and the runs with other bytes than those; none if this build has no such task."""
    first, told, key = None, [], None
    for count in (1, 2, 8):
        state = folder("state")
        if key:
            # Digests of secrets are keyed by repository.
            shutil.copy(key, state)
        for heat in ("cold", "warm"):
            # The profile remembers that it was looked at: it is about a person, not about a commit.
            results, data = task(name, repo.git_dir, repo.commit, state, TEND_THREADS=str(count), XDG_STATE_HOME=folder("person"))
            if results is None:
                return None, told
            data = same_but_for_time(data)
            first = first or data
            if data != first:
                told.append(f"{count} threads, {heat}")
        key = key or next(iter(glob.glob(os.path.join(state, "*.key"))), None)
    return first, told


def threads(report, paths):
    """Every task of every repository with 1, 2 and 8 threads, cold and warm; how many runs give other bytes."""
    failures = 0
    for path in paths:
        repo = Repository(path)
        for name in TASKS:
            first, told = by_threads(repo, name)
            failures += len(told)
            verdict = "not in this build" if first is None else f"DIFFERS: {'; '.join(told)}" if told else f"the same {len(first)} bytes"
            say(f"{repo.name:32} {name:24} {verdict}")
            report.setdefault(repo.name, {})[name] = verdict
    return failures
