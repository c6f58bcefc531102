"""Running programs: other tools, git and git-tend's built-in tasks, and the repositories they run on."""

import atexit, glob, itertools, json, os, shutil, subprocess, sys, tempfile, time

from text import say

# Set by begin(); the dictionary stays the same one.
binary = tools = top = None
env = {}
PLACES = ["bin", "*/bin", "node_modules/.bin", "*/node_modules/.bin"]


def begin(binary_given, tools_given):
    """Say which build is run and where tools are besides PATH; before anything else here."""
    global binary, tools, top
    binary, tools = os.path.realpath(binary_given), os.path.realpath(tools_given)
    if not os.path.exists(binary):
        sys.exit("build it first: cargo build --release")
    top = tempfile.mkdtemp(prefix="tend-analysis-")
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    os.mkdir(path_of("home"))
    env.update({
        "PATH": os.pathsep.join([p for place in PLACES for p in sorted(glob.glob(os.path.join(tools, place)))] + [os.environ["PATH"]]),
        "HOME": path_of("home"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8",
        "GIT_AUTHOR_NAME": "B", "GIT_AUTHOR_EMAIL": "b@example.org", "GIT_COMMITTER_NAME": "B", "GIT_COMMITTER_EMAIL": "b@example.org",
        "npm_config_offline": "true", "npm_config_ignore_scripts": "true", "npm_config_update_notifier": "false", "CARGO_NET_OFFLINE": "true",
        "CARGO_HOME": os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo")), "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")),
        "UV_OFFLINE": "1", "UV_NO_CONFIG": "1", "YARN_IGNORE_PATH": "1", "YARN_RC_FILENAME": ".no-code-of-the-repository.yml", "npm_config_ignore_pnpmfile": "true", "YARN_ENABLE_NETWORK": "0", "YARN_ENABLE_TELEMETRY": "0", "YARN_ENABLE_SCRIPTS": "0",
        "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
    })


def path_of(name):
    """A path in the folder of this run, which is removed at its end."""
    return os.path.join(top, name)


def read(words, cwd=None, stdin=None, **more):
    """What a program prints, whatever it exits with."""
    return subprocess.run(words, cwd=cwd, input=stdin, capture_output=True, env={**env, **more})


def git(folder, *words, stdin=None, **more):
    """What git prints; its failure ends the run."""
    found = read(["git", *words], cwd=folder, stdin=stdin, **more)
    if found.returncode:
        sys.exit(f"git {' '.join(words[:3])} in {folder}: {found.stderr.decode(errors='replace')}")
    return found.stdout


def tool(name):
    """Where a program is, in --tools or PATH; None if nowhere."""
    return shutil.which(name, path=env["PATH"])


def node_module(name):
    """The first folder of a JavaScript package below --tools, or None."""
    found = [os.path.join(place, name) for place in glob.glob(os.path.join(tools, "**/node_modules"), recursive=True)]
    return next((place for place in found if os.path.isdir(place)), None)


numbers = itertools.count(1)


def folder(name="d"):
    """A new folder for this run."""
    path = path_of(f"{next(numbers)}-{name}")
    os.mkdir(path)
    return path


def task_words(task, git_dir, state, result, commit=None):
    """The command that runs a built-in task."""
    return [binary, "__task", task, git_dir, state, result, *([commit] if commit else [])]


def task(name, git_dir, commit=None, state=None, **more):
    """The results of a task by type, and its bytes; none if this build has no such task."""
    state = state or folder("state")
    result = os.path.join(state, "result.json")
    found = read(task_words(name, git_dir, state, result, commit), **more)
    if found.returncode or not os.path.exists(result):
        text = found.stderr.decode(errors="replace")
        if "built-in task named" in text:
            return None, b""
        sys.exit(f"__task {name} {git_dir}: exit {found.returncode}: {text}")
    with open(result, "rb") as file:
        data = file.read()
    return {one["type"]: one["body"] for one in json.loads(data)["results"]}, data


def has_task(name, git_dir):
    """Whether this build has a task of that name."""
    return task(name, git_dir)[0] is not None


def inside(value, wanted):
    """All dictionaries in a value for which `wanted` is true."""
    if isinstance(value, dict):
        if wanted(value):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from inside(one, wanted)


class Repository:
    """A repository's HEAD: what is tracked, and a copy of it outside."""

    def __init__(self, path):
        self.git_dir = git(path, "rev-parse", "--absolute-git-dir").decode().strip()
        parts = [part for part in os.path.abspath(path).split("/") if part not in ("repo", ".git")]
        self.name = parts[-1]
        self.commit = git(self.git_dir, "rev-parse", "HEAD").decode().strip()
        self.files = {}
        for line in git(self.git_dir, "ls-tree", "-r", "-l", "-z", self.commit).split(b"\0"):
            if line:
                head, path = line.split(b"\t", 1)
                mode, _, oid, size = head.decode().split()
                self.files[os.fsdecode(path)] = (mode, oid, int(size) if size != "-" else 0)
        self.tree = None
        self.scratch = None
        self.state = None

    def copy(self):
        """The tracked files in a folder of their own: every tool sees the same."""
        if not self.tree:
            self.tree = folder("tree")
            index = path_of("index")
            git(self.git_dir, "read-tree", self.commit, GIT_INDEX_FILE=index)
            git(self.tree, "--git-dir", self.git_dir, "--work-tree", self.tree, "-c", "core.bare=false", "checkout-index", "-a", "-f", GIT_INDEX_FILE=index)
            os.remove(index)
        return self.tree

    def text(self, path):
        """The bytes of a tracked file."""
        with open(os.path.join(self.copy(), path), "rb") as file:
            return file.read()

    def analysed(self):
        """What the full analysis says of HEAD."""
        self.state = self.state or folder("state")
        return task("codebase_full", self.git_dir, self.commit, self.state)[0]

    def probe(self, name, paths):
        """What a task says of a commit of some of the files only, with the attributes that hold for them."""
        if not self.scratch:
            self.scratch = folder("scratch.git")
            form = git(self.git_dir, "rev-parse", "--show-object-format").decode().strip()
            git(self.scratch, "init", "-q", "--bare", f"--object-format={form}")
            common = git(self.git_dir, "rev-parse", "--path-format=absolute", "--git-common-dir").decode().strip()
            with open(os.path.join(self.scratch, "objects/info/alternates"), "w") as file:
                file.write(os.path.join(common, "objects") + "\n")
        wanted = set(paths) | {path for path in self.files if os.path.basename(path) == ".gitattributes"}
        lines = b"".join(b"%s %s\t%s\0" % (self.files[path][0].encode(), self.files[path][1].encode(), os.fsencode(path)) for path in sorted(wanted))
        index = path_of("index")
        git(self.scratch, "update-index", "-z", "--index-info", stdin=lines, GIT_INDEX_FILE=index)
        tree = git(self.scratch, "write-tree", GIT_INDEX_FILE=index).decode().strip()
        os.remove(index)
        commit = git(self.scratch, "commit-tree", tree, "-m", "probe").decode().strip()
        state = folder("state")
        found = task(name, self.scratch, commit, state)[0]
        shutil.rmtree(state)
        return found


def halve(paths, ours, theirs):
    """The files for which two ways to count differ, found by halving: `ours` is asked about sets of files only."""
    stack, differ = [sorted(paths)] if paths else [], []
    while stack:
        some = stack.pop()
        if ours(some) == theirs(some):
            continue
        if len(some) == 1:
            differ.append(some[0])
            continue
        middle = len(some) // 2
        stack += [some[middle:], some[:middle]]
    return differ


def kept(name, make, keep):
    """A repository that is generated once: in the folder `keep`, or for this run."""
    place = os.path.abspath(os.path.join(keep or top, name))
    if not os.path.exists(os.path.join(place, "done")):
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        start = time.perf_counter()
        make(place)
        with open(os.path.join(place, "done"), "w"):
            pass
        say(f"{name}: made in {time.perf_counter() - start:.0f} s")
    return place
