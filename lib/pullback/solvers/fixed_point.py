"""The fixed-point solver of Arvanitidis, Hauberg, Hennig and Schober (2019), after the authors' code."""

import torch
from torch import Tensor

from pullback.curvature.connection import geodesic_acceleration
from pullback.curves.discrete_curve import linear_interpolation
from pullback.metrics.base import Metric
from pullback.solvers.solution import Solution
from pullback.solvers.stationarity import stationarity

# All four as in the authors' code, so that the solver compared with is theirs.
_CUT, _CUTS = 0.33, 3
_ACCELERATION_NOISE, _END_VARIANCE = 1e-4, 1e-10


def solve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    n_knots: int = 10,
    threshold: float = 0.1,
) -> Solution:
    r"""Fit a Gaussian process to the accelerations that a geodesic would have, until they agree
    (`eq-fixed-point`).

    $$\ddot c_{new}(t_n) = -\Gamma(c(t_n))(\dot c(t_n), \dot c(t_n)), \qquad c = E[c \mid c(0), c(1), \ddot
    c(t_n)]$$

    Squared exponential kernel of length scale sqrt(dt / 2), dt the distance of the knots; noise 1e-4 on the
    accelerations, variance 1e-10 at the ends; the prior mean is the straight line and the output scale |z1 -
    z0|^2 times the identity, where the authors scale with the covariance of their data. A step that raises
    the summed squared disagreement is cut to 0.33 of itself, up to three times. No Jacobian of the equation
    is needed, and the curve has the accuracy of the fit: the authors' threshold is loose, and few knots bend
    only so far.

    Args:
        metric: any metric.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the curve that is returned.
        tol: not used; `threshold` is the stopping rule, and the residual of the discrete energy tells the
            accuracy.
        max_steps: iterations allowed; the authors allow 1000.
        trace: not available.
        n_knots: times at which accelerations are matched; 10 in the authors' code.
        threshold: bound on every squared change of an acceleration; 0.1 in the authors' code.
    """
    if trace:
        raise ValueError("trace: got True, expected False, the fixed-point iteration minimises no energy")
    if n_knots < 3:
        raise ValueError(f"n_knots: got {n_knots}, expected 3 or more")
    process = _Process(z0, z1, n_knots)
    acceleration = z0.new_zeros(len(z0), n_knots, z0.shape[-1])
    wanted = process.demand(metric, acceleration)
    steps = torch.zeros(len(z0), dtype=torch.long, device=z0.device)
    converged = torch.zeros_like(steps, dtype=torch.bool)
    for _ in range(max_steps):
        change = wanted - acceleration
        alive = change.isfinite().all(-1).all(-1)
        converged = alive & (change.square().amax((1, 2)) < threshold)
        active = alive & ~converged
        if not active.any():
            break
        disagreement, rate = change.square().sum((1, 2)), torch.ones_like(change[:, :1, :1])
        for _ in range(_CUTS + 1):
            trial = acceleration + rate * change
            demand = process.demand(metric, trial)
            worse = ~((demand - trial).square().sum((1, 2)) <= disagreement)
            if not (worse & active).any():
                break
            rate = torch.where(worse[:, None, None], rate * _CUT, rate)
        acceleration = torch.where(active[:, None, None], trial, acceleration)
        wanted = torch.where(active[:, None, None], demand, wanted)
        steps += active
    change = (wanted - acceleration).square().amax((1, 2))
    converged = change < threshold
    curve = process.curve(acceleration, n_segments)
    return Solution(curve, converged, steps, stationarity(metric, curve))


class _Process:
    """The posterior mean of curves given their ends and their accelerations at equally spaced knots."""

    def __init__(self, z0: Tensor, z1: Tensor, n_knots: int):
        self.z0, self.z1 = z0, z1
        self.velocity = (z1 - z0)[:, None, :]
        self.knots = torch.linspace(0, 1, n_knots, dtype=torch.float64, device=z0.device)
        self.square = 0.5 / (n_knots - 1)
        ends = torch.tensor([0.0, 1.0], dtype=torch.float64, device=z0.device)
        self.times = (ends, self.knots)
        prior = torch.cat([self._row(ends, 0), self._row(self.knots, 2)])
        scale = self.velocity.double().square().sum((1, 2))[:, None]
        noise = torch.cat(
            [ends.new_full((2,), _END_VARIANCE), self.knots.new_full((n_knots,), _ACCELERATION_NOISE**2)]
        )
        self.inverse = torch.linalg.inv(prior + torch.diag_embed(noise / scale))

    def _row(self, t: Tensor, order: int) -> Tensor:
        """Covariance of the order-th derivative at t with all that is known: (len(t), 2 + n_knots)."""
        ends, knots = self.times
        return torch.cat(
            [
                _kernel(t[:, None] - ends, order, self.square),
                _kernel(t[:, None] - knots, order + 2, self.square),
            ],
            1,
        )

    def _read(self, acceleration: Tensor, t: Tensor, order: int) -> Tensor:
        """The order-th derivative, less that of the straight line, at times t: (P, len(t), d)."""
        data = torch.cat([torch.zeros_like(acceleration[:, :2]), acceleration], dim=1).double()
        return (self._row(t, order) @ self.inverse @ data).to(acceleration)

    def demand(self, metric: Metric, acceleration: Tensor) -> Tensor:
        """The accelerations that the geodesic equation asks for at the knots: (P, n_knots, d)."""
        t = self.knots.to(acceleration)[:, None]
        c = self.z0[:, None] + t * self.velocity + self._read(acceleration, self.knots, 0)
        velocity = self.velocity + self._read(acceleration, self.knots, 1)
        return geodesic_acceleration(metric, c, velocity)

    def curve(self, acceleration: Tensor, n_segments: int) -> Tensor:
        """Nodes (P, n_segments + 1, d), the ends exact."""
        t = torch.linspace(0, 1, n_segments + 1, dtype=torch.float64, device=self.z0.device)
        curve = linear_interpolation(self.z0, self.z1, n_segments)
        curve[:, 1:-1] += self._read(acceleration, t, 0)[:, 1:-1]
        return curve


def _kernel(delta: Tensor, order: int, square: float) -> Tensor:
    """The order-th derivative of exp(-delta^2 / 2 square)."""
    s = square
    polynomial = {
        0: torch.ones_like(delta),
        1: -delta / s,
        2: delta**2 / s**2 - 1 / s,
        3: 3 * delta / s**2 - delta**3 / s**3,
        4: delta**4 / s**4 - 6 * delta**2 / s**3 + 3 / s**2,
    }[order]
    return polynomial * torch.exp(-(delta**2) / (2 * s))
