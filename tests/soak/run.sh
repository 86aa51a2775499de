#!/usr/bin/env bash
# A long run in real time: calls that cross every timer, and churn beside them.
#   tests/soak/run.sh [MINUTES]     default 13; 16 crosses the rest of channel numbers, 65 the lifetime of nonces
# LAB_ICEBOX names the program (default build/release/icebox). Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 tests/soak/soak.py "${1:-13}"
