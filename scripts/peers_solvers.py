"""One run of one solver on one problem: the inner part of scripts/peers.py, run in its virtual environment.

The task is read as JSON from standard input, the result is written as JSON on the last line of standard output.
Whatever a solver claims, an input counts by its value on the dense network, in f64, after projection into the region.
"""
import ctypes
import json
import re
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

# A solver may stop at an objective above WITNESS, or at a proved bound below -MARGIN.
WITNESS, MARGIN = 1e-6, 1e-9
# Gradient ascent proves nothing, so it needs a time at which it gives up.
ATTACK_SECONDS = 20.0


def die_with_parent():
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, 9)


class Problem:
    """The dense network, the region and the objective of a task."""

    def __init__(self, task):
        self.mps, self.command, self.cutoff = task["mps"], task["command"], task["cutoff"]
        self.seconds, self.threads = task["time_limit"], task["threads"]
        tensors = {name: array.astype(np.float64) for name, array in load_file(task["network"]).items()}
        depth = len(tensors) // 2
        self.layers = [(tensors[f"layers.{k}.weight"], tensors[f"layers.{k}.bias"]) for k in range(depth)]
        self.is_verification = "centre" in task
        self.epsilon, self.label, self.target = (task.get(name) for name in ("epsilon", "label", "target"))
        # Inputs without a column in the MILP are at the centre, or at the lower bound of the box.
        self.centre = np.array(task.get("centre") or np.zeros(self.layers[0][0].shape[1]))

    def project(self, x):
        x, shrink = np.clip(x, 0.0, 1.0), 1.0
        while self.is_verification and (distance := np.abs(x - self.centre).sum()) > self.epsilon:
            # Rounding can leave the point just outside: aim slightly lower each time.
            x = self.centre + (x - self.centre) * (self.epsilon / distance * shrink)
            shrink -= 1e-15
        return x

    def value(self, x):
        for weight, bias in self.layers[:-1]:
            x = np.maximum(weight @ x + bias, 0.0)
        weight, bias = self.layers[-1]
        y = weight @ x + bias
        return float(y[self.target] - y[self.label] if self.is_verification else y[0])

    def input_of(self, columns):
        """The input that named columns of the MILP stand for: x{i}, or centre + p{i} - n{i}."""
        x, signs = self.centre.copy(), {"x": 1.0, "p": 1.0, "n": -1.0}
        for name, value in columns.items():
            if match := re.fullmatch(r"([xpn])(\d+)", name):
                x[int(match[2])] += signs[match[1]] * value
        return x

    def answer(self, columns, claim, bound, seconds, version):
        """The answer of a MILP solver. It does not search below a cutoff, so its bound is at least that."""
        x = None if columns is None else self.input_of(columns)
        bound = max(bound, -MARGIN) if self.cutoff else bound
        return {"x": x, "claim": claim, "bound": bound, "seconds": seconds, "version": version}


def clocked(optimise):
    start = time.perf_counter()
    optimise()
    return time.perf_counter() - start


def by_pipeline(problem, strategy):
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "input.json"
        command = [*problem.command, "--strategy", strategy, "--json", "--save-input", saved]
        command += ["--time-limit", str(problem.seconds), "--threads", str(problem.threads)]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=die_with_parent)
        if done.returncode:
            sys.exit(done.stderr)
        x = np.array(json.loads(saved.read_text())["input"]) if saved.exists() else None
    record = json.loads(done.stdout)
    fields = {"claim": "dense_objective", "bound": "dual_bound", "seconds": "seconds_total", "version": "version"}
    return {"x": x, **{name: record[field] for name, field in fields.items()}}


def by_gurobi(problem):
    import gurobipy

    model = gurobipy.read(problem.mps, gurobipy.Env(params={"OutputFlag": 0}))
    model.Params.Threads, model.Params.TimeLimit = problem.threads, problem.seconds
    if problem.is_verification:
        model.Params.BestObjStop, model.Params.BestBdStop = WITNESS, -MARGIN
    if problem.cutoff:
        model.Params.Cutoff = 0.0
    seconds = clocked(model.optimize)
    columns, claim = None, None
    if model.SolCount:
        columns, claim = {column.VarName: column.X for column in model.getVars()}, model.ObjVal
    return problem.answer(columns, claim, model.ObjBound, seconds, version("gurobipy"))


def by_scip(problem):
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(problem.mps)
    model.setParam("limits/time", problem.seconds)
    if problem.is_verification:
        model.setParams({"limits/primal": WITNESS, "limits/dual": -MARGIN})
    if problem.cutoff:
        model.setObjlimit(0.0)
    seconds = clocked(model.optimize)
    columns, claim = None, None
    if model.getNSols():
        best = model.getBestSol()
        columns = {column.name: model.getSolVal(best, column) for column in model.getVars()}
        claim = model.getSolObjVal(best)
    return problem.answer(columns, claim, model.getDualbound(), seconds, str(model.version()))


def by_highs(problem):
    import highspy

    model = highspy.Highs()
    model.silent()
    model.readModel(problem.mps)
    model.setOptionValue("threads", problem.threads)
    model.setOptionValue("time_limit", problem.seconds)
    if problem.cutoff:
        model.setOptionValue("objective_bound", 0.0)

    def stop_when_decided(event):
        state = event.data_out
        if state.mip_primal_bound > WITNESS or state.mip_dual_bound < -MARGIN:
            event.interrupt()

    if problem.is_verification:
        model.cbMipInterrupt += stop_when_decided
    seconds = clocked(model.run)
    info, columns, claim = model.getInfo(), None, None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        columns = dict(zip(model.getLp().col_names_, model.getSolution().col_value))
        claim = info.objective_function_value
    return problem.answer(columns, claim, info.mip_dual_bound, seconds, version("highspy"))


def by_torch(problem):
    """Projected gradient ascent from batches of random starts."""
    import torch

    torch.set_num_threads(problem.threads)
    attack, start = Attack(torch, problem), time.perf_counter()
    spent = lambda: time.perf_counter() - start
    is_late = lambda: spent() > min(ATTACK_SECONDS, problem.seconds)
    # A few starts are usually enough; otherwise, larger batches are faster.
    batch = 8
    while not attack.is_done() and not is_late():
        attack.ascend(batch, is_late)
        batch = 64
    x = attack.best.numpy()
    return {"x": x, "claim": attack.value, "bound": None, "seconds": spent(), "version": torch.__version__}


class Attack:
    """Steepest steps in the L1 norm, on a few inputs at once, in the ball; sign steps on all inputs in the box.

    In the ball, Adam reaches much less: on MNIST 784-32-32-10 a margin lower by 2 of about 4, and one witness
    in sixteen problems rather than five.
    """

    STEPS, LENGTH = 100, 0.5
    # Number of inputs changed by a step, for each start.
    COUNTS = [1, 2, 4, 8, 16, 32, 64, 5]

    def __init__(self, torch, problem):
        self.torch, self.problem = torch, problem
        self.layers = [tuple(map(torch.from_numpy, layer)) for layer in problem.layers]
        self.centre = torch.from_numpy(problem.centre)
        self.random = torch.Generator().manual_seed(0)
        self.best, self.value = None, float("-inf")

    def is_done(self):
        return self.problem.is_verification and self.value > WITNESS

    def ascend(self, batch, is_late):
        x = self.starts(batch)
        for step in range(self.STEPS):
            x.requires_grad_()
            values = self.values(x)
            value, index = values.detach().max(0)
            if value > self.value:
                self.best, self.value = x.detach()[index].clone(), float(value)
            if self.is_done() or is_late():
                return
            (slope,) = self.torch.autograd.grad(values.sum(), x)
            x = x.detach()
            x = self.project(x + self.LENGTH * self.step(x, slope, step))

    def starts(self, batch):
        noise = self.torch.rand(batch, len(self.centre), generator=self.random, dtype=self.torch.float64)
        if not self.problem.is_verification:
            return noise
        # From close to the centre to the edge of the ball.
        reach = self.torch.logspace(-3, 0, batch, dtype=self.torch.float64)[:, None]
        return self.project(self.centre + (2 * noise - 1) * reach)

    def values(self, x):
        for weight, bias in self.layers[:-1]:
            x = self.torch.relu(x @ weight.T + bias)
        weight, bias = self.layers[-1]
        y = x @ weight.T + bias
        return y[:, self.problem.target] - y[:, self.problem.label] if self.problem.is_verification else y[:, 0]

    def step(self, x, slope, step):
        if not self.problem.is_verification:
            return 0.95**step * slope.sign()
        counts = self.torch.tensor(self.COUNTS * (len(x) // len(self.COUNTS)))[:, None]
        has_room = self.torch.where(slope > 0, x < 1, x > 0)
        rank = (slope.abs() * has_room).argsort(1, descending=True).argsort(1)
        return 0.97**step * self.problem.epsilon / counts * slope.sign() * has_room * (rank < counts)

    def project(self, x):
        """The nearest points of the region: shrunk towards the centre by a threshold, then cut at the box."""
        if not self.problem.is_verification:
            return x.clamp(0, 1)
        moved, epsilon = x - self.centre, self.problem.epsilon

        def shrunk(threshold):
            return (moved.sign() * (moved.abs() - threshold).clamp(min=0)).clamp(-self.centre, 1 - self.centre)

        low, high = self.torch.zeros(len(x), 1, dtype=x.dtype), moved.abs().amax(1, keepdim=True)
        fits = shrunk(low).abs().sum(1, keepdim=True) <= epsilon
        for _ in range(30):
            middle = (low + high) / 2
            is_outside = shrunk(middle).abs().sum(1, keepdim=True) > epsilon
            low, high = self.torch.where(is_outside, middle, low), self.torch.where(is_outside, high, middle)
        return self.centre + shrunk(high * ~fits)


def judged(problem, answer):
    """The verdict on an answer after evaluating its input on the dense network."""
    x, claim, bound = answer.pop("x"), answer["claim"], answer["bound"]
    value = None if x is None else problem.value(problem.project(x))
    verdict, why = "open", None
    if value is not None and (value > 0 or not problem.is_verification):
        verdict = "found"
    elif claim is not None and claim > WITNESS:
        verdict, why = "failed", f"claims {claim}, but its input has the value {value} on the dense network"
    elif problem.is_verification and bound is not None and bound < 0:
        verdict = "proved"
    # Solvers use infinity for a missing bound, which is not valid JSON.
    bound = bound if bound is not None and abs(bound) < 1e20 else None
    return {**answer, "verdict": verdict, "value": value, "bound": bound, "why": why}


def main():
    die_with_parent()
    task = json.load(sys.stdin)
    problem = Problem(task)
    kind, _, strategy = task["solver"].partition(":")
    peers = {"gurobi": by_gurobi, "scip": by_scip, "highs": by_highs, "torch": by_torch}
    answer = by_pipeline(problem, strategy) if kind == "ours" else peers[kind](problem)
    print("\n" + json.dumps(judged(problem, answer)))


main()
