#!/usr/bin/env bash
# Gives an image of Jib's what its JVM otherwise works out on every start: an AOT cache (JEP 483),
# recorded by running the image's program once against a real API server. docs/design/startup.md
#   scripts/train.sh agent|operator IMAGE_WITHOUT_CACHE IMAGE_TO_WRITE CACHE_FOLDER
# Works in namespaces of its own: nothing of it is seen outside, and all of it ends with it.
# shellcheck disable=SC2317 # some functions are called by a name in a variable
set -euo pipefail
exec </dev/null
export LC_ALL=C

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
address=192.0.2.1 # of no network (RFC 5737): on the loopback device of the namespace alone
cache_file=app/start.aot

main() {
  [[ $# -eq 4 && $1 =~ ^(agent|operator)$ && -f $2 ]] ||
    fail "call it as: train.sh agent|operator IMAGE_WITHOUT_CACHE IMAGE_TO_WRITE CACHE_FOLDER"
  [[ -x $4/bin/kube-apiserver ]] || fail "no kube-apiserver in $4/bin: run scripts/prepare.sh"
  program=$1 bin=$4/bin
  if [[ -z ${PORTOLAN_TRAINING:-} ]]; then
    local user=() key
    key=$(sha256sum "$2" "${BASH_SOURCE[0]}" | cut -d ' ' -f 1)
    if [[ -f $3 && -f $3.key && $(<"$3.key") == "$key" ]]; then
      echo "train: $3 is of this program already"
      return
    fi
    [[ $EUID -eq 0 ]] || user=(--map-root-user)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    PORTOLAN_TRAINING=$work timeout --kill-after=5 300 \
      unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" "$@"
    write_image "$3"
    echo "$key" >"$3.key"
  else
    work=$PORTOLAN_TRAINING
    unpack "$2"
    train
  fi
}

fail() {
  echo "train: $*" >&2
  exit 1
}

# await WHAT COMMAND...: tries the command for a minute.
await() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@" >"$work/await.log" 2>&1; do
    if ((SECONDS > end)); then
      tail -n 20 "$work"/*.log >&2
      fail "waited 60 s for $what; the logs are above"
    fi
    sleep 0.2
  done
}

# ---- the image ----------------------------------------------------------------------------------

unpack() {
  local layer
  mkdir "$work/image" "$work/rootfs"
  tar --extract --file "$1" --directory "$work/image"
  jq --raw-output '.[0].Layers[]' "$work/image/manifest.json" | while read -r layer; do
    tar --extract --warning=no-unknown-keyword --no-same-owner --file "$work/image/$layer" --directory "$work/rootfs"
  done
}

config_file() { echo "$work/image/$(jq --raw-output '.[0].Config' "$work/image/manifest.json")"; }

# write_image FILE: the image with one layer more, which holds the cache, and the flag that uses it.
write_image() {
  local diff config
  config=$(config_file)
  tar --create --file "$work/layer" --directory "$work/rootfs" --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --mode=a=r --format=gnu "$cache_file"
  diff=$(sha256sum "$work/layer" | cut -d ' ' -f 1)
  gzip --no-name -3 "$work/layer"
  mv "$work/layer.gz" "$work/image/$diff.tar.gz"
  jq --compact-output --arg diff "sha256:$diff" --arg flag "-XX:AOTCache=/$cache_file" '
    .rootfs.diff_ids += [$diff] | .config.Entrypoint |= .[:1] + [$flag] + .[1:]
    | .history += [{created: .created, created_by: "scripts/train.sh"}]' "$config" >"$work/config"
  mv "$work/config" "$config"
  jq --compact-output --arg layer "$diff.tar.gz" '.[0].Layers += [$layer]' "$work/image/manifest.json" >"$work/manifest"
  mv "$work/manifest" "$work/image/manifest.json"
  (cd "$work/image" && tar --create --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu -- *) >"$1.part"
  mv "$1.part" "$1"
  echo "train: $1 starts from a cache of $(($(stat --format=%s "$work/rootfs/$cache_file") >> 20)) MiB"
}

# ---- the training -------------------------------------------------------------------------------

train() {
  ip link set lo up
  ip address add "$address/32" dev lo
  start_api_server
  mount_root
  "prepare_$program"
  local command=()
  mapfile -t command < <(jq --raw-output '.config.Entrypoint[]' "$(config_file)")
  # With the heap of a Pod: beyond 32 GiB the JVM would use pointers of another kind, and a cache
  # of one kind is of no use to the other.
  run "${command[0]}" -XX:AOTCacheOutput="/$cache_file" -XX:MaxRAM=512m "${command[@]:1}" >"$work/program.log" 2>&1 &
  local pid=$!
  "exercise_$program"
  kill "$pid"
  wait "$pid" || true # 143: ended by SIGTERM
  [[ -f $work/rootfs/$cache_file ]] || { tail -n 40 "$work/program.log" >&2; fail "the JVM wrote no cache"; }
  # The JVM goes on without a cache that does not fit; this way it does not.
  (run "${command[0]}" -XX:AOTMode=on -XX:AOTCache="/$cache_file" "${command[@]:1:${#command[@]}-2}" -version) \
    >"$work/check.log" 2>&1 || { cat "$work/check.log" >&2; fail "the JVM does not take the cache"; }
}

start_api_server() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/accounts.key"
  echo 'token,training,1,system:masters' >"$work/tokens"
  "$bin/etcd" --data-dir="$work/etcd" --unsafe-no-fsync --log-level=error >"$work/etcd.log" 2>&1 &
  "$bin/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --cert-dir="$work/certificates" \
    --advertise-address="$address" --service-cluster-ip-range=10.96.0.0/16 \
    --authorization-mode=AlwaysAllow --token-auth-file="$work/tokens" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$work/accounts.key" \
    --service-account-signing-key-file="$work/accounts.key" >"$work/kube-apiserver.log" 2>&1 &
  await "the API server" kubectl get --raw /readyz
  kubectl apply -f "$project/crds/src/main/resources/META-INF/fabric8" >"$work/kubectl.log"
  kubectl wait --for=condition=Established --timeout=30s crd/nodeproxies.portolan.io crd/proxyconfigs.portolan.io \
    >"$work/kubectl.log"
  kubectl apply -f - >"$work/kubectl.log" <<'YAML'
{apiVersion: v1, kind: Node, metadata: {name: n1}, spec: {podCIDR: 10.1.0.0/24, podCIDRs: [10.1.0.0/24]}}
YAML
}

kubectl() {
  KUBECONFIG=/dev/null "$bin/kubectl" --cache-dir="$work/kubectl" --server="https://$address:6443" --insecure-skip-tls-verify --token=token "$@"
}

mount_root() {
  local root=$work/rootfs account=$work/rootfs/var/run/secrets/kubernetes.io/serviceaccount
  mkdir -p "$root"/{dev,proc,tmp} "$account"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/tmp"
  cp "$work/certificates/apiserver.crt" "$account/ca.crt"
  echo -n token >"$account/token"
}

# run COMMAND...: in the image, as its Pod would.
run() {
  local variables=()
  mapfile -t variables < <(jq --raw-output '.config.Env[]' "$(config_file)")
  exec env --ignore-environment "${variables[@]}" NODE_NAME=n1 PORTOLAN_NAMESPACE=kube-system \
    PORTOLAN_AGENT_IMAGE=agent PORTOLAN_LEADERELECTION_IDENTITY=n1 \
    KUBERNETES_SERVICE_HOST="$address" KUBERNETES_SERVICE_PORT=6443 \
    "$(command -v chroot)" "$work/rootfs" "$@"
}

prepare_agent() {
  kubectl apply -f - >"$work/kubectl.log" <<'YAML'
apiVersion: portolan.io/v1alpha1
kind: NodeProxy
metadata: {name: n1}
spec:
  revision: training
  state: Active
  settings:
    mode: nftables
    affinity: {timeout: 3h, maxTimeout: 24h}
    traffic: {detectLocal: {mode: NodeCIDR, clusterCIDRs: []}, masqueradeAll: false, nodePortAddresses: [primary]}
    sync: {minInterval: 0s, auditInterval: 5m}
    logLevel: info
YAML
}

exercise_agent() {
  kubectl wait --for=condition=Ready --timeout=60s nodeproxy/n1 >"$work/kubectl.log" ||
    { tail -n 40 "$work/program.log" >&2; fail "the agent did not become Ready"; }
  kubectl apply -f - >"$work/kubectl.log" <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: NodePort, sessionAffinity: ClientIP, externalTrafficPolicy: Local, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.1.0.7], nodeName: n1}]
YAML
  await "the endpoint in the kernel" eval 'nft list ruleset | grep -qF 10.1.0.7'
  await "the agent's health" curl -fs http://127.0.0.1:10456/healthz
  await "the agent's metrics" curl -fs http://127.0.0.1:10456/metrics
}

prepare_operator() { :; }

exercise_operator() {
  await "the operator's liveness" curl -fs http://127.0.0.1:8081/actuator/health/liveness
  kubectl apply -f "$project/crds/samples/proxyconfig-default.yaml" >"$work/kubectl.log"
  await "the operator's DaemonSet and NodeProxy" \
    eval 'kubectl get --namespace kube-system daemonset/portolan-agent-default && kubectl get nodeproxy/n1'
  await "the operator's readiness" curl -fs http://127.0.0.1:8081/actuator/health/readiness
  await "the operator's metrics" curl -fs http://127.0.0.1:8081/actuator/prometheus
}

main "$@"
