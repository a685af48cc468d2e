#!/usr/bin/env bash
# Tests training on a GPU, or on a software Vulkan driver if there is none (Debian's
# mesa-vulkan-drivers, installed if missing). Takes seven minutes on two cores the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-system-packages.sh
if ! ldconfig -p | grep -q libvulkan.so.1 || ! compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null; then
    if ! command -v apt-get >/dev/null; then
        echo "missing: a Vulkan loader and driver (Debian: libvulkan1, mesa-vulkan-drivers)" >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends libvulkan1 mesa-vulkan-drivers >&2
fi
# Drivers require it, but nothing is stored there.
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"
# Neither optimised nor autotuned: most of the time goes into the build.
export CARGO_PROFILE_DEV_DEBUG=0
cargo run --quiet --locked --no-default-features --features cli,wgpu -- devices
cargo test --locked --no-default-features --features cli,wgpu --lib training
exec cargo test --locked --no-default-features --features cli,wgpu --test suite gpu
