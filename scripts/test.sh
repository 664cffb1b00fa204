#!/usr/bin/env bash
# Runs every test: prepares the machine, then the Go programs' tests, then Maven's. The last line sums all of them up.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache="${PORTOLAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portolan}"
start=$SECONDS
passed=0
failed=0

say() { printf '[%4d s] %s\n' $((SECONDS - start)) "$*"; }

scripts/prepare.sh || exit 1

say "Go: the programs of e2e/kubernetes"
go_log="$(mktemp)"
trap 'rm -f "$go_log"' EXIT
# Only packages that have tests, and without cgo: go would compile all of Kubernetes once more for the others.
if ! (
  cd e2e/kubernetes && export CGO_ENABLED=0 &&
    mapfile -t tested < <(go list -f '{{if .TestGoFiles}}{{.ImportPath}}{{end}}' ./cmd/...) &&
    timeout 600 go test -v "${tested[@]}"
) >"$go_log" 2>&1; then
  cat "$go_log"
  grep -q -- '--- FAIL' "$go_log" || failed=$((failed + 1))
fi
passed=$((passed + $(grep -c -- '^--- PASS' "$go_log")))
failed=$((failed + $(grep -c -- '^--- FAIL' "$go_log")))

say "Java: build, gates and tests of every module"
rm -rf ./*/target/surefire-reports
timeout 4500 ./mvnw verify --fail-at-end -Dportolan.cache="$cache" </dev/null
maven=$?

# Attributes of each <testsuite>: the runner's own counts.
sum() {
  cat ./*/target/surefire-reports/TEST-*.xml 2>/dev/null | tr '\n' ' ' | grep -oE '<testsuite [^>]*>' |
    grep -oE " $1=\"[0-9]+\"" | tr -dc '0-9\n' | awk '{n += $1} END {print n + 0}'
}
bad=$(($(sum failures) + $(sum errors)))
skipped=$(sum skipped)
passed=$((passed + $(sum tests) - bad - skipped))
failed=$((failed + bad))
# A build that broke before or beside its tests is a failure too.
[ "$maven" -eq 0 ] || [ "$bad" -gt 0 ] || failed=$((failed + 1))

say "done"
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
