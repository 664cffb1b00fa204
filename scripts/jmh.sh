#!/usr/bin/env bash
# The benchmarks of the agent's hot pure parts (docs/performance.md), in JVMs with the flags of its image.
#   scripts/jmh.sh [WORDS OF JMH]   e.g. ChangeBenchmark -prof gc; by default two forks with short iterations
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jdk=$(scripts/prepare.sh jdk25)
./mvnw -q -B -pl crds,agent -DskipTests test-compile dependency:build-classpath \
  -Dmdep.outputFile=target/jmh-classpath -Dmdep.includeScope=test </dev/null >&2
out=agent/target/jmh
rm -rf "$out"
mkdir -p "$out"/{sources,classes}
classpath="agent/target/test-classes:agent/target/classes:crds/target/classes:$(<agent/target/jmh-classpath)"
# JMH runs what it has generated; its processor would have to pass the gates of our own sources.
"$jdk/bin/java" -cp "$classpath" org.openjdk.jmh.generators.bytecode.JmhBytecodeGenerator \
  agent/target/test-classes "$out/sources" "$out/classes" >/dev/null
find "$out/sources" -name '*.java' -print0 | xargs -0 "$jdk/bin/javac" -nowarn -proc:none -d "$out/classes" -cp "$classpath"
mapfile -t flags < <(sed -n 's/.*<jvmFlag>\(-XX:[^<]*\|--enable[^<]*\)<.*/\1/p' agent/pom.xml)
[[ $# -gt 0 ]] || set -- -f 2 -wi 3 -w 1 -i 5 -r 1 -prof gc
exec "$jdk/bin/java" -cp "$out/classes:$classpath" org.openjdk.jmh.Main -jvmArgs "-XX:MaxRAM=1g ${flags[*]}" "$@"
