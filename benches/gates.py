#!/usr/bin/env python3
"""What judging costs at `git commit` and `git push`: git-tend's gates beside lefthook, prek, hk and pre-commit.

    cargo build --release && benches/gates.py --python REPO [--javascript REPO] [--rounds N] [--slow] [--json FILE]
    benches/gates.py --python REPO --empty        the two targets alone

REPO is a folder or an address of a git repository. All judge the same files with the same linters, interleaved in one
run on this machine; ratios are to the same git command with no hook. No figure is given for one that was not seen to
judge: each must first accept a sound commit and push, and refuse those with a finding. Programs come from target/tools,
then PATH. `--slow` adds pushes that pylint judges as well. `--fail-on all` gives git-tend the peers' meaning of a
finding: any in the file, new or not.
"""

import argparse, fcntl, glob, json, os, platform, shlex, shutil, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
args.add_argument("--binary", default=os.path.join(here, "../target/release/git-tend"))
args.add_argument("--python", metavar="REPO")
args.add_argument("--javascript", metavar="REPO")
args.add_argument("--tools", action="append", help="folder like target/tools; may be given more than once")
args.add_argument("--rounds", type=int, default=15)
args.add_argument("--runs", type=int, default=200, help="of hooks without git (default: %(default)s)")
args.add_argument("--files", type=int, default=20, help="in the first commit (default: %(default)s)")
args.add_argument("--large", type=int, default=5000, help="files of the large repository (default: %(default)s)")
args.add_argument("--only", help="comma-separated names of what is measured beside no hook")
args.add_argument("--fail-on", choices=["new", "all"], default="new")
args.add_argument("--slow", action="store_true")
args.add_argument("--empty", action="store_true")
args.add_argument("--json", metavar="FILE")
args.add_argument("--keep", action="store_true", help="keep the repositories, and say where they are")
args = args.parse_args()
tend = os.path.realpath(args.binary)
if not os.path.exists(tend):
    sys.exit("build it first: cargo build --release")
if not (args.python or args.javascript):
    sys.exit("give it a repository: --python REPO, --javascript REPO")

top = tempfile.mkdtemp(prefix="tend-gates-")
folders = []
for tools in args.tools or [os.path.join(here, "../target/tools")]:
    tools = os.path.realpath(tools)
    # lefthook's npm package starts its program through Node.js: the program itself is what others install.
    folders += [*glob.glob(os.path.join(tools, "node_modules/lefthook-*/bin")), *glob.glob(os.path.join(tools, "*/bin"))]
    folders.append(os.path.join(tools, "node_modules/.bin"))
path = os.pathsep.join([*folders, os.environ["PATH"]])
git = shutil.which("git")
log = os.path.join(top, "log")
result_file = args.json and os.path.abspath(args.json)
ZERO = "0" * 40

# Linters: their words, what git-tend reads their report with, and how.
PYTHON = {
    "name": "python", "repository": args.python, "glob": "*.py", "pattern": r"\.py$", "files": {},
    "sound": "\n\n# {}\n", "finding": "\n\nprint(not_defined_{})\n",
    "linters": {
        # A repository's own `fix = true` would mend, and change, what is to be judged.
        "ruff": (["ruff", "check", "--no-fix", "--force-exclude"], ["--output-format=json"], "json:ruff"),
        "format": (["ruff", "format", "--check", "--force-exclude"], [], None),
    },
    "slow": {"pylint": (["pylint", "--disable=all", "--enable=undefined-variable"], [], None)},
}
JAVASCRIPT = {
    "name": "javascript", "repository": args.javascript, "glob": "*.js", "pattern": r"\.js$",
    "files": {"eslint.config.mjs": 'export default [{ files: ["**/*.js"], languageOptions: { sourceType: "commonjs" },\n'
              '  rules: { "no-debugger": "error" } }];\n'},
    "sound": "\n// {}\n", "finding": "\ndebugger; // {}\n",
    "linters": {"eslint": (["eslint"], ["--format=json"], "json:eslint")}, "slow": {},
}


def environment(home, first=()):
    """Nothing of the caller's: neither its configuration nor the marks of a coding agent."""
    os.makedirs(os.path.join(home, ".config/git-tend"), exist_ok=True)
    with open(os.path.join(home, ".config/git-tend/config.toml"), "w") as file:
        file.write("[trust]\nallow_agents = true\n")
    with open(os.path.join(home, ".gitconfig"), "w") as file:
        file.write("[gc]\nauto = 0\n[maintenance]\nauto = false\n[receive]\nautogc = false\n")
    return {
        "PATH": os.pathsep.join([*first, path]), "HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8",
        "GIT_AUTHOR_NAME": "B", "GIT_AUTHOR_EMAIL": "b@example.org", "GIT_TERMINAL_PROMPT": "0", "TEND_PRESSURE": "0,0",
        "GIT_COMMITTER_NAME": "B", "GIT_COMMITTER_EMAIL": "b@example.org",
    }


def call(folder, env, *words, check=True):
    done = subprocess.run(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{shlex.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip() if check else done


def timed(folder, env, words, stdin="/dev/null"):
    """Seconds and exit code. Not `subprocess`: what Python does around the start would be half of an empty process."""
    os.chdir(folder)
    files = [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]
    start = time.perf_counter_ns()
    pid = os.posix_spawn(words[0], words, env, file_actions=files)
    status = os.wait4(pid, 0)[1]
    return (time.perf_counter_ns() - start) / 1e9, os.waitstatus_to_exitcode(status)


def said():
    """The end of what the last timed command wrote."""
    with open(log, errors="replace") as file:
        return " ".join(file.read().split())[-400:]


def write(folder, files):
    for name, text in files.items():
        name = os.path.join(folder, name)
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "w") as file:
            file.write(text)


def version(name):
    words = [tend] if name == "git-tend" else [shutil.which(name, path=path)]
    words.append("version" if name == "lefthook" else "--version")
    return call(top, environment(os.path.join(top, "home")), *words).splitlines()[0]


# What each is told, in its own words: the linters of pre-commit, and those of pre-push, which are these or more.


def lefthook(subject, commit, push):
    text = "output: [failure]\n"
    for hook, linters, files in [("pre-commit", commit, "{staged_files}"), ("pre-push", push, "{push_files}")]:
        text += f"{hook}:\n  parallel: true\n  jobs:\n"
        for name, (words, _, _) in linters.items():
            text += f"    - name: {name}\n      glob: \"{subject['glob']}\"\n      run: {shlex.join(words)} {files}\n"
    return {"lefthook.yml": text}


def stages(name, commit):
    return ["pre-commit", "pre-push"] if name in commit else ["pre-push"]


def pre_commit(subject, commit, push):
    text = "default_install_hook_types: [pre-commit, pre-push]\nrepos:\n  - repo: local\n    hooks:\n"
    for name, (words, _, _) in push.items():
        text += (f"      - id: {name}\n        name: {name}\n        language: system\n        entry: {shlex.join(words)}\n"
                 f"        files: '{subject['pattern']}'\n        require_serial: true\n"
                 f"        stages: [{', '.join(stages(name, commit))}]\n")
    return {".pre-commit-config.yaml": text}


def prek(subject, commit, push):
    text = 'default_install_hook_types = ["pre-commit", "pre-push"]\n[[repos]]\nrepo = "local"\n'
    for name, (words, _, _) in push.items():
        # What has the same priority runs at the same time.
        text += (f"[[repos.hooks]]\nid = \"{name}\"\nname = \"{name}\"\nlanguage = \"system\"\nentry = \"{shlex.join(words)}\"\n"
                 f"files = '{subject['pattern']}'\nrequire_serial = true\npriority = 0\n"
                 f"stages = {json.dumps(stages(name, commit))}\n")
    return {"prek.toml": text}


def hk(subject, commit, push):
    # The version's own package lies in the program; any other would be downloaded.
    release = version("hk").split()[-1]
    text = f'amends "package://github.com/jdx/hk/releases/download/v{release}/hk@{release}#/Config.pkl"\nhooks {{\n'
    for hook, linters in [("pre-commit", commit), ("pre-push", push)]:
        text += f'  ["{hook}"] {{\n    steps {{\n'
        for name, (words, _, _) in linters.items():
            text += (f'      ["{name}"] {{\n        glob = List("**/{subject["glob"]}")\n'
                     f'        check = "{shlex.join(words)} {{{{files}}}}"\n      }}\n')
        text += "    }\n  }\n"
    return {"hk.pkl": text + "}\n"}


def ours(subject, commit, push):
    # The peers wait for their linters as long as it takes.
    text = f'[defaults]\nbuiltin = false\n[hooks.pre-commit]\ngates = {json.dumps(list(commit))}\nbudget = "5m"\n'
    text += f'[hooks.pre-push]\ngates = {json.dumps(list(push))}\nbudget = "5m"\n'
    for name, (words, more, output) in push.items():
        text += f'[task.{name}]\nrun = {json.dumps([*words, *more, "{files}"])}\nfiles = ["**/{subject["glob"]}"]\n'
        text += f'output = "{output}"\n' if output else ""
        text += 'fail_on = "all"\n' if args.fail_on == "all" else ""
    return {"tend.toml": text}


def script(subject, commit, push):
    """Written by hand: git tells the files, the linters run one after the other, and there is nothing else."""
    files = {}
    for hook, linters in [("pre-commit", commit), ("pre-push", push)]:
        select = f"--name-only --diff-filter=ACMR -- '{subject['glob']}'"
        if hook == "pre-commit":
            source = f"git diff --cached {select}"
        else:
            source = ('while read -r a new b old; do case $old in *[!0]*) ;; *) old=$(git merge-base "$new" "$1/HEAD") ;; esac; '
                      f'git diff "$old" "$new" {select}; done | sort -u')
        text = f"#!/bin/sh\nfiles=$({source})\n[ -n \"$files\" ] || exit 0\n"
        files[hook] = text + "".join(f"{shlex.join(words)} $files || exit\n" for words, _, _ in linters.values())
    return files


VARIANTS = {
    "no hook": (None, None),
    "a script": (script, None),
    "git-tend": (ours, [tend, "install-hooks", "--trust"]),
    "lefthook": (lefthook, ["lefthook", "install"]),
    "prek": (prek, ["prek", "install"]),
    "hk": (hk, ["hk", "install"]),
    "pre-commit": (pre_commit, ["pre-commit", "install"]),
}


class Repository:
    """A clone with hooks installed, its remote, and a home of its own, in which all caches lie."""

    def __init__(self, subject, variant, kind, base, slow=None, first=()):
        self.subject, self.variant, self.first, self.count = subject, variant, first, 0
        self.linters = subject["linters"], {**subject["linters"], **(slow or {})}
        self.top = os.path.join(top, subject["name"], kind, variant.replace(" ", "-"))
        self.remote, self.folder = os.path.join(self.top, "remote.git"), os.path.join(self.top, "work")
        self.home, made = os.path.join(self.top, "home"), os.path.join(self.top, "made")
        os.makedirs(self.top)
        env = environment(self.home)
        call(top, env, git, "clone", "-q", base, made)
        self.branch = call(made, env, git, "symbolic-ref", "--short", "HEAD")
        configure, _ = VARIANTS[variant]
        if configure and configure is not script:
            write(made, configure(subject, *self.linters))
        call(made, env, git, "add", "-A")
        call(made, env, git, "commit", "-q", "--allow-empty", "-m", "configure")
        call(top, env, git, "clone", "-q", "--bare", made, self.remote)
        shutil.rmtree(made)
        self.clone()

    def clone(self):
        """Anew: no cache is left, neither in the repository nor in the home."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)
        self.env = environment(self.home, self.first)
        call(top, self.env, git, "clone", "-q", self.remote, self.folder)
        configure, install = VARIANTS[self.variant]
        if configure is script:
            hooks = os.path.join(self.folder, ".git/hooks")
            for hook, text in script(self.subject, *self.linters).items():
                write(hooks, {hook: text})
                os.chmod(os.path.join(hooks, hook), 0o755)
        elif install:
            call(self.folder, self.env, shutil.which(install[0], path=path), *install[1:])
        self.settle()
        self.start = self.git("rev-parse", "HEAD")

    def git(self, *words):
        return call(self.folder, self.env, git, *words)

    def edit(self, files, kind="sound"):
        """Ends each file in a line that it never had before, and stages it."""
        self.count += 1
        for name in files:
            write(self.folder, {name: self.subject["sample"][name] + self.subject[kind].format(self.count)})
        self.git("add", "--", *files)

    def commit(self):
        found = timed(self.folder, self.env, [git, "commit", "-q", "-m", str(self.count)])
        self.settle()
        return found

    def push(self):
        found = timed(self.folder, self.env, [git, "push", "-q", "origin", self.branch])
        self.settle()
        return found

    def rewind(self, to):
        """The remote, and what is known of it, as they were before a push."""
        call(self.remote, self.env, git, "update-ref", f"refs/heads/{self.branch}", to)
        self.git("update-ref", f"refs/remotes/origin/{self.branch}", to)

    def settle(self):
        """Waits, untimed, until whatever went on behind git's back is over."""
        for _ in range(30_000 if self.variant == "git-tend" else 0):
            try:
                for lock in glob.glob(os.path.join(self.folder, ".git/tend/*/background.lock")):
                    with open(lock) as file:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                time.sleep(0.002)

    def fifty(self):
        """Fifty commits on what the remote has, each judged when it was made."""
        for number in range(50):
            self.edit([list(self.subject["sample"])[number % len(self.subject["sample"])]])
            if code := self.commit()[1]:
                raise RuntimeError(f"{self.variant}: a sound commit is refused, exit code {code}: {said()}")
        # The remote has them, so that it can be taken back to each; and is as it was.
        self.git("push", "-q", "--no-verify", "origin", self.branch)
        self.rewind(self.start)
        return self.git("rev-list", "--reverse", f"{self.start}..HEAD").split()


def prepare(subject):
    """What all are cloned from, the same with thousands of files, and files in it in which no linter finds anything."""
    home = environment(os.path.join(top, "home"))
    base, large = (os.path.join(top, subject["name"], name) for name in ("base", "large"))
    source = subject["repository"]
    call(top, home, git, "clone", "-q", os.path.abspath(source) if os.path.exists(source) else source, base)
    write(base, subject["files"])
    call(base, home, git, "add", "-A")
    call(base, home, git, "commit", "-q", "--allow-empty", "-m", "begin")
    linters = {**subject["linters"], **(subject["slow"] if args.slow else {})}
    subject["sample"] = {}
    for name in call(base, home, git, "ls-files", subject["glob"]).splitlines():
        with open(os.path.join(base, name)) as file:
            text = file.read()
        if not text.endswith("\n") or shlex.quote(name) != name or len(subject["sample"]) == args.files:
            continue
        write(base, {name: text + subject["sound"].format(0)})
        if not any(call(base, home, shutil.which(words[0], path=path), *words[1:], name, check=False).returncode for words, _, _ in linters.values()):
            subject["sample"][name] = text
    if not subject["sample"]:
        sys.exit(f"{source}: no {subject['glob']} file in which all linters find nothing")
    call(base, home, git, "reset", "-q", "--hard")
    call(base, home, git, "clean", "-qfdx")
    if args.empty:
        return base, None
    call(top, home, git, "clone", "-q", base, large)
    tracked = call(large, home, git, "ls-files", "-z").split("\0")[:-1]
    names = [name for name in (os.path.join(large, name) for name in tracked) if os.path.isfile(name) and not os.path.islink(name)]
    for number in range(max(0, args.large - len(tracked))):
        # Under other names: a copied configuration would make a folder a project of its own.
        name = names[number % len(names)]
        copy = os.path.join(large, "copies", f"{number // 100:03}", f"{number:05}{os.path.splitext(name)[1]}")
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(name, copy)
    call(large, home, git, "add", "-A", "-f")
    call(large, home, git, "commit", "-q", "--allow-empty", "-m", "copies")
    return base, large


def observe(subject, variant, base):
    """What is done with sound commits and pushes and with findings, and how many linters are started for each."""
    bin = os.path.join(top, subject["name"], "counted", variant.replace(" ", "-"))
    count = os.path.join(bin, "count.log")
    for program in {words[0] for words, _, _ in subject["linters"].values()}:
        real = shlex.quote(shutil.which(program, path=path))
        write(bin, {program: f'#!/bin/sh\ncase " $*" in *" --version"*|*" -V"*) ;; *) echo "$*" >> {shlex.quote(count)} ;; esac\nexec {real} "$@"\n'})
        os.chmod(os.path.join(bin, program), 0o755)
    repository, codes, started, wrong = Repository(subject, variant, "observed", base, first=[bin]), {}, {}, []
    sample = list(subject["sample"])

    def step(name, act, sound=True):
        write(bin, {"count.log": ""})
        codes[name] = act()[1]
        with open(count) as file:
            started[name] = len(file.readlines())
        if bool(codes[name]) == sound:
            wrong.append(f"{name}: exit code {codes[name]}: {said()}")

    repository.edit(sample)
    step("first run", repository.commit)
    if not wrong:
        repository.git("reset", "-q", "--soft", "HEAD~1")
        step("second run", repository.commit)
        repository.edit(sample[:1])
        step("one file", repository.commit)
        step("push", repository.push)
        before = repository.git("rev-parse", "HEAD")
        repository.edit(sample[-1:], "finding")
        step("commit of a finding", repository.commit, sound=False)
        if repository.git("rev-parse", "HEAD") == before:
            repository.git("commit", "-q", "--no-verify", "-m", "finding")
        step("push of a finding", repository.push, sound=False)
        if call(repository.remote, repository.env, git, "rev-parse", repository.branch) != before:
            wrong.append("the remote has the finding")
        if not (started["first run"] or started["commit of a finding"]):
            wrong.append("no linter was started")
    shutil.rmtree(repository.top)
    return {"judges": not wrong, "wrong": wrong, "exit_codes": codes, "linters_started": started}


def observe_all(subject, base):
    observed = {}
    for name in names:
        if name != "no hook":
            observed[name] = seen = observe(subject, name, base)
            print(f"{subject['name']}: {name}:", "judges" if seen["judges"] else "does not judge", file=sys.stderr)
    return observed, [name for name in names if name == "no hook" or observed[name]["judges"]]


def compare(subject, base, large, able):
    """All of git's commands, with the hooks that judge and with none."""
    sample, times, commits, repositories = list(subject["sample"]), {}, {}, {}
    kinds = ["fresh", "large", "pushed", *(["slow"] if args.slow and subject["slow"] else [])]
    for kind in kinds:
        for name in able:
            repository = Repository(subject, name, kind, large if kind == "large" else base, slow=subject["slow"] if kind == "slow" else None)
            repositories[kind, name] = repository
            if kind in ("pushed", "slow"):
                commits[kind, name] = repository.fifty()
            elif kind == "large":
                repository.edit(sample[:1])
                repository.commit()

    def measure(scenario, act, sound=True):
        for name in able:
            seconds, code = act(name)
            if bool(code) == (sound or name == "no hook"):
                raise RuntimeError(f"{scenario}: {name}: exit code {code}: {said()}")
            times.setdefault(scenario, {}).setdefault(name, []).append(seconds)

    def first(name):
        repositories["fresh", name].clone()
        repositories["fresh", name].edit(sample)
        return repositories["fresh", name].commit()

    def second(name):
        repositories["fresh", name].git("reset", "-q", "--soft", "HEAD~1")
        return repositories["fresh", name].commit()

    def one(kind):
        def act(name):
            repositories[kind, name].edit(sample[:1])
            return repositories[kind, name].commit()
        return act

    def finding(name):
        repository = repositories["fresh", name]
        before = repository.git("rev-parse", "HEAD")
        repository.edit(sample[-1:], "finding")
        found = repository.commit()
        repository.git("reset", "-q", "--hard", before)
        return found

    def pushed(kind, count):
        def act(name):
            repository = repositories[kind, name]
            repository.rewind([repository.start, *commits[kind, name]][50 - count])
            return repository.push()
        return act

    for round in range(args.rounds):
        measure(f"first run: a commit of {len(sample)} files, nothing cached", first)
        measure("second run: the same commit again", second)
        measure("one file changed", one("fresh"))
        measure("a finding, refused", finding, sound=False)
        measure(f"one file changed, in a repository of {max(args.large, 1):,} files", one("large"))
        measure("pre-push: 1 commit", pushed("pushed", 1))
        measure("pre-push: 50 commits", pushed("pushed", 50))
        # Most of the time would go into the slow ones, and a few rounds say as much.
        if "slow" in kinds and round < max(3, args.rounds // 5):
            measure(f"pre-push: 1 commit, with {', '.join(subject['slow'])}", pushed("slow", 1))
            measure(f"pre-push: 50 commits, with {', '.join(subject['slow'])}", pushed("slow", 50))
        print(f"{subject['name']}: round {round + 1} of {args.rounds}", end="\r", file=sys.stderr)
    print(file=sys.stderr)
    return {scenario: summary(found, {"ratio": "no hook"}) for scenario, found in times.items()}


def summary(found, beside):
    rows = {}
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        rows[name] = {"runs": len(seconds), "lowest_ms": round(min(seconds) * 1000, 3), "median_ms": round(middle * 1000, 3), "p90_ms": round(sorted(seconds)[int(len(seconds) * 0.9)] * 1000, 3)}
        for key, other in beside.items():
            rows[name][key] = round(middle / statistics.median(found[other]), 2)
    return rows


TARGETS = {"pre-commit": 8, "pre-push: one ref, 50 commits": 15, "pre-push: 50 refs": 15}


def alone(subject, base, able):
    """Hooks without git around them, everything judged before, beside an empty process."""
    actions, found = {}, {}
    for name in able:
        if name == "no hook":
            continue
        repository = Repository(subject, name, "alone", base)
        commits = repository.fifty()
        repository.edit(list(subject["sample"])[:1])
        # Before it runs the hook, git notes the tree of what it is about to commit.
        repository.git("write-tree")
        hooks, remote = os.path.join(repository.folder, ".git/hooks"), ["origin", repository.remote]
        branch, one, tips = f"refs/heads/{repository.branch}", os.path.join(repository.top, "one"), os.path.join(repository.top, "tips")
        write(top, {one: f"{branch} {commits[-1]} {branch} {repository.start}\n",
                    tips: "".join(f"refs/heads/t{i} {oid} refs/heads/t{i} {ZERO}\n" for i, oid in enumerate(commits))})
        # As git gives it.
        env = {**repository.env, "GIT_INDEX_FILE": ".git/index", "GIT_PREFIX": "", "GIT_EDITOR": ":"}
        pushing = {**repository.env, "GIT_PREFIX": ""}
        ways = [(f"{name}, as installed", [os.path.join(hooks, "pre-commit")], [os.path.join(hooks, "pre-push"), *remote])]
        if name == "git-tend":
            ways.insert(0, ("git-tend hook", [tend, "hook", "pre-commit"], [tend, "hook", "pre-push", *remote]))
        for way, commit, push in ways:
            actions["pre-commit", way] = repository, env, commit, "/dev/null"
            actions["pre-push: one ref, 50 commits", way] = repository, pushing, push, one
            # The others look at one ref, or at none of them: they would be quick for another reason.
            if name in ("git-tend", "a script"):
                actions["pre-push: 50 refs", way] = repository, pushing, push, tips
        actions["pre-commit", f"{name}, git hook run"] = repository, repository.env, [git, "hook", "run", "pre-commit"], "/dev/null"
    # What is not judged yet is judged now; what is refused then has no figure.
    refused = {}
    for key, (repository, env, words, stdin) in list(actions.items()):
        for _ in range(3):
            code = timed(repository.folder, env, words, stdin)[1]
            repository.settle()
        if code:
            refused[", ".join(key)] = f"exit code {code}: {said()}"
            del actions[key]
    if not actions:
        return {}, refused
    programs = {"/bin/true": "/bin/true"}
    if compiler := shutil.which("cc"):
        write(top, {"empty.c": "int main(void) { return 0; }\n"})
        call(top, os.environ, compiler, "-O2", "-static", "-o", "empty", "empty.c")
        programs["an empty static program"] = os.path.join(top, "empty")
    plain, runs = environment(os.path.join(top, "home")), max(args.runs, 200) if args.empty else args.runs
    for round in range(runs + 5):
        for name, program in programs.items():
            seconds = timed(top, plain, [program])[0]
            if round >= 5:
                found.setdefault(name, []).append(seconds)
        for key, (repository, env, words, stdin) in actions.items():
            # The others run their linters each time: a tenth of the rounds says as much.
            if not key[1].startswith("git-tend") and round >= 5 + max(20, runs // 10):
                continue
            seconds, code = timed(repository.folder, env, words, stdin)
            if code:
                raise RuntimeError(f"{', '.join(key)}: exit code {code}: {said()}")
            repository.settle()
            if round >= 5:
                found.setdefault(key, []).append(seconds)
    beside = {"ratio": "/bin/true", **({"ratio_static": "an empty static program"} if compiler else {})}
    return {scenario: summary({name: found[name] for name in programs} | {key[1]: times for key, times in found.items() if key[0] == scenario}, beside)
            for scenario in TARGETS}, refused


def show(name, result):
    for variant, seen in result["observed"].items():
        print(f"{name}: {variant}: " + ("judges" if seen["judges"] else "NOT MEASURED, it was not seen to judge: " + "; ".join(seen["wrong"])))
        print("  " + ", ".join(f"{step}: exit {code}, {seen['linters_started'][step]} linters" for step, code in seen["exit_codes"].items()))
    for scenario, rows in result.get("git", {}).items():
        print(f"\n{name}, {scenario}\n  {'':<24} {'median':>10} {'p90':>10} {'to no hook':>11}")
        for variant, row in rows.items():
            print(f"  {variant:<24} {row['median_ms']:8.1f}ms {row['p90_ms']:8.1f}ms {row['ratio']:10.2f}x")
    for scenario, rows in result["hook"].items():
        print(f"\n{name}, the hook alone, all judged before, {scenario} (git-tend: ≤ {TARGETS[scenario]} times an empty process)")
        print(f"  {'':<34} {'runs':>5} {'median':>10} {'p90':>10} {'to true':>9} {'to static':>10}")
        for variant, row in rows.items():
            print(f"  {variant:<34} {row['runs']:>5} {row['median_ms']:8.2f}ms {row['p90_ms']:8.2f}ms {row['ratio']:8.2f}x {row.get('ratio_static', float('nan')):9.2f}x")
    for what, why in result["refused"].items():
        print(f"{name}: NOT MEASURED: {what}: {why}")
    if "git-tend" in names and not result["observed"]["git-tend"]["judges"]:
        print(f"\n{name}: no figures for git-tend: it was not seen to judge.")


wanted = ["git-tend"] if args.empty else args.only.split(",") if args.only else list(VARIANTS)
missing = [name for name in wanted if name not in ("no hook", "a script", "git-tend") and not shutil.which(name, path=path)]
names = [name for name in VARIANTS if name == "no hook" or name in wanted and name not in missing]
subjects, done = [subject for subject in (PYTHON, JAVASCRIPT) if subject["repository"]], {}
try:
    programs = {words[0] for subject in subjects for words, _, _ in [*subject["linters"].values(), *(subject["slow"].values() if args.slow else [])]}
    versions = {name: version(name) for name in ["git", *names, *sorted(programs)] if name not in ("no hook", "a script")}
    system = f"{platform.system()} {platform.release()}, {os.cpu_count()} processors"
    print(f"{system}; " + "; ".join(f"{name}: {text}" for name, text in versions.items()))
    for name in missing:
        print(f"not measured: {name} is missing")
    for subject in subjects:
        done[subject["name"]] = result = {"load_before": os.getloadavg()[0]}
        base, large = prepare(subject)
        result["observed"], able = observe_all(subject, base)
        if not args.empty:
            result["git"] = compare(subject, base, large, able)
        result["hook"], result["refused"] = alone(subject, base, able)
        result["load_after"] = os.getloadavg()[0]
        show(subject["name"], result)
    if result_file:
        write(here, {result_file: json.dumps({"schema": 1, "system": system, "versions": versions, "missing": missing,
                                              "rounds": args.rounds, "fail_on": args.fail_on, "subjects": done}, indent=1) + "\n"})
finally:
    os.chdir(here)
    if args.keep:
        print(f"kept: {top}", file=sys.stderr)
    else:
        shutil.rmtree(top, ignore_errors=True)
# A figure that is missing is not a figure that is good.
sys.exit(any(not seen["judges"] for result in done.values() for seen in result["observed"].values()))
