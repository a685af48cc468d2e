#!/usr/bin/env bash
# Runs the program on broken input of every kind (models, images, descriptions, records, command lines) for SECONDS in
# total (600): no panic, no hang, bounded memory. Cases start at number FIRST (0); failing ones are kept in
# target/tmp/fuzz.
#
#   scripts/fuzz.sh [SECONDS] [FIRST]
set -euo pipefail
cd "$(dirname "$0")/.."
export PIPELINE_FUZZ_SECONDS=${1:-600} PIPELINE_FUZZ_FIRST=${2:-0}
exec cargo test --release --locked --test suite -- fuzz::
