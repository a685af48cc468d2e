#!/usr/bin/env python3
"""Seconds that HiGHS takes to decide MNIST verification problems with various options (NOTEBOOK.md).

Each problem is that of a dense network with the given training seed, or of its surrogate at rate 0.5; the data seed
is the training seed minus 2. HiGHS stops at the first point above 0 or at a bound below 0. Needs the built program,
MNIST (PIPELINE_DATA_DIR) and `pip install highspy`. Optional arguments: hidden layers (64x2), training seeds
(12,22,32,72), seconds for each solve (15).
"""
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import highspy

PIPELINE = Path(__file__).resolve().parent.parent / "target/release/pipeline"
# As in src/solver/model.rs, which leaves the other options at HiGHS's defaults.
OURS = {"objective_bound": 0.0, "dual_feasibility_tolerance": 1e-9, "mip_allow_cut_separation_at_nodes": False}
SETTINGS = {
    "ours": OURS,
    "no cutoff": {**OURS, "objective_bound": float("inf")},
    "cuts at nodes": {**OURS, "mip_allow_cut_separation_at_nodes": True},
    "feasibility 1e-9": {**OURS, "mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9},
    "no presolve": {**OURS, "presolve": "off"},
    "no restart": {**OURS, "mip_allow_restart": False},
    "no symmetry": {**OURS, "mip_detect_symmetry": False},
    "effort 0.2": {**OURS, "mip_heuristic_effort": 0.2},
    "no RENS": {**OURS, "mip_heuristic_run_rens": False},
    "no feasibility jump": {**OURS, "mip_heuristic_run_feasibility_jump": False},
    "shifting, ZI round": {**OURS, "mip_heuristic_run_shifting": True, "mip_heuristic_run_zi_round": True},
}


def run(*arguments):
    subprocess.run([PIPELINE, *map(str, arguments)], check=True, capture_output=True)


def seconds(problem, options, limit):
    """Seconds to a decision, or the limit if there is none."""
    highs = highspy.Highs()
    highs.silent()
    highs.readModel(str(problem))
    for name, value in {"mip_rel_gap": 0.0, "threads": 1, "time_limit": limit, **options}.items():
        highs.setOptionValue(name, value)

    def stop_when_decided(event):
        if event.data_out.mip_primal_bound > 1e-6 or event.data_out.mip_dual_bound < -1e-9:
            event.interrupt()

    highs.cbMipInterrupt += stop_when_decided
    start = time.time()
    highs.run()
    return min(time.time() - start, limit)


def main():
    hidden, seeds, limit = [*sys.argv[1:], *["64x2", "12,22,32,72", "15"][len(sys.argv) - 1 :]]
    spent = {name: [] for name in SETTINGS}
    with tempfile.TemporaryDirectory() as folder:
        dense, sparse, problem = (Path(folder) / name for name in ("dense", "sparse", "problem.mps"))
        for seed in map(int, seeds.split(",")):
            run("train", "--dataset", "mnist", "--hidden", hidden, "--seed", seed, "-o", dense)
            run("prune", dense, "--rate", 0.5, "-o", sparse)
            for kind, surrogate in [("dense", []), ("surrogate", ["--surrogate", sparse])]:
                question = ["--network", dense, *surrogate, "--dataset", "mnist", "--data-seed", seed - 2]
                run("export-problem", "verify", *question, "--format", "mps", "-o", problem)
                for name, options in SETTINGS.items():
                    spent[name].append(seconds(problem, options, float(limit)))
                    print(f"{seed} {kind:9}  {name:20}  {spent[name][-1]:6.2f} s", file=sys.stderr, flush=True)
    for name, own in spent.items():
        print(f"{name:20}  geometric mean {statistics.geometric_mean(own):6.2f} s")


main()
