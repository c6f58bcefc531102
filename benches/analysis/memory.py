"""Memory and time on repositories of 100,000 files and of 1,000,000 commits, which are generated."""

import os, shutil, subprocess, sys

from racing import timed
from running import env, folder, git, kept, task_words
from text import say


def import_stream(place, write):
    """A new repository of what `write` gives to git fast-import."""
    git(place, "init", "-q", "-b", "main")
    process = subprocess.Popen(["git", "fast-import", "--quiet", "--done"], cwd=place, stdin=subprocess.PIPE, env=env)
    write(process.stdin)
    process.stdin.write(b"done\n")
    process.stdin.close()
    if process.wait():
        sys.exit("git fast-import failed")


def many_files(place, count=100_000):
    """Files of source code that are all different, in folders of a hundred."""
    body = {
        "py": "class Thing{0}:\n    def method(self, a, b):\n        if a and b:\n            return [x for x in a if x in b]\n        for one in a:\n            print(one)\n        return {0}\n\n",
        "js": "export function thing{0}(a, b) {{\n  if (a && b) {{\n    return a.map((x) => x + {0});\n  }}\n  return b ?? {0};\n}}\n\n",
        "rs": "pub fn thing{0}(a: u32, b: u32) -> u32 {{\n    match a {{\n        0 => b,\n        1 if b > {0} => 1,\n        _ => a + b,\n    }}\n}}\n\n",
        "go": "func thing{0}(a, b int) int {{\n\tif a > b || a == {0} {{\n\t\treturn a\n\t}}\n\treturn b\n}}\n\n",
    }
    endings = list(body)

    def write(out):
        out.write(b"commit refs/heads/main\ncommitter B <b@example.org> 1700000000 +0000\ndata 5\nbegin\n")
        for number in range(count):
            ending = endings[number % 4]
            text = ("package main\n\n" if ending == "go" else "") + "".join(body[ending].format(number * 8 + part) for part in range(8))
            data = text.encode()
            out.write(b"M 100644 inline src/part%03d/unit%02d/file%06d.%s\ndata %d\n%s\n" % (number // 1000, number // 100 % 10, number, ending.encode(), len(data), data))

    import_stream(place, write)


def many_commits(place, count=1_000_000, paths=50_000):
    """One line of development with short side branches: every fiftieth commit is a merge, one to three files a commit."""
    def write(out):
        for blob in range(1, 501):
            out.write(b"blob\nmark :%d\ndata 12\n%011d\n" % (blob, blob))
        draw = 12345
        side = None
        for number in range(count):
            draw = (draw * 1103515245 + 12345) & 0x7FFFFFFF
            who, zone = (draw >> 8) % 2000, (b"+0000", b"-0500", b"+0530", b"+1245")[number % 4]
            person = b"Person %04d <p%04d@example.org> %d %s" % (who, who, 1_000_000_000 + number * 600, zone)
            branches, merges = number % 50 == 40, number % 50 == 49 and side is not None
            out.write(b"commit refs/heads/%s\nmark :%d\nauthor %s\ncommitter %s\ndata 11\nfix(a): why\n" % (b"side" if branches else b"main", 1000 + number, person, person))
            if number:
                out.write(b"from :%d\n" % (1000 + number - (2 if number % 50 == 41 else 1)))
            if merges:
                out.write(b"merge :%d\n" % (1000 + side))
            for part in range(0 if merges else 1 + draw % 3):
                # The square of an even draw: few files change often.
                path = ((draw >> (5 + part)) % 1000) ** 2 * paths // 1_000_000 + (draw >> 4) % 50
                out.write(b"M 100644 :%d src/part%02d/unit%02d/file%06d.py\n" % (1 + (draw >> 7) % 500, path % 100, path // 100 % 20, path))
            side = number if branches else side

    import_stream(place, write)


def memory(report, keep, patterns):
    """Peak memory and time of the tasks on a repository of many files and on one of many commits; history only with `patterns`."""
    say("\nmemory at most, and time, of one run each")
    for name, make, tasks in (("100,000 files", many_files, ["codebase_quick", "codebase_full"]), ("1,000,000 commits", many_commits, ["codebase_full"] + ["patterns"] * patterns)):
        place = kept(name.replace(",", "").replace(" ", "-"), make, keep)
        git_dir = os.path.join(place, ".git")
        state = folder("state")
        for one in tasks:
            for heat in ("cold", "warm"):
                wall, _, peak, code = timed(task_words(one, git_dir, state, os.path.join(state, "result.json")))
                say(f"  {name:20} {one:16} {heat}  {peak / 1024:8.1f} MiB  {wall:8.2f} s" + (f"  exit {code}" if code else ""))
                report.setdefault("memory", []).append({"what": name, "task": one, "heat": heat, "peak_kib": peak, "seconds": wall, "exit": code})
            shutil.rmtree(state)
            os.mkdir(state)
        if not patterns and "commits" in name:
            say(f"  {name:20} not in this build: patterns")
