#!/usr/bin/env bash
# Tries all strategies on COUNT random tiny instances (2000) from number FIRST (0) on, beside the optimum in exact
# arithmetic; prints what is wrong with which, and fails if anything is.
#
#   scripts/random-instances.sh [COUNT] [FIRST]
#
# One of them alone, with its files: PIPELINE_DUMP=FOLDER scripts/random-instances.sh 1 NUMBER
set -euo pipefail
cd "$(dirname "$0")/.."
export PIPELINE_INSTANCES=${1:-2000} PIPELINE_FIRST=${2:-0}
exec cargo test --release --locked --test suite -- --exact \
    random_instances::strategies_say_nothing_false_and_leave_nothing_open
