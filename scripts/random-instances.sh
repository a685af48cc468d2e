#!/usr/bin/env bash
# Runs all strategies on COUNT random tiny instances (2000), starting at number FIRST (0), and compares them with the
# optimum in exact arithmetic; prints every discrepancy, and fails if there is one.
#
#   scripts/random-instances.sh [COUNT] [FIRST]
#
# A single instance, with its files: PIPELINE_DUMP=FOLDER scripts/random-instances.sh 1 NUMBER
set -euo pipefail
cd "$(dirname "$0")/.."
export PIPELINE_INSTANCES=${1:-2000} PIPELINE_FIRST=${2:-0}
exec cargo test --release --locked --test suite -- --exact \
    random_instances::strategies_say_nothing_false_and_leave_nothing_open
