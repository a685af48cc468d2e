#!/usr/bin/env python3
"""Our best value on each published random network, next to the best published one.

    scripts/compare-published.py PUBLISHED RUNS SECONDS [--strategy NAME] [--program FILE] [--inputs N]

PUBLISHED is the table of published runs (fm-published.csv); the best published value of a network is the
largest dense value of all its rows, dense and pruned. Every network is created by `pipeline random` and
maximised for at most SECONDS, one at a time, in one thread. RUNS is a file with one JSON record per line;
recorded runs are not repeated.
"""
import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("published", type=Path)
parser.add_argument("runs", type=Path)
parser.add_argument("seconds", type=float)
parser.add_argument("--strategy", default="gradient")
parser.add_argument("--program", default="target/release/pipeline")
parser.add_argument("--inputs", type=int, help="only networks with this number of inputs")
arguments = parser.parse_args()


def best_published():
    """The best dense value of each network, as (inputs, layers, width, seed)."""
    best = {}
    for row in csv.DictReader(arguments.published.open()):
        key = tuple(int(row[field]) for field in ("n0", "layers", "width", "seed"))
        best[key] = max(best.get(key, float("-inf")), float(row["dense_value"]))
    return best


def maximise(inputs, layers, width, seed):
    with tempfile.TemporaryDirectory() as folder:
        model = f"{folder}/dense.safetensors"
        make = ["random", "--inputs", inputs, "--hidden", f"{width}x{layers}", "--seed", seed, "-o", model]
        solve = ["solve", "maximize", "--network", model, "--strategy", arguments.strategy, "--json"]
        solve += ["--time-limit", arguments.seconds]
        for command in (make, solve):
            command = [arguments.program, *map(str, command)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


published = best_published()
done = {}
if arguments.runs.exists():
    records = map(json.loads, arguments.runs.read_text().splitlines())
    done = {tuple(record["network"]): record for record in records}
print("inputs layers width seed       ours  published     bound  seconds (best, all)")
reached = above = 0
for key, best in published.items():
    if arguments.inputs and key[0] != arguments.inputs:
        continue
    if key not in done:
        done[key] = {**maximise(*key), "network": key}
        with arguments.runs.open("a") as file:
            file.write(json.dumps(done[key]) + "\n")
    run = done[key]
    ours = run["dense_objective"]
    # Published values are single precision.
    tolerance = 1e-6 * abs(best)
    reached += ours >= best - tolerance
    above += ours > best + tolerance
    mark = "" if ours >= best - tolerance else "  below"
    print(
        f"{key[0]:6} {key[1]:6} {key[2]:5} {key[3]:4} {ours:10.6f} {best:10.6f} {run['dual_bound']:9.4f} "
        f"{run['seconds_to_best']:8.2f} {run['seconds_total']:8.2f}{mark}",
        flush=True,
    )
print(f"at least the best published value: {reached}, above it: {above}")
