#!/bin/bash
# usage: scripts/tsan.sh [ROWS]
#
# Captures and moves between scripted servers with a ferry that was built with
# the thread sanitizer, in a folder of its own: native and read-only, stopped by
# Ctrl-C in the middle and run again.  Any report of a race fails the run.
#
# A debug build, for in an optimised one (Swift 6.3.1) the sanitizer takes a
# value that a continuation hands from a thread to a task for a race, however
# plainly it is done.  And the program, not the tests: these use Swift's Mutex,
# whose lock the sanitizer cannot see in a debug build (HTTP/Guarded.swift).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly ROWS=${1:-200000}
readonly FLAGS=(--explicit-target-dependency-import-check error)

scripts/bootstrap.sh build
swift build -c release "${FLAGS[@]}" --product scripted-letta
swift build "${FLAGS[@]}" --product ferry --sanitize=thread --scratch-path .build/tsan
scripted=.build/release/scripted-letta
ferry=.build/tsan/debug/ferry

folder=$(mktemp -d -t ferry-races.XXXXXX)
servers=()
finish() {
    for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT
export HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data XDG_STATE_HOME=$folder/state
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 log_path=$folder/race"

# Starts a scripted server; its address is in $url.
serve() {
    local out=$folder/server-${#servers[@]}
    "$scripted" "$@" >"$out" < <(exec sleep 100000) &
    servers+=($!)
    for _ in {1..100}; do [[ -s $out ]] && break || sleep 0.1; done
    url=$(grep -o 'http://[^ ]*' "$out" | head -1)
}

# Runs ferry; a code among those allowed is no failure.
run() {
    local allowed=" $1 " code=0
    shift
    "$ferry" "$@" --quiet || code=$?
    echo "ferry $1: exit code $code"
    [[ $allowed == *" $code "* ]]
}

serve --rows "$ROWS" --passages 400 --embedding 64
source=$url
run "0" snapshot Ada --from "$source" -o "$folder/native.ferry"
run "0" snapshot Ada --from "$source" -o "$folder/folded.ferry" --read-only

echo "stopped in the middle, and once more:"
"$ferry" snapshot Ada --from "$source" -o "$folder/stopped.ferry" --quiet &
pid=$!
sleep 8
kill -INT $pid
wait $pid || echo "stopped: exit code $?"
run "0" snapshot Ada --from "$source" -o "$folder/stopped.ferry"

echo "a move, with passages sent ahead:"
serve --rows 2000 --passages 400 --embedding 64 --seed moved
source=$url
serve --empty
run "0 3" move Ada --from "$source" --to "$url" --accept all --yes

races=$(cat "$folder"/race.* 2>/dev/null | grep -c 'WARNING: ThreadSanitizer' || true)
[[ $races == 0 ]] || cat "$folder"/race.* >&2
echo "$races races"
[[ $races == 0 ]]
