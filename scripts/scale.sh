#!/usr/bin/env bash
# Rolls changes out on a fleet of played nodes on a real API server, and prints what they cost the operator (docs/scale.md).
#   scripts/scale.sh [NODES]
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$project"

nodes=${1:-5000}
cache="${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}"
if [[ ! -x $cache/bin/kube-apiserver ]]; then
  echo "scale: no kube-apiserver in $cache/bin: run make prepare" >&2
  exit 2
fi
if ! ./mvnw -q -B -pl crds,operator -Djib.skip test-compile \
  dependency:build-classpath -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test </dev/null >&2; then
  echo "scale: the build failed" >&2
  exit 2
fi
java=$(scripts/prepare.sh jdk25)/bin/java
cd operator
# etcd and kube-apiserver end with it, however it ends.
exec timeout --kill-after=30 3600 "$java" -XX:+UseParallelGC -Xmx3g \
  -cp "target/classes:target/test-classes:$(<target/test.classpath)" \
  io.portolan.operator.scale.ScaleMain "$nodes" "$cache/bin" </dev/null
