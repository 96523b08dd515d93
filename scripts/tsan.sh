#!/bin/bash
# usage: scripts/tsan.sh [FILTER]
#
# Builds the tests with the thread sanitizer, in a folder of their own, and
# runs what is concurrent: HTTP, capture with its cancellation in the middle,
# load and journal against the scripted server. A data race fails the run.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly FILTER=${1:-'HTTPCurlTests|HTTPTests|JournalTests|SnapshotTests|MigrationTests'}
readonly FLAGS=(--sanitize=thread --scratch-path .build/tsan --explicit-target-dependency-import-check error)

scripts/bootstrap.sh test
swift build --build-tests "${FLAGS[@]}"
log=$(mktemp -t ferry-tsan.XXXXXX)
trap 'rm -f "$log"' EXIT
status=0
# SQLite does its locking with its own primitives, which the sanitizer sees; nothing is left out.
TSAN_OPTIONS="halt_on_error=0 exitcode=66" \
    swift test --skip-build "${FLAGS[@]}" --filter "$FILTER" 2>&1 | tee "$log" | { grep -vE '^(◇|✔|↳|\[)' || true; } ||
    status=1
races=$(grep -c 'WARNING: ThreadSanitizer' "$log" || true)
echo "$races races"
[[ $status == 0 && $races == 0 ]]
