"""Do steps with the encoder's Jacobian end at a geodesic? Shao's Algorithm 1 against the minimum."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from pullback.curves.discrete_curve import curve_energy, curve_length, linear_interpolation
from pullback.geodesics.geodesic import GeodesicResult, geodesic
from pullback.metrics.base import Metric
from torch import Tensor

Map = Callable[[Tensor], Tensor]

# A straight line that is this near to a geodesic leaves no saving to find a share of.
_NO_SAVING = 1e-6


@dataclass(frozen=True)
class StepRun:
    """Where one variant of Algorithm 1 ended, pair by pair.

    Attributes:
        curve: (*batch, n + 1, d) last curves, not finite where the run ran away.
        energy: (*batch,) their energies.
        length: (*batch,) their lengths.
        residual: (*batch,) the true gradient at the end, without unit, as `GeodesicResult` defines it; NaN
            where it is not defined.
        stopped: (*batch,) whether the algorithm's own stopping rule was met.
        n_steps: (*batch,) sweeps.
        step_size: (*batch,) multiple of the library's default step.
        diverged: (*batch,) whether even the smallest step ended above the straight line's energy.
    """

    curve: Tensor
    energy: Tensor
    length: Tensor
    residual: Tensor
    stopped: Tensor
    n_steps: Tensor
    step_size: Tensor
    diverged: Tensor


@dataclass(frozen=True)
class EncoderSteps:
    """Algorithm 1 with the encoder's Jacobian and with the true gradient, from the same straight lines.

    The methods take one of the two runs, as in `steps.share_found(steps.encoder)`.

    Attributes:
        encoder: with the encoder's Jacobian, as the document does it.
        decoder: with the true gradient and as many sweeps, as the control.
        best: geodesics of the converged solver, on as many segments.
        straight_energy: (*batch,) energy of the straight line, where both runs start.
        straight_length: (*batch,) its length.
    """

    encoder: StepRun
    decoder: StepRun
    best: GeodesicResult
    straight_energy: Tensor
    straight_length: Tensor

    @property
    def best_saved(self) -> Tensor:
        """Share of the straight line's length that the converged geodesic saves, (*batch,)."""
        return 1 - self.best.length / self.straight_length

    def saved(self, run: StepRun) -> Tensor:
        """Share of the straight line's length that a run saves, (*batch,); negative where it lost."""
        return 1 - run.length / self.straight_length

    def energy_excess(self, run: StepRun) -> Tensor:
        """Energy of a run above that of the geodesic, as a share of it, (*batch,); the line's own excess
        is `straight_energy / best.energy - 1`."""
        return run.energy / self.best.energy - 1

    def share_found(self, run: StepRun) -> Tensor:
        """How much of the saving a run finds, (*batch,): 1 for all of it; NaN where there is none to find."""
        there = self.best_saved > _NO_SAVING
        return torch.where(there, self.saved(run) / self.best_saved.clamp(min=_NO_SAVING), torch.nan)

    def total_share_found(self, run: StepRun) -> float:
        """Saving of a run over that of the geodesics, both summed over all pairs.

        A pair that diverged has found nothing. NaN where there is nothing to find.
        """
        there = (self.straight_length - self.best.length).sum()
        found = torch.where(run.diverged, 0, self.straight_length - run.length).sum()
        if not there > _NO_SAVING * self.straight_length.sum():
            return float("nan")
        return (found / there).item()


def encoder_steps(
    metric: Metric,
    encoder: Map,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int = 10,
    max_steps: int = 200,
    halvings: int = 6,
    tol: float = 1e-6,
    **options,
) -> EncoderSteps:
    r"""Measure where Algorithm 1 ends with the encoder's Jacobian (`eq-shao-encoder-step`).

    $$\eta_i = -\frac{1}{\delta t} J_h(f(z_i)) \big( f(z_{i+1}) - 2 f(z_i) + f(z_{i-1}) \big)$$

    Shao, Kumar and Fletcher (2017) hold that it rests where the true gradient (`eq-shao-gradient`) vanishes,
    which needs ker J_h = ker J^T, and they give no step size. The rule here: the library's default step,
    which is exact, node by node, if the encoder inverts the decoder; where a run ends above the energy of
    the straight line, it starts anew with half the step, and so on. A pair has diverged when the smallest
    step ends there too. The control with the true gradient keeps to the same rule; its default step is exact
    along the steepest direction of the metric.

    Args:
        metric: the `PullbackMetric` of the decoder.
        encoder: h, callable (*batch, D) -> (*batch, d), the mean of the posterior.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends, different from the first.
        n_segments: T, 2 or more; 10 in the document.
        max_steps: sweeps of each run.
        halvings: how many times the step may be halved.
        tol: residual at which a run may stop, and to which the other solver converges.
        **options: passed to the converged `geodesic`, such as `starts`.

    Returns:
        Both variants beside the converged geodesics.

    Raises:
        ValueError: for fewer than two segments, a negative number of halvings, and as `geodesic`.
    """
    if halvings < 0:
        raise ValueError(f"halvings: got {halvings}, expected 0 or more")
    if n_segments < 2:
        raise ValueError(f"n_segments: got {n_segments}, expected 2 or more, or no point moves")
    best = geodesic(metric, z0, z1, n_segments=n_segments, tol=tol, **options)
    line = linear_interpolation(*torch.broadcast_tensors(z0, z1), n_segments)
    flat = line.flatten(0, -3) if line.ndim > 2 else line[None]
    energy, length = curve_energy(metric, flat), curve_length(metric, flat)
    default = 1 / (2 * n_segments)
    steepest = torch.linalg.eigvalsh(metric.matrix(flat)).amax()
    settings = {"n_segments": n_segments, "max_steps": max_steps, "tol": tol}
    batch = line.shape[:-2]
    runs = (
        _backtrack(
            metric, flat, energy, halvings, default, solver="shao-encoder", encoder=encoder, **settings
        ),
        _backtrack(
            metric, flat, energy, halvings, default / steepest.item(), solver="shao-decoder", **settings
        ),
    )
    return EncoderSteps(
        *(_unflatten(run, batch) for run in runs), best, energy.reshape(batch), length.reshape(batch)
    )


def _backtrack(
    metric: Metric, lines: Tensor, straight: Tensor, halvings: int, default: float, **settings
) -> StepRun:
    """Run all pairs (P, n + 1, d), and those that end above the straight line's energy with half the step."""
    level = straight * (1 + torch.finfo(straight.dtype).eps ** 0.5)
    result, rows = None, torch.arange(len(lines), device=lines.device)
    for k in range(halvings + 1):
        z0, z1 = lines[rows, 0], lines[rows, -1]
        # the default is left to the solver once, for it knows the steepest place of each pair by itself
        alpha = None if k == 0 else default / 2**k
        found = geodesic(metric, z0, z1, alpha=alpha, **settings)
        above = ~(found.energy <= level[rows])
        run = StepRun(
            curve=found.curve,
            energy=found.energy,
            length=found.length,
            residual=found.residual,
            stopped=found.converged,
            n_steps=found.n_steps,
            step_size=torch.full_like(found.energy, 0.5**k),
            diverged=above,
        )
        result = run if result is None else _put(result, rows, run)
        rows = rows[above]
        if not rows.numel():
            break
    return result


def _put(result: StepRun, rows: Tensor, run: StepRun) -> StepRun:
    for field in fields(StepRun):
        getattr(result, field.name)[rows] = getattr(run, field.name)
    return result


def _unflatten(run: StepRun, batch: torch.Size) -> StepRun:
    values = ((field.name, getattr(run, field.name)) for field in fields(StepRun))
    return StepRun(**{name: value.reshape((*batch, *value.shape[1:])) for name, value in values})
