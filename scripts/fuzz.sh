#!/usr/bin/env bash
# Feeds random bytes to the JSON library, under the address sanitizer.
#
# usage: scripts/fuzz.sh [SECONDS] [TARGET...]
#   SECONDS  for each target (default 20)
#   TARGET   round-trip, canonical, splitter, unwrapper (default: all)
#
# Needs swiftc with libFuzzer (Linux toolchains have it). Inputs that it finds
# are kept in .build/fuzz; an input that breaks a rule is kept as
# .build/fuzz/TARGET/crash-*, named in the output, and the exit code is 1.
set -euo pipefail

cd "$(dirname "$0")/.."

case "${1:-}" in
    -h | --help)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 0
        ;;
esac

seconds="${1:-20}"
[[ "$seconds" =~ ^[0-9]+$ ]] || { echo "fuzz: $seconds is not a number of seconds" >&2; exit 2; }
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(round-trip canonical splitter unwrapper)

status=0
for target in "${targets[@]}"; do
    case "$target" in
        round-trip | canonical | splitter | unwrapper) ;;
        *) echo "fuzz: no target $target" >&2; exit 2 ;;
    esac
    flag="FUZZ_$(tr 'a-z-' 'A-Z_' <<<"$target")"
    folder=".build/fuzz/$target"
    mkdir -p "$folder/found"
    swiftc -O -swift-version 6 -sanitize=fuzzer,address -parse-as-library -module-name Fuzz -D "$flag" \
        Sources/LosslessJSON/*.swift Fuzz/*.swift -o "$folder/run" >"$folder/build.log" 2>&1 \
        || { grep -vF "Cannot export local symbol" "$folder/build.log" >&2; exit 1; }
    echo "fuzz: $target for $seconds s"
    # Swift's own crash report reads memory in ways that the sanitizer stops.
    SWIFT_BACKTRACE=enable=no "$folder/run" "$folder/found" Fuzz/corpus -dict=Fuzz/json.dict -artifact_prefix="$folder/" \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 2>"$folder/log" || status=1
    grep -E "Fatal error|ERROR|SUMMARY|Test unit written|number_of_executed_units" "$folder/log" || true
done
exit "$status"
