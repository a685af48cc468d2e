#!/usr/bin/env bash
# The whole experiment on a fresh machine with a GPU: installs missing packages, builds the program
# for the GPU, trains, prunes and finetunes all networks of the paper on it, then solves all runs on
# all cores and writes the report. If it is stopped, the same command resumes it.
#
#   scripts/gpu-box.sh                 everything, to runs/verification-paper and runs/maximization-paper
#   scripts/gpu-box.sh models          only the networks, with the seconds they took
#   scripts/gpu-box.sh measure         the measurements that PERFORMANCE.md leaves open without a GPU, in less
#                                      than ten minutes once program and PyTorch are installed: seconds per
#                                      network-epoch of K networks, also with PyTorch, then all networks of the
#                                      largest of the paper's eight shapes, for at most four minutes
#
# Environment: DEVICE=wgpu (Vulkan, the default) or cuda; PRESET=paper, scaled or smoke; RESULTS=runs, the
# results folder; GPU_WORKERS=4, the number of stacks trained concurrently on the GPU, each using 2 GiB of its
# memory or more; NETWORKS, the values of K for `measure`; PIPELINE_DATA_DIR, the folder of MNIST and
# Fashion-MNIST, which are downloaded if it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."
device="${DEVICE:-wgpu}"
preset="${PRESET:-paper}"
results="${RESULTS:-runs}"
gpu_workers="${GPU_WORKERS:-4}"
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
        echo "no GPU for the device $device: is its driver installed (nvidia-smi), for wgpu with Vulkan" >&2
        echo "(libnvidia-gl, in a container NVIDIA_DRIVER_CAPABILITIES=all)? DEVICE=cuda does not need Vulkan." >&2
        echo "SOFTWARE=1 accepts a software driver, which is slow, for a trial." >&2
        exit 1
    fi
}

# Writes the description of an experiment whose networks are trained on the GPU: NAME [OPTIONS of reproduce].
plan() {
    local experiment="$1"
    shift
    "$pipeline" reproduce "$experiment" "$@" --device "$device" --plan-only
}

models() {
    local folder="$results/verification-$preset"
    plan verification --preset "$preset" --results "$folder"
    local start=$SECONDS
    "$pipeline" work --results "$folder" --stage models --gpu-workers "$gpu_workers"
    say "all networks trained, pruned and finetuned after $((SECONDS - start)) s"
}

solve() {
    local folder="$results/verification-$preset"
    "$pipeline" work --results "$folder"
    "$pipeline" report --results "$folder" -o "$folder/report"
    # Random networks need no training.
    "$pipeline" reproduce maximization --preset "$preset" --results "$results/maximization-$preset"
}

measure() {
    scripts/bench-training.py --device "$device" --networks "${NETWORKS:-1,10,100,1000}" --rounds 1 --epochs 2 \
        --ways loop-fused,bmm,bmm-compiled --images 12000 --records results/training/"$device".jsonl
    local folder
    folder="$(mktemp -d)"
    sed -e 's/^sides = .*/sides = [28]/' -e 's/^depths = .*/depths = [4]/' -e 's/^widths = .*/widths = [64]/' \
        experiments/verification-paper.toml >"$folder/largest.toml"
    plan verification --config "$folder/largest.toml" --results "$folder"
    say "all networks of the largest of eight shapes, for at most four minutes"
    local start=$SECONDS
    timeout --signal=INT 240 "$pipeline" work --results "$folder" --stage models --gpu-workers "$gpu_workers" || true
    say "stopped or done after $((SECONDS - start)) s; eight times this is an upper bound for all networks of the paper"
    "$pipeline" status --results "$folder"
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
