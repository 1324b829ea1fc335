"""Several solvers on the same pairs: time, failures and how much longer their curves are than the best."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from pullback.curves.discrete_curve import curve_length
from pullback.geodesics.geodesic import geodesic
from pullback.metrics.base import Metric
from torch import Tensor


@dataclass(frozen=True)
class SolverRun:
    """What one solver did, per pair.

    Attributes:
        seconds: (P,) time for each pair, solved alone.
        converged: (P,) as the solver itself says.
        length: (P,) of the curve, measured alike for all solvers; infinite where there is none.
        excess: (P,) length over the shortest converged one of all solvers, less one; NaN where none is.
    """

    seconds: Tensor
    converged: Tensor
    length: Tensor
    excess: Tensor

    def readings(self) -> dict[str, float]:
        """Give the median time, in seconds, and the share of pairs that failed."""
        failed = 1 - self.converged.double().mean().item()
        return {"seconds": self.seconds.median().item(), "failed": failed}


def solver_race(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    solvers: Mapping[str, Mapping[str, Any]],
    *,
    n_segments: int = 16,
    refine: int = 4,
) -> dict[str, SolverRun]:
    """Let solvers find the same geodesics one pair at a time.

    A solver that raises has failed. No failure is replaced by a straight line.

    Args:
        metric: any metric.
        z0: (P, d) first ends.
        z1: (P, d) second ends.
        solvers: name -> keywords of `geodesic`.
        n_segments: segments of every curve.
        refine: points read off a segment before lengths are taken.
    """
    measured = {name: _run(metric, z0, z1, options, n_segments, refine) for name, options in solvers.items()}
    lengths = [torch.where(done, length, torch.inf) for _, done, length in measured.values()]
    best = torch.stack(lengths).amin(0)
    best = torch.where(best.isfinite(), best, torch.nan)
    return {name: SolverRun(*parts, parts[2] / best - 1) for name, parts in measured.items()}


def _run(
    metric: Metric, z0: Tensor, z1: Tensor, options: Mapping[str, Any], n_segments: int, refine: int
) -> tuple[Tensor, Tensor, Tensor]:
    seconds, converged, lengths = [], [], []
    for first, last in zip(z0, z1):
        start = time.perf_counter()
        try:
            found = geodesic(metric, first, last, n_segments=n_segments, **options)
            length = float(curve_length(metric, found.sample(n_segments * refine)))
            done = bool(found.converged)
        except ValueError:
            length, done = float("inf"), False
        seconds.append(time.perf_counter() - start)
        finite = length if length == length else float("inf")
        lengths.append(finite)
        converged.append(done and finite < float("inf"))
    return torch.tensor(seconds), torch.tensor(converged), torch.tensor(lengths, dtype=z0.dtype)
