#!/usr/bin/env bash
# usage: scripts/test.sh
# Everything, in one go: builds debug and release, starts the lab once, runs
# unit, scripted-server, command and real-server tests, stops the lab, and
# ends with one plain line: "N passed, N failed, N skipped".
# FERRY_KEEP_LAB=1 leaves the lab running.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly FLAGS=(--explicit-target-dependency-import-check error)
logs=$(mktemp -d -t ferry-test.XXXXXX)
status=0
say() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

# A lab of its own: one that somebody works with is left alone.
export FERRY_LAB_NAME="${FERRY_LAB_NAME:-test}"
finish() {
    [ -n "${FERRY_KEEP_LAB:-}" ] || Lab/lab down || true
    rm -rf "$logs"
}
trap finish EXIT

# Runs a selection of the tests; the log is for the count at the end.
run() {
    local log="$logs/$1"
    shift
    if ! swift test --skip-build "${FLAGS[@]}" "$@" 2>&1 | tee "$log" | { grep -vE '^(◇|✔|↳|\[)' || true; }; then
        status=1
    fi
    # The closing line alone says how many there were.
    grep -E 'Test run with' "$log" | tail -1 || status=1
}

# Swift Testing closes with "Test run with N tests in M suites passed|failed".
count() { sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' "$logs"/* | awk '{n += $1} END {print n + 0}'; }
failures() { cat "$logs"/* | grep -E '^✘ Test .* failed after' | grep -vcE '^✘ Test (run|case) ' || true; }

# The closing line counts what was skipped too.
skips() { cat "$logs"/* | grep -cE '^➜ Test .* skipped' || true; }
# What was skipped in one process and run in another was not skipped.
unrun() {
    names() { cat "$logs"/* | sed -nE "s/^$1 Test (.*) $2.*/\1/p" | sed -E 's/ with [0-9]+ test cases?$//' | sort -u; }
    comm -23 <(names ➜ 'skipped') <(names '[✔✘]' '(passed|failed) after') | grep -c . || true
}

say "installing what is missing"
scripts/bootstrap.sh test
Lab/lab install

say "checking format and imports"
swift format lint --strict -r -p --configuration .swift-format Package.swift Sources Tests
scripts/check-imports.sh

say "building debug, with tests"
swift build --build-tests "${FLAGS[@]}"
say "building release"
swift build -c release --product ferry "${FLAGS[@]}"

# Command tests wait for processes, which holds up whoever shares theirs.
say "running unit tests"
run unit --skip LabTests --skip FerryCLITests --skip MigrationTests --skip WorkersTests --skip HostTests --skip HostSetupTests
# nginx is started from these: a child holds on to the sockets of whoever shares its process.
run host --filter HostTests
run setup --filter HostSetupTests
say "running engine tests against the scripted server"
run engine --filter MigrationTests
say "running workers' tests, one of them over a real sshd on loopback"
run workers --filter WorkersTests
say "running command tests"
run commands --filter FerryCLITests

say "starting two real Letta servers"
Lab/lab up
Lab/lab seed > /dev/null
set -a
# shellcheck disable=SC1090
. "$(Lab/lab env)"
set +a
say "running real-server tests"
run lab --filter 'LabTests|ConformanceTests|LettaServerTests'

# The doctor, and a browser that plays ADE's part, before a real server.
run edge --filter 'HostTests.(RealEdgeTests|RealHostTests|BrowserTests)|HostSetupTests.RealLettaTests'

say "done"
failed=$(failures)
[ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
printf '%s passed, %s failed, %s skipped\n' "$(($(count) - failed - $(skips)))" "$failed" "$(unrun)"
[ "$failed" = 0 ]
