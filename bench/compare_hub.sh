#!/usr/bin/env bash
# Compares icebox's hub with the PeerJS server of npm on the same work, on loopback (two cores):
#   bench/compare_hub.sh [--quick] [--rounds N] [--seconds S] [H1 H2 H3 H4]
# Builds what is missing, installs the PeerJS server into build/, prints a table, writes build/bench/compare_hub.json.
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in
*" --icebox"* | *" --help "* | *" -h "*) ;;
*)
  cmake --preset release >/dev/null
  cmake --build --preset release --target icebox icebox_load hub_floor >&2
  ;;
esac
packages=build/bench/compare_hub
if ! cmp -s bench/compare_hub/package-lock.json "$packages/node_modules/.installed-from"; then
  mkdir -p "$packages"
  cp bench/compare_hub/package.json bench/compare_hub/package-lock.json bench/compare_hub/.npmrc "$packages/"
  (cd "$packages" && npm ci --no-progress >&2)
  cp bench/compare_hub/package-lock.json "$packages/node_modules/.installed-from"
fi
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 bench/compare_hub/compare_hub.py "$@"
