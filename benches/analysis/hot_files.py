"""The files that changed most often, beside a count of what `git log` lists."""

import collections

from running import git, inside, task
from text import say


def reported(repo):
    """What this build says of hot files, wherever it says so; None if it does not."""
    results, _ = task("patterns", repo.git_dir, repo.commit)
    if results is None:
        results = repo.analysed()
    found = [one["data"] for one in inside(results, lambda one: one.get("type") == "hot_files" and isinstance(one.get("data"), dict))]
    found = found or list(inside(results, lambda one: {"since", "until", "files", "commits"} <= set(one)))
    return found[0] if found else None


def counted(repo, since):
    """Path → changes since then, and how many commits there were: the last 50 that are no merges."""
    words = ["log", f"--since={since}", "--no-merges", "-n", "50", "--no-renames", "--name-only", "-z", "--format=%x01"]
    paths = git(repo.git_dir, *words, repo.commit)
    counts, commits = collections.Counter(), 0
    for commit in paths.decode("utf-8", "replace").split("\x01")[1:]:
        commits += 1
        counts.update({path.lstrip("\n") for path in commit.split("\0") if path.strip("\n")})
    return counts, commits


def differences(mine, counts, commits):
    """What is not the same, in words; where wide commits are left out, the order cannot be."""
    problems = []
    if mine["commits"] != commits:
        problems.append(f"commits: {mine['commits']} ≠ {commits}")
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].encode()))[: len(mine["files"])]
    listed = [(one["path"], one["changes"]) for one in mine["files"]]
    if listed != expected and not mine.get("wide_commits", 0):
        problems.append(f"{listed} ≠ {expected}")
    return problems


def hot_files(repo):
    """The first hot files and their changes beside git's."""
    mine = reported(repo)
    if not mine:
        return say("  not in this build: hot files of pattern_analysis")
    counts, commits = counted(repo, mine["since"])
    problems = differences(mine, counts, commits)
    wide = mine.get("wide_commits", 0)
    verdict = "not the same" if problems else "the same"
    beside = f"; {wide} wide commits, whose files we leave out" if wide else ""
    say(f"  {mine['since']} to {mine['until']}: {commits} commits, {len(counts)} files; the first {len(mine['files'])} are {verdict}{beside}")
    for problem in problems:
        say(f"         UNEXPLAINED {problem}")
    return {
        "since": mine["since"],
        "until": mine["until"],
        "commits": commits,
        "files": len(counts),
        "wide": wide,
        "unexplained": len(problems),
    }
