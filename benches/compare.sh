#!/usr/bin/env bash
# git-tend beside its peers, in one run on this machine: ratios, not absolute times.
#
#   cargo build --release && benches/compare.sh [BINARY]
#
# Uses hyperfine, nq and task-spooler (all in Debian) where they are installed, and says where they are not.
set -euo pipefail
bin=$(realpath "${1:-${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/release/git-tend}")
[ -x "$bin" ] || { echo "build it first: cargo build --release" >&2; exit 2; }
command -v hyperfine >/dev/null || { echo "hyperfine is needed (apt-get install hyperfine)" >&2; exit 2; }

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache
export XDG_DATA_HOME=$work/data GIT_CONFIG_NOSYSTEM=1 TEND_PRESSURE=0,0
mkdir -p "$HOME" "$work/repo"; cd "$work/repo"
git init -q; git -c user.name=B -c user.email=b@example.org commit -q --allow-empty -m begin
printf '[queue]\nmax_jobs = 5000000\n' > tend.toml

median() { # COMMAND -> median seconds
  hyperfine -N --warmup 5 --min-runs "${runs:-40}" --export-json "$work/h.json" "$1" >/dev/null 2>&1 || { cat "$work/h.json" >&2; return 1; }
  python3 -c "import json,sys; print(json.load(open('$work/h.json'))['results'][0]['median'])"
}
ratio() { python3 -c "print(f'{$1/$2:.2f}')"; }
ms() { python3 -c "print(f'{$1*1000:.2f} ms')"; }
row() { printf '%-58s %10s  %s\n' "$1" "$2" "$3"; }
clear_queue() { rm -rf .git/tend; }

printf '%s, %s processors\n\n' "$(uname -sr)" "$(nproc)"
row "what" "time" "ratio (target)"

t=$(median /bin/true)
row "fork + exec of /bin/true" "$(ms "$t")" 1
"$bin" run --enqueue -q -- true
e=$(median "$bin run --enqueue -q -- true")
row "one-shot enqueue: git tend run --enqueue -- true" "$(ms "$e")" "$(ratio "$e" "$t") (≤ 5)"
s=$(median "$bin status")
row "git tend status" "$(ms "$s")" "$(ratio "$s" "$t") (≤ 3)"

jobs=2000
timed() { local from to; from=$(date +%s%N); "$@" >/dev/null 2>&1; to=$(date +%s%N); python3 -c "print(($to-$from)/1e9)"; }
echo
x=$(timed sh -c "seq $jobs | xargs -P2 -n1 true")
row "xargs -P2: $jobs × true" "$(ms "$x")" 1
clear_queue
clear_queue
"$bin" run --enqueue -q -- true
# The same rows that enqueuing writes, in one transaction: only the drain is measured.
python3 - "$jobs" <<'PY'
import sqlite3, sys, glob, os
db = glob.glob('.git/tend/*/queue.db')[0]
c = sqlite3.connect(db)
cols = [r[1] for r in c.execute('pragma table_info(job)') if r[1] not in ('seq', 'id')]
names = ','.join(f'"{n}"' for n in cols)
for i in range(int(sys.argv[1]) - 1):
    c.execute(f"INSERT INTO job (id,{names}) SELECT printf('%08x',{i}+1048576),{names} FROM job LIMIT 1")
c.commit()
PY
d=$(timed "$bin" drain -q --slots 2)
row "git tend drain: $jobs × true, full records" "$(ms "$d")" "$(ratio "$d" "$x") (≤ 5)"
if command -v nq >/dev/null; then
  n=$(timed sh -c "cd '$work' && mkdir -p nq && export NQDIR='$work/nq' && for i in \$(seq $jobs); do nq -q true; done; nq -w")
  row "nq: enqueue and run $jobs × true (one at a time)" "$(ms "$n")" "$(ratio "$n" "$x")"
else row "nq" "missing" "-"; fi
if command -v tsp >/dev/null; then
  export TS_SOCKET=$work/ts TS_MAXFINISHED=10; tsp -S 2 >/dev/null
  p=$(timed sh -c "for i in \$(seq $jobs); do tsp -n true; done; while [ \"\$(tsp | grep -c -E 'queued|running')\" -gt 0 ]; do :; done")
  row "task-spooler -S 2: enqueue and run $jobs × true" "$(ms "$p")" "$(ratio "$p" "$x")"
  tsp -K
else row "task-spooler" "missing" "-"; fi

echo
both="$work/pair"; printf '#!/bin/sh\n"%s" run --enqueue -q -- true && "%s" drain -q\n' "$bin" "$bin" > "$both"; chmod +x "$both"
clear_queue; "$both"
runs=60 b=$(runs=60 median "$both")
row "enqueue + claim + run, empty database" "$(ms "$b")" 1
python3 - 1000000 <<'PY'
import sqlite3, sys, glob
db = glob.glob('.git/tend/*/queue.db')[0]
c = sqlite3.connect(db)
cols = [r[1] for r in c.execute('pragma table_info(job)') if r[1] not in ('seq', 'id', 'unique_key', 'finished_at', 'queued_at')]
names = ','.join(f'"{n}"' for n in cols)
row = c.execute("SELECT seq FROM job WHERE state='done' LIMIT 1").fetchone()[0]
import time
now = int(time.time() * 1000)
c.execute(f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < {int(sys.argv[1])})
  INSERT INTO job (id, unique_key, finished_at, queued_at, {names})
  SELECT printf('%08x', i + 268435456), NULL, {now} - i, {now} - i, {names} FROM n, job WHERE job.seq = {row}""")
c.commit()
PY
m=$(runs=60 median "$both")
row "the same with 1,000,000 finished jobs" "$(ms "$m")" "$(ratio "$m" "$b") (≤ 1.2)"
s2=$(median "$bin status")
row "git tend status with them" "$(ms "$s2")" "$(ratio "$s2" "$t")"
