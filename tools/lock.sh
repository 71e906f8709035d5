#!/bin/sh
# Renews requirements.lock and requirements-dev.lock from pyproject.toml: pinned, with hashes, and no index address.
# What is locked stays as it is unless pyproject.toml asks for something else. Usage: tools/lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    python3 -m venv "$scratch"
    "$scratch/bin/pip" install --quiet --disable-pip-version-check uv
    uv=$scratch/bin/uv
fi

lock() {
    file=$1
    shift
    "$uv" pip compile --quiet pyproject.toml "$@" --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-header --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-annotate \
        --output-file "$file" >/dev/null
}

lock requirements.lock "$@"
lock requirements-dev.lock --extra dev "$@"
