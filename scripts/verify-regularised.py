#!/usr/bin/env python3
"""Verification of MNIST networks that were trained with and without regularisers.

Trains classifiers, then asks for the first test images whether any input within EPSILON of each pixel
is of another class: with HiGHS for the runner-up, and with `portfolio` for all other classes. One record per run is
appended to RESULTS/verified.jsonl; what is there already is not repeated. Prints a Markdown table.

    scripts/verify-regularised.py results/verify-regularised --program target/release/pipeline
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys

REGULARISERS = ["none", "l1-weights:1e-5", "l1-weights:1e-4"] + [
    f"{kind}/0.05:{strength}" for kind in ["bound-width", "stable"] for strength in ["1e-2", "1e-1", "1"]
] + ["bound-width:1e-3", "stable:1e-3"]
SOLVES = [
    ("HiGHS, interval bounds", ["--strategy", "exact", "--bounds", "interval"]),
    ("HiGHS, linear bounds", ["--strategy", "exact"]),
    ("portfolio, all classes", ["--strategy", "portfolio", "--target", "all"]),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/pipeline")
    parser.add_argument("--hidden", default="64x2")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--images", type=int, default=10)
    parser.add_argument("--epsilon", type=float, default=0.05)
    parser.add_argument("--time-limit", type=float, default=10)
    parser.add_argument("--data-dir", type=pathlib.Path)
    parser.add_argument("--table", action="store_true", help="only print the table of what is there")
    return parser.parse_args()


def run(program, *words):
    done = subprocess.run([program, *map(str, words)], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, words))}: exit status {done.returncode}")
    return done.stdout


def records(path):
    if not path.exists():
        return []
    lines = path.read_text().splitlines(keepends=True)
    # A line that was cut off when the script was killed is solved again.
    return [json.loads(line) for line in lines if line.endswith("\n")]


def study(given):
    models = given.results / "models"
    models.mkdir(parents=True, exist_ok=True)
    data = ["--dataset", "mnist"] + (["--data-dir", given.data_dir] if given.data_dir else [])
    file = given.results / "verified.jsonl"
    done = records(file)
    if file.exists():
        file.write_text("".join(json.dumps(record) + "\n" for record in done))
    known = {(r["regulariser"], r["image"], r["strategy"]) for r in done}
    with file.open("a") as out:
        for regulariser in REGULARISERS:
            model = models / f"{regulariser.replace('/', '-').replace(':', '-')}.safetensors"
            run(given.program, "train", *data, "--hidden", given.hidden, "--epochs", given.epochs, "--regulariser",
                regulariser, "--skip-existing", "--json", "-o", model)
            accuracy = json.loads(run(given.program, "eval", model, *data, "--json"))["accuracy"]
            for image in range(given.images):
                for strategy, words in SOLVES:
                    if (regulariser, image, strategy) in known:
                        continue
                    solved = json.loads(run(
                        given.program, "solve", "verify", "--network", model, *data, "--split", "test", "--image", image,
                        "--region", "linf", "--epsilon", given.epsilon, "--time-limit", given.time_limit, *words, "--json"))
                    kept = ["status", "seconds_total", "binaries", "stable_active", "stable_inactive", "label"]
                    out.write(json.dumps({
                        "regulariser": regulariser, "image": image, "strategy": strategy, "accuracy": accuracy,
                        "hidden": given.hidden, "epochs": given.epochs, "epsilon": given.epsilon,
                        "time_limit": given.time_limit, **{name: solved[name] for name in kept}}) + "\n")
                    out.flush()


def table(given):
    all_records = records(given.results / "verified.jsonl")
    print("| regulariser | test accuracy | binaries (interval bounds) | " + " | ".join(
        f"{strategy}: none exists, found, open | seconds" for strategy, _ in SOLVES) + " |")
    print("| --- " * (3 + 2 * len(SOLVES)) + "|")
    for regulariser in REGULARISERS:
        cells = [regulariser]
        own = [r for r in all_records if r["regulariser"] == regulariser]
        if not own:
            continue
        cells.append(f"{own[0]['accuracy']:.4f}")
        binaries = [r["binaries"] for r in own if r["strategy"] == SOLVES[0][0]]
        cells.append(f"{sum(binaries) / len(binaries):.1f}" if binaries else "-")
        for strategy, _ in SOLVES:
            runs = [r for r in own if r["strategy"] == strategy]
            counts = [sum(r["status"] == status for r in runs) for status in ["none_exists", "found", "not_found"]]
            cells.append(", ".join(map(str, counts)))
            seconds = [r["time_limit"] if r["status"] == "not_found" else max(r["seconds_total"], 1e-4) for r in runs]
            cells.append(f"{math.exp(sum(map(math.log, seconds)) / len(seconds)):.3f}" if seconds else "-")
        print("| " + " | ".join(cells) + " |")


def main():
    given = arguments()
    if not given.table:
        study(given)
    table(given)


if __name__ == "__main__":
    main()
