#!/usr/bin/env bash
# Builds the program, with the system packages it needs, and runs its demo.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-system-packages.sh
cargo build --release --locked
exec "${CARGO_TARGET_DIR:-target}/release/pipeline" demo "$@"
