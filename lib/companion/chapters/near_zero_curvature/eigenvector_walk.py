"""The worst case for straight lines: ends that lie along the direction in which the decoder answers most."""

from dataclasses import dataclass

import torch
from pullback.checks import check_points
from pullback.measures.lengths.length_ratio import LengthRatio, length_ratio
from pullback.metrics.base import Metric
from torch import Tensor

_EIGENVECTORS = {"largest": -1, "smallest": 0}
DIRECTIONS = ("largest", "smallest", "random")
UNITS = ("latent", "riemannian")


@dataclass(frozen=True)
class EigenvectorWalk:
    """Walks along an eigenvector of the metric, and the straight lines between their ends.

    Attributes:
        path: (*batch, 2 n_steps + 1, d) the walk, `z` in its middle; (*batch, n_steps + 1, d) if one-sided.
        lengths: straight lines between the ends of the walk against geodesics.
        condition: (*batch,) largest over smallest eigenvalue of the metric at `z`.
    """

    path: Tensor
    lengths: LengthRatio
    condition: Tensor

    @property
    def gain(self) -> Tensor:
        """By what share of the geodesic the straight line is longer, (*batch,)."""
        return self.lengths.ratio - 1

    def readings(self) -> dict[str, Tensor | float]:
        """Name what a run keeps: `gain` per walk and the `converged` share."""
        return {"gain": self.gain, "converged": self.lengths.converged_share}


def walk(
    metric: Metric,
    z: Tensor,
    step: float,
    *,
    direction: str = "largest",
    unit: str = "latent",
    follow: bool = True,
    both_ways: bool = True,
    n_steps: int = 20,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Walk from points along an eigenvector of the metric.

    $$\dot z = \pm e(z), \qquad G e = \lambda e, \quad |e| = 1 \text{ or } e^\top G e = 1$$

    Following the field is integrated by the midpoint rule, an eigenvector's sign chosen by its neighbour's.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        step: length of the walk to each side.
        direction: "largest" or "smallest" eigenvalue, or "random": a fixed direction, uniform in the latent
            coordinates, as a control.
        unit: of the step: "latent", the length in coordinates, or "riemannian", the length in the metric
            (at `z`, where the walk is straight).
        follow: follow the field of eigenvectors; otherwise keep to the straight line of the one at `z`.
        both_ways: walk to both sides of `z`, a distance `step` each.
        n_steps: steps to a side.
        generator: of random directions, on the device of z.

    Returns:
        (*batch, 2 n_steps + 1, d) points, or (*batch, n_steps + 1, d) for one side.

    Raises:
        ValueError: for an unknown direction or unit, a step that is not positive, or no generator where one
            is needed.
    """
    z = check_points("z", z)
    if direction not in DIRECTIONS:
        raise ValueError(f"direction: got {direction!r}, expected one of {', '.join(DIRECTIONS)}")
    if unit not in UNITS:
        raise ValueError(f"unit: got {unit!r}, expected one of {', '.join(UNITS)}")
    if not step > 0 or n_steps < 1:
        raise ValueError(f"step, n_steps: got {step} and {n_steps}, expected both positive")
    if direction == "random":
        if generator is None:
            raise ValueError("generator: got none, expected one for random directions")
        start = torch.randn(z.shape, generator=generator, dtype=z.dtype, device=z.device)
    else:
        start = _eigenvector(metric, z, direction)

    def field(at: Tensor, towards: Tensor) -> Tensor:
        e = _eigenvector(metric, at, direction) if follow and direction != "random" else towards
        e = torch.where((e * towards).sum(-1, keepdim=True) < 0, -e, e)
        if unit == "latent":
            return e / e.norm(dim=-1, keepdim=True)
        return e / metric.norm(at if follow else z, e)[..., None]

    h = step / n_steps
    sides = []
    for sign in (-1, 1) if both_ways else (1,):
        points, e = [z], field(z, start) * sign
        for _ in range(n_steps):
            e = field(points[-1] + h / 2 * e, e)
            points.append(points[-1] + h * e)
            e = field(points[-1], e)
        sides.append(points)
    if both_ways:
        return torch.stack([*sides[0][:0:-1], *sides[1]], dim=-2)
    return torch.stack(sides[0], dim=-2)


def eigenvector_walk(
    metric: Metric,
    z: Tensor,
    step: float,
    **options,
) -> EigenvectorWalk:
    """Measure straight lines between the ends of walks along the metric's eigenvectors (`eq-length-ratio`).

    Michelis and Becker (2021) look for the worst case of straight lines in this way and report a mean gain
    of 10.20 % over 1000 walks on MNIST, with a metric that grows steeply off the data. The comparison is
    with `direction="random"` at the same step.

    Args:
        metric: any metric.
        z: (*batch, d) points, such as codes of data.
        step: length of the walk to each side.
        **options: those of `walk` go there, the others to `length_ratio`.

    Returns:
        The walks, the lengths and the condition numbers.

    Raises:
        ValueError: as `walk`.
    """
    of_walk = {name: options.pop(name) for name in walk.__kwdefaults__ if name in options}
    path = walk(metric, z, step, **of_walk)
    values = torch.linalg.eigvalsh(metric.matrix(z))
    return EigenvectorWalk(
        path=path,
        lengths=length_ratio(metric, path[..., 0, :], path[..., -1, :], **options),
        condition=values[..., -1] / values[..., 0],
    )


def _eigenvector(metric: Metric, z: Tensor, direction: str) -> Tensor:
    return torch.linalg.eigh(metric.matrix(z)).eigenvectors[..., _EIGENVECTORS[direction]]
