"""Geodesics between given ends, by any of the solvers, behind one result type."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from latent_geometry.geometry.curves import curve_energy, curve_length, linear_interpolation, resample
from latent_geometry.geometry.metric import Metric
from latent_geometry.geometry.solvers import gauss_newton
from latent_geometry.geometry.solvers.solution import Solution

SOLVERS: dict[str, Callable[..., Solution]] = {
    "gauss-newton": gauss_newton.solve,
}


@dataclass(frozen=True)
class GeodesicResult:
    """Discrete geodesics and how far they may be trusted; the batch axes are those of the pairs.

    Attributes:
        curve: (*batch, n_segments + 1, d) nodes, the ends exact.
        energy: (*batch,) discrete energy.
        length: (*batch,) discrete length.
        converged: (*batch,) whether the residual came under the tolerance. Converged means stationary: a geodesic,
            not always the shortest.
        n_steps: (*batch,) steps taken, rejected ones and coarser levels included.
        residual: (*batch,) sqrt(g . H^{-1} g / 2E), the Newton decrement in units of the energy.
        solver: name of the solver.
        trace: (*batch, T + 1) energies after each step if asked for; constant once a pair has stopped.
    """

    curve: Tensor
    energy: Tensor
    length: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    solver: str
    trace: Tensor | None = None

    @property
    def message(self) -> str:
        """One line: how many pairs converged, and what to try for the others."""
        total, good = self.converged.numel(), int(self.converged.sum())
        if good == total:
            return f"{self.solver}: all {total} curves converged"
        worst = self.residual[~self.converged].nan_to_num(torch.inf).max().item()
        return (
            f"{self.solver}: {total - good} of {total} curves did not converge (largest residual {worst:.1e}); try "
            "more max_steps, a larger tol, float64, or more n_segments"
        )

    def sample(self, n_segments: int) -> Tensor:
        """Read the curves at n_segments + 1 equally spaced parameters off the cubic spline through their nodes."""
        return resample(self.curve, n_segments)


def geodesic(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int = 32,
    solver: str = "auto",
    tol: float = 1e-6,
    max_steps: int = 100,
    trace: bool = False,
    **options,
) -> GeodesicResult:
    r"""Find geodesics between pairs of points by minimising the discrete energy (`eq-discrete-energy`).

    $$\min_{c_1, \dots, c_{n-1}} \tfrac{n}{2} \sum_{i=0}^{n-1} \lVert f(c_{i+1}) - f(c_i) \rVert^2,
    \qquad c_0 = z_0, \; c_n = z_1$$

    The residual is $\sqrt{g^\top H^{-1} g / 2E}$, g the gradient of the discrete energy E and H its Hessian (the
    Gauss-Newton matrix where that is all the solver has). It has no unit, does not change when the metric is scaled
    or the latent space reparametrised, and its square estimates (E - min E) / E, twice the relative excess length.
    A pair has converged when it is at most `tol`, or at most the rounding level of the dtype,
    eps n^{3/2} |f| / L, where that is larger (in float32 it usually is).

    Converged means stationary. Which geodesic is found depends on the start; a shorter one may exist.

    Args:
        metric: any metric.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends; the batches broadcast.
        n_segments: segments n of the discrete curve, at least 1.
        solver: one of the names in `SOLVERS`, or "auto" for "gauss-newton".
        tol: bound on the residual.
        max_steps: steps allowed on each level of refinement.
        trace: keep the energies after each step.
        **options: settings of the solver.

    Returns:
        Curves with status. Pairs with equal ends have zero length and are converged.

    Raises:
        ValueError: for an unknown solver, ends that are not finite, not floating point or of different shape.
    """
    name = "gauss-newton" if solver == "auto" else solver
    if name not in SOLVERS:
        raise ValueError(f"solver: got {solver!r}, expected 'auto' or one of {', '.join(map(repr, SOLVERS))}")
    _check_points("z0", z0)
    _check_points("z1", z1)
    if z0.shape[-1] != z1.shape[-1]:
        raise ValueError(f"z1: got dimension {z1.shape[-1]}, expected {z0.shape[-1]} as z0")
    if z0.dtype != z1.dtype or z0.device != z1.device:
        raise ValueError(f"z1: got {z1.dtype} on {z1.device}, expected {z0.dtype} on {z0.device} as z0")
    if not tol > 0:
        raise ValueError(f"tol: got {tol}, expected a positive number")
    if max_steps < 0:
        raise ValueError(f"max_steps: got {max_steps}, expected 0 or more")
    z0, z1 = torch.broadcast_tensors(z0.detach(), z1.detach())
    batch, d = z0.shape[:-1], z0.shape[-1]
    z0, z1 = z0.reshape(-1, d), z1.reshape(-1, d)
    apart = (z0 != z1).any(-1)
    solution = _start(z0, z1, n_segments)
    if n_segments > 1 and apart.any():
        found = SOLVERS[name](
            metric,
            z0[apart],
            z1[apart],
            n_segments=n_segments,
            tol=tol,
            max_steps=max_steps,
            trace=trace,
            **options,
        )
        solution = _merge(solution, found, apart)
    curve = solution.curve.reshape(*batch, n_segments + 1, d)
    return GeodesicResult(
        curve=curve,
        energy=curve_energy(metric, curve),
        length=curve_length(metric, curve),
        converged=solution.converged.reshape(batch),
        n_steps=solution.n_steps.reshape(batch),
        residual=solution.residual.reshape(batch),
        solver=name,
        trace=None if solution.trace is None else solution.trace.reshape(*batch, -1),
    )


def _start(z0: Tensor, z1: Tensor, n_segments: int) -> Solution:
    """Straight lines, which are the solution where the ends coincide or nothing lies between them."""
    count = len(z0)
    return Solution(
        curve=linear_interpolation(z0, z1, n_segments),
        converged=torch.ones(count, dtype=torch.bool, device=z0.device),
        n_steps=torch.zeros(count, dtype=torch.long, device=z0.device),
        residual=z0.new_zeros(count),
    )


def _merge(start: Solution, found: Solution, apart: Tensor) -> Solution:
    """Put what the solver found for some of the pairs among the others."""
    if apart.all():
        return found
    trace = None
    if found.trace is not None:
        trace = found.trace.new_zeros(len(apart), found.trace.shape[1])
        trace[apart] = found.trace
    for name in ("curve", "converged", "n_steps", "residual"):
        getattr(start, name)[apart] = getattr(found, name)
    return start._replace(trace=trace)


def _check_points(name: str, z: Tensor) -> None:
    if not isinstance(z, Tensor) or z.ndim == 0:
        raise ValueError(f"{name}: got {type(z).__name__}, expected a tensor (*batch, d)")
    if z.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{name}: got {z.dtype}, expected torch.float32 or torch.float64")
    if not z.isfinite().all():
        raise ValueError(
            f"{name}: got {int((~z.isfinite()).any(-1).sum())} points with NaN or infinity, expected none"
        )
