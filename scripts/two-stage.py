#!/usr/bin/env python3
"""Quantile networks of the public facility location problem, with and without regularisers.

Trains plain and increasing quantile networks (50 quantiles, hidden 64x1), solves the first stage with each of
them, and evaluates its decisions in 500 scenarios. One record per solve is appended to RESULTS/solved.jsonl; what is there
already is not repeated. Prints a Markdown table of means over the seeds.

    scripts/two-stage.py results/two-stage --program target/release/pipeline

The instance is the public one of the framework (Neur2SP's CFLP of 10 facilities and 10 customers), not that of arXiv
2604.22746, which is not public.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys

REGULARISERS = ["none", "l2-weights:1e-4", "l1-weights:1e-4,l2-weights:1e-4"] + [
    f"{kind}:{strength}" for kind in ["bound-width", "stable"] for strength in ["1e-4", "1e-3", "1e-2"]
] + ["crown-gap:1e-3@10", "bw+lp:1e-3@10"]
RISK = ["--risk-weight", "0.5", "--risk-level", "0.7"]
# After a short training, plain quantiles cross by more than the usual 10 at every decision.
CROSSING = ["--crossing", "100"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/pipeline")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--hidden", nargs="*", default=["64x1"])
    parser.add_argument("--time-limit", type=float, default=60)
    parser.add_argument("--table", action="store_true", help="only print the table of what is there")
    return parser.parse_args()


def run(program, *words, may_fail=False):
    done = subprocess.run([program, *map(str, words)], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 and not may_fail:
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
    optimum = given.results / "optimum.json"
    if not optimum.exists():
        optimum.write_text(run(given.program, "solve", "two-stage", "facility-location", *RISK, "--json"))
    file = given.results / "solved.jsonl"
    known = {(r["name"], r["bounds"]) for r in records(file)}
    if file.exists():
        file.write_text("".join(json.dumps(r) + "\n" for r in records(file)))
    for hidden in given.hidden:
        for kind in ["plain", "increasing"]:
            increasing = ["--increasing"] if kind == "increasing" else []
            for regulariser in REGULARISERS:
                name = f"{kind}-{hidden}-{given.epochs}-epochs-{regulariser.replace(':', '-').replace(',', '+')}"
                run(given.program, "train", "--two-stage", "facility-location", "--quantiles", 50, *increasing,
                    "--hidden", hidden, "--epochs", given.epochs, "--seed", f"0..{given.seeds - 1}", "--regulariser",
                    regulariser, "--skip-existing", "--json", "-o", models / f"{name}-{{seed}}.safetensors")
                for seed in range(given.seeds):
                    model = models / f"{name}-{seed}.safetensors"
                    test = None
                    for bounds in ["interval", "linear"]:
                        if (f"{name}-{seed}", bounds) in known:
                            continue
                        test = test or json.loads(
                            run(given.program, "eval", model, "--two-stage", "facility-location", "--json"))
                        # A network whose quantiles cross by too much everywhere has no first stage.
                        answer = run(given.program, "solve", "two-stage", "facility-location", "--network", model,
                                     *RISK, *CROSSING, "--bounds", bounds, "--time-limit", given.time_limit, "--json",
                                     may_fail=True)
                        solved = json.loads(answer) if answer else {"plan": None, "bounds": bounds}
                        solved |= {"name": f"{name}-{seed}", "kind": kind, "hidden": hidden, "regulariser": regulariser,
                                   "net_seed": seed, "epochs": given.epochs, "errors": test["errors"]}
                        solved["network"] = model.name
                        with file.open("a") as out:
                            out.write(json.dumps(solved) + "\n")


def table(given):
    optimum = json.loads((given.results / "optimum.json").read_text())["optimum"]["total"]
    groups = {}
    for record in records(given.results / "solved.jsonl"):
        key = (record["hidden"], record["kind"], record["regulariser"], record["bounds"])
        groups.setdefault(key, []).append(record)
    numbers = {key: len(group) for key, group in groups.items()}
    groups = {key: [r for r in group if r["plan"]] for key, group in groups.items()}
    print("| hidden | quantiles | regulariser | bounds | quantile loss | miscalibration | integers | nodes | seconds | solved"
          " | cost | above the optimum |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for key, group in groups.items():
        if not group:
            continue
        hidden, kind, regulariser, bounds = key
        mean = lambda of: sum(map(of, group)) / len(group)
        seconds = math.exp(mean(lambda r: math.log(r["plan"]["seconds"])))
        cost = mean(lambda r: r["plan"]["cost"]["total"])
        solved = sum(r["plan"]["status"] == "Optimal" for r in group)
        print(f"| {hidden} | {kind} | {regulariser} | {bounds} | {mean(lambda r: r['errors']['pinball']):.1f} |"
              f" {mean(lambda r: r['errors']['miscalibration']):.3f} | {mean(lambda r: r['plan']['binaries']):.0f} |"
              f" {mean(lambda r: r['plan']['nodes']):.0f} | {seconds:.2f} | {solved} of {numbers[key]} | {cost:.0f} |"
              f" {100 * (cost / optimum - 1):.1f} % |")


def main():
    given = arguments()
    if not given.table:
        study(given)
    table(given)


main()
