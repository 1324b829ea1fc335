"""Chapter: does the metric help clustering, densities, sampling, interpolation?"""

from companion.chapters.riemannian_clustering.solver_race import solver_race
from companion.chapters.riemannian_clustering.subset_clusterings import (
    SubsetScores,
    subset_clusterings,
    subset_scores,
)

__all__ = [
    "SubsetScores",
    "solver_race",
    "subset_clusterings",
    "subset_scores",
]
