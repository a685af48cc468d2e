#!/usr/bin/env python3
"""Seconds per network and epoch of training many networks at once: this program and PyTorch.

    scripts/bench-training.py                        K = 1, 10, 100, 1000 networks on the CPU
    scripts/bench-training.py --device wgpu          on a GPU (PyTorch on the same GPU, through CUDA)
    scripts/bench-training.py --table-only           the table of the measurements so far

    scripts/bench-training.py --regression --hidden 25,25 --networks 1,10   regression networks on 70,000 samples

MNIST, 784-64-64-10 (--hidden), Adam, batches of 64 in file order, float32. For each K, the program and the PyTorch
variants (see scripts/pytorch-training.py) run in alternation, --rounds times, each in its own process with the whole
machine; the table shows medians. Variants that train one network after the other are measured with at most 10
networks, and from 100 networks on the PyTorch variants with at most --images images: both are scaled up. Each
measurement is a line of the records file. Needs a Rust toolchain, MNIST (PIPELINE_DATA_DIR or --data-dir), and pip,
which installs PyTorch (up to 5 GB) to a virtual environment, or --without-torch.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_BY_ONE = ["loop", "loop-fused", "processes"]
BATCHED = ["bmm", "bmm-compiled", "vmap", "vmap-compiled"]
MOST_ONE_BY_ONE = 10


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default="1,10,100,1000", help="values of K, separated by commas")
    parser.add_argument("--device", default="cpu", choices=["cpu", "ndarray", "wgpu", "cuda"])
    parser.add_argument("--hidden", default="64,64")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=5, help="epochs of the program's timed training")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=12000, help="images per PyTorch epoch from 100 networks on")
    parser.add_argument("--ways", default=",".join(ONE_BY_ONE + BATCHED), help="PyTorch variants")
    parser.add_argument("--without-torch", action="store_true")
    parser.add_argument("--venv", type=Path, default=Path("target/peers-venv"))
    parser.add_argument("--data-dir", default=os.environ.get("PIPELINE_DATA_DIR", "datasets"))
    parser.add_argument("--records", type=Path, default=Path("results/training/records.jsonl"))
    parser.add_argument("--regression", action="store_true", help="peaks, two inputs and one output, instead of MNIST")
    parser.add_argument("--table-only", action="store_true")
    return parser.parse_args()


def python_with_torch(venv):
    python = venv.absolute() / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "torch", "numpy"], check=True)
    return str(python)


def cpu():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def ours(arguments, networks):
    if arguments.regression:
        return ["regression", networks]
    features = ["--features", arguments.device] if arguments.device in ("wgpu", "cuda") else []
    command = ["cargo", "bench", "--locked", "--quiet", *features, "--bench", "training", "--"]
    command += ["--networks", networks, "--device", arguments.device, "--hidden", arguments.hidden]
    command += ["--batch-size", arguments.batch_size, "--epochs", arguments.epochs]
    return [*map(str, command), "--data-dir", str(Path(arguments.data_dir).absolute())]


def theirs(arguments, python, way, networks):
    device = "cuda" if arguments.device in ("wgpu", "cuda") else "cpu"
    count = min(networks, MOST_ONE_BY_ONE) if way in ONE_BY_ONE else networks
    command = [python, "scripts/pytorch-training.py", "--way", way, "--networks", count, "--device", device]
    command += ["--hidden", *arguments.hidden.split(","), "--batch-size", arguments.batch_size]
    if networks >= 100:
        command += ["--images", arguments.images]
    if arguments.regression:
        command += ["--regression"]
    return [*map(str, command), "--data-dir", arguments.data_dir]


def regression(arguments, networks):
    """Trains with the program; its seconds include start and samples."""
    with tempfile.TemporaryDirectory() as folder:
        layers = arguments.hidden.split(",")
        if len(set(layers)) != 1:
            sys.exit(f"--hidden {arguments.hidden}: expected one width for all layers, such as 25,25")
        command = ["target/release/pipeline", "train", "--function", "peaks", "--hidden", f"{layers[0]}x{len(layers)}"]
        command += ["--samples", 70000, "--validation-samples", 1, "--test-samples", 1, "--seed", f"0..{networks - 1}"]
        command += ["--batch-size", arguments.batch_size, "--epochs", arguments.epochs, "--device", arguments.device]
        command += ["-o", f"{folder}/{{seed}}"]
        start = time.perf_counter()
        subprocess.run([*map(str, command)], check=True, capture_output=True)
        return {"seconds_per_network_epoch": (time.perf_counter() - start) / (networks * arguments.epochs)}


def measure(arguments, command):
    if command[0] == "regression":
        return regression(arguments, command[1])
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        print(f"failed: {' '.join(command)}\n{done.stderr[-2000:]}", file=sys.stderr)
        return None
    return json.loads(lines[-1])


def run(arguments):
    ways = [] if arguments.without_torch else arguments.ways.split(",")
    if arguments.device != "cpu":
        ways = [way for way in ways if way != "processes"]
    python = python_with_torch(arguments.venv) if ways else None
    if arguments.regression:
        subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], check=True)
    arguments.records.parent.mkdir(parents=True, exist_ok=True)
    for networks in map(int, arguments.networks.split(",")):
        commands = {"pipeline": ours(arguments, networks)}
        commands |= {way: theirs(arguments, python, way, networks) for way in ways}
        for turn in range(arguments.rounds):
            names = list(commands)
            names = names[turn % len(names):] + names[: turn % len(names)]
            for name in names:
                found = measure(arguments, commands[name])
                if found is None:
                    continue
                record = {
                    "machine": cpu(),
                    "device": arguments.device,
                    "hardware": found.get("hardware"),
                    "hidden": arguments.hidden,
                    "batch_size": arguments.batch_size,
                    "networks": networks,
                    **({"data": "peaks"} if arguments.regression else {}),
                    "way": name,
                    "seconds_per_network_epoch": found["seconds_per_network_epoch"],
                    "torch": found.get("torch"),
                }
                with arguments.records.open("a") as file:
                    file.write(json.dumps(record) + "\n")
                print(f"{networks:5} {name:14} {record['seconds_per_network_epoch']:.5f}", file=sys.stderr)


def table(arguments):
    lines = arguments.records.read_text().splitlines()
    records = [json.loads(line) for line in lines]
    groups, hardware = {}, {}
    for record in records:
        data = record.get("data", "mnist")
        setting = (record["machine"], record["device"], record["hidden"], record["batch_size"], data)
        if record["way"] == "pipeline":
            hardware[setting] = record.get("hardware") or "the CPU"
        times = groups.setdefault(setting, {}).setdefault(record["networks"], {})
        times.setdefault(record["way"], []).append(record["seconds_per_network_epoch"])
    for setting, by_networks in groups.items():
        machine, device, hidden, batch, data = setting
        inputs, outputs = (784, 10) if data == "mnist" else (2, 1)
        on = hardware.get(setting, "")
        print(f"\n{machine}; device {device}, {on}; {inputs}-{hidden.replace(',', '-')}-{outputs}, batch {batch}; seconds per network-epoch\n")
        ways = ["pipeline", *ONE_BY_ONE, *BATCHED]
        ways = [way for way in ways if any(way in times for times in by_networks.values())]
        print("| K | " + " | ".join(ways) + " | best of PyTorch / pipeline |")
        print("| ---: |" + " ---: |" * (len(ways) + 1))
        for networks, times in sorted(by_networks.items()):
            medians = {way: statistics.median(seconds) for way, seconds in times.items()}
            cells = [f"{medians[way]:.4f}" if way in medians else "" for way in ways]
            peers = [medians[way] for way in medians if way != "pipeline"]
            ratio = f"{min(peers) / medians['pipeline']:.2f}" if peers and "pipeline" in medians else ""
            print(f"| {networks} | " + " | ".join(cells) + f" | {ratio} |")


def main():
    arguments = options()
    os.chdir(Path(__file__).parent.parent)
    if not arguments.table_only:
        run(arguments)
    table(arguments)


if __name__ == "__main__":
    main()
