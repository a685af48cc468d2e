#!/usr/bin/env python3
"""Seconds that HiGHS takes to optimality under several feasibility tolerances (PERFORMANCE.md).

Needs the built program, MNIST (PIPELINE_DATA_DIR) and `pip install highspy`. Optional argument: the
training seeds, by default 12,22,32,72, each with the data seed 2 below it.
"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import highspy

PIPELINE = Path(__file__).resolve().parent.parent / "target/release/pipeline"
OURS = {"mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9, "mip_abs_gap": 1e-9}
SETTINGS = {
    "both 1e-9": OURS,
    "MIP 1e-9 only": {"mip_feasibility_tolerance": 1e-9, "mip_abs_gap": 1e-9},
    "both 1e-7": {name: 1e-7 for name in OURS},
    "HiGHS's own": {},
}


def run(*arguments):
    subprocess.run([PIPELINE, *map(str, arguments)], check=True, capture_output=True)


def seconds(problem, options):
    highs = highspy.Highs()
    highs.silent()
    highs.readModel(str(problem))
    for name, value in {"mip_rel_gap": 0.0, "threads": 1, "time_limit": 60.0, **options}.items():
        highs.setOptionValue(name, value)
    start = time.time()
    highs.run()
    return time.time() - start, highs.getInfo().objective_function_value


seeds = [int(seed) for seed in (sys.argv[1] if len(sys.argv) > 1 else "12,22,32,72").split(",")]
with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    for seed in seeds:
        dense, sparse = folder / "dense", folder / "sparse"
        run("train", "--dataset", "mnist", "--hidden", "32x2", "--seed", seed, "-o", dense)
        run("prune", dense, "--rate", 0.5, "-o", sparse)
        for kind, surrogate in [("n", []), ("s", ["--surrogate", sparse])]:
            problem = folder / "problem.mps"
            run("export-problem", "verify", "--bounds", "interval", "--network", dense, *surrogate, "--dataset", "mnist",
                "--data-seed", seed - 2, "--format", "mps", "-o", problem)
            for name, options in SETTINGS.items():
                spent, optimum = seconds(problem, options)
                print(f"{kind}{seed}  {name:14}  {spent:7.2f} s  optimum {optimum:.6f}", flush=True)
