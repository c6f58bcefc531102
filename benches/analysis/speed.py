"""Times of the analyses beside other tools', in interleaved runs."""

import os, shutil

from functions import LANGUAGES, is_fixture
from memory import memory
from racing import Race, cold, compiled, timed_task
from running import Repository, folder, git, has_task, kept, path_of, task, tool
from text import race_table, say


def library(place):
    """This interpreter's standard library in a repository of its own."""
    source = os.path.dirname(os.__file__)
    left_out = shutil.ignore_patterns("site-packages", "dist-packages", "__pycache__", "lib-dynload", "config-*", "*.so", "*.exe")
    shutil.copytree(source, os.path.join(place, "Lib"), ignore=left_out)
    for words in (["init", "-q"], ["add", "Lib"], ["commit", "-qm", "begin"]):
        git(place, *words)


def one_more_commit(repo):
    """A commit on top of HEAD, in a repository of its own, that changes 20 files of source code."""
    place = folder("more.git")
    git(place, "clone", "-q", "--bare", "-s", repo.git_dir, place)
    sources = [path for path, (mode, _, size) in sorted(repo.files.items()) if mode.startswith("100") and size < 1 << 18 and os.path.splitext(path)[1] in LANGUAGES and not is_fixture(path)]
    chosen = sources[:: max(1, len(sources) // 20)][:20]
    index = path_of("index")
    git(place, "read-tree", repo.commit, GIT_INDEX_FILE=index)
    for path in chosen:
        mode, oid, _ = repo.files[path]
        oid = git(place, "hash-object", "-w", "--stdin", stdin=git(place, "cat-file", "blob", oid) + b"\n").decode().strip()
        git(place, "update-index", "--cacheinfo", f"{mode},{oid},{path}", GIT_INDEX_FILE=index)
    tree = git(place, "write-tree", GIT_INDEX_FILE=index).decode().strip()
    commit = git(place, "commit-tree", tree, "-p", repo.commit, "-m", "twenty files").decode().strip()
    git(place, "update-ref", "HEAD", commit)
    return place, commit, len(chosen)


def complexity(report, rounds, python):
    """A full analysis of Python code beside radon and lizard."""
    race = Race(f"complexity, cold: {len(python.files)} files, {sum(size for _, _, size in python.files.values()) / 1e6:.1f} MB of Python", rounds)
    cold(race, "codebase_full", "codebase_full", python.git_dir)
    # Without debt, secrets, dependencies, patterns and style.
    if has_task("performance_profile", python.git_dir):
        cold(race, "performance_profile: complexity alone", "performance_profile", python.git_dir)
    cold(race, "codebase_full, one thread", "codebase_full", python.git_dir, TEND_THREADS="1")
    targets = []
    for name, words in (("radon cc -j", ["radon", "cc", "-j", "."]), ("lizard -l python", ["lizard", "-l", "python", "."])):
        if tool(words[0]):
            # lizard exits with 1 where functions are above its own threshold.
            race.command(name, words, python.copy(), codes=(0, 1))
            targets.append((name, 0.4))
        else:
            say(f"not measured: {words[0]} is missing")
    race_table(race.run(), report, "codebase_full", *targets)


def languages(report, rounds, repo):
    """A quick analysis beside tokei."""
    if not tool("tokei"):
        return say("not measured: tokei is missing")
    race = Race(f"languages, cold: {repo.name}, {len(repo.files)} files", rounds)
    cold(race, "codebase_quick", "codebase_quick", repo.git_dir)
    race.command("tokei", ["tokei", "."], repo.copy())
    race_table(race.run(), report, "codebase_quick", ("tokei", 1.5))


def one_more(report, rounds, repo, names, empty):
    """Tasks after one more commit, with what they know of the commit before and without, beside a process that does nothing."""
    place, commit, changed = one_more_commit(repo)
    before = folder("warm")
    for name in names:
        task(name, place, repo.commit, before)
    state = path_of("one-more")
    race = Race(f"one more commit of {changed} files: {repo.name}, {' + '.join(names)}", rounds)

    def run(warm):
        def prepare():
            shutil.rmtree(state, ignore_errors=True)
            shutil.copytree(before, state) if warm else os.mkdir(state)

        def all_of_them():
            found = [timed_task(name, place, state, os.path.join(state, "result.json"), commit) for name in names]
            return sum(one[0] for one in found), sum(one[1] for one in found), max(one[2] for one in found)

        return all_of_them, prepare

    race.add("warm", *run(True))
    race.add("cold", *run(False))
    race.command("an empty process", [empty])
    race_table(race.run(), report, "warm", ("cold", 0.05), ("an empty process", 40))


def history(report, rounds, repo):
    """The pass over the history beside git log."""
    race = Race(f"history, cold: {repo.name}, {git(repo.git_dir, 'rev-list', '--count', repo.commit).decode().strip()} commits", rounds)
    # What the pass itself costs: the files are known already, where a task can be asked for them alone.
    files = folder("files")
    known = task("performance_profile", repo.git_dir, repo.commit, files)[0] is not None
    state = path_of("history")

    def prepare():
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(files, state)

    ours = "patterns, files known" if known else "patterns"
    race.add(ours, lambda: timed_task("patterns", repo.git_dir, state, os.path.join(state, "result.json"), repo.commit), prepare)
    race.command("git log --raw", ["git", "log", "--raw", "-z", "--no-abbrev", repo.commit], repo.git_dir)
    race.command("git log --raw --no-renames", ["git", "log", "--raw", "-z", "--no-abbrev", "--no-renames", repo.commit], repo.git_dir)
    race_table(race.run(), report, ours, ("git log --raw", 1.3), ("git log --raw --no-renames", None))


def speed(report, python, repos, only, rounds, keep, large):
    """Times, and memory if `large`, of the parts named in `only`; the ratios are printed with their targets."""
    say(f"{os.uname().sysname} {os.uname().release}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; medians, ± half the middle half")
    python = Repository(python or kept("python", library, keep))
    repos = [python, *map(Repository, repos)]
    if "complexity" in only:
        complexity(report, rounds, python)
    for repo in repos if "languages" in only else []:
        languages(report, rounds, repo)
    patterns = has_task("patterns", python.git_dir)
    if not patterns:
        say("\nnot in this build: patterns; one more commit is measured without them, and history not at all")
    if "commit" in only:
        names = ["codebase_full"]
        if patterns and "pattern_analysis" not in python.analysed():
            names.append("patterns")
        # The least that anything can cost.
        empty = compiled("empty", "int main(void) { return 0; }\n")
        for repo in repos:
            one_more(report, rounds, repo, names, empty)
    for repo in repos[1:] if patterns and "history" in only else []:
        history(report, rounds, repo)
    if large and "memory" in only:
        memory(report, keep, patterns)
