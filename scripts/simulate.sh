#!/usr/bin/env bash
# Rolls changes out on a simulated fleet and prints figures: simulate.sh [nodes] [runs] [seed].
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
seed="${3:-$(date +%s)}"
if ! ./mvnw -pl crds,operator test -Djib.skip -Dtest=BigSimulation -Dsurefire.failIfNoSpecifiedTests=false \
  "-Dportolan.simulate.nodes=${1:-5000}" "-Dportolan.simulate.runs=${2:-20}" "-Dportolan.simulate.seed=$seed" \
  </dev/null 2>&1 | tee "$log" | grep --line-buffered -E '^[0-9]+ nodes in|^run  |^ *[0-9]+  (GOOD|BAD)'; then
  tail -40 "$log" >&2
  exit 1
fi
