"""Gauss-Newton and Newton steps on the discrete energy: a few block-tridiagonal solves per geodesic."""

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.numerics.block_tridiagonal import solve_block_tridiagonal
from pullback.solvers.energies import QuadraticModel, accumulation, energy_model, undefined_model
from pullback.solvers.solution import Solution
from pullback.solvers.stationarity import decrement, energy_rounding, regularised, rounding_floor

# Marquardt's damping, in units of the Gauss-Newton diagonal: it shrinks by a third where the model predicted
# at least half of the decrease, grows fourfold where it predicted less than a tenth (Madsen, Nielsen and
# Tingleff 2004, "Methods for non-linear least squares problems", section 3.2, has thirds and doubling),
# begins at 4 and below 0.1 counts as none, so that the last steps are Newton's. Measured on two decoders and
# nine surfaces with known distances: half or twice any of them changes the mean number of steps by at most 10
# per cent.
_SHRINK, _GROW, _SMALLEST, _FIRST = 1 / 3, 4.0, 0.1, 4.0
# A step damped this much moves nothing that double precision can see.
_LARGEST = 1e12
# Damping tried in turn where the exact Hessian is not positive definite; without the two, decoders take one
# step more on average before the Gauss-Newton matrix takes over.
_LIFTS = (2.0, 16.0)


def minimise(
    metric: Metric, curves: Tensor, *, tol: float, max_steps: int, newton_after: int = 4, trace: bool = False
) -> Solution:
    r"""Minimise the discrete energy of every curve over its inner nodes (`eq-gauss-newton`).

    Each step solves $(H + \lambda B)\,\delta = -\nabla E$, H block-tridiagonal, B its Gauss-Newton diagonal,
    so that the damping $\lambda$ of a curve (Levenberg-Marquardt) does not depend on the latent coordinates.
    H is the Gauss-Newton matrix for the first `newton_after` steps; they converge linearly, with a ratio of
    about (length x normal curvature / pi)^2. After that H is the exact Hessian, damped further where it is
    not positive definite, and the Gauss-Newton matrix where that does not help: on its own it would creep
    past a saddle. Curves that have converged leave the batch.

    Args:
        metric: any metric.
        curves: (P, n + 1, d) starts; their end nodes stay.
        tol: bound on the residual sqrt(g . H^{-1} g / 2E); `geodesic` explains it.
        max_steps: steps allowed, rejected ones included.
        newton_after: Gauss-Newton steps before the exact Hessian is used. Far from a geodesic it is seldom
            positive definite, and three of them bring most curves within 0.1 % of the length.
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
        delta, definite = self._solve(torch.arange(len(self.index), device=m.energy.device))
        newton = definite.clone()
        for lift in (*_LIFTS, None) if m.correction is not None else ():
            bad = (~definite).nonzero()[:, 0]
            if not len(bad):
                break
            delta[bad], definite[bad] = self._solve(bad, lift)
        residual, slope = decrement(m, delta)
        tolerance = (self.floor[self.index] / (2 * m.energy).sqrt()).clamp(min=self.tol)
        done = newton & (self.damping == 0) & (residual <= tolerance)
        self.residuals[self.index] = torch.where(definite, residual, torch.nan)
        self.settled[self.index] = done
        self.predicted = slope / 2
        self.kept = ~done & (self.damping < _LARGEST) & m.energy.isfinite() & definite
        return delta

    def _solve(self, rows: Tensor, lift: float | None = 0.0) -> tuple[Tensor, Tensor]:
        """Solve the damped equations of some curves, `lift` added to the damping; None: Gauss-Newton."""
        m = self.model
        if len(rows) < len(self.index):
            m = _rows(m, rows)
        diagonal = regularised(m.diagonal, self.damping[rows] + (lift or 0), self.accumulation)
        upper = m.upper
        if m.correction is not None and lift is not None:
            diagonal = diagonal + m.correction
            upper = upper if m.upper_correction is None else upper + m.upper_correction
        return solve_block_tridiagonal(diagonal, upper, -m.gradient)

    def retire(self) -> None:
        """Write the finished curves to the result and go on with the others."""
        if self.kept.all():
            return
        self.result[self.index] = self.curves
        keep = self.kept
        self.index, self.curves, self.damping = self.index[keep], self.curves[keep], self.damping[keep]
        self.predicted = self.predicted[keep]
        self.model = _rows(self.model, keep)

    def step(self, delta: Tensor) -> None:
        """Try the step; keep it where the energy does not rise beyond rounding, and set the damping."""
        self.count += 1
        trial = self.curves.clone()
        trial[:, 1:-1] += delta
        proposal = _tolerant_model(self.metric, trial, self.count >= self.newton_after)
        old = self.model.energy
        rounding = energy_rounding(old, trial.dtype)
        rounding = rounding + self.floor[self.index] * (2 * old).sqrt() / trial.shape[1]
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
            self.model = QuadraticModel(
                *(_select(accept, new, old) for new, old in zip(proposal, self.model))
            )
        self.result_energy[self.index] = self.model.energy

    def snapshot(self) -> Tensor:
        return self.result_energy.clone()

    def solution(self, trace: Tensor | None) -> Solution:
        self.result[self.index] = self.curves
        like = self.result
        trace = None if trace is None else trace.to(like)
        return Solution(
            like, self.settled, self.steps, self.residuals.to(like), self.result_energy.to(like), trace=trace
        )


def _rows(model: QuadraticModel, rows: Tensor) -> QuadraticModel:
    return QuadraticModel(*(None if part is None else part[rows] for part in model))


def _tolerant_model(metric: Metric, curves: Tensor, exact: bool) -> QuadraticModel:
    """Expand the energy of trials; one that leaves the metric's domain gets NaN, which no step accepts."""
    try:
        return energy_model(metric, curves, exact=exact)
    except ValueError:
        if len(curves) == 1:
            return undefined_model(metric, curves, exact=exact)
    halves = [_tolerant_model(metric, half, exact) for half in curves.tensor_split(2)]
    return QuadraticModel(*(None if column[0] is None else torch.cat(column) for column in zip(*halves)))


def _select(accept: Tensor, new: Tensor | None, old: Tensor | None) -> Tensor | None:
    """Rows of new where accepted; a correction that the old model did not have yet counts as zero there."""
    if new is None:
        return None
    if old is None:
        old = torch.zeros_like(new)
    return torch.where(accept.view(-1, *[1] * (new.ndim - 1)), new, old)
