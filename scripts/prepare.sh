#!/usr/bin/env bash
# Makes this machine ready for the demo and the cluster tests: Debian packages, a Kubernetes built
# from the Go modules, and the base images. What is already there is left alone.
#   scripts/prepare.sh          everything
#   scripts/prepare.sh packages the Debian packages alone, as root
#   scripts/prepare.sh jdk25    prints the home of the JDK 25 and does nothing else
# PORTOLAN_CACHE says where the results go (default: portolan in the user's cache folder).
# shellcheck disable=SC2317 # some functions are called by a name in a variable
set -euo pipefail
exec </dev/null
umask 022
export LC_ALL=C

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sources=$project/e2e/kubernetes
export HOME=${HOME:-$(getent passwd "$EUID" | cut -d : -f 6)}
cache=${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}

steps=14
step=0
work=
child=
jdk=
total=

kubernetes=k8s.io/kubernetes
containerd=github.com/containerd/containerd/v2
coredns=github.com/coredns/coredns
# Upstream's suite: what runs it, and two programs of its Pods.
suite_programs=(
  github.com/onsi/ginkgo/v2/ginkgo k8s.io/kubernetes/test/images/agnhost k8s.io/kubernetes/test/images/regression-issue-74839
)

packages=(
  ca-certificates conntrack containernetworking-plugins curl ethtool iproute2 ipset iptables jq kmod
  mmdebstrap mount nftables openssl procps runc socat strace util-linux
)
image_packages=(ca-certificates ipset iptables libc6 libstdc++6 zlib1g)
# What kube-proxy calls.
kube_proxy_packages=(conntrack ipset iptables kmod libc6 nftables)
# What the specs' commands call inside a Pod.
suite_packages=(bash bind9-dnsutils conntrack coreutils curl dash grep iproute2 netcat-openbsd sed wget)
java_modules=(
  java.base java.desktop java.instrument java.logging java.management java.naming java.net.http
  java.rmi java.scripting java.security.jgss java.security.sasl java.sql java.xml jdk.crypto.ec
  jdk.httpserver jdk.jfr jdk.management jdk.naming.dns jdk.unsupported jdk.zipfs
)
kubernetes_parts=(etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubectl kubelet)

main() {
  case ${1:-all} in
    all) prepare_everything ;;
    packages) prepare_packages ;;
    jdk25) jdk25 ;;
    *) fail "Unknown verb '$1': call it without one, or with packages or jdk25." ;;
  esac
  exit # before bash reads on in a file that may have changed since
}

prepare_everything() {
  local started=$SECONDS
  check_machine
  wait_for_other_runs
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  install_packages
  build_kubernetes
  link_kube_api_test
  build_containerd
  build_coredns
  build_own_programs
  build_suite_programs
  build_suite
  make_pause_image
  make_echo_image
  make_runtime_image
  make_kube_proxy_image
  make_regression_image
  make_agnhost_image
  say "everything is in $cache, after $((SECONDS - started)) s"
}

prepare_packages() {
  steps=1
  check_machine
  wait_for_other_runs
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  install_packages
}

# ---- the way it talks -------------------------------------------------------------------------

say() { echo "prepare: $*"; }
fail() {
  echo "prepare: $*" >&2
  exit 1
}

begin() {
  step=$((step + 1))
  what=$1
  began=$SECONDS
}
already_there() { say "[$step/$steps] $what: already there"; }
progress() {
  if [[ -t 1 && -z ${CI:-} ]]; then
    printf '\r\033[Kprepare: [%d/%d] %s: %s, %d s' "$step" "$steps" "$what" "$1" $((SECONDS - began))
  else
    say "[$step/$steps] $what: $1, $((SECONDS - began)) s"
  fi
}
finished() {
  [[ -t 1 && -z ${CI:-} ]] && printf '\r\033[K'
  say "[$step/$steps] $what: done in $((SECONDS - began)) s"
}

# follow PROGRESS COMMAND... runs a command, shows what PROGRESS prints every 5 s, and the end of
# the command's output if it fails.
follow() {
  local describe=$1 log=$work/log ticks=0
  shift
  "$@" >"$log" 2>&1 9>&- &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.5
    ticks=$((ticks + 1))
    ((ticks % 10)) || progress "$("$describe" "$log")"
  done
  local result=0
  wait "$child" || result=$?
  child=
  if ((result)); then
    tail -n 20 "$log" >&2
    ((result != 124)) || fail "$what took too long and was ended."
    fail "$what failed; the lines above are the end of its output."
  fi
}

# ---- the machine ------------------------------------------------------------------------------

check_machine() {
  [[ $EUID -eq 0 ]] || fail "This needs root, for network namespaces and Debian packages: run it with sudo -E."
  command -v apt-get >/dev/null || fail "This needs Debian or a relative with apt-get: use a Debian 12 machine or container."
  [[ -x $(command -v go || true) ]] || PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || fail "Go 1.21 or newer is missing: install it and put its bin folder into PATH."
  local version
  version=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
  [[ $version =~ ^go1\.([0-9]+) && ${BASH_REMATCH[1]} -ge 21 ]] ||
    fail "Go 1.21 or newer is missing, this is $version: install it and put its bin folder into PATH."
  jdk=$(jdk25)
}

jdk25() {
  local home
  for home in "${JDK25_HOME:-}" "${JAVA_HOME:-}" "$(java_home_of_path)" /usr/lib/jvm/* /opt/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if [[ -x $home/bin/javac ]] && grep -qs '^JAVA_VERSION="25[^0-9]' "$home/release"; then
      echo "$home"
      return
    fi
  done
  fail "A JDK 25 is missing: install one, for example Eclipse Temurin 25, and set JDK25_HOME to its folder."
}

java_home_of_path() {
  local java
  java=$(command -v java) || return 0
  dirname "$(dirname "$(readlink -f "$java")")"
}

wait_for_other_runs() {
  mkdir -p "$cache/bin" "$cache/images"
  exec 9>"$cache/.lock"
  if ! flock --nonblock 9; then
    say "another run is at work, waiting for it"
    flock --wait 3600 9 || fail "Another run has held $cache/.lock for an hour: end it and try again."
  fi
  rm -rf "$cache"/.work.*
  work=$(mktemp -d "$cache/.work.XXXXXX")
}

clean_up() {
  [[ -z $child ]] || kill "$child" 2>/dev/null || true
  rm -rf "$work"
}

install_packages() {
  begin "Debian packages"
  command -v mvn >/dev/null || packages+=(maven)
  local lacking=() name
  for name in "${packages[@]}"; do
    [[ $(dpkg-query --showformat='${db:Status-Status}' --show "$name" 2>/dev/null) == installed ]] || lacking+=("$name")
  done
  if ((${#lacking[@]} == 0)); then
    already_there
    return
  fi
  follow newest_line timeout 300 apt-get -o DPkg::Lock::Timeout=120 update
  follow newest_line env DEBIAN_FRONTEND=noninteractive timeout 900 \
    apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${lacking[@]}"
  finished
}

newest_line() {
  local line
  line=$(tail -n 1 "$1" | tr -d '\r' | cut -c 1-80)
  echo "${line:-at work}"
}

# ---- what is up to date -----------------------------------------------------------------------

# key WORDS... FILES...: a hash of words, and of the content of the files among them.
key() {
  local word
  for word; do
    echo "$word"
    [[ ! -f $word ]] || sha256sum <"$word"
  done | sed "s#$project##" | sha256sum
}
is_current() { [[ -e $1 && -e $1.key && $(<"$1.key") == "$2" ]]; }
# put TEMPORARY FINAL KEY: the key goes last, so that an interruption repeats the step.
put() {
  rm -f "$2.key"
  mv -f "$1" "$2"
  echo "$3" >"$2.key"
}

# ---- programs ---------------------------------------------------------------------------------

# go_build FOLDER LDFLAGS PACKAGE...: builds each package into the cache, under its own name.
go_build() {
  local folder=$1 ldflags=$2 program files built=()
  shift 2
  mapfile -t files < <(sources_of "$folder" "$@")
  for program; do
    built+=("$(basename "$program")")
  done
  compile "$folder" "$(key "$ldflags" "$@" "$folder/go.mod" "$folder/go.sum" "${files[@]}")" "$ldflags" \
    "" "build -v -o $work/bin/" "${built[*]}" "$@"
}

# compile FOLDER KEY LDFLAGS LIST_FLAG VERB NAMES PACKAGE...: runs go with the verb, which leaves
# programs of these names in $work/bin, unless the cache has all of them.
compile() {
  local folder=$1 hash=$2 ldflags=$3 list=$4 verb=$5 names=$6 name flags current=1
  shift 6
  for name in $names; do
    is_current "$cache/bin/$name" "$hash" || current=0
  done
  if ((current)); then
    already_there
    return
  fi
  cd "$folder"
  export CGO_ENABLED=0 GOTOOLCHAIN=auto GOWORK=off GOFLAGS=-mod=readonly
  flags=(-trimpath -buildvcs=false -ldflags "-s -w $ldflags")
  # shellcheck disable=SC2086 # a flag or none
  follow modules_fetched timeout 1200 go list "${flags[@]}" $list -deps -f '{{if .Stale}}stale{{end}}' "$@"
  total=$(grep -c '^stale$' "$work/log" || true)
  mkdir "$work/bin"
  # shellcheck disable=SC2086 # a verb with its flags
  follow packages_compiled timeout 3600 go $verb "${flags[@]}" "$@"
  for name in $names; do
    put "$work/bin/$name" "$cache/bin/$name" "$hash"
  done
  rmdir "$work/bin"
  finished
}

sources_of() {
  local folder=$1 package
  shift
  for package; do
    [[ ! -d $folder/$package ]] || find "$folder/$package" -name '*.go' ! -name '*_test.go' | sort
  done
}

modules_fetched() { echo "fetching modules, $(grep -c '^go: downloading' "$1" || true) so far"; }
packages_compiled() {
  local compiled
  compiled=$(grep -c '^[a-z]' "$1" || true)
  echo "compiled $compiled of $total packages$( ((compiled < total)) || echo ", linking")"
}

# version_of MODULE FOLDER: as the folder's go.mod has it.
version_of() { awk -v module="$1" '{ for (i = 1; i < NF; i++) if ($i == module && $(i + 1) ~ /^v/) { print $(i + 1); exit } }' "$2/go.mod"; }

build_kubernetes() {
  local package=k8s.io/component-base/version version major minor part
  version=$(version_of $kubernetes "$sources")
  IFS=. read -r major minor _ <<<"${version#v}"
  begin "Kubernetes $version"
  # Without a version the kubelet and kubectl misbehave.
  go_build "$sources" "-X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor" ./cmd/kubernetes
  for part in "${kubernetes_parts[@]}"; do
    ln -sfn kubernetes "$cache/bin/$part"
  done
}

# The folder in which fabric8's kube-api-test looks before it would download anything.
link_kube_api_test() {
  begin "links for kube-api-test"
  local folder part version
  version=$(version_of $kubernetes "$sources")
  folder=$cache/kube-api-test/k8s/${version#v}-linux-$(dpkg --print-architecture)
  if [[ -x $folder/kube-apiserver && -x $folder/etcd && -x $folder/kubectl ]]; then
    already_there
    return
  fi
  mkdir -p "$folder"
  for part in kube-apiserver etcd kubectl; do
    ln -sfn "../../../bin/$part" "$folder/$part"
  done
  finished
}

build_containerd() {
  local folder=$sources/containerd version
  version=$(version_of $containerd "$folder")
  begin "containerd $version"
  go_build "$folder" "-X $containerd/version.Version=$version" \
    $containerd/cmd/containerd $containerd/cmd/containerd-shim-runc-v2 $containerd/cmd/ctr
}

build_coredns() {
  local folder=$sources/coredns
  begin "CoreDNS $(version_of $coredns "$folder")"
  go_build "$folder" "" ./cmd/coredns
}

build_own_programs() {
  begin "echo, oci-wrapper and pause"
  go_build "$sources" "" ./cmd/echo ./cmd/oci-wrapper ./cmd/pause
}

build_suite_programs() {
  begin "ginkgo, agnhost and regression-issue-74839"
  go_build "$sources" "" "${suite_programs[@]}"
}

# Upstream's specs are test code, so that they become a program by go test.
build_suite() {
  local package=k8s.io/component-base/version version ldflags
  version=$(version_of $kubernetes "$sources")
  begin "e2e.test, Kubernetes' specs of the network"
  ldflags="-X $package.gitVersion=$version"
  compile "$sources" "$(key "$ldflags" "$sources/go.mod" "$sources/go.sum" "$sources"/suite/*.go)" "$ldflags" \
    -test "test -c -v -o $work/bin/e2e.test" e2e.test ./suite
}

# ---- images -----------------------------------------------------------------------------------

# layer FILE FOLDER NAMES...: the same content gives the same bytes, so the same digest.
layer() {
  local file=$1 folder=$2
  shift 2
  tar --create --file "$file" --directory "$folder" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --format=gnu "$@"
}

# image FILE KEY CONFIG NAMES LAYERS...: an archive as docker save writes it. CONFIG is the JSON of
# the image's "config", NAMES the image's names separated by spaces.
image() {
  local file=$1 hash=$2 config=$3 names=$4 folder=$work/image layer digest digests=()
  shift 4
  mkdir "$folder"
  for layer; do
    digest=$(sha256sum "$layer" | cut -d ' ' -f 1)
    mv "$layer" "$folder/$digest.tar"
    digests+=("$digest")
  done
  jq --null-input --compact-output --arg architecture "$(dpkg --print-architecture)" --argjson config "$config" '
    {created: "1970-01-01T00:00:00Z", os: "linux", architecture: $architecture, config: $config,
     rootfs: {type: "layers", diff_ids: ($ARGS.positional | map("sha256:" + .))},
     history: ($ARGS.positional | map({created: "1970-01-01T00:00:00Z", created_by: "scripts/prepare.sh"}))}
    ' --args "${digests[@]}" >"$folder/config"
  digest=$(sha256sum "$folder/config" | cut -d ' ' -f 1)
  mv "$folder/config" "$folder/$digest.json"
  jq --null-input --compact-output --arg config "$digest.json" --arg names "$names" \
    '[{Config: $config, RepoTags: ($names | split(" ")), Layers: ($ARGS.positional | map(. + ".tar"))}]' \
    --args "${digests[@]}" >"$folder/manifest.json"
  layer "$work/image.tar" "$folder" manifest.json "$digest.json" "${digests[@]/%/.tar}"
  rm -r "$folder"
  put "$work/image.tar" "$file" "$hash"
}

# program_image PROGRAM NAMES: an image that holds one static program and starts it.
program_image() {
  local program=$1 names=$2 file=$cache/images/$1.tar hash
  begin "image $program"
  hash=$(key "$(declare -f program_image image layer)" "$names" "$cache/bin/$program")
  if is_current "$file" "$hash"; then
    already_there
    return
  fi
  layer "$work/program.tar" "$cache/bin" "$program"
  image "$file" "$hash" "{\"Entrypoint\": [\"/$program\"], \"Env\": [\"PATH=/\"]}" "$names" "$work/program.tar"
  finished
}

make_pause_image() { program_image pause "registry.k8s.io/pause:3.10.1 registry.k8s.io/pause:3.10.2"; }
make_echo_image() { program_image echo "portolan.io/echo:dev"; }

# Names and versions as Kubernetes' test/utils/image/manifest.go has them.
make_regression_image() { program_image regression-issue-74839 registry.k8s.io/e2e-test-images/regression-issue-74839:1.5; }

# One image in the place of four. The specs run here use nothing else of the other three than a
# shell with the common tools (busybox, distroless-iptables) or any process that stays (nginx).
make_agnhost_image() {
  begin "image agnhost"
  local file=$cache/images/agnhost.tar hash config suite tests=registry.k8s.io/e2e-test-images names
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  names="$tests/agnhost:2.66.1 $tests/busybox:1.37.0-2 $tests/nginx:1.27.0-2 registry.k8s.io/build-image/distroless-iptables:v0.9.9"
  hash=$(key "$(declare -f make_agnhost_image debian_root image layer)" "$suite" "$names" "${suite_packages[*]}" "$cache/bin/agnhost")
  if is_current "$file" "$hash"; then
    already_there
    return
  fi
  debian_root "$suite" "$work/agnhost" "${suite_packages[@]}"
  cp "$cache/bin/agnhost" "$work/agnhost/agnhost"
  mkdir -p "$work/agnhost"/{tmp,uploads}
  chmod 1777 "$work/agnhost/tmp"
  # Debian makes these links when it installs the packages, which has not happened here.
  ln -sfn nc.openbsd "$work/agnhost/bin/nc"
  ln -sfn which.debianutils "$work/agnhost/usr/bin/which"
  layer "$work/agnhost.tar" "$work/agnhost" .
  config='{"Entrypoint": ["/agnhost"], "Cmd": ["pause"], "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
  image "$file" "$hash" "$config" "$names" "$work/agnhost.tar"
  finished
}

make_runtime_image() {
  begin "image runtime"
  local file=$cache/images/runtime.tar hash suite
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  hash=$(key "$(declare -f make_runtime_image debian_root image layer)" "$suite" "${image_packages[*]}" "${java_modules[*]}" "$jdk/release")
  if is_current "$file" "$hash"; then
    already_there
    return
  fi
  local config
  debian_root "$suite" "$work/debian" "${image_packages[@]}"
  cat "$work"/debian/usr/share/ca-certificates/mozilla/*.crt >"$work/debian/etc/ssl/certs/ca-certificates.crt"
  layer "$work/debian.tar" "$work/debian" .
  follow newest_line timeout 300 "$jdk/bin/jlink" --add-modules "$(join , "${java_modules[@]}")" --output "$work/java/opt/java" \
    --strip-java-debug-attributes --no-man-pages --no-header-files --compress zip-6
  layer "$work/java.tar" "$work/java" opt
  config='{"Env": ["PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "JAVA_HOME=/opt/java"]}'
  image "$file" "$hash" "$config" portolan.io/runtime:dev "$work/debian.tar" "$work/java.tar"
  finished
}

# What kubeadm's DaemonSet runs, at the place where it looks for it. Upstream's image picks legacy or nft by
# kubelet's hint, which is always nft here; with /opt/legacy first in PATH this one takes legacy.
make_kube_proxy_image() {
  begin "image kube-proxy"
  local file=$cache/images/kube-proxy.tar hash config suite name root=$work/kube-proxy program word
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  name=registry.k8s.io/kube-proxy:$(version_of $kubernetes "$sources")
  hash=$(key "$(declare -f make_kube_proxy_image debian_root image layer)" "$suite" "$name" "${kube_proxy_packages[*]}" \
    "$cache/bin/kubernetes")
  if is_current "$file" "$hash"; then
    already_there
    return
  fi
  debian_root "$suite" "$root" "${kube_proxy_packages[@]}"
  mkdir -p "$root/opt/legacy" "$root/tmp"
  # Debian makes these links when it installs the package, which has not happened here.
  for program in iptables ip6tables; do
    for word in "" -save -restore; do
      ln -sfn "$program-nft$word" "$root/usr/sbin/$program$word"
      ln -sfn "/usr/sbin/$program-legacy$word" "$root/opt/legacy/$program$word"
    done
  done
  layer "$work/debian.tar" "$root" .
  mkdir -p "$work/programs/usr/local/bin"
  cp "$cache/bin/kubernetes" "$work/programs/usr/local/bin/kube-proxy"
  layer "$work/programs.tar" "$work/programs" usr
  config='{"Entrypoint": ["/usr/local/bin/kube-proxy"], "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
  image "$file" "$hash" "$config" "$name" "$work/debian.tar" "$work/programs.tar"
  finished
}

# debian_root SUITE FOLDER PACKAGE...: the content of a few packages without their installation scripts, and
# the little of the scripts' work that is needed. What belongs to this machine or only to apt goes.
debian_root() {
  local suite=$1 folder=$2 lists
  shift 2
  mapfile -t lists < <(apt_sources)
  use_proxy_of_apt
  follow newest_line timeout 600 mmdebstrap --variant=extract --format=directory \
    --include="$(join , "$@")" "$suite" "$folder" "${lists[@]}"
  rm -rf "${folder:?}"/{dev,etc/{apt,dpkg,fstab,hostname,resolv.conf},var/{cache,lib,log}/*} \
    "$folder"/usr/share/{bash-completion,debconf,lintian,man,perl5}
  find "$folder/usr/share/doc" ! -type d ! -name copyright -delete
  mkdir -p "$folder/run"
  echo 'hosts: files dns' >"$folder/etc/nsswitch.conf"
  printf '%s\n' root:x:0:0:root:/: nonroot:x:65532:65532:nonroot:/tmp: >"$folder/etc/passwd"
  printf '%s\n' root:x:0: nonroot:x:65532: >"$folder/etc/group"
}

# The machine's own package sources, so that the image comes from wherever the machine's packages do.
apt_sources() { find /etc/apt/sources.list /etc/apt/sources.list.d -type f \( -name '*.list' -o -name '*.sources' \) 2>/dev/null; }

# mmdebstrap does not read the machine's configuration of apt.
use_proxy_of_apt() {
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  [[ -z ${http_proxy:-} ]] || export http_proxy
  [[ -z ${https_proxy:-} ]] || export https_proxy
}

join() {
  local IFS=$1
  shift
  echo "$*"
}

main "$@"
