#!/usr/bin/env bash
# The whole experiment on a fresh machine with a graphics card: installs what is missing, builds the
# program for the card, trains, prunes and finetunes all networks of the paper on it, then solves all
# runs on all cores and writes the report. Stopped at any moment, the same command goes on.
#
#   scripts/gpu-box.sh                 everything, to runs/verification-paper and runs/maximization-paper
#   scripts/gpu-box.sh models          only the networks, with the seconds they took
#   scripts/gpu-box.sh measure         what PERFORMANCE.md leaves open without a card, meant for less than
#                                      ten minutes once the program is built: seconds per network-epoch beside
#                                      PyTorch, and how far the paper's networks come in four minutes
#
# Environment: DEVICE=wgpu (Vulkan, the default) or cuda; PRESET=paper, scaled or smoke; RESULTS=runs, the
# folder of results; PIPELINE_DATA_DIR where MNIST and Fashion-MNIST are, else they are downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."
device="${DEVICE:-wgpu}"
preset="${PRESET:-paper}"
results="${RESULTS:-runs}"
stage="${1:-all}"
pipeline="${CARGO_TARGET_DIR:-target}/release/pipeline"

say() { echo "== $*" >&2; }

install() {
    scripts/install-system-packages.sh
    if [ "$device" = wgpu ] && ! ldconfig -p | grep -q libvulkan.so.1; then
        local as_root=()
        [ "$(id -u)" -eq 0 ] || as_root=(sudo)
        "${as_root[@]}" apt-get update -qq >&2
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends libvulkan1 >&2
    fi
    export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"
    say "building for $device (20 minutes on two cores the first time)"
    cargo build --release --locked --features "$device"
    "$pipeline" devices
    if ! "$pipeline" devices --json | DEVICE="$device" python3 -c '
import json, os, sys
found = [d for d in json.load(sys.stdin)["devices"] if d["device"] == os.environ["DEVICE"]][0]
sys.exit(not found["usable"] or (found["hardware"][0].endswith("(software)") and "SOFTWARE" not in os.environ))'
    then
        echo "no graphics card for the device $device: is its driver installed (nvidia-smi)?" >&2
        echo "With SOFTWARE=1 a card that software stands for will do: for a try, it is slow." >&2
        exit 1
    fi
}

# Networks and images of an experiment's models, on the card.
plan() {
    "$pipeline" reproduce "$1" --preset "$preset" --device "$device" --results "$results/$1-$preset" --plan-only
}

models() {
    plan verification
    local start=$SECONDS
    "$pipeline" work --results "$results/verification-$preset" --stage models
    say "all networks trained, pruned and finetuned after $((SECONDS - start)) s"
}

solve() {
    "$pipeline" work --results "$results/verification-$preset"
    "$pipeline" report --results "$results/verification-$preset" -o "$results/verification-$preset/report"
    # Random networks: there is nothing to train.
    "$pipeline" reproduce maximization --preset "$preset" --results "$results/maximization-$preset"
}

measure() {
    local networks=1,10,100,1000
    scripts/bench-training.py --device "$device" --networks "$networks" --rounds 1 --epochs 2 \
        --ways loop-fused,bmm,bmm-compiled --images 12000 --records results/training/"$device".jsonl
    results="$(mktemp -d)"
    plan verification
    say "networks of the paper made in four minutes"
    timeout --signal=INT 240 "$pipeline" work --results "$results/verification-$preset" --stage models || true
    "$pipeline" status --results "$results/verification-$preset"
}

install
case "$stage" in
    all)
        models
        solve
        ;;
    models) models ;;
    measure) measure ;;
    *) echo "usage: scripts/gpu-box.sh [models|measure]" >&2 && exit 2 ;;
esac
