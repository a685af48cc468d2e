#!/usr/bin/env bash
# Builds the program, with the system packages it needs, and runs all its tests.
#
# Tests on MNIST and Fashion-MNIST use PIPELINE_DATA_DIR or ../shared/data where there is one, and
# the built-in digits otherwise; what is skipped for that says so.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-system-packages.sh
# In release: training and solving are what is tested, and the build is shared with the program's.
exec cargo test --release --locked "$@"
