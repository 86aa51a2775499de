#!/usr/bin/env bash
# Runs tests that start the program with a sanitizer's build of it. Any report of a sanitizer fails the run, whatever
# the test that met it says: the server may have ended before the test looked.
#   tests/sanitized.sh build/fuzz -L process             what follows the build goes to ctest
set -euo pipefail
build=$(realpath "$1")
shift
reports=$build/sanitizer-reports
rm -rf "$reports"
mkdir -p "$reports"
export ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:quarantine_size_mb=8:malloc_context_size=12"
export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
export TSAN_OPTIONS="log_path=$reports/tsan:halt_on_error=0:exitcode=66"
# Bounds on memory and delay are the release build's to keep: tests/attack/world.py widens its own.
export LAB_SANITIZED=1
status=0
ctest --test-dir "$build" --output-on-failure --timeout 600 "$@" || status=$?
if [ -n "$(ls -A "$reports")" ]; then
  head -n 60 "$reports"/* >&2
  echo "sanitized: $(ls "$reports" | wc -l) reports in $reports" >&2
  exit 1
fi
exit "$status"
