#!/usr/bin/env bash
# The promise: wall time ≤ budget + grace + 50 ms, over many drains of jobs that ignore SIGTERM, daemonise, flood their
# output or sleep for ever.
#
#   benches/budget.sh [BINARY] [DRAINS]
set -euo pipefail
bin=$(realpath "${1:-$(dirname "$0")/../target/release/git-tend}") drains=${2:-1000}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache
export XDG_DATA_HOME=$work/data GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME" "$work/repo"; cd "$work/repo"; git init -q
printf '[queue]\nload_gate = false\n[task.codebase_quick]\nenabled = false\n' > tend.toml
for script in "trap '' TERM; while :; do sleep 0.1; done" \
              "(setsid sh -c 'trap \"\" TERM; sleep 1000' &); sleep 1000" \
              "trap '' TERM; while :; do echo flood flood flood flood; done" "sleep 1000"; do
  "$bin" run --enqueue -q -- sh -c "$script"
done
python3 - "$bin" "$drains" <<'PY'
import glob, sqlite3, subprocess, sys, time
binary, drains = sys.argv[1], int(sys.argv[2])
budget, grace = 1.1, 1.0
walls = []
database = sqlite3.connect(glob.glob(".git/tend/*/queue.db")[0])
for _ in range(drains):
    # What was learned would keep such jobs from being started again: each drain shall meet them anew.
    database.execute("DELETE FROM execution")
    database.commit()
    started = time.monotonic()
    subprocess.run([binary, "drain", "-q", "--budget", "1100ms", "--slots", "2"], check=False)
    walls.append(time.monotonic() - started)
walls.sort()
over = [w for w in walls if w > budget + grace + 0.050]
print(f"{drains} drains, budget {budget} s + grace {grace} s: median {walls[len(walls)//2]:.3f} s, "
      f"slowest {walls[-1]:.3f} s, over the promise: {len(over)}")
sys.exit(bool(over))
PY
