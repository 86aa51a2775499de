#!/usr/bin/env bash
# Runs every fuzz target of a build for some seconds, two at a time, starting from its corpus in the tree.
#   tests/fuzz/run.sh build/fuzz 60              every time the same way: a change is blamed for what it did
#   tests/fuzz/run.sh build/fuzz 3600 --hunt     another way each time: for nights and quiet hours
# A finding is left as BUILD/crash-*; add it to tests/fuzz/corpus/TARGET with the fix.
set -euo pipefail
build=$(realpath "${1:-build/fuzz}")
seconds=${2:-60}
seed=1
[ "${3:-}" = --hunt ] && seed=$RANDOM
here=$(cd "$(dirname "$0")" && pwd)

fuzz_one() {
  local target=$1 subject=${1%_fuzz}
  mkdir -p "$build/corpus/$subject"
  if ! "$build/tests/$target" -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -verbosity=0 \
      -print_final_stats=1 -artifact_prefix="$build/crash-$subject-" "$build/corpus/$subject" \
      "$here/corpus/$subject" >"$build/$target.log" 2>&1; then
    tail -40 "$build/$target.log" >&2
    echo "fuzz: $target found something: $build/crash-$subject-*" >&2
    return 1
  fi
  echo "$target: $(grep number_of_executed_units "$build/$target.log" | grep -o '[0-9]*$') inputs"
}
export -f fuzz_one
export build seconds seed here
find "$here" -name '*_fuzz.cc' -printf '%f\n' | sed 's/\.cc$//' | sort | xargs -P 2 -I{} bash -c 'set -euo pipefail; fuzz_one {}'
