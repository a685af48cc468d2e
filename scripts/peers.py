#!/usr/bin/env python3
"""Compares the program with Gurobi, SCIP, HiGHS and a PyTorch attack on the same problems.

    scripts/peers.py [verify] [--problems N] [--time-limit SECONDS] ...     MNIST networks and images
    scripts/peers.py maximize [--inputs 100] [--shapes 50x2,50x3] ...       random networks
    scripts/peers.py --table-only                                           the table of the runs so far

The problems are drawn without regard to their outcome: 16 networks times 16 training images, in a fixed
shuffle, so that the first N are also a fair sample. On each problem the solvers run one after the other in
rotating order, each in its own process. The MILP solvers get the dense network's MILP with our bounds; like our
program, they stop at the first input found or when the proved bound excludes one (--cutoff also lets them prune
below 0, which mostly helps them). The attack can only find inputs, and gives up after 20 s. An input counts by its
value on the dense network. Seconds are those of the solve, without reading files; ours include bounds and model
building.

Each run is a line of the records file; recorded runs are not repeated, so the script can be stopped and resumed
with the same command. Failed runs are recorded too: repeat them with --again. Networks and problems are created
once: remove the folder of --models if the program would create different ones. Needs the built program, MNIST
(PIPELINE_DATA_DIR or --data-dir) and pip, which installs the peers to a virtual environment (PyTorch is up to
5 GB: --without torch). Exit status 1: it could not run, or two solvers contradict each other.
"""
import argparse
import concurrent.futures
import contextlib
import hashlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from peers_tables import report

PACKAGES = {"gurobi": "gurobipy", "scip": "pyscipopt", "highs": "highspy", "torch": "torch"}
# Default seeds and shapes of each mode.
SEEDS = {"verify": "301..316", "maximize": "50..54"}
SHAPES = {"verify": "32x2,32x4,64x2,64x4", "maximize": "50x2"}
SIDES = [28, 18]
# Seconds beyond the limit after which a run is killed.
GRACE = 30


def words(text):
    return text.split(",")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", nargs="?", choices=["verify", "maximize"], default="verify")
    parser.add_argument("--problems", type=int, metavar="N", help="only the first N")
    parser.add_argument("--seeds", metavar="FIRST[..LAST]", help="data seeds (verify) or network seeds (maximize)")
    parser.add_argument("--training-seeds", type=words, default=["3", "13"], help="of the networks of verify")
    parser.add_argument("--shapes", type=words, help="hidden layers: WIDTHxLAYERS, separated by commas")
    parser.add_argument("--inputs", type=words, default=["100"], help="numbers of inputs of the networks of maximize")
    parser.add_argument("--solvers", type=words, default=["ours", *PACKAGES], help="default: all")
    parser.add_argument("--ours", type=words, default=["portfolio", "exact"], help="our strategies")
    parser.add_argument("--without", type=words, default=[], help="solvers to leave out")
    parser.add_argument("--time-limit", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--threads", type=int, default=1, help="threads of each solver; SCIP always uses one")
    parser.add_argument("--bounds", default="linear", help="bounds in the MILP of the others: linear or interval")
    parser.add_argument("--cutoff", action="store_true", help="give the other solvers a cutoff at 0")
    parser.add_argument("--jobs", type=int, default=1, help="number of problems run concurrently")
    parser.add_argument("--again", type=words, default=[], help="solvers (or ours) to run again")
    parser.add_argument("--table-only", action="store_true", help="run nothing")
    parser.add_argument("--program", type=Path, default=Path("target/release/pipeline"))
    parser.add_argument("--venv", type=Path, default=Path("target/peers-venv"))
    parser.add_argument("--models", type=Path, default=Path("target/peers/models"))
    parser.add_argument("--records", type=Path, default=Path("target/peers/records.jsonl"))
    parser.add_argument("--data-dir", type=Path)
    return parser


def parsed():
    parser = options()
    arguments = parser.parse_args()
    arguments.shapes = arguments.shapes or words(SHAPES[arguments.mode])
    first, _, last = (arguments.seeds or SEEDS[arguments.mode]).partition("..")
    arguments.seeds = range(int(first), int(last or first) + 1)
    strategies = [f"ours:{strategy}" for strategy in arguments.ours]
    chosen = [name for name in arguments.solvers if name not in arguments.without]
    if arguments.cutoff and arguments.mode == "maximize":
        parser.error("--cutoff is for verify")
    if unknown := set(chosen) - {"ours", *PACKAGES}:
        parser.error(f"unknown solver: {', '.join(sorted(unknown))}; expected ours, {', '.join(PACKAGES)}")
    arguments.solvers = [s for name in chosen for s in (strategies if name == "ours" else [name])]
    return arguments


def problems_of(arguments):
    """All problems in their fixed order, as the settings stored in records."""
    if arguments.mode == "verify":
        names = ["side", "hidden", "training_seed", "data_seed"]
        values = itertools.product(SIDES, arguments.shapes, map(int, arguments.training_seeds), arguments.seeds)
    else:
        names = ["inputs", "hidden", "network_seed"]
        values = itertools.product(map(int, arguments.inputs), arguments.shapes, arguments.seeds)
    problems = [dict(zip(names, value)) for value in values]
    for problem in problems:
        problem["problem"] = "-".join([arguments.mode, *map(str, problem.values())])
    random.Random(0).shuffle(problems)
    return problems[: arguments.problems]


class Maker:
    """Creates missing networks and problems with the program."""

    def __init__(self, arguments):
        self.program, self.mode, self.bounds = arguments.program.absolute(), arguments.mode, arguments.bounds
        self.folder = arguments.models.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)

    def run(self, *command):
        command = [str(self.program), *map(str, command)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def task(self, problem):
        """The data that the solvers need for a problem."""
        network = self.network(problem)
        question, drawn, facts = [self.mode, "--network", network], [], {}
        if self.mode == "verify":
            question += ["--dataset", "mnist"]
            drawn = ["--data-seed", problem["data_seed"]]
            facts = self.facts(problem, question, drawn)
        mps = self.folder / f"{problem['problem']}-{self.bounds}.mps"
        if not mps.exists():
            self.run("export-problem", *question, *drawn, "--format", "mps", "--bounds", self.bounds, "-o", mps)
        command = [self.program, "solve", *question, *drawn]
        return {**facts, "network": str(network), "mps": str(mps), "command": [*map(str, command)]}

    def network(self, problem):
        if self.mode == "verify":
            name = "mnist-{side}-{hidden}-{training_seed}"
            make = ["train", "--dataset", "mnist", "--side", problem["side"], "--seed", problem["training_seed"]]
        else:
            name = "random-{inputs}-{hidden}-{network_seed}"
            make = ["random", "--inputs", problem["inputs"], "--seed", problem["network_seed"]]
        network = self.folder / f"{name.format(**problem)}.safetensors"
        if not network.exists():
            tell(f"creating {network.name}")
            self.run(*make, "--hidden", problem["hidden"], "-o", network)
        return network

    def facts(self, problem, question, drawn):
        """The region and the classes of a verification problem, as the program reads the images."""
        file = self.folder / f"{problem['problem']}.json"
        if not file.exists():
            solve = ["solve", *question, "--strategy", "gradient", "--time-limit", 1, "--json"]
            record = json.loads(self.run(*solve, *drawn))
            # The best input in a ball of negligible radius is the image.
            image, saved = ["--image", record["image"], "--epsilon", 1e-30], file.with_suffix(".input")
            self.run(*solve, *image, "--save-input", saved)
            facts = {name: record[name] for name in ("image", "epsilon", "label", "target")}
            file.write_text(json.dumps({**facts, "centre": json.loads(saved.read_text())["input"]}))
            saved.unlink()
        return json.loads(file.read_text())


def ready(venv, solvers):
    """The interpreter of the virtual environment and the solvers available in it; installs missing ones."""
    python = venv.absolute() / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    for package in ["numpy", "safetensors"]:
        if error := missing(python, package):
            sys.exit(f"{package} cannot be installed: {error}")
    left = []
    for solver in solvers:
        if solver in PACKAGES and (error := missing(python, PACKAGES[solver])):
            tell(f"\n*** {solver} is LEFT OUT: {PACKAGES[solver]} cannot be installed: {error}\n")
        else:
            left.append(solver)
    return python, left


def missing(python, package):
    """Installs a package if it is missing; returns the error if that fails."""
    has = lambda: subprocess.run([python, "-c", f"import {package}"], capture_output=True, text=True)
    if has().returncode == 0:
        return None
    tell(f"installing {package}")
    install = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", package]
    pip = subprocess.run(install, capture_output=True, text=True)
    failed = pip if pip.returncode else has()
    return last_line(failed.stderr) if failed.returncode else None


def tell(text):
    print(text, file=sys.stderr, flush=True)


def last_line(text):
    return (text.strip().splitlines() or ["no message"])[-1]


class Records:
    """The last record of each problem and solver with the requested settings."""

    def __init__(self, arguments):
        self.file, self.arguments, self.runs = arguments.records, arguments, {}
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                self.keep(json.loads(line))

    def settings(self, solver):
        """The settings that a run of this solver depends on, apart from the problem."""
        asked, is_milp = self.arguments, solver in ("gurobi", "scip", "highs")
        settings = {"solver": solver, "time_limit": asked.time_limit, "threads": asked.threads}
        return {**settings, "bounds": asked.bounds if is_milp else None, "cutoff": asked.cutoff and is_milp}

    def keep(self, record):
        settings = self.settings(record["solver"])
        if all(record[name] == value for name, value in settings.items()):
            self.runs[record["problem"], record["solver"]] = record

    def add(self, record):
        with self.file.open("a") as file:
            file.write(json.dumps(record) + "\n")
        self.keep(record)

    def of(self, problems, solvers):
        """For each solver, its runs by problem."""
        names = [problem["problem"] for problem in problems]
        runs = {s: {name: self.runs[name, s] for name in names if (name, s) in self.runs} for s in solvers}
        return {solver: own for solver, own in runs.items() if own}


class Campaign:
    """All runs that are not in the records file yet."""

    def __init__(self, arguments, records, python, solvers):
        self.arguments, self.records, self.python, self.solvers = arguments, records, python, solvers
        digest = hashlib.sha256(arguments.program.read_bytes()).hexdigest()
        self.common = {"cpu": cpu_model(), "program": digest[:8], "jobs": arguments.jobs}
        self.lock, self.count, self.total = threading.Lock(), 0, 0

    def run(self, problems):
        maker = Maker(self.arguments)
        todo = [(problem, self.missing(problem, turn)) for turn, problem in enumerate(problems)]
        todo = [(problem, maker.task(problem), solvers) for problem, solvers in todo if solvers]
        self.total = sum(len(solvers) for *_, solvers in todo)
        self.arguments.records.parent.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(self.arguments.jobs) as pool:
            list(pool.map(lambda each: self.solve(*each), todo))

    def missing(self, problem, turn):
        """The solvers still to run on a problem, in rotating order."""
        turn %= len(self.solvers)
        again = self.arguments.again
        is_asked_again = lambda solver: solver in again or solver.split(":")[0] in again
        is_known = lambda solver: (problem["problem"], solver) in self.records.runs
        return [s for s in self.solvers[turn:] + self.solvers[:turn] if is_asked_again(s) or not is_known(s)]

    def solve(self, problem, task, solvers):
        for solver in solvers:
            settings = self.records.settings(solver)
            result = self.run_one({**task, **settings})
            record = {**problem, **settings, **result, **self.common}
            with self.lock:
                self.records.add(record)
                self.count += 1
            result = f"{record['verdict']}  {record['seconds']:.3f} s  {record['why'] or ''}"
            tell(f"[{self.count}/{self.total}]  {problem['problem']}  {solver}  {result}")

    def run_one(self, task):
        """The result of one run; a crash or an overrun counts as failed."""
        limit = task["time_limit"]
        failed = {"verdict": "failed", "value": None, "bound": None, "seconds": limit, "version": None}
        command = [self.python, Path(__file__).absolute().with_name("peers_solvers.py")]
        try:
            done = subprocess.run(
                command, input=json.dumps(task), capture_output=True, text=True, timeout=limit + GRACE
            )
        except subprocess.TimeoutExpired:
            return {**failed, "why": f"killed {GRACE} s after the limit"}
        if done.returncode:
            return {**failed, "why": last_line(done.stderr)}
        return json.loads(last_line(done.stdout))


def cpu_model():
    with contextlib.suppress(OSError):
        if match := re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()):
            return match[1]
    return "unknown CPU"


def stop(*_):
    tell("stopped; the same command resumes")
    # The current runs end with this process.
    os._exit(130)


def main():
    arguments = parsed()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if arguments.data_dir:
        os.environ["PIPELINE_DATA_DIR"] = str(arguments.data_dir)
    problems, records = problems_of(arguments), Records(arguments)
    if not arguments.table_only:
        if not arguments.program.exists():
            sys.exit(f"{arguments.program} is missing: build it with cargo build --release, or name it with --program")
        Campaign(arguments, records, *ready(arguments.venv, arguments.solvers)).run(problems)
    return report(arguments, records.of(problems, arguments.solvers))


if __name__ == "__main__":
    sys.exit(main())
