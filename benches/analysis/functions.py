"""Complex functions beside radon's and lizard's, and why each difference is one."""

import collections, json, os, re

from running import halve, read, tool
from syntax import Unit, babel_units, python_units
from text import Classes, difference, say
from tokens import TOKENS, token_units

LANGUAGES = {
    ".py": "Python", ".rs": "Rust", ".go": "Go", ".java": "Java", ".c": "C", ".h": "C", ".js": "JavaScript", ".jsx": "JavaScript", ".mjs": "JavaScript",
    ".cjs": "JavaScript", ".ts": "TypeScript", ".tsx": "TypeScript", ".mts": "TypeScript", ".cts": "TypeScript",
}
# lizard's tokens, in the words of the kinds of the second measurement.
SAME = {
    "Python": {"elif": "if", "and": "and, or", "or": "and, or"}, "Rust": {"=>": "arm of match", "else": "let else"},
}

# lizard's values, and of what they consist: each token that it adds a condition for, by function.
LIZARD = r"""
import collections, json, sys
import lizard
from lizard_core.file_info_builder import FileInfoBuilder
plain = FileInfoBuilder.add_condition
def add(self, inc=1):
    caller = sys._getframe(1)
    token = caller.f_locals.get("token")
    token = token.split()[0] if isinstance(token, str) and token.split() else caller.f_code.co_name
    self.current_function.__dict__.setdefault("counted", collections.Counter())[token] += inc
    plain(self, inc)
FileInfoBuilder.add_condition = add
analyse = lizard.FileAnalyzer(lizard.get_extensions([]))
for path in sys.stdin.read().split("\0"):
    if path:
        try:
            found = [[f.name, f.start_line, f.end_line, f.cyclomatic_complexity, dict(getattr(f, "counted", {}))] for f in analyse(path).function_list]
        except Exception as error:
            found = type(error).__name__
        print(json.dumps([path, found]))
"""


def is_fixture(path):
    """Input of tests, by the names of folders: not measured, and said so by the result's not_measured.fixtures."""
    roles = {"testdata", "test-data", "test_data", "snapshots", "__snapshots__", "mocks", "__mocks__"}
    return any(not part.startswith("{{") and ("fixture" in part or part in roles) for part in path.lower().split("/")[:-1])


def functions(repo, show):
    """Complex functions beside radon's and lizard's; every difference gets a class by a second measurement."""
    results = repo.analysed()
    complexity = results.get("complexity_analysis")
    if not complexity:
        return say("  not in this build: complexity_analysis")
    limit = complexity["limits"]["cyclomatic"]
    by_language = collections.defaultdict(list)
    fixtures = 0
    for path, (mode, _, _) in repo.files.items():
        language = LANGUAGES.get(os.path.splitext(path)[1].lower())
        if language and mode.startswith("100"):
            if is_fixture(path):
                fixtures += 1
            else:
                by_language[language].append(path)
    ours = collections.defaultdict(list)
    for one in complexity["complex"]:
        if one["cyclomatic"] > limit:
            ours[one["path"]].append(one)
    classes = Classes()
    units = {}
    for path in by_language["Python"]:
        try:
            units[path] = python_units(repo.text(path))
        except (SyntaxError, ValueError, RecursionError) as error:
            units[path] = f"{type(error).__name__}: {error}"
    parsed = babel_units(repo, by_language["JavaScript"] + by_language["TypeScript"])
    if parsed is None and by_language["JavaScript"] + by_language["TypeScript"]:
        say("  @babel/parser or node is missing: JavaScript and TypeScript are not measured anew")
    units.update(parsed or {})
    say(f"  {fixtures} files of source code lie in folders of test input: not measured, and not compared")
    unmeasured = against_syntax(repo, units, ours, limit, classes)
    if tool("radon"):
        against_radon(repo, by_language["Python"], units, ours, limit, classes, unmeasured)
    else:
        say("  not compared: radon is missing")
    if tool("lizard"):
        against_lizard(repo, by_language, units, ours, limit, classes, unmeasured)
    else:
        say("  not compared: lizard is missing")
    classes.print(show)
    return {"classes": classes.found, "unexplained": classes.unexplained()}


def against_syntax(repo, units, ours, limit, classes):
    """All functions, not the complex ones only: how many there are and the sum of their values, by file, beside a
    second measurement on another parser's tree. Returns the files that are not measured, with the reason."""
    readable = [path for path, found in units.items() if not isinstance(found, str)]
    unmeasured = {path: "the other parser cannot read it" for path, found in units.items() if isinstance(found, str)}

    def mine(some):
        found = repo.probe("codebase_full", some)["complexity_analysis"]
        sums = [sum(one[key] for one in found["languages"].values()) for key in ("functions", "cyclomatic")]
        if len(some) == 1:
            if found["not_measured"]["fixtures"]:
                unmeasured[some[0]] = "input of tests"
            elif not found["files"]:
                unmeasured[some[0]] = "vendored, generated or too large"
            elif found["not_measured"]["given_up"]:
                unmeasured[some[0]] = "given up"
            elif sums != theirs(some):
                note = " (with places that the grammar does not understand)" if found["not_measured"]["with_unclear_syntax"] else ""
                classes.add(f"UNEXPLAINED other functions or sums than on another syntax tree{note}", f"{some[0]}  {sums} ≠ {theirs(some)}")
        return sums

    def theirs(some):
        return [sum(len(units[path]) for path in some), sum(unit.value() for path in some for unit in units[path])]

    halve(readable, mine, theirs)
    listed = checked = 0
    for path in readable:
        if path in unmeasured:
            continue
        here, there = collections.Counter(), collections.Counter()
        here.update((one["line"], one["cyclomatic"]) for one in ours.get(path, []))
        there.update((unit.line, unit.value()) for unit in units[path] if unit.value() > limit)
        checked += len(units[path])
        listed += sum((here & there).values())
        for line, value in (here - there).elements():
            classes.add("UNEXPLAINED listed by git-tend, not by a second measurement", f"{path}:{line}  {value}")
        for line, value in (there - here).elements():
            classes.add("UNEXPLAINED listed by a second measurement, not by git-tend", f"{path}:{line}  {value}")
    say(f"  measured anew on another parser's tree: {checked} functions of {len(readable)} files (Python, JavaScript, TypeScript), {listed} above {limit} on both sides")
    return unmeasured


def against_radon(repo, paths, units, ours, limit, classes, unmeasured):
    """Functions above the limit on one side only, ours and radon's: each by what radon counts otherwise."""
    found = json.loads(read(["radon", "cc", "-j", "."], cwd=repo.copy()).stdout or b"{}")
    radon = {}

    def collect(path, block):
        if block["type"] != "class":
            radon[path, block["lineno"]] = block
        for inner in block.get("closures", []) + block.get("methods", []):
            collect(path, inner)

    for path, blocks in found.items():
        for block in blocks if isinstance(blocks, list) else []:
            collect(path.removeprefix("./"), block)
    mine = {(path, one["line"]): one for path in paths for one in ours.get(path, [])}
    others = {key for key, block in radon.items() if block["complexity"] > limit and key[0] in set(paths)}
    say(f"  radon: {len(others)} functions above {limit}, git-tend {len(mine)}, both {len(others & set(mine))}")
    for key in sorted(others ^ set(mine)):
        path, line = key
        side = "ours only" if key in mine else "radon only"
        place = f"{path}:{line}  ours {mine.get(key, {}).get('cyclomatic', '-')}, radon {radon.get(key, {}).get('complexity', '-')}"
        if path in unmeasured:
            classes.add(f"radon: {side}: {unmeasured[path]}", place)
            continue
        unit = next((unit for unit in units[path] if unit.line == line), None)
        if not unit:
            classes.add(f"UNEXPLAINED radon: {side}: no function begins there", place)
        elif key in mine and mine[key]["cyclomatic"] != unit.value() or key not in mine and unit.value() > limit:
            classes.add(f"UNEXPLAINED radon: {side}: {unit.value()} by our definition", place)
        elif key not in radon:
            classes.add("radon: ours only: radon does not list methods of classes in functions and in classes" if not unit.listed else "UNEXPLAINED radon: ours only: radon does not list it", place)
        elif radon[key]["complexity"] != unit.radon_value():
            classes.add(f"UNEXPLAINED radon: {side}: {unit.radon_value()} by radon's definition", place)
        else:
            classes.add(f"radon: {side}: {difference(unit.ours, unit.radon, 'radon')}", place)


def against_lizard(repo, by_language, units, ours, limit, classes, unmeasured):
    """Functions above the limit on one side only, ours and lizard's, language by language."""
    with open(os.path.realpath(tool("lizard"))) as file:
        python = file.readline().removeprefix("#!").strip()
    paths = [path for language in by_language for path in by_language[language]]
    out = read([python, "-c", LIZARD], cwd=repo.copy(), stdin="\0".join(paths).encode())
    lizard, failed = collections.defaultdict(list), {}
    for line in out.stdout.splitlines():
        if not line.startswith(b'["'):
            continue
        path, found = json.loads(line)
        if isinstance(found, str):
            failed[path] = found
        else:
            lizard[path] = found
    for language, some in sorted(by_language.items()):
        here = {(path, one["line"]): one for path in some for one in ours.get(path, [])}
        there = collections.defaultdict(list)
        for path in some:
            for one in lizard[path]:
                there[path, one[1]].append(one)
        high = {key for key, found in there.items() if any(one[3] > limit for one in found)}
        # Annotations and decorators: one begins at them, the other behind.
        moved = {}
        for key in sorted(set(here) - high):
            names = re.split(r"[.:]+", here[key]["name"])[-1]
            near = [other for other in high - set(here) if other[0] == key[0] and 0 < other[1] - key[1] <= 12 and any(re.split(r"[.:]+", one[0])[-1] == names for one in there[other])]
            if near:
                moved[min(near)] = key
        high = (high - set(moved)) | set(moved.values())
        for other, key in moved.items():
            there[key] = there[other]
        say(f"  lizard, {language}: {len(high)} functions above {limit}, git-tend {len(here)}, both {len(high & set(here))}"
            + (f", {len(moved)} of them begin at an annotation here and behind it there" if moved else ""))
        for key in sorted(high ^ set(here)):
            classify(repo, language, key, here.get(key), there.get(key, []), lizard[key[0]], failed, units, limit, classes, unmeasured)
    for path in ours:
        if os.path.splitext(path)[1].lower() not in LANGUAGES:
            classes.add("lizard: ours only: a file without a known extension", f"{path}  {len(ours[path])} functions")


def classify(repo, language, key, mine, theirs, neighbours, failed, units, limit, classes, unmeasured):
    """The class of one function that only one of git-tend and lizard lists (`mine` or `theirs`, those that begin there)."""
    path, line = key
    side = "ours only" if mine else "lizard only"
    best = max(theirs, key=lambda one: one[3], default=None)
    place = f"{path}:{line}  ours {mine['cyclomatic'] if mine else '-'}, lizard {best[3] if best else '-'}"
    begin = f"lizard, {language}: {side}: "
    if path in unmeasured and not (mine and "parser" in unmeasured[path]):
        return classes.add(begin + unmeasured[path], place)
    if path in failed:
        return classes.add(f"{begin}lizard fails on the file ({failed[path]})", place)
    counted = collections.Counter()
    for kind, count in (best[4] if best else {}).items():
        counted[SAME.get(language, {}).get(kind, kind)] += count
    if language in TOKENS:
        span = (mine["line"], mine["end"]) if mine else (best[1], best[2])
        wanted = token_units(language, repo.text(path).decode("utf-8", "replace"), [span])[span]
    elif path in units and not isinstance(units[path], str):
        at = [unit for unit in units[path] if unit.line == line]
        if mine:
            at = [unit for unit in at if unit.value() == mine["cyclomatic"]] or at
        if not at:
            return classes.add(begin + "lizard's function begins where none does", place)
        wanted = max(at, key=Unit.value).ours
    else:
        return classes.add("UNEXPLAINED " + begin + "no second measurement", place)
    value = 1 + sum(wanted.values())
    if mine and value != mine["cyclomatic"] or not mine and value > limit:
        return classes.add(f"UNEXPLAINED {begin}{value} by our definition: {dict(wanted)}", place)
    if not best:
        over = [one for one in neighbours if one[1] < line <= one[2]]
        return classes.add(begin + ("lizard takes it for part of the function before it" if over else "lizard does not see the function"), place)
    inner = [one for one in neighbours if line < one[1] and one[2] <= (mine["end"] if mine else best[2])]
    if mine and inner and best[3] + sum(one[3] - 1 for one in inner) >= mine["cyclomatic"]:
        return classes.add(begin + "lizard counts closures as functions of their own", place)
    if mine and best[2] < mine["end"]:
        return classes.add(begin + "lizard ends the function too early", place)
    if not mine and path in units and any(line < unit.line and unit.end <= best[2] for unit in units[path]) and sum(counted.values()) > sum(wanted.values()):
        return classes.add(begin + "lizard counts functions in it as part of it", place)
    classes.add(begin + difference(wanted, counted, "lizard"), place)
