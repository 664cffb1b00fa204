#!/usr/bin/env bash
# Runs Kubernetes' own specs of the network against a cluster of this machine (io.portolan.e2e.upstream.Upstream).
#   scripts/upstream.sh run [portolan|kube-proxy] [nftables|iptables] [FOCUS]   FOCUS: a regular expression on the specs' full texts
#   scripts/upstream.sh table                                                   the last whole runs of all into docs/upstream.md
# PORTOLAN_NODES: how many nodes, 3 by default. Some specs skip themselves with fewer than 6.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache="${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}"
verb="${1:-run}"
case "$verb" in
  run) arguments=(run "${2:-portolan}" "${3:-nftables}" "${4:-}") ;;
  table) arguments=(table docs/upstream.md) ;;
  *)
    echo "upstream.sh: '$verb' is neither run nor table" >&2
    exit 2
    ;;
esac

[ "$verb" = table ] || scripts/prepare.sh
echo "Building operator, agent, their images and what runs the specs"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! timeout 1800 ./mvnw package -DskipTests "-Dportolan.cache=$cache" </dev/null >"$log" 2>&1; then
  tail -50 "$log" >&2
  exit 1
fi
"$(scripts/prepare.sh jdk25)/bin/java" --enable-native-access=ALL-UNNAMED "-Dportolan.cache=$cache" \
  "-Dportolan.nodes=${PORTOLAN_NODES:-3}" -cp "e2e/target/classes:e2e/target/lib/*" io.portolan.e2e.upstream.Upstream "${arguments[@]}"
