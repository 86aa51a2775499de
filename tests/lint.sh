#!/usr/bin/env bash
# clang-tidy over what is ours, with the compile commands of a clang build.
#   tests/lint.sh build/fuzz [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/fuzz}
shift || true
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files 'base/*.cc' 'stun/*.cc' 'relay/*.cc' 'signaling/*.cc' 'storage/*.cc' 'net/*.cc' 'app/*.cc')
printf '%s\n' "${files[@]}" | xargs -P 2 -n 4 clang-tidy-19 -p "$build" --quiet --warnings-as-errors='*' 2>/dev/null
echo "lint: ${#files[@]} files clean"
