"""Random decoders, chained from the blocks of the table: right against differences, or refused in a line.

`PYTHONPATH=lib:tests nice .venv/bin/python tests/decoder_fuzz.py --log FILE --seeds 10000` goes on where the
log ends, one line a seed, and writes the summary beside the benchmarks when all are there.
"""

import argparse
import copy
import json
import os
import random
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
from block_checks import Outcome, one_line
from decoder_table import BLOCKS, recorded
from pullback import PullbackMetric, geodesic, sectional_curvature
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.metrics.metric_derivatives import metric_derivative
from torch import Tensor, nn

SUMMARY = Path(__file__).parents[1] / "benchmarks" / "results" / "decoder_fuzz.json"
RIGHT, REFUSED, LENGTHS, UNKNOWN = "right", "refused", "lengths alone", "no quotient to compare with"
WRONG, TRACEBACK = "WRONG", "TRACEBACK"
# Relative errors that are let pass beside what two quotients differ by, for first and second derivatives.
SHARES = {torch.float64: (1e-5, 1e-3), torch.float32: (1e-2, 5e-2)}
STEPS = (2e-5, 4e-4)


class Chain(nn.Module):
    """Blocks one after the other, with an affine layer before each."""

    def __init__(self, parts: list):
        super().__init__()
        self.training, self.names = False, []
        for i, part in enumerate(parts):
            if isinstance(part, nn.Module):
                self.add_module(f"part{i}", part)
            else:
                object.__setattr__(self, f"part{i}", part)
            self.names.append(f"part{i}")

    def forward(self, z: Tensor) -> Tensor:
        for name in self.names:
            z = getattr(self, name)(z)
        return z


def doubled(net: nn.Module) -> nn.Module:
    """Replace the `forward` of the instance."""
    own = net.forward
    net.forward = lambda z: 2 * own(z)
    return net


def hooked(net: nn.Module) -> nn.Module:
    """Hang a hook that changes the output onto a decoder."""
    net.register_forward_hook(lambda module, inputs, x: x + x.sin())
    return net


COATS: dict[str, Callable] = {
    "bare": lambda net: net,
    "function": lambda net: lambda z: net(z),
    "method": lambda net: net.forward,
    "no_grad": lambda net: torch.no_grad()(net),
    "hook": hooked,
    "forward replaced": doubled,
    "frozen": lambda net: net.requires_grad_(False),
    "twice": lambda net: lambda z: torch.cat([net(z), net(z).square()], -1),
    "copied": copy.deepcopy,
}


def build(seed: int, dtype: torch.dtype) -> tuple[Callable, Tensor, str]:
    """Build a decoder from a seed, with points to measure it at and a description."""
    dice = random.Random(seed)
    d, n = dice.choice((1, 2, 2, 2, 3, 3, 5)), dice.choice((1, 2, 3, 7))
    depth = dice.choices(range(1, 7), weights=range(6, 0, -1))[0]
    table, names = recorded(), list(BLOCKS)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        parts, keys, width = [], [], d
        while len(keys) < depth:
            key = dice.choice(names)
            # What is refused hides what is beside it, and compiling takes seconds.
            rare = not table[key].verdict.startswith("works") or "compile" in key[1]
            if rare and dice.random() > 0.1:
                continue
            keys.append(key)
            block = cast(BLOCKS[key](), dtype)
            parts += [cast(nn.Linear(width, 3), dtype), block]
            with torch.no_grad():
                probe = torch.zeros(1, 3, dtype=dtype)
                try:
                    width = block(probe).shape[1]
                except Exception:  # a block for double precision alone, or no decoder at all
                    width = 5
        flat = dice.random() < 0.5
        # Parts are in evaluation mode each; an exported one has no modes.
        net = nn.Sequential(*parts) if flat and all(isinstance(p, nn.Module) for p in parts) else Chain(parts)
        coat = dice.choice(list(COATS))
        z = torch.randn(n, d, dtype=torch.float64)
    told = f"d={d} n={n} {coat}: " + " | ".join(f"{kind} {name}" for kind, name in keys)
    return COATS[coat](net), z.to(dtype), told


def cast(part: Callable, dtype: torch.dtype) -> Callable:
    """Give a block the type of its numbers, in evaluation mode."""
    if isinstance(part, nn.Module) and not isinstance(part, torch.fx.GraphModule):
        return part.to(dtype).eval()
    return part


def quotients(f: Callable, z: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Difference a map twice in one batch: Jacobians (n, m, d) and Hessians (n, m, d, d)."""
    (n, d), first, second = z.shape, STEPS[0] * share, STEPS[1] * share
    steps = torch.eye(d, dtype=z.dtype)
    a, b = steps[:, None].expand(d, d, d), steps[None].expand(d, d, d)
    corners = torch.stack([a + b, a - b, b - a, -a - b]).reshape(-1, d) * second
    moves = torch.cat([first * steps, -first * steps, corners])
    x = f((z[:, None] + moves).reshape(-1, d)).reshape(n, len(moves), -1)
    J = (x[:, :d] - x[:, d : 2 * d]).mT / (2 * first)
    corner = x[:, 2 * d :].reshape(n, 4, d, d, -1)
    H = (corner[:, 0] - corner[:, 1] - corner[:, 2] + corner[:, 3]) / (4 * second**2)
    return J, H.movedim(-1, 1)


def is_off(found: Tensor, pair: tuple[Tensor, Tensor], share: float) -> bool:
    """Return whether a number differs from quotients by more than these differ from one another."""
    coarse, fine = pair
    doubt = 5 * (coarse - fine).abs().amax() + share * fine.abs().amax().clamp(min=1e-2)
    return not bool((found.double() - fine).abs().amax() <= doubt)


def says_nothing(pair: tuple[Tensor, Tensor]) -> bool:
    """Return whether quotients of two steps have nothing in common: a kink, or numbers out of range."""
    coarse, fine = pair
    gap, size = (coarse - fine).abs().amax(), fine.abs().amax().clamp(min=1e-2)
    return not bool(gap <= 0.05 * size)


def examine(seed: int) -> Outcome:
    """Build and measure one decoder."""
    dtype = torch.float64 if seed % 4 else torch.float32
    net, z, _ = build(seed, dtype)
    metric, f = PullbackMetric(net), DifferentiatedMap(net)  # the metric may fold the last layer
    try:
        J = f.value_and_jacobian(z)[1]
        G = metric.matrix(z)
    except ValueError as refusal:
        return Outcome(REFUSED, one_line(refusal))
    weights = torch.linspace(-1, 1, J.shape[1], dtype=z.dtype).expand(len(z), -1)
    asked = {
        "Hessian forwards": lambda: f.value_jacobian_and_hessian(z)[2],
        "Hessian backwards": lambda: f.linearise(z).weighted_hessian(weights),
        "metric's derivative": lambda: metric_derivative(metric, z)[1],
    }
    if seed % 3:
        del asked["metric's derivative"]  # which takes as long as all the rest
    found, refused = {"Jacobian": J, "metric": G}, ""
    for name, find in asked.items():
        try:
            found[name] = find()
        except ValueError as refusal:
            refused = refused or one_line(refusal)
    if seed % 10 == 0:
        refused = refused or _use(metric, z)
    exact = build(seed, torch.float64)[0]
    verdict = _compare(found, exact, z.double(), SHARES[dtype], (1.0, 0.5))
    if verdict.verdict == WRONG:  # or a crease beside the point: then shorter steps say something else
        verdict = _compare(found, exact, z.double(), SHARES[dtype], (0.25, 0.1))
    if verdict.verdict == RIGHT and refused:
        return Outcome(LENGTHS, refused)
    return verdict


def _compare(
    found: dict[str, Tensor],
    exact: Callable,
    z: Tensor,
    shares: tuple[float, float],
    steps: tuple[float, float],
) -> Outcome:
    """Compare what was found with quotients of two steps."""
    with torch.no_grad():
        first, second = zip(*(quotients(exact, z, step) for step in steps))
    if not found["Jacobian"].isfinite().all() or says_nothing(first):
        return Outcome(UNKNOWN)
    weights = torch.linspace(-1, 1, first[0].shape[1], dtype=z.dtype).expand(len(z), -1)
    dG = [torch.einsum("naik,naj->nijk", h, j) for j, h in zip(first, second)]
    pairs = {
        "Jacobian": first,
        "metric": [j.mT @ j for j in first],
        "Hessian forwards": second,
        "Hessian backwards": [torch.einsum("na,naij->nij", weights, h) for h in second],
        "metric's derivative": [g + g.transpose(1, 2) for g in dG],
    }
    for name, value in found.items():
        is_first = name in ("Jacobian", "metric")
        if not is_first and says_nothing(second):
            return Outcome(UNKNOWN, "of second order")
        if is_off(value, pairs[name], shares[0] if is_first else shares[1]):
            return Outcome(WRONG, name)
    return Outcome(RIGHT)


def _use(metric: PullbackMetric, z: Tensor) -> str:
    """Ask for geodesics and curvature, for the sake of what they raise."""
    try:
        geodesic(metric, z, z + 0.1, n_segments=4, max_steps=2)
        if z.shape[1] > 1:
            sectional_curvature(metric, z, torch.ones_like(z), torch.arange(z.shape[1]).to(z) + z)
    except ValueError as refusal:
        return one_line(refusal)
    return ""


def outcome(seed: int) -> Outcome:
    """Examine one decoder; what it raises besides refusals is an outcome too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return examine(seed)
        except Exception as error:
            return Outcome(TRACEBACK, f"{type(error).__name__}: {str(error)[:300]}")


def main() -> None:
    """Examine the seeds that are not in the log yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--note", default="", help="for the summary: where and with what this was measured")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = options.log.read_text().splitlines() if options.log.exists() else []
    done = {json.loads(line)["seed"]: json.loads(line) for line in lines}
    with options.log.open("a") as log:
        for seed in range(options.seeds):
            if seed in done:
                continue
            verdict, reason = outcome(seed)
            done[seed] = {"seed": seed, "verdict": verdict, "reason": reason}
            log.write(json.dumps(done[seed]) + os.linesep)
            log.flush()
    found = [done[seed] for seed in range(options.seeds)]
    summary = {
        "decoders": len(found),
        "seeds": f"0 to {len(found) - 1}",
        "torch": torch.__version__,
        "note": options.note,
        "verdicts": dict(Counter(row["verdict"] for row in found).most_common()),
        "wrong": [row["seed"] for row in found if row["verdict"] in (WRONG, TRACEBACK)],
    }
    SUMMARY.write_text(json.dumps(summary, indent=1) + "\n")
    print(summary)


if __name__ == "__main__":
    main()
