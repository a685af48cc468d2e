#!/usr/bin/env python3
"""Solves public problems with networks in them by `pipeline embed`.

    scripts/embedding-cases.py SURROGATES RESULTS [--program target/release/pipeline]

SURROGATES is a folder with kan_repo_mlps.json (24 networks of peaks and Rosenbrock functions, whose least scaled output over the
box of their inputs is asked; process-intelligence-research/optimization-over-KANs, MIT) and prodopt_nets.json (the oil
production network of bgrimstad/relu-opt-public, MIT). Writes each case as .lp, link file and models to RESULTS/cases, solves it, and
appends one record per run to RESULTS/solved.jsonl; what is there already is not repeated. Prints a Markdown table.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys

WELLS = range(8)
MANIFOLDS = (8, 9)
PHASES = ("oil", "gas", "water")
GAS_PER_OIL = (1.053, 0.805, 0.789, 0.790, 0.633, 0.745, 0.742, 0.759)
WATER_CUT = (12.7, 23.7, 41.7, 55.4, 54.81, 27, 0, 0)
MOST_PRESSURE = (1.65329, 1.55873, 1.76193, 1.51174, 1.44545, 1.3229, 1.623, 1.2402)
MOST_OIL = (0.240734, 0.284504, 0.190091, 0.162084, 0.090637, 0.232649, 0.269781, 0.323648)
MOST_DROP = 5
# The time limits in seconds of the figures.
SECONDS = {"public": 60, "oil": 120}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("surrogates", type=pathlib.Path)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/pipeline")
    parser.add_argument("--strategies", nargs="*", default=["portfolio"])
    parser.add_argument("--table", action="store_true", help="only print the table of what is there")
    return parser.parse_args()


def save_model(path, layers):
    """Writes layers of (weights, biases) as safetensors of 64-bit numbers."""
    header, data = {}, b""
    for index, (weights, biases) in enumerate(layers):
        parts = [
            ("weight", [value for row in weights for value in row], [len(weights), len(weights[0])]),
            ("bias", biases, [len(biases)]),
        ]
        for name, values, shape in parts:
            raw = struct.pack(f"<{len(values)}d", *values)
            offsets = [len(data), len(data) + len(raw)]
            header[f"layers.{index}.{name}"] = {"dtype": "F64", "shape": shape, "data_offsets": offsets}
            data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def public_networks(surrogates, folder):
    data = json.loads((surrogates / "kan_repo_mlps.json").read_text())
    for name, layers in data["networks"].items():
        family = name.split("_")[0]
        scaler = data["scalers"][family]
        side = 3.0 if family == "peaks" else 2.048
        inputs = [f"x{index}" for index in range(len(layers[0][0][0]))]
        case = folder / name
        case.mkdir(parents=True, exist_ok=True)
        save_model(case / "network.safetensors", layers)
        (case / "plant.lp").write_text(
            "Minimize\n objective: y\nSubject To\nBounds\n y free\n"
            + "".join(f" {-side} <= {x} <= {side}\n" for x in inputs) + "End\n")
        (case / "link.toml").write_text(
            '[[network]]\nfile = "network.safetensors"\n[network.scaling]\n'
            f"input_offset = {scaler['mean_input'][0]}\ninput_factor = {scaler['std_input'][0]}\n"
            f'[[network.copy]]\ninputs = {json.dumps(inputs)}\noutputs = ["y"]\n')
        yield name, case, SECONDS["public"]


def oil_network(surrogates, folder):
    """The most oil that eight wells give through two manifolds and flowlines (Grimstad and Andersson, arXiv 1907.03140)."""
    networks = json.loads((surrogates / "prodopt_nets.json").read_text())
    for kind in ["shallow", "deep"]:
        case = folder / f"oil-{kind}"
        case.mkdir(parents=True, exist_ok=True)
        rows, bounds, binaries, link = [], [], [], []
        for well in WELLS:
            save_model(case / f"well{well}.safetensors", networks[f"{kind}/wells/{well + 1}"])
            link.append(f'[[network]]\nfile = "well{well}.safetensors"\n[[network.copy]]\n'
                        f'inputs = ["pressure{well}"]\noutputs = ["rate{well}"]\n')
            bounds += [f"0.3 <= pressure{well} <= {MOST_PRESSURE[well]}", f"rate{well} <= {MOST_OIL[well]}"]
            shares = {"oil": 1.0, "gas": GAS_PER_OIL[well], "water": WATER_CUT[well] / (100 - WATER_CUT[well])}
            for phase in PHASES:
                edges = " ".join(f"- {phase}{well}_{manifold}" for manifold in MANIFOLDS)
                rows.append(f"{phase}{well}: {shares[phase]!r} rate{well} {edges} = 0")
            rows.append(f"one{well}: " + " + ".join(f"on{well}_{manifold}" for manifold in MANIFOLDS) + " <= 1")
            for manifold in MANIFOLDS:
                edge = f"{well}_{manifold}"
                binaries.append(f"on{edge}")
                rows += [f"{phase}_on{edge}: {phase}{edge} - 10 on{edge} <= 0" for phase in PHASES]
                # The pressures differ by the drop where the edge is on.
                reach = MOST_PRESSURE[well] + 2.1 + MOST_DROP
                drop = f"pressure{well} - manifold{manifold} - drop{edge}"
                rows.append(f"most{edge}: {drop} + {reach} on{edge} <= {reach}")
                rows.append(f"least{edge}: {drop} - {reach} on{edge} >= {-reach}")
                bounds.append(f"drop{edge} <= {MOST_DROP}")
        save_model(case / "flowline.safetensors", networks[f"{kind}/flowlines/1"])
        link.append('[[network]]\nfile = "flowline.safetensors"\n')
        for manifold, separator in zip(MANIFOLDS, (0.30, 0.20)):
            for phase in PHASES:
                wells = " + ".join(f"{phase}{well}_{manifold}" for well in WELLS)
                rows.append(f"{phase}_{manifold}: {wells} - {phase}{manifold} = 0")
            bounds += [
                f"0.04 <= oil{manifold} <= 1.6", f"0.024 <= gas{manifold} <= 1.92", f"water{manifold} <= 0.96",
                f"0.299867 <= manifold{manifold} <= 2.09987", f"separator{manifold} = {separator}",
            ]
            link.append(f'[[network.copy]]\ninputs = ["oil{manifold}", "gas{manifold}", "water{manifold}", "manifold{manifold}"]\n'
                        f'outputs = ["separator{manifold}"]\n')
        rows.append("compressor: gas8 + gas9 <= 3.4")
        (case / "plant.lp").write_text(
            "Maximize\n oil: oil8 + oil9\nSubject To\n" + "".join(f" {row}\n" for row in rows)
            + "Bounds\n" + "".join(f" {bound}\n" for bound in bounds)
            + "Binary\n" + "".join(f" {name}\n" for name in binaries) + "End\n")
        (case / "link.toml").write_text("".join(link))
        yield f"oil-{kind}", case, SECONDS["oil"]


def records(path):
    if not path.exists():
        return []
    lines = path.read_text().splitlines(keepends=True)
    # A line that was cut off when the script was killed is solved again.
    return [json.loads(line) for line in lines if line.endswith("\n")]


def study(given):
    folder, file = given.results / "cases", given.results / "solved.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    done = records(file)
    file.write_text("".join(json.dumps(record) + "\n" for record in done))
    known = {(record["case"], record["strategy"]) for record in done}
    cases = [*public_networks(given.surrogates, folder), *oil_network(given.surrogates, folder)]
    with file.open("a") as out:
        for strategy in given.strategies:
            for name, case, seconds in cases:
                if (name, strategy) in known:
                    continue
                command = [given.program, "embed", case / "plant.lp", "--link", case / "link.toml", "--solve", "--strategy",
                           strategy, "--time-limit", str(seconds), "--json"]
                ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
                if ended.returncode != 0:
                    sys.exit(f"{name}: exit status {ended.returncode}")
                record = json.loads(ended.stdout)
                kept = ["status", "objective", "dual_bound", "largest_violation", "seconds_to_first", "seconds_to_best",
                        "seconds_total", "columns", "integers", "rows", "strategy", "time_limit", "version"]
                out.write(json.dumps({"case": name, **{field: record[field] for field in kept}}) + "\n")
                out.flush()


def table(given):
    print("| case | strategy | status | objective | dual bound | to the best s | total s |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for record in records(given.results / "solved.jsonl"):
        numbers = [record["objective"], record["dual_bound"]]
        words = ["–" if number is None else f"{number:.6f}" for number in numbers]
        best = record["seconds_to_best"]
        print(f"| {record['case']} | {record['strategy']} | {record['status']} | {' | '.join(words)} | "
              f"{'–' if best is None else f'{best:.2f}'} | {record['seconds_total']:.2f} |")


def main():
    given = arguments()
    if not given.table:
        study(given)
    table(given)


if __name__ == "__main__":
    main()
