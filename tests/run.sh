#!/usr/bin/env bash
# Installs what the tests need, builds the release preset and runs every test but those labelled slow, which --all adds.
# Other arguments go to ctest:
#   tests/run.sh -L interop      tests/run.sh -R unit.relay      tests/run.sh --all
set -euo pipefail
cd "$(dirname "$0")/.."

which=(-LE slow)
rest=()
for argument in "$@"; do
  if [ "$argument" = --all ]; then which=(); else rest+=("$argument"); fi
done

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
deploy/deps.sh tests
cmake --preset release >/dev/null
cmake --build --preset release
# Side by side what measures no time: the lab and browser tests run alone.
ctest --preset release -j 2 "${which[@]}" "${rest[@]}"
