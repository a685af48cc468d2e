#!/usr/bin/env bash
# Tries broken input of every kind (models, images, descriptions, records, command lines) for SECONDS in all (600): no
# panic, no hang, bounded memory. The cases are those from number FIRST (0) on; what fails is kept under target/tmp/fuzz.
#
#   scripts/fuzz.sh [SECONDS] [FIRST]
set -euo pipefail
cd "$(dirname "$0")/.."
export PIPELINE_FUZZ_SECONDS=${1:-600} PIPELINE_FUZZ_FIRST=${2:-0}
exec cargo test --release --locked --test suite -- fuzz::
