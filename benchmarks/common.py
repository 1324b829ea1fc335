"""What every benchmark shares: the decoders, the pairs, the clock, and the file a result goes to."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import Tensor, nn

HERE = Path(__file__).resolve().parent
LONG = 10.0
"""Seconds above which a call is measured once."""
ACTIVATIONS = {"A": nn.Tanh, "B": nn.ELU}


def arguments(question: str) -> argparse.Namespace:
    """Parse the options that all benchmarks take, and give PyTorch one thread."""
    parser = argparse.ArgumentParser(description=question)
    parser.add_argument("--quick", action="store_true", help="small sizes, two repeats: seconds, not minutes")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder of the result files")
    options = parser.parse_args()
    options.repeats = 2 if options.quick else 5
    torch.set_num_threads(1)
    return options


def weights(name: str) -> list[np.ndarray]:
    """Load the weights and biases of decoder A (2-64-64-784, tanh) or B (32-64-64-784, ELU)."""
    with np.load(HERE / "decoders" / f"dec_{name}.npz") as arrays:
        return [arrays[f"w{i}"] for i in range(6)]


def fill(network: nn.Module, name: str, dtype: torch.dtype) -> nn.Module:
    """Copy the weights of a decoder into the affine layers of a network of any framework of layers."""
    arrays = weights(name)
    with torch.no_grad():
        for i, parameter in enumerate(network.parameters()):
            parameter.copy_(torch.from_numpy(arrays[i]))
    return network.to(dtype).eval().requires_grad_(False)


def decoder(name: str, dtype: torch.dtype = torch.float32, *, sigmoid: bool = False) -> nn.Sequential:
    """Build a decoder; with a sigmoid output nothing of it folds."""
    sizes = [w.shape for w in weights(name)[::2]]
    act = ACTIVATIONS[name]
    layers = [layer for w in sizes for layer in (nn.Linear(w[1], w[0]), act())][:-1]
    network = fill(nn.Sequential(*layers), name, dtype)
    return nn.Sequential(*network, nn.Sigmoid()) if sigmoid else network


def codes(name: str, dtype: torch.dtype = torch.float32) -> Tensor:
    """Load the codes (1797, d) of the digits that a decoder was trained on."""
    with np.load(HERE / "decoders" / f"dec_{name}.npz") as arrays:
        return torch.from_numpy(arrays["Z"]).to(dtype)


def pairs(name: str, n: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Draw n pairs of codes, seed 1: 2 n different codes where there are so many."""
    z = codes(name, dtype)
    random = np.random.default_rng(1)
    index = random.permutation(len(z))[: 2 * n] if 2 * n <= len(z) else random.integers(0, len(z), 2 * n)
    return z[index[:n]], z[index[n:]]


def time_in_turns(
    calls: dict[str, Callable[[], object]], repeats: int, *, shortest: float = 0.05
) -> dict[str, dict]:
    """Measure the CPU seconds of each call, in turns, so that a drift of the machine meets all alike.

    A call shorter than `shortest` is repeated within one measurement until it is not; one of more than ten
    seconds is measured once.
    """
    inner, seconds = {}, {}
    for name, call in calls.items():
        once = _cpu_seconds(call, 1)  # the first call also pays for what loads lazily
        once = min(once, _cpu_seconds(call, 1)) if once < 1 else once
        inner[name] = max(1, int(shortest / max(once, 1e-6)))
        seconds[name] = [once] if once > LONG else []
    for _ in range(repeats):
        for name, call in calls.items():
            if not seconds[name] or seconds[name][0] <= LONG:
                seconds[name].append(_cpu_seconds(call, inner[name]))
    return {
        name: {
            "median": statistics.median(s),
            "min": min(s),
            "max": max(s),
            "repeats": len(s),
            "inner": inner[name],
        }
        for name, s in seconds.items()
    }


def _cpu_seconds(call: Callable[[], object], inner: int) -> float:
    start = time.process_time()
    for _ in range(inner):
        call()
    return (time.process_time() - start) / inner


def keep_freed_memory() -> None:
    """Make glibc keep freed memory for the next call, as it does once it has seen a block of 31 MiB freed.

    Before that it may hand large temporaries back to the system at every step and page them in again, which
    doubles the time of whatever makes many of them, here or in a peer.
    """
    torch.empty(31 << 18)


def gemm_rate(dtype: torch.dtype = torch.float32, n: int = 512) -> float:
    """Measure the best rate of an n x n matrix product on one thread, in FLOP a second."""
    a, b = torch.randn(n, n, dtype=dtype), torch.randn(n, n, dtype=dtype)
    return 2 * n**3 / min(_cpu_seconds(lambda: a @ b, 5) for _ in range(10))


def machine() -> dict:
    """Describe the machine as it is now, its load included."""
    cpu = next(
        (line.split(":")[1].strip() for line in _read("/proc/cpuinfo").splitlines() if "model name" in line),
        platform.processor() or platform.machine(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "gemm_gflops_float32": round(gemm_rate() / 1e9, 1),
        "gemm_gflops_float64": round(gemm_rate(torch.float64) / 1e9, 1),
    }


def versions() -> dict:
    """List the versions of what takes part."""
    found = {"python": platform.python_version()}
    for package in ("torch", "numpy", "scipy", "stochman", "pullback"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def write(name: str, question: str, rows: list[dict], options: argparse.Namespace, **more) -> Path:
    """Write benchmarks/results/<name>.json: what was asked, on what, and the rows of the answer."""
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{name}.json"
    result = {
        "name": name,
        "question": question,
        "quick": options.quick,
        "machine": machine(),
        "versions": versions(),
        "commit": _git("rev-parse", "HEAD"),
        "clean": _git("status", "--porcelain", "--", ":/lib", ":/benchmarks/*.py") == "",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        **more,
        "rows": rows,
    }
    path.write_text(json.dumps(result, indent=1) + "\n")
    return path


def show(rows: Iterable[dict], columns: dict[str, str]) -> None:
    """Print rows as a table; `columns` maps a key to the format of its values."""
    rows = [
        ["" if row.get(key) is None else format(row[key], form) for key, form in columns.items()]
        for row in rows
    ]
    table = [list(columns), *rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)))


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _git(*words: str) -> str | None:
    done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
