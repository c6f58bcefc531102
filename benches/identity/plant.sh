#!/bin/sh
# plant.sh REPOSITORY: what is called new after changes that add no finding.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/install.sh"
exec "${CARGO_TARGET_DIR:-$here/target}/release/identity-bench" plant "$1" ruff "$here/.venv/bin/ruff"
