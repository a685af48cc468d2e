#!/usr/bin/env bash
# Compares with the published optima of function maximization: for every pruned network of 100
# inputs and width 50 whose published run took under 5 s, creates the network, prunes it, solves it,
# and compares the optimum of the pruned network with the published one, to 1e-5.
#
#   scripts/check-published.sh [TABLE]      (default: ../shared/reference/fm-published.csv)
#
# PIPELINE names a program other than target/release/pipeline.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
table="${1:-$root/../shared/reference/fm-published.csv}"
pipeline="${PIPELINE:-${CARGO_TARGET_DIR:-$root/target}/release/pipeline}"

expected_header="run,n0,layers,width,seed,rate,solver_value,dense_value,seconds_to_best,solutions"
if [ ! -r "$table" ] || [ "$(head -n 1 "$table" | tr -d '\r')" != "$expected_header" ]; then
    echo "$table is not the published table, expected columns $expected_header" >&2
    exit 1
fi
if [ ! -x "$pipeline" ]; then
    echo "$pipeline is missing: build it with cargo build --release" >&2
    exit 1
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Solves one pruned network; its optimum is in the record of the solve.
solve() {
    local layers="$1" seed="$2" rate="$3"
    "$pipeline" random --inputs 100 --hidden "50x$layers" --seed "$seed" -o "$work/dense" &&
        "$pipeline" prune "$work/dense" --rate "$rate" --scope global -o "$work/sparse" &&
        "$pipeline" solve maximize --network "$work/dense" --surrogate "$work/sparse" \
            --time-limit 300 --json >"$work/record"
} >"$work/output" 2>"$work/log"

passed=0
failed=0
while IFS=, read -r layers seed rate published; do
    name="$layers layers, seed $seed, rate $rate"
    value=null
    if solve "$layers" "$seed" "$rate"; then
        value="$(awk -F': ' '/"surrogate_objective"/ { sub(/,$/, "", $2); print $2 }' "$work/record")"
    fi
    if awk -v a="$value" -v b="$published" \
        'BEGIN { if (a == "null" || a == "") exit 1; d = a - b; exit !(d <= 1e-5 && d >= -1e-5) }'; then
        verdict="ok    "
        passed=$((passed + 1))
    else
        verdict="FAILED"
        failed=$((failed + 1))
    fi
    echo "$verdict $name: optimum $value, published $published"
    [ "$value" != null ] || tail -n 3 "$work/log" >&2
done < <(tr -d '\r' <"$table" | awk -F, \
    '$1 == "pruned" && $2 == 100 && $4 == 50 && $9 != "" && $9 < 5 { print $3 "," $5 "," $6 "," $7 }')

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
