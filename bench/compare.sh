#!/usr/bin/env bash
# Compares icebox with Debian's coturn on the work of the targets table, in network namespaces of its own (root):
#   bench/compare.sh [--quick] [--rounds N] [--seconds S] [--only icebox|coturn] [U1 U2 ...]
# Builds what is missing, prints a table, writes build/bench/compare.json and .html.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
  echo "compare: needs root for network namespaces; run it with sudo" >&2
  exit 2
fi
case " $* " in
*" --icebox"* | *" --help "* | *" -h "*) ;;
*)
  cmake --preset release >/dev/null
  cmake --build --preset release --target icebox icebox_load >&2
  ;;
esac
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 bench/compare/compare.py "$@"
