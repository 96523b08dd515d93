#!/usr/bin/env bash
# usage: scripts/test-versions.sh [RELEASE ...]
# Moves agents between older Letta releases and 0.16.8, real servers both: a
# lab for each release, one after the other. Without a name: all that the lab
# knows. Too long for every landing: each is installed (0.8 GB) and takes some
# minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly FLAGS=(--explicit-target-dependency-import-check error)
releases=("$@")
[ "$#" -gt 0 ] || releases=(0.11.7 0.13.0 0.16.4)
status=0

finish() { [ -z "${FERRY_LAB_NAME:-}" ] || Lab/lab clean || true; }
trap finish EXIT

scripts/bootstrap.sh test
swift build --build-tests "${FLAGS[@]}"
for release in "${releases[@]}"; do
    printf '\n== Letta %s and 0.16.8 (%ss)\n' "$release" "$SECONDS"
    export FERRY_LAB_NAME="versions-${release//./-}" FERRY_LAB_SOURCE_LETTA="$release"
    Lab/lab clean
    Lab/lab up
    (
        set -a
        # shellcheck disable=SC1090
        . "$(Lab/lab env)"
        swift test --skip-build "${FLAGS[@]}" --filter LabTests.ReleaseTests 2>&1 | { grep -vE '^(◇|↳|\[)' || true; }
    ) || status=1
    Lab/lab clean
done
[ "$status" = 0 ] && printf '\n== done (%ss): every release passed\n' "$SECONDS"
exit "$status"
