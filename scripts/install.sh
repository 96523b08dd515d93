#!/bin/bash
# usage: scripts/install.sh PREFIX
#
# Installs the built release of ferry below PREFIX: the program, a page of the
# manual for each command, and completions for bash, zsh and fish.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${1:?usage: scripts/install.sh PREFIX}
ferry=.build/release/ferry
[[ -x $ferry ]] || {
    echo "install: $ferry is not there; run this first: make build" >&2
    exit 2
}

# A file appears whole or not at all.
put() {
    install -d "$(dirname "$1")"
    cat >"$1.new"
    mv "$1.new" "$1"
}

install -d "$prefix/bin"
install -m 755 "$ferry" "$prefix/bin/ferry"
for page in $("$ferry" man --list); do
    "$ferry" man "$page" | put "$prefix/share/man/man1/$page.1"
done
"$ferry" completions bash | put "$prefix/share/bash-completion/completions/ferry"
"$ferry" completions zsh | put "$prefix/share/zsh/site-functions/_ferry"
"$ferry" completions fish | put "$prefix/share/fish/vendor_completions.d/ferry.fish"
echo "installed $prefix/bin/ferry, its manual (man ferry) and completions for bash, zsh and fish"
