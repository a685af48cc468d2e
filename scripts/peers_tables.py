"""The tables of scripts/peers.py: runs by solver and problem as Markdown, and contradictions between solvers."""
import itertools
import math
import os
import statistics
import sys

# Allowance for the tolerances of MILP solvers in a bound.
TOLERANCE = 1e-5


def is_decided(run):
    return run["verdict"] in ("found", "proved")


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def print_table(head, rows):
    for row in [head, ["---"] * len(head), *rows]:
        print("|", " | ".join(map(str, row)), "|")
    print()


def verification_tables(runs, limit):
    wins, contested = wins_of(runs)
    verdicts = ["found", "proved", "open", "failed"]
    head = ["solver", "problems", *verdicts, "decided %", "geometric mean s", "PAR-2 s"]
    rows = []
    for solver, by_name in runs.items():
        own = by_name.values()
        counts = [sum(run["verdict"] == verdict for run in own) for verdict in verdicts]
        decided = [run["seconds"] for run in own if is_decided(run)]
        left = len(own) - len(decided)
        row = [solver, len(own), *counts, f"{100 * len(decided) / len(own):.0f}"]
        row += [f"{geometric_mean(decided + [limit] * left):.3g}"]
        row += [f"{statistics.fmean(decided + [2 * limit] * left):.3g}"]
        witnesses = [run["seconds"] for run in own if run["verdict"] == "found"]
        row += [f"{statistics.median(witnesses):.3g}" if witnesses else "-"]
        rows.append([*row, f"{100 * wins[solver] / contested:.0f}" if contested else "-"])
    print_table([*head, "median s to a witness", "fastest on %"], rows)
    ours = [solver for solver in runs if solver.startswith("ours:")]
    rows = [[solver, *compared(runs[solver], runs[ours[0]])] for solver in runs if ours and solver not in ours]
    if rows:
        print_table(["peer", f"problems that it and {ours[0]} decide", "its time / ours (geometric means)"], rows)


def wins_of(runs):
    """The number of problems on which each solver is the fastest, of those run by all and decided by at least one."""
    wins, contested = dict.fromkeys(runs, 0), 0
    for name in set.intersection(*(set(own) for own in runs.values())):
        times = {solver: own[name]["seconds"] for solver, own in runs.items() if is_decided(own[name])}
        if times:
            wins[min(times, key=times.get)] += 1
            contested += 1
    return wins, contested


def compared(theirs, ours):
    names = [name for name in theirs if name in ours and is_decided(theirs[name]) and is_decided(ours[name])]
    ratios = [theirs[name]["seconds"] / ours[name]["seconds"] for name in names]
    return [len(names), f"{geometric_mean(ratios):.3g}" if names else "-"]


def maximization_table(runs):
    rows = []
    for name in dict.fromkeys(name for own in runs.values() for name in own):
        rows.append([name, *(maximum(own.get(name)) for own in runs.values())])
    print_table(["network", *(f"{solver}: value / bound, gap, s" for solver in runs)], rows)


def maximum(run):
    if run is None or run["verdict"] == "failed":
        return "-" if run is None else "failed"
    value, bound = run["value"], run["bound"]
    shown = lambda number: "-" if number is None else f"{number:.6g}"
    gap = "-" if None in (value, bound) else f"{100 * (bound - value) / max(abs(value), 1e-9):.2g} %"
    return f"{shown(value)} / {shown(bound)}, {gap}, {run['seconds']:.1f}"


def contradictions(runs):
    """Problems on which one solver finds an input that another excludes, or exceeds another's bound."""
    for (one, found), (other, proved) in itertools.permutations(runs.items(), 2):
        for name in found.keys() & proved.keys():
            value, bound = found[name]["value"], proved[name]["bound"]
            if found[name]["verdict"] != "found":
                continue
            is_above = bound is not None and value > bound + TOLERANCE * max(1, abs(bound))
            if is_above or proved[name]["verdict"] == "proved":
                yield f"{name}: {one} has an input of value {value}, {other} proves at most {bound}"


def report(arguments, runs):
    if not runs:
        sys.exit(f"{arguments.records} has no runs of these problems and settings")
    if arguments.mode == "verify":
        verification_tables(runs, arguments.time_limit)
    else:
        maximization_table(runs)
    print(conditions(arguments, [run for own in runs.values() for run in own.values()]))
    found = list(contradictions(runs))
    for text in found:
        print(f"\n**Contradiction.** {text}")
    print(f"\nContradictions: {len(found)}.")
    return 1 if found else 0


def conditions(arguments, runs):
    several = lambda values: ", ".join(sorted(set(map(str, values))))
    cutoff = " and a cutoff at 0" if arguments.cutoff else ""
    return (
        f"{several(run['cpu'] for run in runs)}, {os.cpu_count()} cores. {arguments.threads} thread(s) and "
        f"{arguments.time_limit:g} s a run, {several(run['jobs'] for run in runs)} problem(s) at once, "
        f"the MILP solvers with {arguments.bounds} bounds{cutoff}. "
        f"{several(run['solver'] + ' ' + run['version'] for run in runs if run['version'])}; "
        f"our program's sha256 {several(run['program'] for run in runs)}. Open or failed runs count as the limit, "
        "in PAR-2 as twice the limit."
    )
