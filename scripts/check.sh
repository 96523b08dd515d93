#!/usr/bin/env bash
# usage: scripts/check.sh   Format, import rules, debug build, unit tests.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/bootstrap.sh build
swift format lint --strict -r -p --configuration .swift-format Package.swift Sources Tests
scripts/check-imports.sh
swift build --build-tests --explicit-target-dependency-import-check error
env -u FERRY_LAB_SOURCE_URL swift test --skip-build --skip LabTests --skip FerryCLITests --skip MigrationTests --skip WorkersTests --skip HostTests.EdgeTests \
    --skip HostSetupTests.ApplyTests --skip HostSetupTests.AuthorityTests
