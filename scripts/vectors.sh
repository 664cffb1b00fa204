#!/usr/bin/env bash
# Runs service traffic vectors (docs/vectors.md); the last line is "N passed, M failed".
#   scripts/vectors.sh FOLDER MODE LEVEL [--verbose] [--backend=legacy|nft]     LEVEL: plan, or kernel (as root)
# Exit code 0: all passed; 1: some failed; 2: it could not begin.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

folder=$(realpath -m -- "${1:?FOLDER}")
shift
cd "$project"
# The kernel level calls ip, nft, iptables, ipset and conntrack.
[ "${2:-}" != kernel ] || scripts/prepare.sh packages >&2 || exit 2
if ! ./mvnw -q -B -pl crds,agent -Djib.skip test-compile \
  dependency:build-classpath -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test </dev/null >&2; then
  echo "vectors: the build failed" >&2
  exit 2
fi
java=$(scripts/prepare.sh jdk25)/bin/java
exec "$java" -XX:+UseParallelGC -Xmx2g --enable-native-access=ALL-UNNAMED \
  -cp "agent/target/classes:agent/target/test-classes:$(<agent/target/test.classpath)" \
  io.portolan.agent.vectors.VectorsMain "$folder" "$@" </dev/null
