#!/usr/bin/env bash
# usage: scripts/test.sh
# Everything, in one go: builds debug and release, starts the lab once, runs
# unit, conformance, command and real-server tests, stops the lab, and ends
# with one plain line: "N passed, N failed".
# FERRY_KEEP_LAB=1 leaves the lab running.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly FLAGS=(--explicit-target-dependency-import-check error)
readonly LOG="$(mktemp -t ferry-test.XXXXXX)"
say() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

# A lab of its own: a lab that somebody works with is left alone.
export FERRY_LAB_NAME="${FERRY_LAB_NAME:-test}"
stop_lab() { [ -n "${FERRY_KEEP_LAB:-}" ] || Lab/lab down || true; }

say "installing what is missing"
scripts/bootstrap.sh lab
Lab/lab install

say "starting two real Letta servers"
trap 'stop_lab; rm -f "$LOG"' EXIT
Lab/lab up & lab=$!

say "checking format and imports"
swift format lint --strict -r -p --configuration .swift-format Package.swift Sources Tests
scripts/check-imports.sh

say "building debug, with tests"
swift build --build-tests "${FLAGS[@]}"
say "building release"
swift build -c release --product ferry "${FLAGS[@]}"

wait "$lab"
set -a; eval "$(Lab/lab env)"; set +a

say "running all tests"
status=0
swift test --skip-build "${FLAGS[@]}" 2>&1 | tee "$LOG" || status=$?

# Swift Testing closes with "Test run with N tests in M suites passed|failed …".
total=$(sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' "$LOG" | tail -1)
failed=$(grep -cE '^.{0,4}[^a-zA-Z]*Test .* failed after' "$LOG" || true)
[ "$status" = 0 ] || [ "${failed:-0}" -gt 0 ] || failed=1
say "done"
printf '%s passed, %s failed\n' "$(( ${total:-0} - ${failed:-0} ))" "${failed:-0}"
[ "${total:-0}" -gt 0 ] && [ "${failed:-0}" = 0 ] && exit "$status"
exit 1
