"""Geodesics between given ends, by any of the solvers, behind one result type."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.checks import check_count, check_points
from pullback.curves.discrete_curve import linear_interpolation, resample, segment_lengths
from pullback.geodesics.gradients import SolvedPairs
from pullback.maps.forward_mode import constant_weights
from pullback.metrics.base import Metric
from pullback.metrics.metric_derivatives import compare_derivatives
from pullback.numerics.memory import halving_on_shortage
from pullback.solvers import (
    boundary_value,
    fixed_point,
    quasi_newton,
    shao,
    spline,
)
from pullback.solvers import (
    graph_search as graph,
)
from pullback.solvers import (
    multistart as race,
)
from pullback.solvers.solution import Solution

SOLVERS: dict[str, Callable[..., Solution]] = {
    "gauss-newton": race.solve,
    "shao-decoder": shao.solve_decoder,
    "shao-encoder": shao.solve_encoder,
    "spline": spline.solve,
    "ode": boundary_value.solve,
    "fixed-point": fixed_point.solve,
    "graph": graph.solve,
    "quasi-newton": quasi_newton.solve,
}


@dataclass(frozen=True)
class GeodesicResult:
    """Discrete geodesics and how far they may be trusted; the batch axes are those of the pairs.

    Attributes:
        curve: (*batch, n_segments + 1, d) nodes, the ends exact.
        energy: (*batch,) discrete energy.
        length: (*batch,) discrete length.
        converged: (*batch,) whether the residual came under the tolerance. Converged means stationary: a
            geodesic, not always the shortest.
        n_steps: (*batch,) steps taken, rejected ones and those of the race included.
        residual: (*batch,) sqrt(g . H^{-1} g / 2E), the Newton decrement in units of the energy.
        solver: name of the solver.
        trace: (*batch, T + 1) energies after each step on all segments (not those of a race) if asked for;
            constant once a pair has stopped.
        margin: (*batch,) by how much the next best start's curve was longer after the race, relatively, where
            it is another curve; infinite where there was none. Near 0 the distance has a kink.

    Example:
        >>> from pullback import geodesic
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[1, 0], [2, 1]], dtype=torch.float64)
        >>> found = geodesic(SPHERE.metric, z0, z1)
        >>> found.message, tuple(found.sample(100).shape)
        ('gauss-newton: all 1 curves converged', (101, 2))
    """

    curve: Tensor
    energy: Tensor
    length: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    solver: str
    trace: Tensor | None = None
    margin: Tensor | None = None

    @property
    def message(self) -> str:
        """One line: how many pairs converged, and what to try for the others."""
        total, good = self.converged.numel(), int(self.converged.sum())
        if good == total:
            return f"{self.solver}: all {total} curves converged"
        worst = self.residual[~self.converged].nan_to_num(torch.inf).max().item()
        return (
            f"{self.solver}: {total - good} of {total} curves did not converge, residuals to {worst:.1e}; "
            "try more max_steps, a larger tol, float64, more n_segments or other starts"
        )

    def sample(self, n_segments: int) -> Tensor:
        """Read the curves at n_segments + 1 equal steps off the cubic spline through their nodes."""
        return resample(self.curve, n_segments)


def geodesic(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int = 48,
    solver: str = "auto",
    tol: float = 1e-6,
    max_steps: int = 100,
    trace: bool = False,
    **options,
) -> GeodesicResult:
    r"""Find geodesics between pairs of points by minimising the discrete energy (`eq-discrete-energy`).

    $$\min_{c_1, \dots, c_{n-1}} \tfrac{n}{2} \sum_{i=0}^{n-1} \lVert f(c_{i+1}) - f(c_i) \rVert^2,
    \qquad c_0 = z_0, \; c_n = z_1$$

    Curve, energy and length are differentiable in the ends and in the metric's parameters, at the solution
    and not through the solver's steps: `SolvedPairs` has the formulas. The graph holds the curves alone. A
    pair that did not converge gets NaN for a gradient, and a warning names it; select with `converged` to
    leave it out. A warning also names a pair at the cut locus, where another geodesic is as short.

    The residual is $\sqrt{g^\top H^{-1} g / 2E}$, g the gradient of the discrete energy E and H its Hessian
    (the Gauss-Newton matrix where that is all the solver has). It has no unit, does not change when the
    metric is scaled or the latent space reparametrised, and its square estimates (E - min E) / E, twice the
    relative excess length. A pair has converged when it is at most `tol`, or at most the rounding level of
    the dtype, eps n^{3/2} |f| / L, where that is larger (in float32 it usually is).

    Converged means stationary. Which geodesic is found depends on the starts; a shorter one may exist.
    "gauss-newton" takes `starts`: "line" (the straight latent line), "arcs" (for d = 2, the line bent to
    either side), both by default where d = 2, or curves (k, *batch, n_segments + 1, d). Several starts race
    for `race_steps` Gauss-Newton steps on a quarter of the segments (16 at least), and the one that is
    shortest between its nodes too is finished on all of them. `newton_after` Gauss-Newton steps are taken
    before the exact Hessian is used. The fast setting is starts="line", max_steps=3: most curves are then
    within 0.1 % of the length, few are converged.

    Few chords cut the corners of a strongly curved manifold and find other curves than the geodesics. That is
    why there are 48 segments by default: on decoder A of the benchmarks the curves are then 0.04 % longer
    than the shortest known in the mean, with 32 segments 0.3 %.

    A Gauss-Newton step costs d tangents of the map at each of the n - 1 inner nodes, and n d^3 operations of
    linear algebra; a step with the exact Hessian costs one backward pass more. For a metric without features
    it is G and its gradient at 2 n points, and 2 d directional derivatives of the gradient for the Hessian.

    Args:
        metric: any metric.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends; the batches broadcast.
        n_segments: segments n of the discrete curve, at least 1.
        solver: one of the names in `SOLVERS`, or "auto" for "gauss-newton".
        tol: bound on the residual; at 1e-6 the energy is within a share of 1e-12 of the minimum nearby.
        max_steps: steps allowed, rejected ones included.
        trace: keep the energies after each step.
        **options: settings of the solver.

    Returns:
        Curves (*batch, n_segments + 1, d) with status. Pairs with equal ends have zero length and are
        converged.

    Raises:
        ValueError: for an unknown solver, ends that are not finite, not floating point or of different shape,
            a tol that is not positive, negative max_steps, or n_segments below 1.

    Example:
        >>> from pullback import geodesic
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 4, 0], [torch.pi / 2, torch.pi / 2]], dtype=torch.float64)
        >>> found = geodesic(SPHERE.metric, z0, z1)
        >>> found.converged.item(), round(found.length.item(), 3), tuple(found.curve.shape)
        (True, 1.571, (49, 2))
    """
    name = "gauss-newton" if solver == "auto" else solver
    if name not in SOLVERS:
        raise ValueError(f"solver: got {solver!r}, expected 'auto' or one of {', '.join(map(repr, SOLVERS))}")
    z0 = check_points("z0", z0)
    z1 = check_points("z1", z1, d=z0.shape[-1])
    if z0.dtype != z1.dtype or z0.device != z1.device:
        raise ValueError(f"z1: got {z1.dtype} on {z1.device}, expected {z0.dtype} on {z0.device} as z0")
    n_segments = check_count("n_segments", n_segments)
    max_steps = check_count("max_steps", max_steps, least=0)
    if not tol > 0:
        raise ValueError(f"tol: got {tol}, expected a positive number")
    _check_options(name, options)
    try:
        z0, z1 = torch.broadcast_tensors(z0, z1)
    except RuntimeError:
        raise ValueError(
            f"z1: got shape {tuple(z1.shape)}, expected one that broadcasts with z0's {tuple(z0.shape)}"
        ) from None
    batch, d = z0.shape[:-1], z0.shape[-1]
    z0, z1 = z0.reshape(-1, d), z1.reshape(-1, d)
    settings = {"n_segments": n_segments, "tol": tol, "max_steps": max_steps, "trace": trace}
    with constant_weights():
        at_once = _pairs_at_once(metric, z0, n_segments)
        solution, pieces = _solve(metric, z0.detach(), z1.detach(), name, at_once, settings, options)
    pairs = SolvedPairs(
        metric=metric,
        curve=solution.curve,
        energy=pieces.shape[-1] / 2 * pieces.square().sum(-1),
        length=pieces.sum(-1),
        converged=solution.converged,
        margin=solution.margin,
        at_once=at_once,
    )
    curve, energy, length = pairs.attached(z0, z1)
    return GeodesicResult(
        curve=curve.reshape(*batch, n_segments + 1, d),
        energy=energy.reshape(batch),
        length=length.reshape(batch),
        converged=solution.converged.reshape(batch),
        n_steps=solution.n_steps.reshape(batch),
        residual=solution.residual.reshape(batch),
        solver=name,
        margin=solution.margin.reshape(batch),
        trace=None if solution.trace is None else solution.trace.reshape(*batch, solution.trace.shape[-1]),
    )


def _solve(
    metric: Metric, z0: Tensor, z1: Tensor, name: str, at_once: int, settings: dict, options: dict
) -> tuple[Solution, Tensor]:
    """Solve pairs (P, d) in parts that fit the memory; also the lengths of the pieces of every curve."""
    n_segments = settings["n_segments"]
    apart = (z0 != z1).any(-1).nonzero()[:, 0]
    if not metric.has_features:  # features are compared where they are differentiated
        compare_derivatives(metric, z0, order=1)
    parts = []
    if n_segments > 1 and apart.numel():

        def solve(index: Tensor) -> Solution:
            chosen = options
            if isinstance(options.get("starts"), Tensor):
                starts = options["starts"]
                flat = starts.reshape(len(starts), -1, *starts.shape[-2:]) if starts.ndim > 2 else starts
                chosen = {**options, "starts": flat[:, index] if flat.shape[1] == len(z0) else flat}
            return SOLVERS[name](metric, z0[index], z1[index], **settings, **chosen)

        parts = halving_on_shortage(solve, apart.split(at_once))
    lines = linear_interpolation(z0, z1, n_segments)
    lines = torch.where((z0 == z1).all(-1)[:, None, None], z0[:, None], lines)
    solution = _assemble(lines, parts, apart, settings["trace"])
    rows = torch.arange(len(z0), device=z0.device)
    measured = halving_on_shortage(
        lambda i: segment_lengths(metric, solution.curve[i]).flatten(1), rows.split(at_once)
    )
    return solution, torch.cat(measured)


def _check_options(solver: str, options: dict) -> None:
    parameters = inspect.signature(SOLVERS[solver]).parameters.values()
    known = ", ".join(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    for option in options:
        if option not in known.split(", "):
            raise ValueError(
                f"{option}: got an option that {solver!r} does not have, expected one of {known}"
            )


def _pairs_at_once(metric: Metric, z: Tensor, n_segments: int) -> int:
    """Pairs whose curves, images and block matrices take some 64 MiB, a few times over in a solver."""
    d = z.shape[-1]
    width = metric.feature_map.width(z[:1]) if metric.has_features and len(z) else 0
    return max(1, (1 << 26) // (n_segments * max(4 * d * (d + 2), width) * z.element_size()))


def _assemble(lines: Tensor, parts: list[Solution], apart: Tensor, trace: bool) -> Solution:
    """Put what the solver found among the lines, which solve pairs that coincide or have no inner node."""
    count, index = len(lines), apart if parts else apart[:0]
    result = Solution(
        curve=lines,
        converged=torch.ones(count, dtype=torch.bool, device=lines.device),
        n_steps=torch.zeros(count, dtype=torch.long, device=lines.device),
        residual=lines.new_zeros(count),
        margin=lines.new_full((count,), torch.inf),
    )
    if parts and all(part.margin is not None for part in parts):
        result.margin[index] = torch.cat([part.margin for part in parts])
    for name in ("curve", "converged", "n_steps", "residual"):
        if parts:
            getattr(result, name)[index] = torch.cat([getattr(part, name) for part in parts])
    if trace:
        longest = max([part.trace.shape[1] for part in parts], default=1)
        energies = lines.new_zeros(count, longest)
        padded = [
            torch.cat([p.trace, p.trace[:, -1:].expand(-1, longest - p.trace.shape[1])], 1) for p in parts
        ]
        energies[index] = torch.cat([energies[:0], *padded])
        result = result._replace(trace=energies)
    return result
