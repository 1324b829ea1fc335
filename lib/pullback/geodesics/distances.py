"""Geodesic distances of pairs of points and of whole sets."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.checks import check_points
from pullback.extras import require
from pullback.geodesics.geodesic import GeodesicResult, geodesic
from pullback.metrics.base import Metric


@dataclass(frozen=True)
class DistanceMatrixResult:
    """Distances of two sets of points and the status of every pair.

    Attributes:
        distances: (n, m).
        converged: (n, m) whether the solver converged; the diagonal of a symmetric matrix is.
        n_steps: (n, m).
        residual: (n, m), as `GeodesicResult` defines it.
        solver: name of the solver.
    """

    distances: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    solver: str


def distance(metric: Metric, z0: Tensor, z1: Tensor, **options) -> Tensor:
    """Measure geodesic distances: lengths of the geodesics found from z0 to z1 (`eq-curve-length`).

    The length is that of the discrete curve, whose error falls with n_segments^-2. Up to that error it is an
    upper bound of the true distance: a solver may have found a geodesic that is not the shortest. Costs one
    `geodesic` per pair.

    Distances are differentiable in the ends, in a metric's parameters and, for a `trainable` metric, in the
    weights of a decoder, by one pass back over the curves that were found (`geodesic` has the formulas and
    says what becomes of pairs that were not solved, or lie at the cut locus). At distance 0 the gradient
    is 0.

    Args:
        metric: any metric.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends; the batches broadcast.
        **options: passed to `geodesic`.

    Returns:
        (*batch,) distances. Pairs that did not converge are in it; call `geodesic` for the status of each.

    Raises:
        ValueError: as `geodesic`.

    Warns:
        UserWarning: with the count, where pairs did not converge.

    Example:
        >>> from pullback import distance
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 4, 0], [torch.pi / 2, torch.pi / 2]], dtype=torch.float64)
        >>> round(distance(SPHERE.metric, z0, z1).item(), 3)
        1.571
    """
    solution = geodesic(metric, z0, z1, **options)
    _warn(solution)
    return solution.length


def distance_matrix(
    metric: Metric,
    Z: Tensor,
    Z2: Tensor | None = None,
    *,
    chunk: int = 4096,
    progress: bool = False,
    return_result: bool = False,
    **options,
) -> Tensor | DistanceMatrixResult:
    """Measure the geodesic distances of all points of Z to all of Z2, or to one another.

    Costs n m calls of `geodesic`, or n (n - 1) / 2 without Z2, in batches of `chunk`.

    Args:
        metric: any metric.
        Z: (n, d) points.
        Z2: (m, d) points. Without it each unordered pair of Z is solved once and the result is symmetric.
        chunk: pairs solved together, which bounds the memory.
        progress: show a progress bar.
        return_result: return the status of every pair too.
        **options: passed to `geodesic`.

    Returns:
        (n, m) distances, or a `DistanceMatrixResult`. Pairs that did not converge are in it.

    Raises:
        ValueError: when Z or Z2 are not sets of points of one dimension, or chunk is below 1.
        ImportError: for a progress bar without tqdm, the extra `progress`.

    Warns:
        UserWarning: with the count, where pairs did not converge.

    Example:
        >>> from pullback import distance_matrix
        >>> from pullback.surfaces import CYLINDER
        >>> Z = torch.tensor([[0, 0], [3, 0], [0, 4]], dtype=torch.float64)
        >>> distance_matrix(CYLINDER.metric, Z).round(decimals=2).tolist()
        [[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]]
    """
    Z = check_points("Z", Z, finite=False)
    others = Z if Z2 is None else check_points("Z2", Z2, finite=False)
    for name, points in (("Z", Z), ("Z2", others)):
        if points.ndim != 2 or points.shape[1] != Z.shape[-1]:
            raise ValueError(f"{name}: got shape {tuple(points.shape)}, expected (n, d), d as in Z")
    if chunk < 1:
        raise ValueError(f"chunk: got {chunk}, expected 1 or more")
    n, m = len(Z), len(others)
    if Z2 is None:
        rows, columns = torch.triu_indices(n, n, offset=1, device=Z.device)
    else:
        grid = torch.arange(n * m, device=Z.device)
        rows, columns = grid // max(m, 1), grid % max(m, 1)
    parts = []
    with _bar(len(rows), show=progress) as advance:
        for i, j in zip(rows.split(chunk), columns.split(chunk)):
            parts.append(_Status(geodesic(metric, Z[i], others[j], **options)))
            advance(len(i))
    result = _assemble(parts, rows, columns, Z.new_zeros(n, m), symmetric=Z2 is None)
    _warn(result)
    return result if return_result else result.distances


@contextmanager
def _bar(n_pairs: int, *, show: bool) -> Iterator[Callable[[int], object]]:
    if not show:
        yield lambda solved: None
        return
    with require("tqdm.auto", "progress").tqdm(total=n_pairs, unit="pair") as bar:
        yield bar.update


class _Status:
    """What is kept of a chunk's geodesics: everything but the curves."""

    def __init__(self, solution: GeodesicResult):
        self.distances, self.converged = solution.length, solution.converged
        self.n_steps, self.residual, self.solver = solution.n_steps, solution.residual, solution.solver


def _assemble(
    parts: list[_Status], rows: Tensor, columns: Tensor, empty: Tensor, *, symmetric: bool
) -> DistanceMatrixResult:
    """Scatter the chunks into matrices; the diagonal of a symmetric one is zero and converged."""
    fields = {
        "distances": empty,
        "converged": torch.ones_like(empty, dtype=torch.bool),
        "n_steps": torch.zeros_like(empty, dtype=torch.long),
        "residual": torch.zeros_like(empty),
    }
    for name, matrix in fields.items():
        if parts:
            values = torch.cat([getattr(part, name) for part in parts])
            matrix[rows, columns] = values
            if symmetric:
                matrix[columns, rows] = values
    return DistanceMatrixResult(**fields, solver=parts[0].solver if parts else "none")


def _warn(result: GeodesicResult | DistanceMatrixResult) -> None:
    """Count the pairs that did not converge, once per call."""
    failures = int((~result.converged).sum())
    if failures:
        warnings.warn(
            f"{failures} of {result.converged.numel()} geodesics did not converge ({result.solver}); their "
            "lengths are returned, and `geodesic` or return_result=True tells which",
            UserWarning,
            stacklevel=3,
        )
