"""All distances of a set of codes, by the decoder's ruler and by plain numbers, and what is read off them."""

import warnings
from dataclasses import dataclass

import torch
from pullback.geodesics.distances import distance_matrix
from pullback.measures.draws import random_pairs
from pullback.measures.lengths.distance_matrices import euclidean_distances
from pullback.measures.lengths.f_measure import f_measure
from pullback.measures.lengths.residual_correlation import (
    pairs_of,
    residual_correlation,
    same_label,
    shuffled_within,
)
from pullback.statistics.clustering import riemannian_kmedoids
from torch import Tensor

from companion.measures.space import CodeSpace

N_SEGMENTS = 8
"""Chords of a geodesic, unless told otherwise."""


@dataclass(frozen=True)
class DistanceSurvey:
    """Distances among n codes.

    Attributes:
        labels: (n,).
        euclidean: (n, n) distances of the codes.
        riemannian: (n, n) geodesic distances.
        flat: (n, n) distances after the affine map that fits the decoder best, exact and without curvature.
        converged: share of the geodesics that converged.
    """

    labels: Tensor
    euclidean: Tensor
    riemannian: Tensor
    flat: Tensor
    converged: float

    def c_hat(self, pairs: str = "all", *, ruler: str = "riemannian", against: str = "euclidean") -> float:
        """Residual correlation of two rulers over "all" pairs, or those "within" or "between" classes."""
        chosen = self._chosen(pairs)
        first, second = (pairs_of(getattr(self, name))[chosen] for name in (ruler, against))
        return residual_correlation(first, second).item()

    def c_hat_of_gap(self, *, seed: int, n_shuffles: int = 20) -> float:
        """Residual correlation left after an exchange of pairs among those within and among those between."""
        generator, r_E = torch.Generator().manual_seed(seed), pairs_of(self.euclidean)
        r_M, same = pairs_of(self.riemannian), same_label(self.labels)
        draws = [shuffled_within(r_M, same, generator=generator) for _ in range(n_shuffles)]
        return residual_correlation(torch.stack(draws), r_E.expand(n_shuffles, -1)).mean().item()

    def c_hat_of_few(self, n_points: int, *, seed: int, n_draws: int = 20) -> float:
        """Residual correlation of as many codes drawn at random, averaged over draws."""
        generator = torch.Generator().manual_seed(seed)
        scores = []
        for _ in range(n_draws):
            rows = torch.randperm(len(self.labels), generator=generator)[:n_points]
            few = [pairs_of(matrix[rows][:, rows]) for matrix in (self.riemannian, self.euclidean)]
            scores.append(residual_correlation(*few))
        return torch.stack(scores).mean().item()

    def misfit(self, pairs: str = "all") -> float:
        r"""Root mean square deviation of r_M from its regression on r_E, over the mean of r_M.

        Unlike the correlation it does not fall merely because the distances are spread widely.
        """
        chosen = self._chosen(pairs)
        r_M, r_E = pairs_of(self.riemannian)[chosen].double(), pairs_of(self.euclidean)[chosen].double()
        correlation = 1 - residual_correlation(r_M, r_E)
        return (r_M.std(correction=0) * (1 - correlation**2).clamp_min(0).sqrt() / r_M.mean()).item()

    def mean_distances(self, n_pairs: int, *, seed: int) -> tuple[float, float]:
        """Mean Euclidean and mean Riemannian distance of pairs drawn at random."""
        n = len(self.labels)
        n_pairs = min(n_pairs, n * (n - 1) // 2)
        i, j = random_pairs(n, n_pairs, generator=torch.Generator().manual_seed(seed)).unbind(1)
        return self.euclidean[i, j].mean().item(), self.riemannian[i, j].mean().item()

    def class_gap(self) -> float:
        """Mean Euclidean distance between classes over the one within them: 1 where there are no clusters."""
        r_E, same = pairs_of(self.euclidean), same_label(self.labels)
        return (r_E[~same].mean() / r_E[same].mean()).item()

    def f_score(self, ruler: str, *, seed: int, n_init: int = 1, labels: Tensor | None = None) -> float:
        """F-measure in per cent of k-medoids with one of the rulers, as many clusters as classes.

        The start is random; `n_init` of 1 is a single start, more keep the best. `labels` judges by others.
        """
        k = len(self.labels.unique())
        distances = getattr(self, ruler).double()
        found = riemannian_kmedoids(
            distances, k, generator=torch.Generator().manual_seed(seed), n_init=n_init
        )
        return 100 * f_measure((self.labels if labels is None else labels).numpy(), found.labels.numpy())

    def _chosen(self, pairs: str) -> Tensor:
        same = same_label(self.labels)
        choices = {"all": torch.ones_like(same), "within": same, "between": ~same}
        if pairs not in choices:
            raise ValueError(f"pairs: got {pairs!r}, expected one of {', '.join(choices)}")
        return choices[pairs]


def distance_survey(
    space: CodeSpace, rows: Tensor, *, n_segments: int = N_SEGMENTS, tol: float = 1e-2, max_steps: int = 400
) -> DistanceSurvey:
    """Measure all geodesic distances among some codes, by the quasi-Newton solver.

    Args:
        space: codes and decoder; the affine map is fitted to all of its codes.
        rows: (n,) those whose distances are measured.
        n_segments: segments of a geodesic.
        tol: bound on the solver's residual; its square bounds the relative excess of the energy, about.
        max_steps: steps of the solver.

    Returns:
        the distances; those of unconverged curves are among them, and counted.
    """
    codes = space.codes[rows]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*did not converge")  # counted in the result
        result = distance_matrix(
            space.metric,
            codes,
            solver="quasi-newton",
            n_segments=n_segments,
            tol=tol,
            max_steps=max_steps,
            return_result=True,
        )
    with torch.no_grad():
        linear = affine_part(space.codes, space.decoder(space.codes))
    return DistanceSurvey(
        labels=space.labels[rows],
        euclidean=euclidean_distances(codes.double()),
        riemannian=result.distances.double(),
        flat=euclidean_distances(codes.double() @ linear),
        converged=pairs_of(result.converged).double().mean().item(),
    )


def affine_part(codes: Tensor, images: Tensor) -> Tensor:
    """Fit images = b + codes A by least squares and return A (d, r), its columns rotated to r <= d.

    Its distances |dz A| are those of a flat space; a coordinate that no code uses has a row of zeros.
    """
    z, x = codes.double() - codes.double().mean(0), images.double() - images.double().mean(0)
    A = torch.linalg.pinv(z, rtol=1e-6) @ x
    return torch.linalg.qr(A.mT, mode="r").R.mT
