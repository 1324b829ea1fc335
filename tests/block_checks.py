"""Hold what the library makes of a decoder against finite differences; say in a word what it makes of it."""

import re
from collections.abc import Callable
from typing import NamedTuple

import torch
from problems import generator
from pullback import PullbackMetric
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.maps.layers import is_opaque, layers_of
from pullback.maps.probe import modules_behind
from pullback.metrics.metric_derivatives import metric_derivative
from torch import Tensor, nn

# Steps of central differences in float64, for first and second derivatives, and what they leave: step^2, and
# rounding over the step, or over its square.
FIRST, SECOND = 1e-5, 2e-4
FIRST_ERROR, SECOND_ERROR = 1e-6, 2e-4

WORKS, SLOW, LENGTHS, REFUSED = "works", "works without speed", "lengths alone", "refused"


class Outcome(NamedTuple):
    """What became of a decoder, and the words in which something was refused."""

    verdict: str
    reason: str = ""


def decoder(make: Callable[[], Callable]) -> Callable:
    """Make a decoder from a fixed seed, in double precision and evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = make()
        exported = isinstance(net, torch.fx.GraphModule)
        return net.double().eval() if isinstance(net, nn.Module) and not exported else net


def points(n: int = 3, seed: int = 7) -> Tensor:
    """Draw points of three coordinates."""
    return torch.randn(n, 3, dtype=torch.float64, generator=generator(seed))


def differences(f: Callable, z: Tensor) -> tuple[Tensor, Tensor]:
    """Difference a map twice: Jacobians (n, m, d) and Hessians (n, m, d, d)."""
    steps = torch.eye(z.shape[-1], dtype=z.dtype)
    J = torch.stack([(f(z + FIRST * e) - f(z - FIRST * e)) / (2 * FIRST) for e in steps], dim=-1)

    def mixed(a: Tensor, b: Tensor) -> Tensor:
        up, down = SECOND * (a + b), SECOND * (a - b)
        return (f(z + up) - f(z + down) - f(z - down) + f(z - up)) / (4 * SECOND**2)

    return J, torch.stack([torch.stack([mixed(a, b) for b in steps], dim=-1) for a in steps], dim=-2)


def error(found: Tensor, truth: Tensor) -> float:
    """Return the largest error over the largest entry."""
    return float((found - truth).abs().max() / truth.abs().max().clamp(min=1e-2))


def examine(net: Callable, z: Tensor) -> Outcome:
    """Compare value, Jacobian, Hessians both ways and the metric's derivative with differences.

    Raises:
        AssertionError: for a number that is wrong, and a refusal in more than one line.
    """
    metric, kept = PullbackMetric(net), _state(net)
    f = DifferentiatedMap(net)  # the metric may fold the last layer
    try:
        try:
            G, (x, J) = metric.matrix(z), f.value_and_jacobian(z)
        except ValueError as refusal:
            return Outcome(REFUSED, one_line(refusal))
        with torch.no_grad():
            truth, (dx, ddx) = net(z.clone()), differences(lambda q: net(q.clone()), z)
        assert error(J, dx) < FIRST_ERROR, "Jacobian"
        assert error(G, J.mT @ J) < FIRST_ERROR, "metric"
        torch.testing.assert_close(x, truth)
        # Each way to a second derivative stands for itself: one that is refused does not excuse another.
        weights = torch.linspace(-1, 1, dx.shape[1], dtype=z.dtype).expand(len(z), -1)
        dG = torch.einsum("naik,naj->nijk", ddx, dx)
        ways = {
            "Hessian forwards": (lambda: f.value_jacobian_and_hessian(z)[2], ddx),
            "Hessian backwards": (
                lambda: f.linearise(z).weighted_hessian(weights),
                torch.einsum("na,naij->nij", weights, ddx),
            ),
            "metric's derivative": (lambda: metric_derivative(metric, z)[1], dG + dG.transpose(1, 2)),
        }
        reasons = [_second(name, *way) for name, way in ways.items()]
        if any(reasons):
            return Outcome(LENGTHS, next(filter(None, reasons)))
        assert not any(part.requires_grad for part in (x, J, G)), "graph"
        return Outcome(SLOW if any(map(is_opaque, layers_of(net))) else WORKS)
    finally:
        for name, tensor in _state(net).items():
            assert torch.equal(tensor, kept.get(name, tensor)), name


def _second(name: str, find: Callable[[], Tensor], truth: Tensor) -> str:
    try:
        found = find()
    except ValueError as refusal:
        return one_line(refusal)
    assert error(found, truth) < SECOND_ERROR, f"{name} off by {error(found, truth):.2g}"
    return ""


def _state(net: Callable) -> dict[str, Tensor]:
    return {
        f"{i} {name}": tensor.clone()
        for i, module in enumerate(modules_behind(net))
        for name, tensor in module.state_dict().items()
        if isinstance(tensor, Tensor)
    }


def one_line(refusal: ValueError) -> str:
    text = str(refusal)
    assert re.fullmatch(r"\w+: .+", text), text
    return text.partition(": ")[2]
