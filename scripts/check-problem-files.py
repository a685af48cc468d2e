#!/usr/bin/env python3
"""Reads the problem files that `pipeline export-problem` writes with HiGHS, Gurobi and SCIP, and compares what they see.

    scripts/check-problem-files.py [--program target/release/pipeline] [--venv target/peers-venv]

One problem of each kind (the three regions, maximization) in both formats: columns, integer columns, rows and
coefficients must be as many as were written, and no reader may have merged or renamed any, so that all three solve one
problem; their optima must agree. Needs the built program and pip, which installs the solvers to a virtual environment.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = ["highspy", "gurobipy", "pyscipopt"]
VERIFY = "verify --network models/digits-2x32.safetensors --dataset digits --image 5"
QUESTIONS = {
    "l1": f"{VERIFY} --epsilon 2",
    "linf": f"{VERIFY} --epsilon 0.02 --region linf",
    "rows": f"{VERIFY} --epsilon 0.5 --region rows",
    "maximize": "maximize --network models/random-100-2x50-pruned-0.8.safetensors --bounds tightening",
}
# The optimum of maximization takes long: its size alone is compared.
UNSOLVED = {"maximize"}
TOLERANCE = 1e-5


def by_highs(path, is_solved):
    import highspy

    model = highspy.Highs()
    model.silent()
    if model.readModel(path) != highspy.HighsStatus.kOk:
        sys.exit(f"HiGHS reads {path} with warnings or not at all")
    model.setOptionValue("mip_rel_gap", 0.0)
    program = model.getLp()
    integers = sum(kind == highspy.HighsVarType.kInteger for kind in program.integrality_)
    if is_solved:
        model.run()
        if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            sys.exit(f"HiGHS does not solve {path}")
    value = model.getInfo().objective_function_value if is_solved else None
    names = sorted(program.col_names_)
    return program.num_col_, integers, program.num_row_, len(program.a_matrix_.value_), names, value


def by_gurobi(path, is_solved):
    import gurobipy

    model = gurobipy.read(path, gurobipy.Env(params={"OutputFlag": 0, "MIPGap": 0}))
    if is_solved:
        model.optimize()
    value = model.ObjVal if is_solved else None
    names = sorted(column.VarName for column in model.getVars())
    return model.NumVars, model.NumIntVars, model.NumConstrs, model.NumNZs, names, value


def by_scip(path, is_solved):
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(path)
    columns, rows = model.getVars(), model.getConss()
    integers = sum(column.vtype() != "CONTINUOUS" for column in columns)
    coefficients = sum(len(model.getValsLinear(row)) for row in rows)
    names = sorted(column.name for column in columns)
    if is_solved:
        model.optimize()
    return len(columns), integers, len(rows), coefficients, names, model.getObjVal() if is_solved else None


def read(path, is_solved):
    readers = {"HiGHS": by_highs, "Gurobi": by_gurobi, "SCIP": by_scip}
    print(json.dumps({name: reader(path, is_solved) for name, reader in readers.items()}))


def ready(venv):
    python = venv.absolute() / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *PACKAGES]
    subprocess.run(install, check=True)
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path("target/release/pipeline"))
    parser.add_argument("--venv", type=Path, default=Path("target/peers-venv"))
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        path, kind = arguments.read
        return read(path, kind not in UNSOLVED)
    python, failed = ready(arguments.venv), False
    with tempfile.TemporaryDirectory() as folder:
        for kind, question in QUESTIONS.items():
            for form in ["mps", "lp"]:
                path = f"{folder}/{kind}.{form}"
                export = [arguments.program, "export-problem", *question.split(), "--format", form, "-o", path, "--json"]
                written = json.loads(subprocess.run(export, check=True, capture_output=True, text=True).stdout)
                done = subprocess.run([python, __file__, "--read", path, kind], capture_output=True, text=True)
                if done.returncode:
                    sys.exit(done.stderr)
                seen = json.loads(done.stdout.splitlines()[-1])
                expected = [written[name] for name in ("columns", "binaries", "rows", "nonzeros")]
                # In LP files the objective's constant is the coefficient of a column fixed at 1.
                expected[0] += form == "lp"
                names = {tuple(found[4]) for found in seen.values()}
                values = [found[5] for found in seen.values() if found[5] is not None]
                holds = all(found[:4] == expected for found in seen.values()) and len(names) == 1
                holds &= not values or max(values) - min(values) <= TOLERANCE
                failed |= not holds
                shown = "; ".join(f"{name} {found[:4]} optimum {found[5]}" for name, found in seen.items())
                print(f"{'ok' if holds else 'WRONG'}: {kind}.{form}: written {expected}; {shown}", flush=True)
    sys.exit(failed)


main()
