#!/usr/bin/env bash
# usage: scripts/check-imports.sh   Fails when a target imports one of ours
# that Package.swift does not give it: the compiler passes transitive imports.
set -euo pipefail
cd "$(dirname "$0")/.."
swift package dump-package | python3 -c '
import json, pathlib, re, sys
package = json.load(sys.stdin)
targets = {t["name"]: t for t in package["targets"]}
bad = 0
for name, target in sorted(targets.items()):
    folder = pathlib.Path(target.get("path") or ("Tests" if target["type"] == "test" else "Sources") + "/" + name)
    allowed = {d["byName"][0] for d in target["dependencies"] if "byName" in d} | {name}
    for file in sorted(folder.rglob("*.swift")):
        for line in file.read_text().splitlines():
            found = re.match(r"\s*(?:@testable\s+)?(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:\w+\s+)?(\w+)", line)
            if found and found[1] in targets and found[1] not in allowed:
                print(f"{file}: imports {found[1]}, which {name} does not declare in Package.swift")
                bad = 1
print("imports: each target imports only what it declares" if not bad else "imports: see above")
sys.exit(bad)
'
