#!/bin/sh
# Runs every check, even after one has failed, and ends with their number.
set -u
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
export RINGFENCE_VAR_DIR="$scratch/var"

failed=0
passed=0
check() {
    name=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        sed 's/^/        /' "$scratch/said"
    fi
}

templates() {
    djlint --check --quiet src && djlint --lint --quiet src
}

migrations() {
    ringfence django check --fail-level WARNING && ringfence django makemigrations --check --dry-run
}

check "style (ruff check)" ruff check .
check "layout (ruff format)" ruff format --check .
check "types (mypy)" mypy src
check "rooms (import-linter)" lint-imports
check "templates (djlint)" templates
check "translations" python -m ringfence.config.messages
check "inventory and migrations" migrations
check "generated pages" python tools/generated.py --check

echo "$passed checks passed, $failed failed"
[ "$failed" -eq 0 ]
