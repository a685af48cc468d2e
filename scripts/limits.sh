#!/usr/bin/env bash
# Time limits and interrupts at the largest published size (10,000 inputs, five layers of 200), with every strategy and
# every kind of bounds: a limit of one second is overrun by at most SECONDS (0.2), an interrupt takes at most half a
# second. Needs an idle machine; takes about a minute once built.
#
#   scripts/limits.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
export PIPELINE_SLACK=${1:-0.2}
exec cargo test --release --locked --test suite -- --nocapture --test-threads 1 largest::
