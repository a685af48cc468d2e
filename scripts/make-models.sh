#!/usr/bin/env bash
# Recreates the small example models in models/ with the built program. The same seeds give the
# same files on the same kind of CPU. Needs the image data (see datasets/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."
pipeline="${CARGO_TARGET_DIR:-target}/release/pipeline"

for dataset in mnist fashion-mnist; do
    "$pipeline" train --dataset $dataset --hidden 32x2 --seed 12 -o models/$dataset-2x32.safetensors
done
"$pipeline" train --dataset digits --hidden 32x2 --seed 0 -o models/digits-2x32.safetensors
for dataset in mnist fashion-mnist digits; do
    "$pipeline" prune models/$dataset-2x32.safetensors --rate 0.5 -o models/$dataset-2x32-pruned-0.5.safetensors
done
"$pipeline" random --inputs 100 --hidden 50x2 --seed 50 -o models/random-100-2x50.safetensors
"$pipeline" prune models/random-100-2x50.safetensors --rate 0.8 --scope global \
    -o models/random-100-2x50-pruned-0.8.safetensors
