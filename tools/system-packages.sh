#!/bin/sh
# Installs what is missing of Debian's packages, as root or by sudo where that asks no password.
# `run` goes on without calls when it may not; `test` needs them all and stops.
# Usage: tools/system-packages.sh run|test
set -eu

kind=$1
packages="kamailio kamailio-sqlite-modules kamailio-tls-modules"
if [ "$kind" = test ]; then packages="$packages sip-tester chromium"; fi
# A mail server is only installed where none is and none would be started; without it one test is left out.
if [ "$kind" = test ] && [ ! -d /run/systemd/system ] && [ ! -e /usr/sbin/sendmail ]; then packages="$packages postfix"; fi

missing=
for package in $packages; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    if [ "$state" != installed ]; then missing="$missing $package"; fi
done
if [ -z "$missing" ]; then exit 0; fi

by_hand="apt-get update && apt-get install --yes --no-install-recommends$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=no; fi
fi

install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    echo "Installing Debian's packages:$missing"
    had_kamailio=$(command -v kamailio || ls /usr/sbin/kamailio 2>/dev/null || true)
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get -qq update || return 1
    # shellcheck disable=SC2086 -- the list is split into words.
    $as_root apt-get -qq install --yes --no-install-recommends $missing >/dev/null || return 1
    # The store runs its own node; the one that Debian's package starts is not wanted.
    if [ -z "$had_kamailio" ] && [ -d /run/systemd/system ]; then
        $as_root systemctl disable --quiet --now kamailio.service || true
    fi
}

if [ "$as_root" != no ] && install; then exit 0; fi

if [ "$kind" = run ]; then
    echo "Going on without calls, as Debian's packages$missing are missing. To have them, as root:"
    echo "  $by_hand"
    exit 0
fi
echo "The tests need Debian's packages$missing, which could not be installed. As root:" >&2
echo "  $by_hand" >&2
exit 1
