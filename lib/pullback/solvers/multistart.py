"""Several starts run a few steps on few segments; the shortest is finished on all of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pullback.curves.discrete_curve import curve_length, even_spacing, resample
from pullback.metrics.base import Metric
from pullback.solvers.gauss_newton import minimise
from pullback.solvers.solution import Solution
from pullback.solvers.starts import start_names, starting_curves

# The race tells the starts apart on a quarter of the segments; fewer than 16 chords cut corners too much for
# it.
_COARSEST, _COARSENING = 16, 4
# A spline read at twice the nodes gives a length to fourth order, which tells curves apart that chords
# confuse.
_READ = 2
# Curves that part by more than this share of their length, at a quarter, half or three quarters, are two:
# three steps bring those that tend to one curve closer together.
_APART = 0.05
# The winner is finished anyway; a start that has come this far needs no more steps to be judged.
_RACE_TOLERANCE = 1e-2


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
    race_steps: int = 3,
    newton_after: int = 4,
) -> Solution:
    """Try several starts for a few Gauss-Newton steps, finish the shortest: `geodesic` explains the options.

    The race is run on a quarter of the segments, 16 at least, where the metric has features and the starts
    are drawn here. Chords cut corners, the more the fewer they are, so a start is judged by the length of the
    spline through its nodes, and that spline, spaced evenly, is where the finish begins.

    Args:
        metric: any metric.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the result.
        tol: bound on the residual.
        max_steps: steps allowed, those of the race included.
        trace: keep the energy after every step of the finish.
        starts: names of `starting_curves`, or curves (k, P, n_segments + 1, d).
        race_steps: steps given to every start before the best is chosen; three bring most curves within 0.1 %
            of the length.
        newton_after: Gauss-Newton steps, those of the race included, before the exact Hessian is used.
    """
    whole = isinstance(starts, Tensor) or start_names(starts, z0.shape[-1]) == ["line"]
    whole = whole or not metric.has_features
    coarse = n_segments if whole else min(n_segments, max(_COARSEST, n_segments // _COARSENING))
    curves = starting_curves(metric, z0, z1, coarse, starts)
    rivals, pairs = curves.shape[:2]
    if rivals == 1:
        return minimise(
            metric, curves[0], tol=tol, max_steps=max_steps, newton_after=newton_after, trace=trace
        )
    race_steps = min(race_steps, max_steps)
    race = minimise(
        metric, curves.flatten(0, 1), tol=_RACE_TOLERANCE, max_steps=race_steps, newton_after=race_steps + 1
    )
    merit = _merit(metric, race).reshape(rivals, pairs)
    winner = merit.argmin(0) * pairs + torch.arange(pairs, device=z0.device)
    margin = _margin(metric, race.curve.reshape(rivals, pairs, *race.curve.shape[1:]), merit)
    curve, raced = race.curve[winner], race.n_steps[winner]
    if coarse < n_segments:
        curve = even_spacing(metric, resample(curve, n_segments))
    rest = max_steps - race_steps
    later = max(0, newton_after - race_steps)
    final = minimise(metric, curve, tol=tol, max_steps=rest, newton_after=later, trace=trace)
    return final._replace(n_steps=raced + final.n_steps, margin=margin)


def _merit(metric: Metric, race: Solution) -> Tensor:
    """What the rivals are judged by; undefined ones come last."""
    merit = race.energy
    if metric.has_features:
        merit = curve_length(metric, resample(race.curve, _READ * (race.curve.shape[1] - 1)))
    return merit.nan_to_num(torch.inf)


def _margin(metric: Metric, curves: Tensor, merit: Tensor) -> Tensor:
    """By how much the next best of curves (k, P, n + 1, d) that is another one is longer, relatively."""
    n, rows = curves.shape[2] - 1, torch.arange(curves.shape[1], device=curves.device)
    winner = merit.argmin(0)
    seen = curves[:, :, [n // 4, n // 2, 3 * n // 4]]
    best = merit[winner, rows]
    if metric.has_features:
        x = metric.features(seen)
        gap, length = (x - x[winner, rows]).norm(dim=-1).amax(-1), best
    else:
        here = seen[winner, rows].expand_as(seen)
        gap, length = metric.norm(here, seen - here).amax(-1), (2 * best).sqrt()
    longer = merit / best - 1 if metric.has_features else (merit / best).sqrt() - 1
    return (
        torch.where(gap > _APART * length, longer, torch.inf)
        .amin(0)
        .nan_to_num(torch.inf, torch.inf)
        .to(curves)
    )
