#!/bin/sh
# Makes .venv for running (requirements.lock) or testing (requirements-dev.lock) with pip alone, and only
# when a lock has changed since. Usage: tools/environment.sh run|test
set -eu
cd "$(dirname "$0")/.."

kind=$1
case $kind in
    run) lock=requirements.lock ;;
    test) lock=requirements-dev.lock ;;
    *) echo "usage: tools/environment.sh run|test" >&2; exit 2 ;;
esac

new_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ ! -x .venv/bin/python ]; then
    found=
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
        if new_enough "$candidate"; then found=$candidate; break; fi
    done
    if [ -z "$found" ]; then
        echo "Python 3.11 or later is needed, but none was found. As root: apt-get install python3 python3-venv" >&2
        exit 1
    fi
    if ! "$found" -m venv .venv; then
        rm -rf .venv
        echo "The environment could not be made. As root: apt-get install python3-venv" >&2
        exit 1
    fi
fi

# Whether what a lock names is installed: `has KIND LOCK`.
has() {
    [ "$(cat ".venv/.locked-$1" 2>/dev/null || true)" = "$(fingerprint "$2")" ]
}
fingerprint() {
    cat "$1" .venv/pyvenv.cfg | sha256sum | cut -d' ' -f1
}

# What tests need holds all that running needs, in the same versions.
if ! has "$kind" "$lock" && ! { [ "$kind" = run ] && has test requirements-dev.lock; }; then
    echo "Installing what $lock names."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile \
        --require-hashes -r "$lock"
    rm -f .venv/.locked-*
    fingerprint "$lock" >".venv/.locked-$kind"
fi

# The package itself is used where it lies, so that no build is needed.
if [ "$(cat .venv/bin/ringfence.root 2>/dev/null || true)" != "$PWD" ]; then
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$PWD/src" >"$site/ringfence.pth"
    printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m ringfence "$@"\n' "$PWD" >.venv/bin/ringfence
    chmod +x .venv/bin/ringfence
    echo "$PWD" >.venv/bin/ringfence.root
fi
