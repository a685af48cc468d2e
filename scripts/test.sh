#!/usr/bin/env bash
# Installs missing system packages, builds the program and runs all its tests.
#
# Tests on MNIST and Fashion-MNIST use PIPELINE_DATA_DIR or ../shared/data if present, otherwise the
# built-in digits; tests skipped for lack of data say so.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-system-packages.sh
# In release mode: the tests train and solve, and they share the program's build.
exec cargo test --release --locked "$@"
