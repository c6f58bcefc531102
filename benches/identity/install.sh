#!/bin/sh
# Installs the linters and builds the program, beside this file.
set -eu
cd "$(dirname "$0")"
[ -x .venv/bin/ruff ] && [ -x .venv/bin/pylint ] || {
    python3 -m venv .venv
    .venv/bin/pip install --quiet ruff pylint
}
cargo build --quiet --release
