#!/usr/bin/env bash
# usage: scripts/demo.sh
# Starts two real Letta servers, makes the agent Ada on one, moves her to the
# other with ferry, verifies, prints the verdict and where the report lies,
# and stops everything again. Downloads and databases are kept for the next
# time. FERRY_KEEP_LAB=1 leaves the servers running.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }
stop() { [ -n "${FERRY_KEEP_LAB:-}" ] || Lab/lab down; }

export FERRY_LAB_NAME="${FERRY_LAB_NAME:-demo}"
work="$PWD/.lab/demo"
build_log=$(mktemp -t ferry-demo-build.XXXXXX)

say "installing what is missing"
scripts/bootstrap.sh lab
Lab/lab install

say "building ferry, and starting two real Letta servers beside it"
swift build -c release --product ferry >"$build_log" 2>&1 & build=$!
trap 'stop; rm -f "$build_log"' EXIT
Lab/lab up
wait "$build" || { cat "$build_log"; echo "demo: ferry does not build; see above" >&2; exit 1; }
ferry=.build/release/ferry

say "making Ada on the source, and an empty target"
Lab/lab seed >/dev/null
Lab/lab reset-target
set -a; . "$(Lab/lab env)"; set +a

# A config, a journal and snapshots of the demo's own; yours are not touched.
rm -rf "$work"
mkdir -p -m 700 "$work"
export XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state" XDG_DATA_HOME="$work/data"
$ferry servers add old --url "$FERRY_LAB_SOURCE_URL" --token-file "$FERRY_LAB_SOURCE_TOKEN_FILE" >/dev/null
$ferry servers add new --url "$FERRY_LAB_TARGET_URL" --token-file "$FERRY_LAB_TARGET_TOKEN_FILE" >/dev/null

say "ferry move Ada --from old --to new --copy-secrets --live"
status=0
$ferry move Ada --from old --to new --copy-secrets --live --yes || status=$?
say "done, exit code $status"
exit "$status"
