#!/usr/bin/env python3
"""The same verification problems with interval and with linear bounds, in alternation.

    scripts/compare-bounds.py RESULTS SECONDS [PROGRAM]

RESULTS is a results folder with models, as from `pipeline reproduce verification --preset scaled
--seeds 10 --plan-only --results RESULTS` and `pipeline work --stage models --results RESULTS`. Every dense
network of data seed 10 is solved, and its surrogates by unstructured magnitude pruning at 0.5 and 0.8, each
for at most SECONDS, two solves at a time. The images are read from PIPELINE_DATA_DIR. An undecided
problem counts as SECONDS.
"""
import concurrent.futures
import json
import math
import subprocess
import sys
from pathlib import Path

DATA_SEED = 10
KINDS = ["interval", "linear"]

results, limit = Path(sys.argv[1]), float(sys.argv[2])
program = sys.argv[3] if len(sys.argv) > 3 else "target/release/pipeline"


def models():
    """Each model as (rate or dense, data set, its dense network's key, its own key)."""
    records = [json.loads(path.read_text()) for path in sorted((results / "models").glob("*.json"))]
    dense = {
        json.dumps(record["settings"]["dense"]): record["key"]
        for record in records
        if record["settings"]["surrogate"] is None and record["settings"]["dense"]["seed"] == DATA_SEED + 2
    }
    for record in records:
        settings = record["settings"]
        parent = dense.get(json.dumps(settings["dense"]))
        surrogate = settings["surrogate"]
        if surrogate is None:
            kind = "dense"
        else:
            pruning = surrogate["pruning"]
            plain = surrogate["finetuning"] is None and pruning["granularity"] == "unstructured"
            kind = pruning["rate"] if plain and pruning["method"] == "magnitude" else None
        if parent and kind in ("dense", 0.5, 0.8):
            yield kind, settings["dense"]["dataset"], parent, record["key"]


def solve(task):
    (kind, dataset, parent, key), bounds = task
    file = lambda key: str(results / "models" / f"{key}.safetensors")
    command = [program, "solve", "verify", "--network", file(parent), "--dataset", dataset, "--json"]
    command += ["--data-seed", str(DATA_SEED), "--time-limit", str(limit), "--bounds", bounds]
    if kind != "dense":
        command += ["--surrogate", file(key)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def is_decided(run):
    return run["status"] in ("found", "none_exists")


def mean(seconds):
    return math.exp(sum(map(math.log, seconds)) / len(seconds))


tasks = [(model, bounds) for model in models() for bounds in KINDS]
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    runs = list(pool.map(solve, tasks))
print(f"{'network':8} {'bounds':9} {'problems':>8} {'found':>6} {'proved':>7} {'seconds':>8} {'binaries':>9}")
for kind in ("dense", 0.5, 0.8):
    for bounds in KINDS:
        own = [run for ((k, *_), b), run in zip(tasks, runs) if (k, b) == (kind, bounds)]
        count = lambda status: sum(run["status"] == status for run in own)
        seconds = mean([run["seconds_total"] if is_decided(run) else limit for run in own])
        binaries = sum(run["binaries"] for run in own) / len(own)
        print(
            f"{kind!s:8} {bounds:9} {len(own):8} {count('found'):6} {count('none_exists'):7} "
            f"{seconds:8.2f} {binaries:9.0f}"
        )
    pairs = zip(runs[::2], runs[1::2], tasks[::2])
    both = [(a, b) for a, b, ((k, *_), _) in pairs if k == kind and is_decided(a) and is_decided(b)]
    if both:
        ratio = mean([a["seconds_total"] / b["seconds_total"] for a, b in both])
        print(f"{'':8} both decide {len(both)}: interval takes {ratio:.2f} times as long (geometric mean)")
    wrong = [1 for a, b in both if a["status"] != b["status"]]
    assert not wrong, "the two kinds contradict each other"
