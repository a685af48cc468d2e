#!/usr/bin/env python3
"""Share of the workers' time spent in runs, for every uninterrupted stretch of a campaign.

    scripts/busy-share.py RESULTS WORKERS

A stretch is a sequence of records in RESULTS/runs.jsonl.gz and RESULTS/runs/ in which each run starts within 40 s
of the previous one. Its time is from the first run's start to the last run's end.
"""
import datetime
import gzip
import json
import sys
from pathlib import Path

BREAK = 40.0

results, workers = Path(sys.argv[1]), int(sys.argv[2])
records = {}
archive = results / "runs.jsonl.gz"
if archive.exists():
    with gzip.open(archive, "rt") as lines:
        records.update((record["key"], record) for record in map(json.loads, lines))
for path in results.glob("runs/*.json"):
    record = json.loads(path.read_text())
    records[record["key"]] = record
runs = sorted(
    (datetime.datetime.fromisoformat(record["provenance"]["started"]).timestamp(), record["seconds_total"])
    for record in records.values()
)
stretches = [[]]
for run in runs:
    if stretches[-1] and run[0] - stretches[-1][-1][0] > BREAK:
        stretches.append([])
    stretches[-1].append(run)
for stretch in stretches:
    start = stretch[0][0]
    wall = max(begun + seconds for begun, seconds in stretch) - start
    busy = sum(seconds for _, seconds in stretch)
    if wall > 0:
        name = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        print(f"{name}  {len(stretch):5} runs  {wall:8.0f} s  {100 * busy / (workers * wall):6.1f} %")
