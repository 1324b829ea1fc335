"""Partition the same codes by many methods, and score each against the classes."""

import numpy as np
import torch
from pullback.graph.kmeans import graph_kmeans
from pullback.graph.latent_graph import GraphDistances
from pullback.statistics.clustering import riemannian_kmedoids
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.mixture import GaussianMixture
from torch import Tensor

NEIGHBOUR = 7


def flat_clusterings(z: Tensor, k: int, *, seed: int) -> dict[str, np.ndarray]:
    """Cluster points (n, d) by methods that know no metric.

    Returns:
        name -> (n,) labels: "k-means" of ten starts drawn far apart (k-means++), "k-means, one start" from
        points drawn at random, and "Gaussian mixture" with full covariances.
    """
    x = z.double().numpy()
    return {
        "k-means": KMeans(k, n_init=10, random_state=seed).fit(x).labels_,
        "k-means, one start": KMeans(k, init="random", n_init=1, random_state=seed).fit(x).labels_,
        "Gaussian mixture": GaussianMixture(k, n_init=5, random_state=seed).fit_predict(x),
    }


def distance_clusterings(distances: GraphDistances, k: int, *, seed: int) -> dict[str, np.ndarray]:
    """Cluster points by methods that see only distances.

    Returns:
        name -> (n,) labels: "k-means" about Frechet means on the nodes, "k-medoids", and "spectral" with the
        locally scaled affinity of `local_affinity`; ten starts each.
    """
    generator = torch.Generator().manual_seed(seed)
    between = distances.between
    spectral = SpectralClustering(k, affinity="precomputed", random_state=seed)
    means = graph_kmeans(distances.to_nodes, between, k, generator=generator)
    medoids = riemannian_kmedoids(between, k, generator=generator, n_init=10)
    return {
        "k-means": means.labels.numpy(),
        "k-medoids": medoids.labels.numpy(),
        "spectral": spectral.fit_predict(local_affinity(between).numpy()),
    }


def local_affinity(distances: Tensor) -> Tensor:
    r"""Turn distances (n, n) into affinities, each point with its own scale.

    $$A_{ij} = \exp\Big( -\frac{d_{ij}^2}{s_i s_j} \Big)$$

    s_i is the distance of a point to its seventh neighbour (Zelnik-Manor and Perona 2004), so that no unit
    need be chosen.

    Returns:
        (n, n), symmetric, with ones on the diagonal.
    """
    place = min(NEIGHBOUR, len(distances) - 1)
    scale = distances.sort(dim=1).values[:, place].clamp_min(torch.finfo(distances.dtype).tiny)
    return torch.exp(-distances.square() / (scale[:, None] * scale))
