"""Lines of code, comments and blanks by language, beside tokei's."""

import collections, json, os, re, shutil

from running import folder, halve, read, tool
from text import Classes, line_table, say

FOREIGN = {"node_modules", "vendor", "__pycache__"}


def breakdown(results):
    """Language → [files, code, comments, blanks], what counts and what stands beside together."""
    sums = collections.defaultdict(lambda: [0, 0, 0, 0])
    found = results["codebase_analysis"]["breakdown"]
    for part in found["languages"] + found["beside"]:
        if part["name"] != "Git Attributes":
            for at, key in enumerate(["files", "code", "comments", "blanks"]):
                sums[part["name"]][at] += part[key]
    return dict(sums)


def tokei(tree):
    """Path → (language, [code, comments, blanks], whether other languages lie in it, all lines)."""
    found = json.loads(read(["tokei", "--hidden", "--no-ignore", "--output", "json", "."], cwd=tree).stdout)

    def lines(stats):
        return stats["code"] + stats["comments"] + stats["blanks"] + sum(map(lines, stats["blobs"].values()))

    files = {}
    for language, part in found.items():
        if language != "Total":
            for one in part["reports"]:
                stats = one["stats"]
                files[one["name"].removeprefix("./")] = (language, [stats[key] for key in ("code", "comments", "blanks")], bool(stats["blobs"]), lines(stats))
    return files


def fill(match):
    """The same number of lines, with nothing in them that could be a quote or a comment."""
    return "\n".join("x" for _ in match[0].split("\n"))


# What tokei's rules misread, and the same lines written so that they do not: if tokei then counts as we do, that was it.
REWRITES = {
    "tokei takes the quote of '\"' for an open string": lambda text: re.sub(r"'\\?\"'", "'x'", text),
    "tokei does not see the end of a comment at //*/": lambda text: re.sub(r"//+\*/", "*/", text),
    "tokei takes a raw string for one with escapes, or for several": lambda text: re.sub(r"\bb?r(#*)\".*?\"\1", fill, text, flags=re.S),
    "tokei takes a backquoted string for one with escapes": lambda text: re.sub(r"`[^`]*`", fill, text),
    "tokei takes a text block for several strings": lambda text: re.sub(r'"""(?:\\.|[^\\])*?"""', fill, text, flags=re.S),
    "tokei counts a blank line in a string as blank": lambda text: re.sub(r"(\"\"\"|''')(?:\\.|[^\\])*?\1", fill, text, flags=re.S),
    "tokei takes the mark of byte order for text": lambda text: text.removeprefix("\ufeff"),
    "tokei ends lines at a carriage return": lambda text: re.sub("\r(?!\n)", " ", text),
}


def lines_of(raw):
    """How many lines a file has."""
    return raw.count(b"\n") + (raw[-1:] not in (b"", b"\n"))


def why_lines_differ(repo, path, wanted):
    """The class of a file whose lines tokei counts otherwise."""
    raw = repo.text(path)
    total = lines_of(raw)
    text = raw.decode("utf-8", "surrogateescape")
    place = folder("rewrite")
    all_of_them = text
    for name, rewrite in REWRITES.items():
        all_of_them = rewrite(all_of_them)
        for tried, what in ((rewrite(text), name), (all_of_them, "several of those")):
            target = os.path.join(place, os.path.basename(path))
            with open(target, "wb") as file:
                file.write(tried.encode("utf-8", "surrogateescape"))
            found = tokei(place).get(os.path.basename(path))
            if found and found[1] == wanted and tried != text:
                return what
    target = os.path.join(folder("rename"), os.path.basename(path) + ".js")
    shutil.copy(os.path.join(repo.copy(), path), target)
    if path.endswith(".json") and tokei(os.path.dirname(target))[os.path.basename(target)][1] == wanted:
        return "tokei knows no comments in JSON"
    if sum(wanted) != total:
        return f"UNEXPLAINED our lines are {sum(wanted)}, the file has {total}"
    return "UNEXPLAINED other kinds of lines"


def lines(repo, show):
    """Files and lines of every language beside tokei's; each file that differs gets a class."""
    if not tool("tokei"):
        return say("  not compared: tokei is missing")
    results = repo.analysed()
    if "breakdown" not in results.get("codebase_analysis", {}):
        return say("  not in this build: breakdown")
    theirs = tokei(repo.copy())
    pools = collections.defaultdict(list)
    for path, (mode, _, size) in repo.files.items():
        if not mode.startswith("100") or os.path.basename(path) == ".gitattributes":
            continue
        if FOREIGN & set(path.split("/")[:-1]):
            pools["foreign"].append(path)
        elif size > 1 << 20:
            pools["large"].append(path)
        elif b"\0" in repo.text(path)[:8000]:
            pools["binary"].append(path)
        elif path not in theirs:
            pools["ours"].append(path)
        else:
            pools["embedded" if theirs[path][2] else "plain"].append(path)
    total = breakdown(results)
    names = collections.defaultdict(collections.Counter)
    key = lambda path: (theirs[path][0], os.path.splitext(path)[1] or os.path.basename(path))

    def name(path):
        """What linguist calls tokei's language: learnt from the files of one kind that were looked at alone."""
        language = theirs[path][0]
        return language if language in total or not names[key(path)] else names[key(path)].most_common(1)[0][0]

    def expected(paths, whole=False):
        sums = collections.defaultdict(lambda: [0, 0] if whole else [0, 0, 0, 0])
        for path in paths:
            values = [1, theirs[path][3]] if whole else [1, *theirs[path][1]]
            sums[name(path)] = [one + more for one, more in zip(sums[name(path)], values)]
        return dict(sums)

    classes = Classes()
    pairs = collections.Counter()

    def compare(paths, whole):
        def ours(some):
            found = breakdown(repo.probe("codebase_quick", some))
            if whole:
                found = {language: [values[0], sum(values[1:])] for language, values in found.items()}
            if len(some) == 1:
                settle(some[0], found)
            return found

        def settle(path, found):
            language, values = next(iter(found.items()), (None, None))
            if language is None:
                empty = repo.files[path][2] == 0
                classes.add("an empty file: linguist has no language for it" if empty else f"linguist has no language for it, tokei has {theirs[path][0]}", path)
                return
            if language != name(path):
                names[key(path)][language] += 1
                pairs[f"{theirs[path][0]} → {language}"] += 1
            counted = [1, theirs[path][3]] if whole else [1, *theirs[path][1]]
            place = f"{path}  {language}: {values[1:]} ≠ {counted[1:]}"
            another = language.lower() != theirs[path][0].lower() and (name(path) != language or pairs[f"{theirs[path][0]} → {language}"] == 1)
            if counted == values:
                if name(path) != language:
                    classes.add(f"{theirs[path][0]} for tokei, {language} by linguist's rules: the same lines", path)
            elif sum(counted[1:]) == sum(values[1:]) and another:
                classes.add(f"{theirs[path][0]} for tokei, {language} by linguist's rules: other comments and strings", place)
            elif whole and sum(values[1:]) == lines_of(repo.text(path)):
                classes.add("tokei's parts of a file with other languages in it do not add up to its lines, ours do", place)
            else:
                classes.add("UNEXPLAINED other number of lines" if whole else why_lines_differ(repo, path, values[1:]), place)

        return halve(paths, ours, lambda some: expected(some, whole))

    compare(pools["plain"], False)
    compare(pools["embedded"], True)
    nothing = pools["foreign"] + pools["large"] + pools["binary"]
    for path in halve(nothing, lambda some: breakdown(repo.probe("codebase_quick", some)), lambda some: {}):
        classes.add("UNEXPLAINED counted although foreign, large or binary", path)
    by_tokei = expected([path for path in theirs if path in repo.files])
    line_table(total, by_tokei)
    for what, why in (
        ("foreign", "in node_modules, vendor, __pycache__: not read"), ("large", "larger than 1 MiB: not read"), ("binary", "with a NUL: not text"),
        ("embedded", "with other languages in them: tokei counts those apart, the sum of lines is the same"), ("ours", "that tokei knows no language for"),
    ):
        counted = [theirs[path] for path in pools[what] if path in theirs]
        say(f"  {len(pools[what]):6} files {why}" + (f" (tokei: {len(counted)} files, {sum(one[3] for one in counted)} lines)" if counted else ""))
    hidden = sum(any(part.startswith(".") for part in path.split("/")) for path in theirs)
    beside = sum(part["files"] for part in results["codebase_analysis"]["breakdown"]["beside"])
    say(f"  {hidden:6} hidden files, which tokei counts with --hidden only")
    say(f"  {beside:6} files that git-tend keeps beside the shares: vendored, generated, documentation, data, prose")
    for pair, count in pairs.most_common():
        say(f"         called otherwise: {pair}")
    classes.print(show)
    return {"ours": total, "tokei": by_tokei, "pools": {what: len(paths) for what, paths in pools.items()}, "names": dict(pairs), "classes": classes.found, "unexplained": classes.unexplained()}
