"""Quasi-Newton on the discrete energy: reverse-mode gradients, for decoders whose Jacobians are dear."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.numerics.block_tridiagonal import BlockFactors, factor_block_tridiagonal
from pullback.solvers.energies import QuadraticModel, accumulation, energy_model
from pullback.solvers.solution import Solution
from pullback.solvers.starts import starting_curves
from pullback.solvers.stationarity import energy_rounding, regularised, rounding_floor

# Armijo's share of the predicted decrease that a step must bring (Nocedal and Wright 2006, section 3.1:
# 1e-4).
_SUFFICIENT = 1e-4
# The root of the rounding of double precision, which a step is cut down to in 14 quarters. It promises this
# share of 2 residual^2 of the energy, which for a residual below 3e-4 is less than the energy's own rounding;
# where the residual is larger and no such step helps, the gradient is not that of the energy. The curve is
# stuck.
_SMALLEST_STEP = 1e-8
# Points whose backward graph is held at once. The decoder of Shao et al. (2017) keeps 2.2 MB per point in
# single precision for 64 x 64 pixels in colour, measured: 256 points are half a gigabyte.
_POINTS_AT_ONCE = 256
# Curvature along a step is s . y; below this share of |s| |y| it is rounding of the energy's gradient in
# double precision, and the pair is left out, as Nocedal and Wright (2006), section 7.2, leave out s . y <= 0.
_CURVATURE_NOISE = 1e-12


def solve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    starts: str | Sequence[str] | Tensor = "line",
    memory: int = 20,
    refresh_every: int = 40,
) -> Solution:
    r"""Minimise the discrete energy by limited-memory BFGS that begins from the Gauss-Newton matrix.

    The Gauss-Newton matrix $H_0$ of a curve (`eq-gauss-newton`) begins every BFGS product (Nocedal and Wright
    2006, Algorithm 7.4). On a nearly flat manifold it is nearly the Hessian, and what the history learns is
    how the manifold bends. A step costs about three evaluations of the decoder a node, in place of d of them.

    The residual is measured with $H_0$: sqrt(g . H_0^{-1} g / 2E). A curve may travel far from its start,
    to where the metric is another, so $H_0$ is made anew after every `refresh_every` steps, and whenever the
    residual falls under the bound: a curve has converged when its residual is under the bound by the metric
    where it is now.

    Args:
        metric: a metric with features, such as `PullbackMetric`.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the result.
        tol: bound on the residual.
        max_steps: steps allowed, shortened ones included.
        trace: keep the energy after every step.
        starts: one of the names of `starting_curves` that stands for a single curve, or (1, P, n + 1, d).
        memory: pairs of steps and gradient changes that are kept; 20 is the upper end of what Nocedal and
            Wright (2006), section 7.2, advise, and costs little beside a decoder.
        refresh_every: steps of a curve after which its Gauss-Newton matrix is made anew, at least 1. By then
            the memory has been filled twice, and d tangents are a small part of what 40 steps cost.

    Raises:
        ValueError: a metric without features, several starts, a memory or a refresh below 1.
    """
    if not metric.has_features:
        raise ValueError(
            f"metric: got {type(metric).__name__}, expected one with an immersion for 'quasi-newton'"
        )
    if memory < 1 or refresh_every < 1:
        raise ValueError(f"memory, refresh_every: got {memory}, {refresh_every}, expected 1 or more of both")
    curves = starting_curves(metric, z0, z1, n_segments, starts)
    if len(curves) != 1:
        raise ValueError(f"starts: got {len(curves)} curves per pair, expected one for 'quasi-newton'")
    state = _State(metric, curves[0], memory)
    energies = [state.energy.clone()] if trace else []
    floor = rounding_floor(metric, state.curves)
    done = torch.zeros(len(z0), dtype=torch.bool, device=z0.device)
    for step in range(max_steps + 1):
        tolerance = (floor / (2 * state.energy).sqrt()).clamp(min=tol)
        done = state.residual <= tolerance
        stale = (state.age > 0) & ~state.stuck & (done | (state.age >= refresh_every))
        state.refresh(stale.nonzero()[:, 0])
        done = state.residual <= tolerance
        active = (~done & ~state.stuck).nonzero()[:, 0]
        if step == max_steps or not len(active):
            break
        state.step(active)
        if trace:
            energies.append(state.energy.clone())
    like = state.curves
    kept = torch.stack(energies, dim=1).to(like) if trace else None
    return Solution(like, done, state.steps, state.residual.to(like), state.energy.to(like), trace=kept)


class _State:
    """Curves (P, n + 1, d) with energy, gradient and the history that BFGS needs, each pair on its own."""

    def __init__(self, metric: Metric, curves: Tensor, memory: int):
        self.metric, self.curves, self.memory = metric, curves.clone(), memory
        count, nodes, d = len(curves), curves.shape[1] - 2, curves.shape[2]
        model = energy_model(metric, curves)
        self.energy, self.gradient = model.energy, model.gradient
        self.factors = self._factors(model)
        zeros = self.gradient.new_zeros
        self.moves, self.changes = zeros(memory, count, nodes, d), zeros(memory, count, nodes, d)
        self.curvature = zeros(memory, count)
        self.length, self.scale = self.energy.new_ones(count), self.energy.new_ones(count)
        self.steps = torch.zeros(count, dtype=torch.long, device=curves.device)
        self.age = self.steps.clone()
        self.stuck = torch.zeros(count, dtype=torch.bool, device=curves.device)
        self.residual = self._residual(torch.arange(count, device=curves.device))

    def _factors(self, model: QuadraticModel) -> BlockFactors:
        none = torch.zeros_like(model.energy)
        diagonal = regularised(model.diagonal, none, accumulation(self.metric, self.curves))
        return factor_block_tridiagonal(diagonal, model.upper)

    def refresh(self, rows: Tensor) -> None:
        """Make the first matrix of some curves anew where they are now; their history was of other ground."""
        if not len(rows):
            return
        found = self._factors(energy_model(self.metric, self.curves[rows]))
        self.factors.pivots[:, rows], self.factors.couplings[:, rows] = found.pivots, found.couplings
        self.factors.definite[rows] = found.definite
        self.curvature[:, rows], self.scale[rows], self.age[rows] = 0, 1, 0
        self.residual[rows] = self._residual(rows)

    def _residual(self, rows: Tensor) -> Tensor:
        gradient = self.gradient[rows]
        slope = (gradient * self._first_product(rows, gradient)).sum((1, 2))
        energy = 2 * self.energy[rows]
        return torch.where(energy > 0, (slope.clamp(min=0) / energy).sqrt(), 0 * slope)

    def _first_product(self, rows: Tensor, vectors: Tensor) -> Tensor:
        factors = self.factors.rows(rows)
        return torch.where(factors.definite[:, None, None], factors.solve(vectors), torch.nan)

    def _direction(self, rows: Tensor) -> Tensor:
        """The two loops of L-BFGS; a slot without curvature has no part in them."""
        q, shares = self.gradient[rows].clone(), []
        curvature = self.curvature[:, rows]
        weights = torch.where(
            curvature > 0, 1 / curvature.clamp(min=torch.finfo(curvature.dtype).tiny), 0 * curvature
        )
        for k in range(self.memory - 1, -1, -1):
            share = weights[k] * (self.moves[k, rows] * q).sum((1, 2))
            q = q - share[:, None, None] * self.changes[k, rows]
            shares.append(share)
        r = self.scale[rows, None, None] * self._first_product(rows, q)
        for k in range(self.memory):
            back = weights[k] * (self.changes[k, rows] * r).sum((1, 2))
            r = r + (shares[self.memory - 1 - k] - back)[:, None, None] * self.moves[k, rows]
        return -r

    def step(self, rows: Tensor) -> None:
        """Go along the BFGS direction; where the energy does not fall enough, the next try is shorter."""
        direction = self._direction(rows)
        slope = (direction * self.gradient[rows]).sum((1, 2))
        move = self.length[rows, None, None] * direction
        trial = self.curves[rows].clone()
        trial[:, 1:-1] += move.to(trial)
        energy, gradient = _energy_and_gradient(self.metric, trial)
        rounding = energy_rounding(self.energy[rows], trial.dtype)
        bound = self.energy[rows] + _SUFFICIENT * self.length[rows] * slope + rounding
        good = energy.isfinite() & (energy <= bound)
        self.steps[rows] += 1
        self.age[rows] += 1
        self.length[rows] = torch.where(good, 1.0, self.length[rows] / 4)
        self.stuck[rows] = (self.length[rows] < _SMALLEST_STEP) | ~slope.isfinite()
        rows, move, change = rows[good], move[good], (gradient - self.gradient[rows])[good]
        for store, new in ((self.moves, move), (self.changes, change)):
            store[:, rows] = torch.cat([store[1:, rows], new[None]])
        product = (move * change).sum((1, 2))
        noise = _CURVATURE_NOISE * move.norm(dim=(1, 2)) * change.norm(dim=(1, 2))
        newest = torch.where(product > noise, product, 0 * product)
        self.curvature[:, rows] = torch.cat([self.curvature[1:, rows], newest[None]])
        size = (change * self._first_product(rows, change)).sum((1, 2))
        self.scale[rows] = torch.where(newest > 0, newest / size, self.scale[rows])
        self.curves[rows], self.energy[rows], self.gradient[rows] = trial[good], energy[good], gradient[good]
        self.residual[rows] = self._residual(rows)


def _energy_and_gradient(metric: Metric, curves: Tensor) -> tuple[Tensor, Tensor]:
    """Discrete energy (P,) and its gradient in the inner nodes (P, n - 1, d), both in float64."""
    size = max(1, _POINTS_AT_ONCE // curves.shape[1])
    parts = [_expand(metric, part) for part in curves.split(size)]
    energy, gradient = (torch.cat(column) for column in zip(*parts, strict=True))
    return energy, gradient


def _expand(metric: Metric, curves: Tensor) -> tuple[Tensor, Tensor]:
    n = curves.shape[1] - 1
    with torch.enable_grad():
        leaf = curves.detach().requires_grad_()
        values = metric.features(leaf)
    chords = values.detach().diff(dim=1)
    energy = n / 2 * chords.double().square().sum((1, 2))
    second = torch.zeros_like(values)
    second[:, 1:-1] = n * (chords[:, :-1] - chords[:, 1:])
    return energy, torch.autograd.grad(values, leaf, second)[0][:, 1:-1].double()
