#!/usr/bin/env bash
# kube-proxy against the agent, in turn, on the same objects (docs/performance.md). As root.
#   scripts/bench.sh [services=N] [endpoints=N] [rounds=N] [mode=nftables|iptables|both] [only=agent|kube-proxy] [packets=0] [quick=1] [jvm="FLAG ..."]
# jvm: more flags for the agent's JVM, which sees target/bench/logs as /bench:
#   jvm="-XX:StartFlightRecording=filename=/bench/agent.jfr"
# PORTOLAN_BENCH_IMAGE: the agent's image as a tar, instead of building it.
# All of it lives in namespaces of its own, and in a folder of its own: nothing is left, however it ends.
# Exit code 0: every race came to its end; 1: some did not; 2: it could not begin.
set -euo pipefail
exec </dev/null
export LC_ALL=C

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
child=
cache=${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}

fail() {
  echo "bench: $*" >&2
  exit 2
}

main() {
  if [[ -z ${PORTOLAN_BENCH:-} ]]; then
    outside "$@"
  else
    inside "$@"
  fi
}

outside() {
  [[ $EUID -eq 0 ]] || fail "this needs root, for network namespaces and rules: run it with sudo -E"
  cd "$project"
  local needed
  for needed in kube-proxy kube-apiserver etcd kubectl; do
    [[ -x $cache/bin/$needed ]] || scripts/prepare.sh >&2 || fail "the machine could not be prepared"
  done
  echo "bench: building the agent's image and the bench"
  # Package, for the image is made there; no tests.
  local image=${PORTOLAN_BENCH_IMAGE:-agent/target/jib-image.tar} modules=crds,agent,bench
  [[ -z ${PORTOLAN_BENCH_IMAGE:-} ]] || modules=bench
  ./mvnw -q -B -pl "$modules" -DskipTests "-Dportolan.cache=$cache" package \
    dependency:build-classpath -Dmdep.outputFile=target/classpath -Dmdep.includeScope=runtime >&2 ||
    fail "the build failed"
  work=$(mktemp -d "${TMPDIR:-/tmp}/portolan-bench.XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  kept=$(loads)
  cp -r crds/src/main/resources/META-INF/fabric8 "$work/crds"
  unpack "$image"
  # The namespaces' processes end with unshare, and their mounts and links with them. It ends with
  # its parent, and that with this shell, whatever ends that.
  PORTOLAN_BENCH=$work PORTOLAN_BENCH_KEPT=$kept setpriv --pdeathsig KILL \
    timeout --kill-after=10 "${PORTOLAN_BENCH_LIMIT:-5400}" setpriv --pdeathsig KILL \
    unshare --net --mount --pid --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" "$@" &
  child=$!
  local result=0
  # In the background, for a shell would only hear of a signal after its command.
  wait "$child" || result=$?
  child=
  return "$result"
}

clean_up() {
  if [[ -n $child ]]; then
    kill -KILL "$child" 2>/dev/null || true
    # Until the last of its processes has let go of the folder.
    wait "$child" 2>/dev/null || true
    sleep 0.5
  fi
  rm -rf --one-file-system "$work"
}

# Where earlier runs have kept what they loaded; those of other programs or objects go.
loads() {
  local key folder
  key=$(sha256sum "$cache/bin/kubernetes" bench/src/main/java/io/portolan/bench/{Population,Load,ControlPlane}.java \
    crds/src/main/resources/META-INF/fabric8/* | sha256sum | cut -c 1-16)
  for folder in "$cache"/bench/*; do
    [[ $folder == */"$key" ]] || rm -rf "$folder"
  done
  mkdir -p "$cache/bench/$key"
  echo "$cache/bench/$key"
}

unpack() {
  local layer
  mkdir "$work/image" "$work/rootfs"
  tar --extract --file "$1" --directory "$work/image"
  jq --raw-output '.[0].Layers[]' "$work/image/manifest.json" | while read -r layer; do
    tar --extract --warning=no-unknown-keyword --no-same-owner --file "$work/image/$layer" --directory "$work/rootfs"
  done
  cp "$work/image/$(jq --raw-output '.[0].Config' "$work/image/manifest.json")" "$work/image.json"
  rm -r "$work/image"
}

inside() {
  local work=$PORTOLAN_BENCH java
  # The lock of iptables and the names of network namespaces are not to be shared with the machine.
  mount -t tmpfs tmpfs /run
  mkdir /run/netns
  mkdir -p "$work/rootfs"/{dev,proc,tmp,run}
  mount --rbind /dev "$work/rootfs/dev"
  mount -t proc proc "$work/rootfs/proc"
  mount -t tmpfs tmpfs "$work/rootfs/tmp"
  mount -t tmpfs tmpfs "$work/rootfs/run"
  mkdir -p "$project/target/bench/logs" "$work/rootfs/bench"
  mount --bind "$project/target/bench/logs" "$work/rootfs/bench"
  java=$("$project/scripts/prepare.sh" jdk25)/bin/java
  cd "$project"
  # Not exec: something must be process 1 and reap.
  "$java" -XX:+UseSerialGC -Xmx768m -XX:TieredStopAtLevel=1 -Dstdout.encoding=UTF-8 --enable-native-access=ALL-UNNAMED \
    -Djdk.internal.httpclient.disableHostnameVerification=true \
    -cp "bench/target/classes:$(<bench/target/classpath)" io.portolan.bench.Bench \
    "programs=$cache/bin" "work=$work" "kept=$PORTOLAN_BENCH_KEPT" "root=$work/rootfs" "image=$work/image.json" "results=target/bench" "$@"
}

main "$@"
exit # before bash reads on in a file that may have changed since
