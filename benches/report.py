#!/usr/bin/env python3
"""The report of 20,000 findings as a page, beside ESLint's HTML formatter with the same findings, interleaved.

    .ci/tools && cargo build --release && benches/report.py [--binary B] [--findings N] [--rounds N]

Told are medians: the time to write the page (ESLint's from results that it is given, ours with reading the queue and the
source lines from git), its size, the time until headless Chromium has loaded it and answers to a key, and the time from
typing words into the filter (ESLint's page has none) until what they select is painted. "empty" is a page of one word, for
what the browser itself takes. Needs Node.js and Chromium.
"""

import argparse, json, os, shutil, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--binary", default=os.path.join(here, "../target/release/git-tend"))
args.add_argument("--findings", type=int, default=20_000)
args.add_argument("--rounds", type=int, default=7)
args = args.parse_args()
tend = os.path.realpath(args.binary)
eslint = os.path.realpath(os.path.join(here, "../target/tools/node_modules/eslint"))
look = os.path.join(here, "../tests/it/support/browser/look.mjs")
for needed, how in [(tend, "cargo build --release"), (eslint, ".ci/tools")]:
    if not os.path.exists(needed):
        sys.exit(f"it is not there: {how}")

FILES = 400
RULES = [("eqeqeq", "Expected '===' and instead saw '=='.", "medium"), ("no-var", "Unexpected var, use let or const instead.", "low"),
         ("no-undef", "'frobnicate' is not defined.", "high"), ("no-unused-vars", "'value' is assigned a value but never used.", "low")]

root = tempfile.mkdtemp(prefix="tend-report-")
repo, home = os.path.join(root, "repo"), os.path.join(root, "home")
os.makedirs(home)
env = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home, XDG_STATE_HOME=home, XDG_CACHE_HOME=home, XDG_DATA_HOME=home)
git = lambda *words: subprocess.run(["git", "-C", repo, "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, env=env)
findings, results = [], []
subprocess.run(["git", "init", "-q", repo], check=True, env=env)
each = args.findings // FILES
for number in range(FILES):
    path = f"src/part{number % 20}/module{number}.js"
    full = os.path.join(repo, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w") as file:
        file.writelines(f"    var value{line} = frobnicate(value{line - 1}) == {line} ? 'one' : 'another'; // line {line}\n" for line in range(1, each + 3))
    messages = []
    for at in range(each):
        rule, message, severity = RULES[(at + number) % 4]
        findings.append({"rule": rule, "severity": severity, "message": message, "path": path, "line": at + 1, "column": 9,
                         "url": f"https://eslint.org/docs/latest/rules/{rule}"})
        messages.append({"ruleId": rule, "severity": 2, "message": message, "line": at + 1, "column": 9})
    results.append({"filePath": full, "messages": messages, "errorCount": each, "warningCount": 0})
with open(os.path.join(repo, "findings.json"), "w") as file:
    json.dump({"schema": 1, "tool": "eslint", "checked": FILES, "findings": findings}, file)
with open(os.path.join(repo, "tend.toml"), "w") as file:
    file.write('[defaults]\nbuiltin = false\n[task.lint]\nrun = ["cat", "findings.json"]\noutput = "tend"\n')
with open(os.path.join(root, "results.json"), "w") as file:
    json.dump(results, file)
git("add", "-A"), git("commit", "-qm", "Begin")
run = lambda *words: subprocess.run([tend, *words], cwd=repo, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
run("trust", "--yes")
subprocess.run([tend, "run", "lint"], cwd=repo, env=env, stdout=subprocess.DEVNULL)

ours, theirs, empty = (os.path.join(root, name) for name in ("tend.html", "eslint.html", "empty.html"))
with open(empty, "w") as file:
    file.write("<!doctype html><html lang=en><title>x</title>x")
FORMAT = f"""
import {{ createRequire }} from 'node:module';
import fs from 'node:fs';
const format = createRequire(import.meta.url)({json.dumps(eslint + "/lib/cli-engine/formatters/html.js")});
const results = JSON.parse(fs.readFileSync({json.dumps(root + "/results.json")}));
fs.writeFileSync({json.dumps(theirs)}, format(results, {{ cwd: {json.dumps(repo)}, rulesMeta: {{}} }}));
"""
with open(os.path.join(root, "format.mjs"), "w") as file:
    file.write(FORMAT)


def timed(command, folder):
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000


def opened(page, steps):
    request = {"file": page, "settings": ["light"], "steps": steps, "limit_ms": 120_000, "step_ms": 60_000}
    said = subprocess.run(["node", look], input=json.dumps(request), capture_output=True, text=True, check=True).stdout
    setting = json.loads(said)["settings"][0]
    if setting.get("error"):
        sys.exit(setting["error"])
    return setting["opened"]["interactive_ms"], [step["value"]["painted_ms"] for step in setting["steps"]]


output = "document.querySelector('#filter output').textContent"
filtering = [{"fill": ["#filter [name=q]", "module7 undef"], "until": f"{output}.includes('of')"},
             {"fill": ["#filter [name=q]", "module39 var"], "until": f"{output}.includes('of')"}]
names = ["write tend", "write eslint", "open empty", "open tend", "open eslint", "filter, first", "filter, again"]
taken = {name: [] for name in names}
for _ in range(args.rounds):
    taken["write tend"].append(timed([tend, "report", "--format", "html", "-o", ours], repo))
    taken["write eslint"].append(timed(["node", os.path.join(root, "format.mjs")], repo))
    taken["open empty"].append(opened(empty, [])[0])
    interactive, filtered = opened(ours, filtering)
    taken["open tend"].append(interactive)
    taken["filter, first"].append(filtered[0])
    taken["filter, again"].append(filtered[1])
    taken["open eslint"].append(opened(theirs, [])[0])
for name in names:
    values = taken[name]
    print(f"{name:14} {statistics.median(values):7.0f} ms   ({min(values):.0f} to {max(values):.0f})")
print(f"{len(findings)} findings; bytes: tend {os.path.getsize(ours):,}, eslint {os.path.getsize(theirs):,}")
shutil.rmtree(root)
