#!/usr/bin/env bash
# Proves the largest margins of the published MNIST classifiers over the region of the published runs (--region rows)
# and over the L1 ball, and compares them with what is known of them:
#
#   - side 18, data seed 0, the dense network and seven pruned ones, each with its own label and target: to 1e-4;
#   - side 28, data seeds 0 and 10, where the published runs ended at their limit: at least as large as theirs;
#   - the L1 ball: to 1e-4.
#
# Each is solved by the strategies portfolio and exact, LIMIT seconds each; where both prove an optimum they must agree.
# Last, and only shown, what the dense network of side 18 reaches at the solutions of the pruned ones' MILPs, beside the
# published values: they depend on the solver's path. And whether the image is adversarial for the dense network before
# any change, with label and target of the pruned one.
#
#   scripts/check-published-networks.sh [LIMIT] [FOLDER]      (default: 300 ../shared/reference/published-networks)
#
# MNIST is read from PIPELINE_DATA_DIR (../shared/data). PIPELINE names a program other than target/release/pipeline.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
export LIMIT="${1:-300}"
export NETWORKS="${2:-$root/../shared/reference/published-networks}"
export PIPELINE="${PIPELINE:-${CARGO_TARGET_DIR:-$root/target}/release/pipeline}"
export PIPELINE_DATA_DIR="${PIPELINE_DATA_DIR:-$root/../shared/data}"

if [ ! -d "$NETWORKS" ]; then
    echo "no published networks in $NETWORKS" >&2
    exit 1
fi
if [ ! -x "$PIPELINE" ]; then
    echo "$PIPELINE is missing: build it with cargo build --release" >&2
    exit 1
fi

exec python3 - <<'PYTHON'
import json
import os
import subprocess
import sys

# Published values are minima of y_j - y_j' + 1, and the margin is 1 minus that. A row that is not optimal is where the
# published run ended at its limit.
KNOWN = [
    # side, data seed, network, region, published value, whether it is the optimum
    (18, 0, "dense", "rows", -17.6472, True),
    (18, 0, "dense", "l1", 2.1125, True),
    (18, 0, "nf-0.3", "rows", -30.187242, True),
    (18, 0, "nf-0.5", "rows", -27.634459, True),
    (18, 0, "nf-0.8", "rows", -1.651907, True),
    (18, 0, "nf-0.9", "rows", -0.061284, True),
    (18, 0, "nf-0.95", "rows", 1.008725, True),
    (18, 0, "ft-0.9", "rows", -15.574766, True),
    (18, 0, "ft-0.95", "rows", -15.590513, True),
    (28, 0, "dense", "l1", 5.6422, True),
    (28, 10, "dense", "l1", -0.8693, True),
    (28, 0, "dense", "rows", -10.0622, False),
    (28, 10, "dense", "rows", -12.2083, False),
]
# The dense value of the best solution that a published run of a pruned network met.
MET = {"nf-0.3": -30.3972, "nf-0.5": -29.6505, "nf-0.8": -15.3649, "nf-0.9": -12.6166, "nf-0.95": 2.7635, "ft-0.95": -10.5196}
TOLERANCE = 1e-4


def network(side, seed, name):
    return f"{os.environ['NETWORKS']}/mnist-{side}-2x32-seed{seed or 0}-{name}.safetensors"


def solve(side, seed, name, *options):
    """One run; the image is that of the data seed, or given by the options."""
    command = [os.environ["PIPELINE"], "solve", "verify", "--network", network(side, seed, name), "--dataset", "mnist"]
    command += [] if seed is None else ["--data-seed", str(seed)]
    command += ["--optimum", "--time-limit", os.environ["LIMIT"], "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def bound(record):
    """The proved bound on the published value; there may be none yet."""
    return float("-inf") if record["dual_bound"] is None else 1.0 - record["dual_bound"]


def value(record):
    margin = record["dense_objective"]
    return None if margin is None else 1.0 - margin


def fault(record, published, is_optimum):
    reached = value(record)
    if reached is None:
        return None if record["status"] == "not_found" else "no value"
    if bound(record) > min(reached, published) + TOLERANCE:
        return "a bound that is wrong"
    if is_optimum and reached < published - TOLERANCE:
        return "better than the optimum"
    if record["status"] == "optimal" and is_optimum and abs(reached - published) > TOLERANCE:
        return "another optimum"
    return None


failed = False
for side, seed, name, region, published, is_optimum in KNOWN:
    optima = []
    for strategy in ["portfolio", "exact"]:
        record = solve(side, seed, name, "--region", region, "--strategy", strategy)
        wrong = fault(record, published, is_optimum)
        reached = value(record)
        if strategy == "portfolio":
            if is_optimum and record["status"] != "optimal":
                wrong = wrong or "not proved"
            if not is_optimum and (reached is None or reached > published + TOLERANCE):
                wrong = wrong or "worse than the published value"
        if record["status"] == "optimal":
            optima.append(reached)
        if len(optima) == 2 and abs(optima[0] - optima[1]) > TOLERANCE:
            wrong = wrong or "not what the other strategy proves"
        failed |= wrong is not None
        shown = "none" if reached is None else f"{reached:.6f}"
        known = "optimum" if is_optimum else "published"
        print(
            f"{wrong or 'ok'}: side {side}, seed {seed}, {name}, {region}: {known} {published:.6f}, {strategy} {shown} "
            f"({record['status']}, bound {bound(record):.6f}) in {record['seconds_total']:.1f} s",
            flush=True,
        )
for name, published in MET.items():
    options = ["--surrogate", network(18, 0, name), "--labels", "surrogate", "--region", "rows", "--strategy", "surrogate"]
    record = solve(18, 0, "dense", *options)
    shown = "none" if value(record) is None else f"{value(record):.4f}"
    # A ball of negligible radius is the image.
    at_image = ["--label", str(record["label"]), "--target", str(record["target"]), "--epsilon", "1e-30"]
    image = value(solve(18, None, "dense", "--image", str(record["image"]), *at_image, "--strategy", "gradient"))
    adversarial = "already" if image < 1.0 else "not"
    print(
        f"dense value at the solutions of {name}: published {published}, here {shown}; label {record['label']}, target "
        f"{record['target']}: at the image {image:.4f}, {adversarial} adversarial",
        flush=True,
    )
sys.exit(failed)
PYTHON
