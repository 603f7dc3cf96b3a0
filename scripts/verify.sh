#!/usr/bin/env bash
# Everything that can be judged without running the program. Each check prints its seconds and, where it fails, one line
# that says which command mends it. The results go to out/reports/verify.json for scripts/report.ts.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

GENERATED=(crds/streamjobs.yaml docs/reference)
results=()
failed=0

now() { date +%s.%N; }

# check NAME MEND COMMAND…
check() {
  local name=$1 mend=$2 start passed=true seconds
  shift 2
  start=$(now)
  local output
  output=$("$@" 2>&1) || passed=false
  seconds=$(awk -v a="$start" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }')
  if $passed; then
    printf 'ok      %-10s %5ss\n' "$name" "$seconds"
  else
    printf '%s\nfailed  %-10s %5ss  to mend it: %s\n' "$output" "$name" "$seconds" "$mend"
    failed=1
  fi
  results+=("{\"name\":\"$name\",\"passed\":$passed,\"seconds\":$seconds}")
}

# Generates anew and compares with what was there; the new files stay, for review.
generated_is_current() {
  local before path
  before=$(mktemp -d)
  for path in "${GENERATED[@]}"; do
    if [ -e "$path" ]; then mkdir -p "$before/$(dirname "$path")" && cp -R "$path" "$before/$path"; fi
  done
  npm run --silent generate || { rm -rf "$before"; return 1; }
  local status=0
  for path in "${GENERATED[@]}"; do
    [ -e "$before/$path" ] || [ -e "$path" ] || continue
    diff -rNu "$before/$path" "$path" > "$before/diff" && continue
    head -n 40 "$before/diff"
    status=1
  done
  rm -rf "$before"
  return $status
}

check generate 'review what `make generate` wrote (git diff), and commit it' generated_is_current
check format 'make format' prettier --check --log-level warn --cache .
check lint 'make lint-fix, then by hand what is left' eslint --cache --cache-location node_modules/.cache/eslint/ --max-warnings 0 .
check types 'by hand, then `make types`' tsc --noEmit
check layers 'each rule in .dependency-cruiser.cjs says what to do instead; then `make layers`' npm run --silent layers

mkdir -p out/reports
(IFS=,; printf '{"checks":[%s]}\n' "${results[*]}") > out/reports/verify.json
exit $failed
