#!/usr/bin/env bash
# All nodes of a cluster go from mode to mode while stress clients run (io.portolan.e2e.SwitchOnClusterTest).
#   scripts/switches.sh [ROUNDS] [SERVICES]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache="${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}"
rounds="${1:-10}"
scripts/prepare.sh
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# No other test, but the images of operator and agent, which Maven makes on its way.
if ! timeout $((900 + rounds * 600)) ./mvnw verify -Dtest=SwitchOnClusterTest -Dsurefire.failIfNoSpecifiedTests=false \
  "-Dportolan.cache=$cache" "-Dportolan.switch.rounds=$rounds" "-Dportolan.switch.services=${2:-2000}" \
  </dev/null 2>&1 | tee "$log" | grep --line-buffered -E '^round |^\[ *[0-9.]+ s\]|Tests run:'; then
  tail -60 "$log" >&2
  exit 1
fi
