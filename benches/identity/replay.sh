#!/bin/sh
# replay.sh REPOSITORY COMMITS [ruff|pylint [FOLDER]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/install.sh"
tool=${3:-ruff}
exec "${CARGO_TARGET_DIR:-$here/target}/release/identity-bench" replay "$1" "$2" "$tool" "$here/.venv/bin/$tool" \
    "$here/samples.jsonl" "${4:-.}"
