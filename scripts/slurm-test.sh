#!/usr/bin/env bash
# Runs the smoke experiment in a real Slurm, set up on this machine for the duration of the test, and
# kills both nodes during the run. Afterwards, all records must exist and equal those of an
# uninterrupted run without Slurm except for times, and nothing finished before the nodes died may have
# been repeated. Takes about a minute once built.
#
#   scripts/slurm-test.sh [FOLDER]     keeps logs and results in FOLDER, which must not exist
#
# PIPELINE names a program other than the one built here.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
machine="$root/scripts/slurm-on-one-machine.sh"
# Longest wait for any step, in seconds.
patience=300
runs_per_task=12

say() {
    echo "slurm-test: $*" >&2
}

fail() {
    say "FAILED: $*"
    show "$slurm"/slurmctld.log
    for log in "$slurm"/slurmd-*.log; do show "$log"; done
    # The tasks' most recent logs.
    ls -t "$cluster"/slurm/*/*.log 2>/dev/null | head -n 3 | while read -r log; do show "$log"; done
    exit 1
}

show() {
    [ -s "$1" ] || return 0
    echo "---- end of $1" >&2
    tail -n 20 "$1" >&2
}

clean_up() {
    if [ -d "$slurm" ]; then "$machine" stop "$slurm"; fi
    [ -n "$kept" ] || rm -rf "$work"
}

# Runs a check five times a second until it succeeds; the first argument describes the condition.
wait_for() {
    local what="$1" end=$((SECONDS + patience))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "timed out after $patience s, waiting until $what"
        sleep 0.2
    done
}

queue_is_empty() {
    local queue
    queue="$(squeue -h)" && [ -z "$queue" ]
}

# Whether a node is running a task of a stage.
works_on() {
    squeue -h -t running -w "$1" -o '%j' | grep -qx "pipeline-$2"
}

# Number of tasks requeued since Slurm started.
requeued() {
    grep -c 'Requeuing JobId=' "$slurm/slurmctld.log" || true
}

requeued_at_least() {
    [ "$(requeued)" -ge "$1" ]
}

has_records() {
    compgen -G "$cluster/runs/*.json" >/dev/null
}

# Name and time of every existing record and model.
made() {
    (cd "$1" && find models runs -name '*.json' -printf '%p %T@\n' | sort)
}

# A record without the fields that vary between runs and machines.
lasting() {
    sed -E 's/"provenance":\{.*//; s/"seconds[a-z_]*":[^],}]*//g' "$1"
}

both_nodes_solve() {
    works_on one solve && works_on two solve && has_records
}

# Kills both nodes while they work. One comes back before Slurm has noticed, the other after its tasks
# have been requeued.
lose_the_nodes() {
    local before
    wait_for "both nodes solve, and some runs are done" both_nodes_solve
    before="$(requeued)"
    "$machine" kill "$slurm" one &
    "$machine" kill "$slurm" two &
    wait
    made "$cluster" >"$work/made-before"
    compgen -G "$cluster/claims/*" >/dev/null || fail "no task was claimed when the nodes died"
    say "both nodes are dead, $(wc -l <"$work/made-before") models and runs exist"
    "$machine" revive "$slurm" one
    say "node one is back"
    wait_for "the tasks of both are requeued" requeued_at_least $((before + 2))
    "$machine" revive "$slurm" two
    say "their tasks are requeued, node two is back too"
}

run_in_slurm() {
    "$pipeline" reproduce verification --preset smoke --results "$cluster" --plan-only >&2
    # Arrays of two tasks, so that the stages are split.
    "$pipeline" slurm --results "$cluster" --submit --runs-per-task "$runs_per_task" \
        --max-array-size 2 --program "$pipeline" >&2
    lose_the_nodes
    wait_for "the queue is empty" queue_is_empty
    "$pipeline" status --results "$cluster" >&2
}

check_results() {
    local file left
    left="$("$pipeline" slurm --results "$cluster" --json)"
    grep -q '"arrays": \[\]' <<<"$left" || fail "something remains: $left"
    if compgen -G "$cluster/failures/*" >/dev/null; then
        fail "failures: $(head -c 2000 "$cluster"/failures/*)"
    fi
    made "$cluster" >"$work/made-after"
    if [ -n "$(comm -23 "$work/made-before" "$work/made-after")" ]; then
        fail "records that existed when the nodes died were made again"
    fi
    "$pipeline" reproduce verification --preset smoke --results "$alone" >&2
    diff <(made "$cluster" | cut -d ' ' -f 1) <(made "$alone" | cut -d ' ' -f 1) >&2 \
        || fail "the records with and without Slurm are not the same"
    while read -r file; do
        diff <(lasting "$cluster/$file") <(lasting "$alone/$file") >&2 \
            || fail "$file differs with and without Slurm"
    done < <(made "$alone" | cut -d ' ' -f 1)
    say "ok: $(made "$alone" | wc -l) records, equal with and without Slurm, $(requeued) tasks requeued"
}

kept="${1:-}"
if [ -n "$kept" ]; then
    mkdir "$kept"
    work="$(cd "$kept" && pwd)"
else
    work="$(mktemp -d)"
fi
slurm="$work/slurm"
# Slurm's own folder is deleted at the end; a space in the name of a results folder must not matter.
cluster="$work/with slurm"
alone="$work/without slurm"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${PIPELINE:-}" ]; then
    "$root/scripts/install-system-packages.sh"
    (cd "$root" && cargo build --release --locked)
fi
pipeline="$(realpath "${PIPELINE:-${CARGO_TARGET_DIR:-$root/target}/release/pipeline}")"
"$machine" start "$slurm"
export SLURM_CONF="$slurm/slurm.conf"
run_in_slurm
check_results
