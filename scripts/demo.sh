#!/usr/bin/env bash
# Installs missing system packages, builds the program and runs its demo.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-system-packages.sh
cargo build --release --locked
exec "${CARGO_TARGET_DIR:-target}/release/pipeline" demo "$@"
