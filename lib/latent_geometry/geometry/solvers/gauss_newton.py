"""Gauss-Newton, then Newton, on the discrete energy: a few block-tridiagonal solves a geodesic."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latent_geometry.geometry.block_tridiagonal import solve_block_tridiagonal
from latent_geometry.geometry.metric import Metric
from latent_geometry.geometry.solvers.energies import Model, accumulation, energy_model, undefined_model
from latent_geometry.geometry.solvers.solution import Solution
from latent_geometry.geometry.solvers.starts import starting_curves
from latent_geometry.geometry.solvers.stationarity import decrement, regularised, rounding_floor

_SHRINK, _GROW, _SMALLEST, _FIRST, _LARGEST = 1 / 8, 4.0, 0.1, 4.0, 1e12


def minimise(
    metric: Metric, curves: Tensor, *, tol: float, max_steps: int, newton_after: int = 3, trace: bool = False
) -> Solution:
    r"""Minimise the discrete energy of every curve over its inner nodes (`eq-gauss-newton`).

    Each step solves $(H + \lambda B)\,\delta = -\nabla E$, H block-tridiagonal, B its Gauss-Newton diagonal,
    so that the damping $\lambda$ of a curve (Levenberg-Marquardt) does not depend on the latent coordinates.
    H is the Gauss-Newton matrix for the first `newton_after` steps; they converge linearly, with a ratio of
    about (length x normal curvature / pi)^2. After that H is the exact Hessian wherever it is positive
    definite. Curves that have converged leave the batch.

    Args:
        metric: any metric.
        curves: (P, n + 1, d) starts; their end nodes stay.
        tol: bound on the residual sqrt(g . H^{-1} g / 2E); `geodesic` explains it.
        max_steps: steps allowed, rejected ones included.
        newton_after: Gauss-Newton steps before the exact Hessian is used.
        trace: keep the energy after every step.
    """
    state = _State(metric, curves, tol, newton_after)
    energies = [state.snapshot()] if trace else []
    for step in range(max_steps + 1):
        direction = state.direction()
        state.retire()
        if step == max_steps or state.finished:
            break
        state.step(direction[state.kept])
        if trace:
            energies.append(state.snapshot())
    return state.solution(torch.stack(energies, dim=1) if trace else None)


class _State:
    """The curves still being worked on, and the finished ones."""

    def __init__(self, metric: Metric, curves: Tensor, tol: float, newton_after: int):
        count = len(curves)
        self.metric, self.tol, self.newton_after = metric, tol, newton_after
        self.result = curves.clone()
        zeros = torch.zeros(count, dtype=torch.float64, device=curves.device)
        self.residuals = zeros + torch.nan
        self.steps = torch.zeros(count, dtype=torch.long, device=curves.device)
        self.settled = torch.zeros(count, dtype=torch.bool, device=curves.device)
        self.index = torch.arange(count, device=curves.device)
        self.curves = self.result.clone()
        self.damping = zeros
        self.model = _tolerant_model(metric, curves, newton_after <= 0)
        self.result_energy = self.model.energy.clone()
        self.floor = rounding_floor(metric, curves)
        self.accumulation = accumulation(metric, curves)
        self.count = 0

    @property
    def finished(self) -> bool:
        return self.index.numel() == 0

    def direction(self) -> Tensor:
        """Solve for the step of every active curve, and find which curves are done."""
        m = self.model
        diagonal = regularised(m.diagonal, self.damping, self.accumulation)
        rhs = -m.gradient
        if m.correction is None:
            delta, definite = solve_block_tridiagonal(diagonal, m.upper, rhs)
        else:
            upper = m.upper if m.upper_correction is None else m.upper + m.upper_correction
            delta, definite = solve_block_tridiagonal(diagonal + m.correction, upper, rhs)
            if not definite.all():
                bad = ~definite
                delta[bad], definite[bad] = solve_block_tridiagonal(diagonal[bad], m.upper[bad], rhs[bad])
        residual, slope = decrement(m, delta)
        tolerance = (self.floor[self.index] / (2 * m.energy).sqrt()).clamp(min=self.tol)
        done = definite & (self.damping == 0) & (residual <= tolerance)
        self.residuals[self.index] = torch.where(definite, residual, torch.nan)
        self.settled[self.index] = done
        self.predicted = slope / 2
        self.kept = ~done & (self.damping < _LARGEST) & m.energy.isfinite() & definite
        return delta

    def retire(self) -> None:
        """Write the finished curves to the result and go on with the others."""
        if self.kept.all():
            return
        self.result[self.index] = self.curves
        keep = self.kept
        self.index, self.curves, self.damping = self.index[keep], self.curves[keep], self.damping[keep]
        self.predicted = self.predicted[keep]
        self.model = Model(*(None if part is None else part[keep] for part in self.model))

    def step(self, delta: Tensor) -> None:
        """Try the step; keep it where the energy does not rise beyond rounding, and set the damping."""
        self.count += 1
        trial = self.curves.clone()
        trial[:, 1:-1] += delta
        proposal = _tolerant_model(self.metric, trial, self.count >= self.newton_after)
        old = self.model.energy
        rounding = (
            8 * torch.finfo(trial.dtype).eps * old
            + self.floor[self.index] * (2 * old).sqrt() / trial.shape[1]
        )
        accept = proposal.energy <= old + rounding
        gain = (old - proposal.energy + rounding) / (self.predicted + rounding)
        grown = (self.damping * _GROW).clamp(min=_FIRST)
        shrunk = self.damping * _SHRINK
        shrunk = torch.where(shrunk < _SMALLEST, torch.zeros_like(shrunk), shrunk)
        kept = torch.where(gain > 0.5, shrunk, torch.where(gain < 0.1, grown, self.damping))
        self.damping = torch.where(accept, kept, grown)
        self.steps[self.index] += 1
        if accept.all():
            self.curves, self.model = trial, proposal
        else:
            self.curves = _select(accept, trial, self.curves)
            self.model = Model(*(_select(accept, new, old) for new, old in zip(proposal, self.model)))
        self.result_energy[self.index] = self.model.energy

    def snapshot(self) -> Tensor:
        return self.result_energy.clone()

    def solution(self, trace: Tensor | None) -> Solution:
        self.result[self.index] = self.curves
        like = self.result
        trace = None if trace is None else trace.to(like)
        return Solution(
            like, self.settled, self.steps, self.residuals.to(like), self.result_energy.to(like), trace
        )


def _tolerant_model(metric: Metric, curves: Tensor, exact: bool) -> Model:
    """Expand the energy of trials; one that leaves the metric's domain gets NaN, which no step accepts."""
    try:
        return energy_model(metric, curves, exact=exact)
    except ValueError:
        if len(curves) == 1:
            return undefined_model(metric, curves, exact=exact)
    halves = [_tolerant_model(metric, half, exact) for half in curves.tensor_split(2)]
    return Model(*(None if column[0] is None else torch.cat(column) for column in zip(*halves)))


def _select(accept: Tensor, new: Tensor | None, old: Tensor | None) -> Tensor | None:
    """Rows of new where accepted; a correction that the old model did not have yet counts as zero there."""
    if new is None:
        return None
    if old is None:
        old = torch.zeros_like(new)
    return torch.where(accept.view(-1, *[1] * (new.ndim - 1)), new, old)


def solve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    starts: str | Sequence[str] | Tensor = "auto",
    race_steps: int = 6,
    newton_after: int = 8,
) -> Solution:
    """Try several starts for a few steps, finish the one of least energy: `geodesic` explains the options.

    Args:
        metric: any metric.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the result.
        tol: bound on the residual.
        max_steps: steps allowed, those of the race included.
        trace: keep the energy after every step.
        starts: names of `starting_curves`, or curves (k, P, n_segments + 1, d).
        race_steps: steps given to every start before the best is chosen.
        newton_after: Gauss-Newton steps before the exact Hessian is used.
    """
    curves = starting_curves(metric, z0, z1, n_segments, starts)
    rivals, pairs = curves.shape[:2]
    settings = {"tol": tol, "trace": trace}
    if rivals == 1:
        return minimise(metric, curves[0], max_steps=max_steps, newton_after=newton_after, **settings)
    race_steps = min(race_steps, max_steps)
    race = minimise(metric, curves.flatten(0, 1), max_steps=race_steps, newton_after=newton_after, **settings)
    energy = race.energy.reshape(rivals, pairs).nan_to_num(torch.inf)
    winner = energy.argmin(0) * pairs + torch.arange(pairs, device=z0.device)
    race = Solution(*(None if part is None else part[winner] for part in race))
    final = minimise(
        metric,
        race.curve,
        max_steps=max_steps - race_steps,
        newton_after=newton_after - race_steps,
        **settings,
    )
    joined = torch.cat([race.trace, final.trace[:, 1:]], dim=1) if trace else None
    return final._replace(n_steps=race.n_steps + final.n_steps, trace=joined)
