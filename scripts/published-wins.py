#!/usr/bin/env python3
"""How many published wins of surrogates are on images that were adversarial before any change.

    scripts/published-wins.py PUBLISHED RUNS [--limit SECONDS]

PUBLISHED is vnn-mnist-published.csv: the published runs on MNIST, unstructured magnitude pruning without finetuning.
RUNS is runs.csv of a report with runs of the published question (region rows, labels of the surrogate), whose
image_margin says whether the unchanged image is adversarial for the dense network, with label and target of the
surrogate. Their networks are trained as the published ones (same architecture, data, seed and settings) by another
program, so the answer is that of like networks, not of the same ones. A win: the surrogate's run is strictly faster than
the dense network's, within the limit (default: 300, the published one). Only instances that RUNS has are counted.
"""
import argparse
import csv
from pathlib import Path

RATES = ["0.3", "0.5", "0.8", "0.9", "0.95"]
NEVER = float("inf")


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--limit", type=float, default=300.0, metavar="SECONDS")
    arguments = parser.parse_args()

    def seconds(row):
        found = float(row["seconds_to_first"] or NEVER)
        return found if found <= arguments.limit else NEVER

    published = {}
    for row in rows(arguments.published):
        instance = tuple(row[name] for name in ("side", "layers", "width", "data_seed"))
        published[instance, row["variant"]] = seconds(row)
    margins = {}
    for row in rows(arguments.runs):
        is_asked = row["dataset"] == "mnist" and row["region"] == "rows" and row["labels"] == "surrogate"
        is_plain = row["method"] == "magnitude" and row["granularity"] == "unstructured" and not row["finetuning_rounds"]
        if is_asked and is_plain and row["rate"] in RATES and row["image_margin"]:
            instance = tuple(row[name] for name in ("side", "depth", "width", "data_seed"))
            margins[instance, row["rate"]] = float(row["image_margin"])
    print("| rate | instances | published dense run finds one | published wins | of these, image adversarial before |")
    print("| --- | --- | --- | --- | --- |")
    for rate in RATES:
        known = [instance for instance, own in margins if own == rate and (instance, "dense") in published]
        dense = sum(published[instance, "dense"] < NEVER for instance in known)
        wins = [i for i in known if published[i, f"nf-{rate}"] < published[i, "dense"]]
        before = sum(margins[instance, rate] > 0.0 for instance in wins)
        print(f"| {rate} | {len(known)} | {dense} | {len(wins)} | {before} |")


main()
