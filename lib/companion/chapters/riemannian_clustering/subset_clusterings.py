"""The clustering table: every method on every subset of the same codes."""

from collections.abc import Mapping

import numpy as np
import torch
from pullback.graph.latent_graph import GraphDistances, LatentGraph
from pullback.measures.lengths.f_measure import f_measure
from sklearn.cluster import KMeans
from torch import Tensor

from companion.chapters.riemannian_clustering.clusterings import distance_clusterings, flat_clusterings
from companion.ledger import path_of


def subset_clusterings(
    codes: Tensor,
    images: Tensor,
    graphs: Mapping[str, LatentGraph],
    k: int,
    *,
    n_subsets: int,
    subset_size: int,
    seed: int,
) -> list[dict[str, np.ndarray]]:
    """Cut points into subsets, in order, and cluster each by every method.

    Args:
        codes: (n, 2).
        images: (n, D) of the same points.
        graphs: name of a metric -> its graph.
        k: number of clusters.
        n_subsets: subsets, without overlap.
        subset_size: points of each.
        seed: of all methods.

    Returns:
        a subset: name -> (subset_size,) labels; "k-means, Riemannian" for the graph named "Riemannian", say,
        "k-means, pixels" for the images, and the flat methods with "Euclidean" for a metric.
    """
    if n_subsets * subset_size > len(codes):
        raise ValueError(f"n_subsets: got {n_subsets} of {subset_size} points, expected at most {len(codes)}")
    found = []
    for part in torch.arange(n_subsets * subset_size).split(subset_size):
        z = codes[part]
        clusters = {f"{name}, Euclidean": c for name, c in flat_clusterings(z, k, seed=seed).items()}
        nodes = next(iter(graphs.values())).nodes
        distances = {"Euclidean": GraphDistances(nodes, torch.cdist(z, nodes), torch.cdist(z, z))}
        distances |= {name: graph.distances(z) for name, graph in graphs.items()}
        for name, measured in distances.items():
            new = {
                f"{method}, {name}": c for method, c in distance_clusterings(measured, k, seed=seed).items()
            }
            clusters = {**new, **clusters}
        pixels = KMeans(k, n_init=10, random_state=seed).fit(images[part].flatten(1).numpy())
        found.append({**clusters, "k-means, pixels": pixels.labels_})
    return found


class SubsetScores(dict[str, np.ndarray]):
    """F-measures of clusterings in per cent: name -> (n_subsets,)."""

    def spread(self) -> dict[str, dict[str, float]]:
        """Measure how much each method varies over the subsets, in points.

        Returns:
            as `readings`, with `standard_deviation` and `standard_error`; nought where there is one subset.
        """
        found = {}
        for path, scores in self.readings().items():
            deviation = float(scores.std(ddof=1)) if len(scores) > 1 else 0.0
            error = deviation / len(scores) ** 0.5
            found[path] = {"standard_deviation": deviation, "standard_error": error}
        return found

    def readings(self) -> dict[str, np.ndarray]:
        """Name the scores by metric and method, as in `riemannian.k_means`."""
        return {path_of(*reversed(name.rsplit(", ", 1))): scores for name, scores in self.items()}


def subset_scores(
    found: list[dict[str, np.ndarray]], labels: Tensor, *, definition: str = "best match"
) -> SubsetScores:
    """Score the clusterings of `subset_clusterings` in per cent (`eq-f-measure`).

    Args:
        found: of `subset_clusterings`.
        labels: (n,) true classes of the points.
        definition: of `f_measure`.

    Returns:
        name -> (n_subsets,) F-measures.
    """
    scores = SubsetScores()
    for name in found[0]:
        parts = labels.split(len(found[0][name]))
        pairs = zip(found, parts[: len(found)], strict=True)
        scores[name] = np.array([100 * f_measure(y, c[name], definition=definition) for c, y in pairs])
    return scores
