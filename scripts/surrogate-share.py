#!/usr/bin/env python3
"""How often HiGHS is faster on a surrogate than on the dense network: the paper's comparison, on other problems.

    scripts/surrogate-share.py --rates 0.5,0.8,0.9 [--prune "--finetune 5x5"] [--time-limit 30] [--problems N] ...

The problems are those of `scripts/peers.py verify` on which some solver found an adversarial input according to its
records, in the same order: where none exists, no surrogate can be faster. On each problem, the surrogates at each rate
are solved first, then the dense network, until it can no longer be faster than any of them. Seconds are those to the
first input that is adversarial on the dense network. A surrogate is faster if its seconds are strictly less, or if the
dense run has no such input within the limit.

Each run is a line of the records file; recorded runs are not repeated. Needs the built program, MNIST
(PIPELINE_DATA_DIR) and the networks of `scripts/peers.py`; the pruned networks are created in the same folder, once.
"""
import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock


def words(text):
    return text.split(",")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=words, default=["0.5", "0.8", "0.9"])
    parser.add_argument("--prune", metavar="OPTIONS", default="", help="further options of pipeline prune")
    parser.add_argument("--bounds", default="linear")
    parser.add_argument("--milp-only", action="store_true", help="as in pipeline solve")
    parser.add_argument("--time-limit", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--problems", type=int, metavar="N", help="only the first N")
    parser.add_argument("--jobs", type=int, default=1, help="number of problems run concurrently")
    parser.add_argument("--only", type=words, metavar="PROBLEM,..", help="only these problems")
    parser.add_argument("--table-only", action="store_true", help="run nothing")
    parser.add_argument("--program", type=Path, default=Path("target/release/pipeline"))
    parser.add_argument("--models", type=Path, default=Path("target/peers/models"), help="models of scripts/peers.py")
    parser.add_argument("--found", type=Path, default=Path("results/peers/verification.jsonl"), help="its records")
    parser.add_argument("--records", type=Path, default=Path("target/peers/surrogate-share.jsonl"))
    return parser.parse_args()


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def problems(arguments):
    found = {run["problem"]: run for run in lines(arguments.found) if run["verdict"] == "found"}
    chosen = list(found.values())[: arguments.problems]
    return [problem for problem in chosen if problem["problem"] in (arguments.only or found)]


class Share:
    def __init__(self, arguments):
        self.arguments, self.lock = arguments, Lock()
        self.kinds = {"dense": None, **{f"{rate} {arguments.prune}".strip(): rate for rate in arguments.rates}}
        common = {name: getattr(arguments, name) for name in ("bounds", "milp_only", "time_limit")}
        self.common, self.runs = common, {}
        for run in lines(arguments.records):
            if common.items() <= run.items():
                self.runs[run["problem"], run["kind"]] = run

    def run(self, *command):
        done = subprocess.run([self.arguments.program, *map(str, command)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
        return done.stdout

    def surrogate(self, dense, rate):
        options = self.arguments.prune.split()
        sparse = dense.with_name(".".join([dense.stem, "pruned", rate, *options, "safetensors"]))
        if not sparse.exists():
            self.run("prune", dense, "--rate", rate, *options, "-o", sparse)
        return sparse

    def make(self, problems):
        for problem in problems:
            for rate in self.arguments.rates:
                self.surrogate(self.network(problem), rate)

    def network(self, problem):
        return self.arguments.models / "mnist-{side}-{hidden}-{training_seed}.safetensors".format(**problem)

    def solve_all(self, problem):
        for kind in reversed(self.kinds):
            if (problem["problem"], kind) not in self.runs:
                self.solve(problem, kind)

    def limit(self, problem, kind):
        """The limit of the dense network is the time of its slowest surrogate."""
        longest = self.arguments.time_limit
        if self.kinds[kind]:
            return longest
        seconds = [self.runs[problem["problem"], sparse]["seconds"] for sparse, rate in self.kinds.items() if rate]
        return max(second or longest for second in seconds)

    def solve(self, problem, kind):
        dense, rate, limit = self.network(problem), self.kinds[kind], self.limit(problem, kind)
        strategy = ["surrogate", "--surrogate", self.surrogate(dense, rate)] if rate else ["exact"]
        command = ["solve", "verify", "--network", dense, "--dataset", "mnist", "--data-seed", problem["data_seed"]]
        command += ["--bounds", self.arguments.bounds, "--time-limit", limit, "--json", "--strategy", *strategy]
        result = json.loads(self.run(*command, *(["--milp-only"] if self.arguments.milp_only else [])))
        facts = {"seconds": result["seconds_to_first"], "given": limit, "status": result["solver_status"]}
        run = {"problem": problem["problem"], "kind": kind, **self.common, **facts}
        with self.lock:
            self.runs[problem["problem"], kind] = run
            with self.arguments.records.open("a") as file:
                file.write(json.dumps(run) + "\n")
        print(problem["problem"], kind, run["seconds"], run["status"], file=sys.stderr, flush=True)

    def table(self, names):
        print("| surrogate | problems | faster | slower | neither finds one | faster, % |")
        print("| --- | --- | --- | --- | --- | --- |")
        for kind in list(self.kinds)[1:]:
            pairs = [(self.runs.get((name, "dense")), self.runs.get((name, kind))) for name in names]
            times = [(dense["seconds"], sparse["seconds"]) for dense, sparse in pairs if dense and sparse]
            never = float("inf")
            faster = sum((s or never) < (d or never) for d, s in times)
            slower = sum((s or never) > (d or never) for d, s in times)
            share = 100 * faster / len(times) if times else 0
            row = [kind, len(times), faster, slower, len(times) - faster - slower]
            print("|", " | ".join(map(str, [*row, f"{share:.0f}"])), "|")


def main():
    arguments = parsed()
    chosen = problems(arguments)
    share = Share(arguments)
    if not arguments.table_only:
        arguments.records.parent.mkdir(parents=True, exist_ok=True)
        share.make(chosen)
        with ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(share.solve_all, chosen))
    share.table([problem["problem"] for problem in chosen])


main()
