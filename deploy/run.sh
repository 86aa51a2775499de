#!/usr/bin/env bash
# Installs what building needs, builds the release preset and runs icebox. Arguments go to `icebox serve`.
#   deploy/run.sh --set external_ip='["203.0.113.7"]'
set -euo pipefail
cd "$(dirname "$0")/.."

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
deploy/deps.sh
[ -f build/release/build.ninja ] || cmake --preset release >build-release.log 2>&1 || { cat build-release.log >&2; exit 1; }
rm -f build-release.log
cmake --build --preset release --target icebox >&2

# As root the default data directory is /var/lib/icebox; anybody else gets one beside the build.
data=()
if [ "$(id -u)" -ne 0 ] && [[ " $* " != *" --data"* ]]; then data=(--data build/data); fi
exec build/release/icebox serve "${data[@]}" "$@"
