"""The geodesic equation as a boundary value problem, by collocation, one pair at a time."""

import numpy as np
import torch
from scipy.integrate import solve_bvp
from torch import Tensor

from pullback.curvature.connection import geodesic_acceleration
from pullback.metrics.base import Metric
from pullback.solvers.solution import Solution

# Below this a collocation residual is the rounding of double precision; `solve_bvp` takes no less than 2e-14.
_SMALLEST_TOL = 1e-12


def solve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    max_nodes: int = 2000,
) -> Solution:
    r"""Solve $\ddot c = -\Gamma(c)(\dot c, \dot c)$, c(0) = z0, c(1) = z1 (`eq-geodesic-equation`).

    `scipy.integrate.solve_bvp`, fourth order, started on the straight line. Where it converges the nodes lie
    on the continuous geodesic, not on the minimiser of the discrete energy. It fails on far pairs; the curve
    is then its last iterate. The residual is its largest relative collocation residual, n_steps its
    iterations. Arvanitidis, Hansen and Hauberg (2018) use MATLAB's bvp5c in this place, and a straight line
    where that fails.

    Args:
        metric: any metric, in float64 if it can be: derivatives of the equation are finite differences.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the curve and of the first mesh.
        tol: bound on the residual.
        max_steps: iterations are the integrator's own, at most 10; 0 is refused.
        trace: not available.
        max_nodes: nodes that the mesh may grow to, twice SciPy's own limit.
    """
    if trace:
        raise ValueError("trace: got True, expected False, the boundary value problem minimises no energy")
    if max_steps < 1:
        raise ValueError(f"max_steps: got {max_steps}, expected 1 or more")
    settings = {"n_segments": n_segments, "tol": tol, "max_nodes": max_nodes}
    solved = [_solve_pair(metric, *pair, **settings) for pair in zip(z0, z1)]
    curve, converged, steps, residual = zip(*solved)
    device = z0.device
    return Solution(
        torch.stack(curve),
        torch.tensor(converged, device=device),
        torch.tensor(steps, device=device),
        torch.tensor(residual, dtype=z0.dtype, device=device),
    )


def _solve_pair(
    metric: Metric, z0: Tensor, z1: Tensor, *, n_segments: int, tol: float, max_nodes: int
) -> tuple[Tensor, bool, int, float]:
    d = len(z0)
    first, last = z0.double().cpu().numpy(), z1.double().cpu().numpy()
    t = np.linspace(0, 1, n_segments + 1)
    line = first[:, None] + (last - first)[:, None] * t
    guess = np.concatenate([line, np.repeat((last - first)[:, None], len(t), axis=1)])

    def equation(_, y: np.ndarray) -> np.ndarray:
        c, velocity = (torch.from_numpy(half.T.copy()).to(z0) for half in (y[:d], y[d:]))
        return np.concatenate([y[d:], geodesic_acceleration(metric, c, velocity).double().cpu().numpy().T])

    def ends(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.concatenate([a[:d] - first, b[:d] - last])

    try:
        with np.errstate(all="ignore"):
            found = solve_bvp(equation, ends, t, guess, tol=max(tol, _SMALLEST_TOL), max_nodes=max_nodes)
    except (ValueError, np.linalg.LinAlgError):
        # The metric or the collocation matrix is singular on the way: no curve to show.
        return torch.full((len(t), d), torch.nan, device="cpu").to(z0), False, 0, float("nan")
    curve = torch.from_numpy(found.sol(t)[:d].T.copy()).to(z0)
    curve[0], curve[-1] = z0, z1
    return curve, found.status == 0, found.niter, float(found.rms_residuals.max())
