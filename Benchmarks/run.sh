#!/usr/bin/env bash
# usage: Benchmarks/run.sh [--only PART]... [--rounds N] [--rows N] [--passages N]
#                          [--messages N] [--verify-rows N]
# Measures ferry beside peers that do the same work, prints a table and writes
# Benchmarks/results/latest.json. PART is one of move, capture, verify, start;
# all of them without --only. Starts a lab and a scripted server of its own,
# and stops both. docs/benchmarks.md says what each figure means.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in -h | --help) sed -n '2,7s/^# //p' "$0"; exit 0 ;; esac

only=" $* "
wants() { [[ "$only" != *" --only "* || "$only" == *" --only $1 "* ]]; }

export FERRY_LAB_NAME="${FERRY_LAB_NAME:-bench}"
scripts/bootstrap.sh build
swift build -c release --product ferry
if wants capture; then
    swift build -c release --product scripted-letta
    mkdir -p Benchmarks/results
    cc -O2 -Wall -o Benchmarks/results/bare_fetch Benchmarks/bare_fetch.c -lcurl
fi
if wants move || wants verify; then
    scripts/bootstrap.sh lab
    Lab/lab install
    trap 'Lab/lab down' EXIT
    Lab/lab up
    set -a
    . "$(Lab/lab env)"
    set +a
fi
/usr/bin/python3.11 Benchmarks/measure.py "$@"
