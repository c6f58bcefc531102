#!/usr/bin/env python3
"""What the installed file costs before git-tend begins: ours beside the ways it could have been written.

    benches/shim.py [ROUNDS]

Every variant ends in `exec /bin/true`. Interleaved, medians; ratios to a script that only does that.
"""

import os, shutil, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
top = tempfile.mkdtemp(prefix="tend-shim-")
hooks = os.path.join(top, "hooks")
os.mkdir(hooks)

with open(os.path.join(here, "../hooks/shim.sh")) as file:
    ours = file.read()
for name, value in {"VERSION": "1", "EVENT": "post-commit", "PROGRAM": "'/bin/true'", "MISSING": "open"}.items():
    ours = ours.replace(f"@{name}@", value)
variants = {
    "exec alone": '#!/bin/sh\nexec /bin/true hook post-commit "$@"\n',
    "ours, fork-free": ours,
    "with $(cd \"$(dirname \"$0\")\" && pwd)": '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\n[ -x "$here.tend-prev/post-commit" ] || true\nexec /bin/true hook post-commit "$@"\n',
    "with $(git rev-parse --git-dir)": '#!/bin/sh\nhere=$(git rev-parse --git-dir)\nexec /bin/true hook post-commit "$@"\n',
}
paths = {}
for number, (name, text) in enumerate(variants.items()):
    paths[name] = os.path.join(hooks, f"hook-{number}")
    with open(paths[name], "w") as file:
        file.write(text)
    os.chmod(paths[name], 0o755)

subprocess.run(["git", "init", "-q", top], check=True)
times = {name: [] for name in variants}
for _ in range(rounds):
    for name, path in paths.items():
        start = time.perf_counter()
        subprocess.run([path], cwd=top, check=True)
        times[name].append(time.perf_counter() - start)
base = statistics.median(times["exec alone"])
for name, found in times.items():
    middle = statistics.median(found)
    print(f"{name:<42} {middle * 1000:6.2f} ms  {middle / base:5.2f}x")
shutil.rmtree(top)
