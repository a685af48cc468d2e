#!/usr/bin/env python3
"""The same MILPs by HiGHS, Gurobi and SCIP: what of a surrogate's lead is the solver's, and what the region's.

    scripts/published-solvers.py RESULTS [--solvers highs,gurobi,scip] [--questions published,dense-labels,paper] ...
    scripts/published-solvers.py --table-only

RESULTS is the folder of `pipeline reproduce verification` with the description experiments/verification-rows.toml,
whose models are used: dense networks, and unstructured surrogates without finetuning. Only networks whose MILPs the
free licence of gurobipy admits (2000 columns and rows) are solved: side 18, and 2 x 32 of side 28. Three questions:

    published      region rows, label and target of the network that is solved
    dense-labels   region rows, label and target of the dense network
    paper          region l1, label and target of the dense network

All with big-M from interval arithmetic over the pixels' bounds alone (--bounds box), one thread, the MILP alone: one
file for all solvers, none of which gets a start or a cutoff. Each solution that a solver reports through its callback
(SCIP's knows of improvements alone), and its last one, is evaluated on the dense network, in f64; the first one that is
adversarial there ends the run. Seconds are those of the CPU from the start of the solve, after reading the file, so
that other load on the machine matters little; the limit is one of wall seconds.

Each run is a line of the records file; recorded runs are not repeated, failed ones are. Needs the built program, MNIST
(PIPELINE_DATA_DIR) and pip, which installs the solvers to a virtual environment.
"""
import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = {"highs": "highspy", "gurobi": "gurobipy", "scip": "pyscipopt"}
QUESTIONS = {"published": ("rows", "surrogate"), "dense-labels": ("rows", "dense"), "paper": ("l1", "dense")}
RATES = [0.3, 0.5, 0.8, 0.9, 0.95]
PUBLISHED = [67.5, 71.3, 89.4, 92.5, 83.8]
BOUNDS = "box"
# Seconds beyond the limit after which a run is killed.
GRACE = 60
# Data seed s is that of the network trained from seed s + 2.
TRAINING_OFFSET = 2


def words(text):
    return text.split(",")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", type=Path, metavar="RESULTS")
    parser.add_argument("--solvers", type=words, default=list(PACKAGES))
    parser.add_argument("--questions", type=words, default=list(QUESTIONS))
    parser.add_argument("--datasets", type=words, default=["mnist", "fashion-mnist"])
    parser.add_argument("--seeds", type=words, default=["0", "10", "20"], help="data seeds")
    parser.add_argument("--time-limit", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--program", type=Path, default=Path("target/release/pipeline"))
    parser.add_argument("--venv", type=Path, default=Path("target/peers-venv"))
    parser.add_argument("--records", type=Path, default=Path("results/peers/published-solvers.jsonl"))
    parser.add_argument("--table-only", action="store_true", help="run nothing")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def networks(arguments):
    """The dense models of the folder that are small enough, each with its surrogates by rate."""
    found = {}
    for file in sorted(arguments.results.glob("models/*.json")):
        recipe, model = json.loads(file.read_text())["settings"], file.with_suffix(".safetensors")
        dense = recipe["dense"] if "dense" in recipe else recipe
        surrogate = recipe.get("surrogate")
        if dense["side"] > 18 and dense["hidden"] != [32, 32]:
            continue
        key = dense["seed"] - TRAINING_OFFSET, dense["dataset"], dense["side"], tuple(dense["hidden"])
        pruning = surrogate and surrogate["pruning"]
        plain = {"method": "magnitude", "granularity": "unstructured", "scope": "layer"}
        if not surrogate:
            found.setdefault(key, {})["dense"] = model
        elif surrogate["finetuning"] is None and plain.items() <= pruning.items():
            found.setdefault(key, {})[pruning["rate"]] = model
    wanted = lambda key: str(key[0]) in arguments.seeds and key[1] in arguments.datasets
    return {key: models for key, models in sorted(found.items()) if wanted(key) and "dense" in models}


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


class Runs:
    """The records of this time limit. The dense network has one run for each region: its labels are its own."""

    def __init__(self, arguments):
        self.file, self.limit, self.known = arguments.records, arguments.time_limit, {}
        for line in self.file.read_text().splitlines() if self.file.exists() else []:
            self.keep(json.loads(line))

    @staticmethod
    def key(problem, question, solved, solver):
        return problem, QUESTIONS[question][0] if solved == "dense" else question, solved, solver

    def keep(self, record):
        if record["time_limit"] == self.limit and record["status"] != "failed":
            self.known[self.key(*(record[name] for name in ("problem", "question", "solved", "solver")))] = record

    def add(self, record):
        with self.file.open("a") as file:
            file.write(json.dumps(record) + "\n")
        self.keep(record)

    def seconds(self, *run):
        """Infinite if nothing was found within the limit; None if there is no such run."""
        record = self.known.get(self.key(*run))
        if record is None:
            return None
        found = record["seconds"]
        return float("inf") if found is None or found > self.limit else found


class Maker:
    """Writes the MILP of a network, with what a solver's solutions are evaluated by."""

    def __init__(self, arguments):
        self.program, self.folder = arguments.program, arguments.venv.parent / "published"
        self.folder.mkdir(parents=True, exist_ok=True)

    def task(self, key, models, question, solved):
        region, labels = QUESTIONS[question]
        dataset, seed = key[1], key[0]
        network = ["--network", models["dense"]]
        if solved != "dense":
            network += ["--surrogate", models[solved], "--labels", labels]
        asked = ["--dataset", dataset, "--data-seed", seed, "--region", region, "--strategy", "relaxation"]
        drawn = json.loads(run(self.program, "solve", "verify", *network, *asked, "--time-limit", 0.01, "--json"))
        image = ["--dataset", dataset, "--image", drawn["image"], "--region", region]
        classes = ["--label", drawn["label"], "--target", drawn["target"]]
        mps, centre = self.folder / f"{os.getpid()}.mps", self.folder / f"{os.getpid()}.json"
        export = ["export-problem", "verify", "--network", models[solved], *image, *classes]
        export += ["--epsilon", drawn["epsilon"], "--bounds", BOUNDS, "--format", "mps", "-o", mps, "--force"]
        run(self.program, *export)
        # The best input in a ball of negligible radius is the image.
        at_image = ["solve", "verify", "--network", models["dense"], *image, *classes, "--epsilon", 1e-30]
        at_image += ["--strategy", "gradient", "--time-limit", 0.05, "--save-input", centre, "--force"]
        run(self.program, *at_image)
        facts = {name: drawn[name] for name in ("epsilon", "label", "target", "region")}
        facts["centre"] = json.loads(centre.read_text())["input"]
        return {"mps": str(mps), "network": str(models["dense"]), **facts}


def solve_all(arguments, python):
    runs, maker = Runs(arguments), Maker(arguments)
    arguments.records.parent.mkdir(parents=True, exist_ok=True)
    for question in arguments.questions:
        for key, models in networks(arguments).items():
            problem = f"{key[1]} {key[2]} {'x'.join(map(str, key[3]))} {key[0]}"
            for solved in ["dense", *RATES]:
                todo = [s for s in arguments.solvers if runs.seconds(problem, question, solved, s) is None]
                task = maker.task(key, models, question, solved) if todo else None
                for solver in todo:
                    record = solve(arguments, python, {**task, "solver": solver, "time_limit": arguments.time_limit})
                    common = {"problem": problem, "question": question, "solved": solved, "solver": solver}
                    files = {"dense_sha256": digest(models["dense"]), "solved_sha256": digest(models[solved])}
                    runs.add({**common, "time_limit": arguments.time_limit, "bounds": BOUNDS, **record, **files})
                    shown = (record.get(name) for name in ("seconds", "status", "total", "wall"))
                    print(problem, question, solved, solver, *shown, file=sys.stderr, flush=True)


def solve(arguments, python, task):
    command = [python, __file__, "--one"]
    limit = arguments.time_limit + GRACE
    try:
        done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"seconds": None, "status": "failed", "why": "it did not end at its limit"}
    if done.returncode:
        return {"seconds": None, "status": "failed", "why": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


class Question:
    """The dense network, the region and the classes of a task."""

    def __init__(self, task):
        import numpy as np
        from safetensors.numpy import load_file

        self.np, self.task = np, task
        tensors = {name: array.astype(np.float64) for name, array in load_file(task["network"]).items()}
        depth = len(tensors) // 2
        self.layers = [(tensors[f"layers.{k}.weight"], tensors[f"layers.{k}.bias"]) for k in range(depth)]
        self.centre = np.array(task["centre"])
        self.seconds, self.ended = None, None

    def distance(self, x):
        moved = abs(x - self.centre)
        if self.task["region"] == "rows":
            side = int(len(moved) ** 0.5)
            moved = moved.reshape(side, side).max(axis=1)
        return moved.sum()

    def margin(self, columns):
        """Of the input that named columns of the MILP stand for: x{i}, or centre + p{i} - n{i}; pulled into the region,
        which a solver's tolerances may leave."""
        x, signs = self.centre.copy(), {"x": 1.0, "p": 1.0, "n": -1.0}
        for name, value in columns:
            if match := re.fullmatch(r"([xpn])(\d+)", name):
                if match[1] == "x":
                    x[int(match[2])] = value
                else:
                    x[int(match[2])] += signs[match[1]] * value
        x, shrink = self.np.clip(x, 0.0, 1.0), 1.0
        while (distance := self.distance(x)) > self.task["epsilon"]:
            # Rounding can leave the point just outside: aim slightly lower each time.
            x = self.centre + (x - self.centre) * (self.task["epsilon"] / distance * shrink)
            shrink -= 1e-15
        for weight, bias in self.layers[:-1]:
            x = self.np.maximum(weight @ x + bias, 0.0)
        weight, bias = self.layers[-1]
        y = weight @ x + bias
        return float(y[self.task["target"]] - y[self.task["label"]])

    def begin(self):
        self.start, self.wall = time.process_time(), time.perf_counter()

    def passed(self):
        return time.process_time() - self.start

    def is_answer(self, columns):
        """Whether a solution is adversarial on the dense network, which is the end of the run."""
        if self.seconds is None and self.margin(columns) > 0.0:
            self.seconds = self.passed() if self.ended is None else self.ended
        return self.seconds is not None

    def stop(self):
        self.ended, self.ended_wall = self.passed(), time.perf_counter() - self.wall


def by_highs(question):
    import highspy

    model = highspy.Highs()
    model.silent()
    model.readModel(question.task["mps"])
    model.setOptionValue("threads", 1)
    model.setOptionValue("time_limit", question.task["time_limit"])
    names = list(model.getLp().col_names_)

    def watch(event):
        if question.is_answer(zip(names, event.data_out.mip_solution)):
            event.interrupt()

    def interrupt(event):
        if question.seconds is not None:
            event.interrupt()

    model.cbMipSolution += watch
    model.cbMipInterrupt += interrupt
    question.begin()
    model.run()
    question.stop()
    if model.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        question.is_answer(zip(names, model.getSolution().col_value))
    return model.modelStatusToString(model.getModelStatus()), model.version()


def by_gurobi(question):
    import gurobipy

    model = gurobipy.read(question.task["mps"], gurobipy.Env(params={"OutputFlag": 0}))
    model.Params.Threads, model.Params.TimeLimit = 1, question.task["time_limit"]
    columns = model.getVars()
    names = [column.VarName for column in columns]

    def watch(model, where):
        if where == gurobipy.GRB.Callback.MIPSOL and question.is_answer(zip(names, model.cbGetSolution(columns))):
            model.terminate()

    question.begin()
    model.optimize(watch)
    question.stop()
    if model.SolCount:
        question.is_answer(zip(names, model.getAttr("X", columns)))
    status = {2: "Optimal", 3: "Infeasible", 9: "Time limit", 11: "Interrupted"}.get(model.Status, str(model.Status))
    return status, ".".join(map(str, gurobipy.gurobi.version()))


def by_scip(question):
    import pyscipopt

    def is_answer(model):
        solution = model.getBestSol()
        return question.is_answer((column.name, model.getSolVal(solution, column)) for column in columns)

    class Watcher(pyscipopt.Eventhdlr):
        def eventinit(self):
            self.model.catchEvent(pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND, self)

        def eventexit(self):
            self.model.dropEvent(pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND, self)

        def eventexec(self, event):
            if is_answer(self.model):
                self.model.interruptSolve()

    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(question.task["mps"])
    model.setParam("limits/time", question.task["time_limit"])
    columns = model.getVars()
    model.includeEventhdlr(Watcher(), "watcher", "evaluates solutions on the dense network")
    question.begin()
    model.optimize()
    question.stop()
    if model.getNSols():
        is_answer(model)
    return model.getStatus(), str(model.version())


def one():
    question = Question(json.load(sys.stdin))
    solvers = {"highs": by_highs, "gurobi": by_gurobi, "scip": by_scip}
    status, version = solvers[question.task["solver"]](question)
    facts = {"seconds": question.seconds, "status": status, "total": question.ended, "wall": question.ended_wall}
    print("\n" + json.dumps({**facts, "version": version}))


def ready(venv, solvers):
    """The interpreter of the virtual environment, with what the solvers need."""
    python = venv.absolute() / "bin/python"
    packages = [PACKAGES[solver] for solver in solvers if solver in PACKAGES]
    if packages and not python.exists():
        run(sys.executable, "-m", "venv", venv)
    if packages:
        run(python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "numpy", "safetensors", *packages)
    return python


def table(arguments):
    """Faster and slower, by question, solver and rate, over the problems that all solvers of a question ran."""
    runs, solved = Runs(arguments), ["dense", *RATES]
    print("| question | solver | " + " | ".join(f"{rate}" for rate in RATES) + " | dense run finds none | problems |")
    print("| --- | --- |" + " --- |" * (len(RATES) + 2))
    print("| the paper's table, 160 problems | Gurobi 10 |", " | ".join(f"{share:.1f}" for share in PUBLISHED), "| | |")
    for question in arguments.questions:
        all_runs = [(question, network, solver) for solver in arguments.solvers for network in solved]
        is_complete = lambda problem: all(runs.seconds(problem, *run) is not None for run in all_runs)
        problems = sorted({key[0] for key in runs.known if is_complete(key[0])})
        for solver in arguments.solvers if problems else []:
            cells = []
            for rate in RATES:
                times = [[runs.seconds(p, question, s, solver) for s in ("dense", rate)] for p in problems]
                faster, slower = sum(s < d for d, s in times), sum(s > d for d, s in times)
                cells.append(f"{100 * faster / len(problems):.1f} ({faster}, {slower})")
            none = sum(runs.seconds(p, question, "dense", solver) == float("inf") for p in problems)
            print(f"| {question} | {solver} |", " | ".join(cells), f"| {none} | {len(problems)} |")
    print("\nPercent of the problems on which the surrogate is faster (number faster, number slower); others are ties.")


def main():
    arguments = parsed()
    if arguments.one:
        return one()
    if not arguments.table_only:
        if arguments.results is None:
            sys.exit("name the RESULTS folder, or give --table-only")
        solve_all(arguments, ready(arguments.venv, arguments.solvers))
    table(arguments)


main()
