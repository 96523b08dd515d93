#!/bin/bash
# usage: scripts/bootstrap.sh [build|lab|test]
#
# Makes sure that a Debian machine has what building Ferry needs (build), what
# building and the lab need (lab), or what the whole test run needs (test: sshd
# and nginx, too, which are installed and not started, psql, a Chromium, and
# the shells and the formatter that completions and the manual are written for).
# As root it installs what is missing with apt;
# otherwise it prints the one command to run and exits 2.  When nothing is
# missing it says nothing, changes nothing and returns at once.
set -euo pipefail

level=${1:-build}
packages=(libcurl4-openssl-dev libsqlite3-dev libssl-dev pkg-config)
lab=(python3 python3-venv python3-pip curl ca-certificates procps tzdata)
case $level in
build) ;;
lab) packages+=("${lab[@]}") ;;
test) packages+=("${lab[@]}" openssh-server openssh-client rsync openssl nginx redis-server sqlite3
    postgresql-client chromium libnss3-tools bash zsh fish groff-base nftables shellcheck docker-compose
    pebble certbot systemd) ;;
*)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

fail() {
    echo "bootstrap: $*" >&2
    exit 2
}

# One query for all packages; it answers in a few hundredths of a second.
missing_packages() {
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
        sed -n 's/^installed //p') || true
    comm -23 <(printf '%s\n' "${packages[@]}" | sort) <(sort <<<"$installed")
}

check_packages() {
    command -v dpkg-query >/dev/null || fail "this is no Debian; install the equivalents of: ${packages[*]}"
    local missing
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -eq 0 ]] && return
    if [[ $(id -u) -ne 0 ]]; then
        echo "bootstrap: missing: ${missing[*]}; run this first:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 2
    fi
    echo "bootstrap: installing ${missing[*]}" >&2
    local options=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    export DEBIAN_FRONTEND=noninteractive
    apt-get update "${options[@]}" >&2 || fail "apt-get update failed: are the network and /etc/apt/sources.list in order?"
    starts_nothing apt-get install -y --no-install-recommends "${options[@]}" "${missing[@]}" >&2 ||
        fail "apt-get could not install ${missing[*]}"
}

# Debian starts a service as soon as its package is installed, unless this file
# says no; one that is there already says what it says.
starts_nothing() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [[ -e $policy ]]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    "$@" || status=$?
    rm -f "$policy"
    return "$status"
}

# `swift --version` takes a while, so its answer is kept as long as the program stays the same.
check_swift() {
    local swift mark cache version
    swift=$(command -v swift) || fail "no swift on the PATH: install Swift 6.3 or later from https://swift.org/install"
    swift=$(readlink -f "$swift")
    mark=$(stat -c '%n %s %Y' "$swift")
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ferry-bootstrap
    if [[ -r $cache ]] && [[ $(<"$cache") == "$mark" ]]; then
        return
    fi
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+') ||
        fail "\`swift --version\` does not answer; is the toolchain complete?"
    if ((${version%.*} < 6 || (${version%.*} == 6 && ${version#*.} < 3))); then
        fail "Swift $version is too old: Ferry needs 6.3 or later (https://swift.org/install)"
    fi
    mkdir -p "$(dirname "$cache")" 2>/dev/null && echo "$mark" >"$cache" 2>/dev/null || true
}

check_python() {
    local python=${FERRY_LAB_SYSTEM_PYTHON:-/usr/bin/python3.11}
    [[ -x $python ]] ||
        fail "the lab needs Python 3.11, Debian 12's own; $python is missing (FERRY_LAB_SYSTEM_PYTHON names another)"
}

check_packages
check_swift
if [[ $level != build ]]; then
    check_python
fi
