#!/usr/bin/env bash
# Builds what the demo needs, then runs it (io.portolan.e2e.demo.Demo). --end: end the cluster afterwards;
# --down: only end the cluster that an earlier demo left running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache="${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}"
jdk="$(scripts/prepare.sh jdk25)"
java=("$jdk/bin/java" --enable-native-access=ALL-UNNAMED "-Dportolan.cache=$cache" -cp "e2e/target/classes:e2e/target/lib/*")

if [ "${1:-}" = --down ]; then
  [ -d e2e/target/lib ] || { echo "make down: nothing was built here, so no demo was started from here." >&2; exit 1; }
  exec "${java[@]}" io.portolan.e2e.cluster.Down
fi

scripts/prepare.sh
echo "Building operator, agent and their images"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
start=$SECONDS
if ! timeout 1800 ./mvnw package -DskipTests "-Dportolan.cache=$cache" </dev/null 2>&1 |
  tee "$log" | grep --line-buffered -oE 'Building Portolan: .*|Built image tarball.*'; then
  tail -50 "$log" >&2
  exit 1
fi
echo "Built in $((SECONDS - start)) s"
"${java[@]}" io.portolan.e2e.demo.Demo "$@"
