"""How many Jacobians and geodesics a second does each device make, and how often does it wait for its host?

A GPU is measured where there is one. Times are seconds on the wall, since cores share the work here. The
floor is what the arithmetic alone would take at the rate that the device reaches on a large matrix product.
"""

import os
import statistics
import time
from collections.abc import Callable

import torch
from common import LONG, arguments, codes, decoder, pairs, show, write
from companion.training import TrainingConfig, initial_model
from companion.training.fitting import fit
from geodesics import FAST, FLOOR
from metric_tensor import flops
from pullback import PullbackMetric, geodesic
from torch.utils._python_dispatch import TorchDispatchMode

QUESTION = __doc__.strip().splitlines()[0]
READS = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "_unique2", "bincount"}
STEPS = 40


class HostReads(TorchDispatchMode):
    """Count the operations whose result the host has to know to go on: on a GPU, each is a wait."""

    def __init__(self):
        super().__init__()
        self.operations, self.reads = 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name.split("::")[1]
        chosen = args[1] if name == "index" else ()
        by_mask = any(part is not None and part.dtype == torch.bool for part in chosen)
        self.operations += 1
        self.reads += name in READS or by_mask
        return function(*args, **(kwargs or {}))


def devices() -> dict[str, tuple[str, int]]:
    """Name what there is to measure: device and threads of the processor."""
    cores = os.cpu_count() or 1
    found = {"one core": ("cpu", 1)} | ({f"{cores} cores": ("cpu", cores)} if cores > 1 else {})
    return found | ({torch.cuda.get_device_name(): ("cuda", 1)} if torch.cuda.is_available() else {})


def wall_seconds(call: Callable[[], object], device: str, repeats: int) -> dict[str, float]:
    """Measure a call, the device's own work included."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    start = time.perf_counter()
    call()
    wait()
    if (first := time.perf_counter() - start) > LONG:
        return {"median": first, "min": first, "max": first}
    seconds = []
    for _ in range(repeats):
        wait()
        start = time.perf_counter()
        call()
        wait()
        seconds.append(time.perf_counter() - start)
    return {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)}


def rate_of(device: str, n: int) -> float:
    """Rate of an n x n matrix product in single precision, in FLOP a second."""
    a, b = torch.randn(2, n, n, device=device)
    return 2 * n**3 / wall_seconds(lambda: a @ b, device, 10)["min"]


def measure(name: str, device: str, options) -> list[dict]:
    """Time Jacobians, and geodesics of either setting, on one decoder."""
    network = decoder(name).to(device)
    metric, rate = PullbackMetric(network), rate_of(device, 512 if options.quick else 2048)
    n_points, n_pairs, n_few = (500, 20, 20) if options.quick else (100_000, 4000, 400)
    z = codes(name).to(device).repeat(n_points // len(codes(name)) + 1, 1)[:n_points]
    a, b = (end.to(device) for end in pairs(name, n_pairs))
    floor = flops(name, folded=True)
    points, evaluations = FLOOR[name]
    tasks = {
        "metric tensors": (n_points, lambda: metric.matrix(z), floor),
        "geodesics, fast": (
            n_pairs,
            lambda: geodesic(metric, a, b, **FAST[name]),
            points * evaluations * floor,
        ),
        "geodesics, default": (n_few, lambda: geodesic(metric, a[:n_few], b[:n_few]), None),
    }
    rows = []
    for what, (n, call, work) in tasks.items():
        with torch.no_grad():
            seconds = wall_seconds(call, device, options.repeats)
            with HostReads() as counted:
                result = call()
        row = {
            "decoder": name,
            "what": what,
            "n": n,
            "wall_seconds": seconds,
            "a_second": n / seconds["median"],
        }
        row |= {"operations": counted.operations, "host_reads": counted.reads}
        row |= {"steps": int(result.n_steps.max())} if hasattr(result, "n_steps") else {}
        rows.append(row | ({"share_of_floor": n * work / rate / seconds["median"]} if work else {}))
    return rows


def training(device: str, options) -> list[dict]:
    """Time a convolutional VAE's training, with free and with deterministic algorithms."""
    n = 32 * (2 if options.quick else STEPS)
    settings = {"latent_dim": 16, "batch_size": 32, "epochs": 1, "device": device}
    config = TrainingConfig(model="vae-instance-conv", dataset="mnist", **settings)
    images = torch.rand(n, 1, 28, 28, generator=torch.Generator().manual_seed(0)).to(device)
    rows = []
    for deterministic in (False, True):
        torch.use_deterministic_algorithms(deterministic)

        def train():
            fit(initial_model(config, (1, 28, 28), 10).to(device), images, config, progress=False)

        seconds = wall_seconds(train, device, options.repeats)
        how = "deterministic" if deterministic else "free"
        row = {"decoder": "conv. VAE", "what": f"images trained on, {how} algorithms", "n": n}
        rows.append(row | {"wall_seconds": seconds, "a_second": n / seconds["median"]})
    torch.use_deterministic_algorithms(False)
    return rows


def main() -> None:
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic products need on a GPU
    options = arguments(QUESTION)
    rows = []
    for title, (device, threads) in devices().items():
        torch.set_num_threads(threads)
        found = [row for name in "AB" for row in measure(name, device, options)] + training(device, options)
        rows += [{"device": title, **row} for row in found]
    torch.set_num_threads(1)
    columns = {"device": "", "decoder": "", "what": "", "a_second": ",.0f", "share_of_floor": ".2f"}
    show(rows, columns | {"operations": ",", "host_reads": ",", "steps": ""})
    write("devices", QUESTION, rows, options)


if __name__ == "__main__":
    main()
