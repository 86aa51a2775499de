#!/usr/bin/env bash
# Installs what the tests need, builds the release preset and runs every test. Arguments go to ctest:
#   tests/run.sh -L interop      tests/run.sh -R unit.relay
set -euo pipefail
cd "$(dirname "$0")/.."

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
deploy/deps.sh tests
cmake --preset release >/dev/null
cmake --build --preset release
ctest --preset release "$@"
