#!/usr/bin/env python3
"""Trains networks with one variant of PyTorch and prints the seconds per network and epoch.

The training is `pipeline train --dataset mnist`: cross-entropy, Adam with L2 decay, batches in
file order, float32, the images in memory (on the device) as float tensors. The variants:

    loop         one network after the other: nn.Linear, torch.optim.Adam
    loop-fused   the same with Adam(fused=True)
    processes    loop-fused in one single-threaded process per core (CPU only)
    bmm          all networks stacked: torch.baddbmm, Adam(fused=True)
    bmm-compiled the whole step of the stack (loss, gradient, Adam) in torch.compile
    vmap         torch.func: vmap over grad of one network, fused Adam
    vmap-compiled the same, gradient in torch.compile

With --regression it is `pipeline train --function peaks`: two inputs, one output, squared error, no decay, 70,000
samples.

Prints one JSON object; `seconds_per_network_epoch` is the median of the timed epochs, after one
untimed warm-up epoch (including compilation). Called by bench-training.py.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import statistics
import time
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

WAYS = ["loop", "loop-fused", "processes", "bmm", "bmm-compiled", "vmap", "vmap-compiled"]
LEARNING_RATE, DECAY = 1e-3, 1e-3
SAMPLES = 70000


def read_idx(folder, name, header):
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rb") as file:
                return numpy.frombuffer(file.read()[header:], dtype=numpy.uint8)
    raise SystemExit(f"{folder}: {name}[.gz] is missing")


def load(data_dir, device):
    folder = Path(data_dir) / "mnist"
    labels = read_idx(folder, "train-labels-idx1-ubyte", 8)
    images = read_idx(folder, "train-images-idx3-ubyte", 16).reshape(len(labels), -1)
    inputs = torch.from_numpy(images.astype(numpy.float32) / 255).to(device)
    return inputs, torch.from_numpy(labels.astype(numpy.int64)).to(device)


def samples(device):
    """Random inputs, and a smooth function of them between 0 and 1."""
    generator = torch.Generator().manual_seed(0)
    inputs = 4 * torch.rand(SAMPLES, 2, generator=generator) - 2
    targets = torch.exp(-(inputs**2).sum(dim=1, keepdim=True))
    return inputs.to(device), targets.to(device)


def mean_loss(outputs, targets):
    """Of labels the cross-entropy, of numbers the squared error."""
    return mse_loss(outputs, targets) if targets.is_floating_point() else cross_entropy(outputs, targets)


def decay(sizes):
    return DECAY if sizes[-1] == 10 else 0.0


def batches(data, size):
    inputs, labels = data
    for start in range(0, len(labels), size):
        yield inputs[start : start + size], labels[start : start + size]


def network(sizes, device):
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(device)


def stacked(count, sizes, device):
    """Weights (count x in x out) and biases (count x 1 x out), layer after layer."""
    networks = [network(sizes, device) for _ in range(count)]
    parameters = []
    for position in range(0, 2 * (len(sizes) - 1), 2):
        layers = [net[position] for net in networks]
        parameters.append(torch.stack([layer.weight.detach().T.contiguous() for layer in layers]))
        parameters.append(torch.stack([layer.bias.detach()[None, :] for layer in layers]))
    return [parameter.requires_grad_() for parameter in parameters]


def stacked_loss(parameters, inputs, labels):
    """The sum of the networks' mean losses."""
    count = parameters[0].shape[0]
    h = inputs.expand(count, *inputs.shape)
    last = len(parameters) - 2
    for position in range(0, len(parameters), 2):
        h = torch.baddbmm(parameters[position + 1], h, parameters[position])
        h = h if position == last else torch.relu(h)
    if labels.is_floating_point():
        return (h - labels).square().mean(dim=(1, 2)).sum()
    log = torch.log_softmax(h, 2)
    return -log.gather(2, labels.expand(count, -1)[:, :, None]).mean(dim=(1, 2)).sum()


class Loop:
    def __init__(self, count, sizes, device, fused):
        self.networks = [network(sizes, device) for _ in range(count)]
        options = dict(lr=LEARNING_RATE, weight_decay=decay(sizes), fused=fused)
        self.optimisers = [torch.optim.Adam(net.parameters(), **options) for net in self.networks]

    def epoch(self, data, size):
        for net, optimiser in zip(self.networks, self.optimisers):
            for inputs, labels in batches(data, size):
                optimiser.zero_grad()
                mean_loss(net(inputs), labels).backward()
                optimiser.step()


class Stack:
    def __init__(self, count, sizes, device):
        self.parameters = stacked(count, sizes, device)
        options = dict(lr=LEARNING_RATE, weight_decay=decay(sizes), fused=True)
        self.optimiser = torch.optim.Adam(self.parameters, **options)

    def epoch(self, data, size):
        for inputs, labels in batches(data, size):
            self.optimiser.zero_grad()
            stacked_loss(self.parameters, inputs, labels).backward()
            self.optimiser.step()


class CompiledStack:
    """Loss, gradient and Adam of the whole stack as one compiled function."""

    def __init__(self, count, sizes, device):
        self.parameters = [p.detach() for p in stacked(count, sizes, device)]
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]
        self.steps = torch.zeros((), device=device)
        self.decay = decay(sizes)
        self.step = torch.compile(self.plain_step)

    def plain_step(self, parameters, first, second, steps, inputs, labels):
        gradients = torch.func.grad(stacked_loss)(parameters, inputs, labels)
        steps += 1
        rate = LEARNING_RATE / (1 - 0.9**steps)
        correction = 1 / (1 - 0.999**steps)
        for value, gradient, m, v in zip(parameters, gradients, first, second):
            gradient = gradient + self.decay * value
            m.mul_(0.9).add_(gradient, alpha=0.1)
            v.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            value.sub_(rate * m / ((v * correction).sqrt() + 1e-8))

    def epoch(self, data, size):
        state = (self.parameters, self.first, self.second, self.steps)
        with torch.no_grad():
            for inputs, labels in batches(data, size):
                self.step(*state, inputs, labels)


class Vmap:
    def __init__(self, count, sizes, device, compiled):
        base = network(sizes, device)
        networks = [network(sizes, device) for _ in range(count)]
        self.parameters, _ = torch.func.stack_module_state(networks)
        options = dict(lr=LEARNING_RATE, weight_decay=decay(sizes), fused=True)
        self.optimiser = torch.optim.Adam(self.parameters.values(), **options)

        def loss(parameters, inputs, labels):
            outputs = torch.func.functional_call(base, parameters, (inputs,))
            return mean_loss(outputs, labels)

        gradient = torch.func.vmap(torch.func.grad(loss), in_dims=(0, None, None))
        self.gradient = torch.compile(gradient) if compiled else gradient

    def epoch(self, data, size):
        for inputs, labels in batches(data, size):
            gradients = self.gradient(self.parameters, inputs, labels)
            for name, parameter in self.parameters.items():
                parameter.grad = gradients[name].detach()
            self.optimiser.step()


def trainer(way, count, sizes, device):
    match way:
        case "loop":
            return Loop(count, sizes, device, fused=False)
        case "loop-fused" | "processes":
            return Loop(count, sizes, device, fused=True)
        case "bmm":
            return Stack(count, sizes, device)
        case "bmm-compiled":
            return CompiledStack(count, sizes, device)
        case "vmap":
            return Vmap(count, sizes, device, compiled=False)
        case "vmap-compiled":
            return Vmap(count, sizes, device, compiled=True)


def timed_epochs(arguments, count):
    """Seconds of each epoch of `count` networks, after one warm-up epoch."""
    data = samples(arguments.device) if arguments.regression else load(arguments.data_dir, arguments.device)
    all_samples = len(data[1])
    if arguments.images:
        data = tuple(part[: arguments.images] for part in data)
    inputs, outputs = (2, 1) if arguments.regression else (784, 10)
    sizes = [inputs, *arguments.hidden, outputs]
    training = trainer(arguments.way, count, sizes, arguments.device)
    seconds = []
    for _ in range(arguments.epochs + 1):
        start = time.perf_counter()
        training.epoch(data, arguments.batch_size)
        if arguments.device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return [each * all_samples / len(data[1]) for each in seconds[1:]]


def in_a_process(arguments, count, queue, barrier):
    torch.set_num_threads(1)
    barrier.wait()
    queue.put(timed_epochs(arguments, count))


def in_processes(arguments, workers):
    """As many processes as cores, each with its share of the networks."""
    queue, barrier = multiprocessing.Queue(), multiprocessing.Barrier(workers)
    shares = [len(range(worker, arguments.networks, workers)) for worker in range(workers)]
    children = [
        multiprocessing.Process(target=in_a_process, args=(arguments, share, queue, barrier))
        for share in shares
    ]
    for child in children:
        child.start()
    times = [queue.get() for _ in children]
    for child in children:
        child.join()
    return [max(epoch) for epoch in zip(*times)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, required=True)
    parser.add_argument("--networks", type=int, default=10)
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64])
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1, help="timed epochs, after one warm-up epoch")
    parser.add_argument("--images", type=int, help="use only the first N samples, with seconds scaled up to all")
    parser.add_argument("--regression", action="store_true", help="learn a function of two numbers instead of MNIST")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--data-dir", default=os.environ.get("PIPELINE_DATA_DIR", "datasets"))
    arguments = parser.parse_args()
    torch.set_float32_matmul_precision("highest")
    if arguments.way == "processes":
        workers = min(arguments.networks, len(os.sched_getaffinity(0)))
        seconds = in_processes(arguments, workers)
    else:
        seconds = timed_epochs(arguments, arguments.networks)
    record = {
        "way": arguments.way,
        "networks": arguments.networks,
        "device": arguments.device,
        "hardware": torch.cuda.get_device_name() if arguments.device == "cuda" else None,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "seconds_per_network_epoch": statistics.median(seconds) / arguments.networks,
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
