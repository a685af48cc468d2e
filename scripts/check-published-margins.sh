#!/usr/bin/env bash
# Proves the largest margins of the published classifiers of side 18, data seed 0, over the region of the published runs
# (--region rows), and compares each with the published optimum, to 1e-4; also that of the dense network over the L1
# ball, which has no adversarial input.
#
#   scripts/check-published-margins.sh [FOLDER]      (default: ../shared/reference/published-networks)
#
# MNIST is read from PIPELINE_DATA_DIR (../shared/data). PIPELINE names a program other than target/release/pipeline.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
folder="${1:-$root/../shared/reference/published-networks}"
pipeline="${PIPELINE:-${CARGO_TARGET_DIR:-$root/target}/release/pipeline}"
export PIPELINE_DATA_DIR="${PIPELINE_DATA_DIR:-$root/../shared/data}"

if [ ! -d "$folder" ]; then
    echo "no published networks in $folder" >&2
    exit 1
fi
if [ ! -x "$pipeline" ]; then
    echo "$pipeline is missing: build it with cargo build --release" >&2
    exit 1
fi

failed=0
# The margin is 1 minus the published value.
while read -r name region margin; do
    network="$folder/mnist-18-2x32-seed0-$name.safetensors"
    record="$("$pipeline" solve verify --network "$network" --dataset mnist --data-seed 0 --region "$region" \
        --optimum --time-limit 300 --json 2>/dev/null)" || record='{}'
    python3 - "$name" "$region" "$margin" "$record" <<'PYTHON' || failed=1
import json
import sys

name, region, expected, record = sys.argv[1:]
expected, record = float(expected), json.loads(record)
status, value = record.get("status"), record.get("dense_objective")
holds = status == "optimal" and abs(value - expected) <= 1e-4
print(
    f"{'ok' if holds else 'WRONG':5} {name:8} {region:5} published {expected:10.6f}, here {value} "
    f"({status}, bound {record.get('dual_bound')}) in {record.get('seconds_total', 0):.1f} s",
    flush=True,
)
sys.exit(not holds)
PYTHON
done <<'END'
dense rows 18.6472
dense l1 -1.1125
nf-0.3 rows 31.187242
nf-0.5 rows 28.634459
nf-0.8 rows 2.651907
nf-0.9 rows 1.061284
nf-0.95 rows -0.008725
ft-0.9 rows 16.574766
ft-0.95 rows 16.590513
END
exit "$failed"
