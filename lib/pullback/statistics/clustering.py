"""k-means and k-medoids with geodesic distances."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from pullback.checks import check_finite, check_points, check_tensor
from pullback.geodesics.exponential import log
from pullback.metrics.base import Metric
from pullback.numerics.seeding import far_apart
from pullback.statistics.frechet import frechet_mean


@dataclass(frozen=True)
class KMeans:
    """A partition about Frechet means.

    Attributes:
        centres: (k, d) means of the clusters.
        labels: (n,) number of the nearest centre.
        inertia: () sum of squared distances to the nearest centres.
        converged: () whether the partition stopped changing, with every distance and mean converged.
        n_steps: () rounds of assignment and update.
        residual: () share of the points that changed cluster in the last round.
        n_unconverged: () distances and means of the last round that did not converge.
        n_reseeded: () empty clusters that were restarted at the point farthest from its centre.
    """

    centres: Tensor
    labels: Tensor
    inertia: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    n_unconverged: Tensor
    n_reseeded: Tensor


@dataclass(frozen=True)
class KMedoids:
    """A partition about medoids.

    Attributes:
        medoids: (k,) indices of the medoids.
        labels: (n,) number of the nearest medoid.
        inertia: () sum of the distances to the nearest medoids.
        converged: () whether no exchange of a medoid for another point makes the inertia smaller.
        n_steps: () exchanges made.
        residual: () relative gain of the best exchange left, 0 where converged.
    """

    medoids: Tensor
    labels: Tensor
    inertia: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor


def riemannian_kmeans(
    metric: Metric,
    Z: Tensor,
    k: int,
    *,
    generator: Generator | None = None,
    n_init: int = 1,
    init: Tensor | None = None,
    max_steps: int = 100,
    mean_steps: int = 20,
    **options,
) -> KMeans:
    r"""Partition points into k clusters about Frechet means (`eq-kmeans`, `eq-frechet-mean`).

    $$\min_{\mu_1, \dots, \mu_k} \sum_i \min_a d(z_i, \mu_a)^2$$

    Lloyd's rounds of assignment and update, from k-means++ seeds drawn with geodesic distances. Of
    `n_init` runs the one with the least inertia is returned. In a flat metric this is k-means. A round costs
    n k logarithms for the assignment and n for each step of the means.

    Args:
        metric: any metric.
        Z: (n, d) points.
        k: number of clusters, 1 to n.
        generator: source of randomness for the seeds; needed unless `init` is given.
        n_init: number of runs.
        init: (k, d) first centres; one run is made from them.
        max_steps: rounds allowed.
        mean_steps: steps allowed for a Frechet mean in each round.
        **options: passed to `log`, which runs without shooting unless `shooting=True` is among them.

    Returns:
        Centres, labels, inertia and status of the best run.

    Raises:
        ValueError: for bad points or first centres, k outside 1..n, n_init below 1, or neither generator nor
            init.

    Example:
        >>> from pullback import riemannian_kmeans
        >>> from pullback.surfaces import CYLINDER
        >>> Z = torch.tensor([[-1, 0], [-1, 0.2], [1, 0], [1, 0.2]], dtype=torch.float64)
        >>> found = riemannian_kmeans(CYLINDER.metric, Z, 2, init=Z[[0, 2]])
        >>> found.labels.tolist(), round(found.inertia.item(), 4)
        ([0, 0, 1, 1], 0.04)
    """
    Z = check_points("Z", Z).detach()
    if Z.ndim != 2:
        raise ValueError(f"Z: got shape {tuple(Z.shape)}, expected (n, d)")
    _check_counts(k, len(Z), n_init)
    if init is not None:
        check_points("init", init, d=Z.shape[-1])
        if init.shape != (k, Z.shape[-1]):
            raise ValueError(f"init: got shape {tuple(init.shape)}, expected {(k, Z.shape[-1])}")
        return _lloyd(metric, Z, init.to(Z), max_steps, mean_steps, options)
    _check_generator(generator)
    runs = []
    for _ in range(n_init):
        seeds = far_apart(lambda i: _squares(metric, Z, Z[i : i + 1], options)[0][:, 0], len(Z), k, generator)
        runs.append(_lloyd(metric, Z, Z[seeds], max_steps, mean_steps, options))
    return min(runs, key=lambda run: run.inertia.item())


def riemannian_kmedoids(
    distances: Tensor, k: int, *, generator: Generator, n_init: int = 1, max_steps: int = 1000
) -> KMedoids:
    r"""Partition points into k clusters about medoids, given all distances (`eq-kmeans`).

    $$\min_{m_1, \dots, m_k} \sum_i \min_a d(z_i, z_{m_a})$$

    Medoids are exchanged for the point that lowers the sum most, until no exchange does (PAM, with the
    costs of all exchanges from one pass over the matrix as in FastPAM: Schubert and Rousseeuw 2019). An
    exchange costs n^2 operations; the distances cost n (n - 1) / 2 geodesics before.

    Args:
        distances: (n, n) symmetric matrix, 0 or more.
        k: number of clusters, 1 to n.
        generator: source of randomness for the first medoids (k-means++ with these distances).
        n_init: number of runs; the best is returned.
        max_steps: exchanges allowed.

    Returns:
        Medoids, labels, inertia and status of the best run.

    Raises:
        ValueError: for a matrix that is not square, symmetric, finite and 0 or more, k outside 1..n, n_init
            below 1, or no generator.

    Example:
        >>> from pullback import riemannian_kmedoids
        >>> x = torch.tensor([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])
        >>> generator = torch.Generator().manual_seed(0)
        >>> found = riemannian_kmedoids((x[:, None] - x).abs(), 2, generator=generator)
        >>> sorted(found.medoids.tolist()), found.inertia.item()
        ([1, 4], 4.0)
    """
    D = check_finite("distances", check_tensor("distances", distances))
    if D.ndim != 2 or D.shape[0] != D.shape[1]:
        raise ValueError(f"distances: got shape {tuple(D.shape)}, expected (n, n)")
    slack = 1e-4 * float(D.max()) if D.numel() else 0.0
    if (D < 0).any() or not torch.allclose(D, D.T, rtol=0, atol=slack):
        raise ValueError("distances: got a matrix with negative entries or no symmetry, expected distances")
    _check_counts(k, len(D), n_init)
    _check_generator(generator)
    runs = []
    for _ in range(n_init):
        medoids = far_apart(lambda i: D[i].square(), len(D), k, generator)
        runs.append(_exchange(D, medoids, max_steps))
    return min(runs, key=lambda run: run.inertia.item())


def _squares(metric: Metric, Z: Tensor, centres: Tensor, options: dict) -> tuple[Tensor, Tensor]:
    """Squared distances (n, k) of points to centres, and which of them did not converge."""
    logs = log(metric, centres, Z[:, None], return_result=True, **({"shooting": False} | options))
    return logs.length.square(), ~logs.converged


def _lloyd(
    metric: Metric, Z: Tensor, centres: Tensor, max_steps: int, mean_steps: int, options: dict
) -> KMeans:
    k, n = len(centres), len(Z)
    labels = torch.full((n,), -1, dtype=torch.long, device=Z.device)
    reseeded, steps, moved, missed_means = 0, 0, 1.0, 0
    while True:
        squares, missed = _squares(metric, Z, centres, options)
        nearest = squares.argmin(1)
        moved = float((nearest != labels).double().mean())
        labels = nearest
        if moved == 0 or steps == max_steps:
            break
        steps += 1
        centres, missed_means = centres.clone(), 0
        own = squares.gather(1, labels[:, None])[:, 0]
        for a in range(k):
            members = Z[labels == a]
            if len(members) == 0:
                far = own.argmax()
                centres[a], own[far] = Z[far], 0
                reseeded += 1
                continue
            mean = frechet_mean(
                metric, members, start=centres[a], max_steps=mean_steps, return_result=True, **options
            )
            centres[a] = mean.mean
            missed_means += int(not mean.converged)
    count = int(missed.sum()) + missed_means
    return KMeans(
        centres=centres,
        labels=labels,
        inertia=squares.gather(1, labels[:, None]).sum(),
        converged=torch.tensor(moved == 0 and count == 0, device=Z.device),
        n_steps=torch.tensor(steps, device=Z.device),
        residual=torch.tensor(moved, dtype=Z.dtype, device=Z.device),
        n_unconverged=torch.tensor(count, device=Z.device),
        n_reseeded=torch.tensor(reseeded, device=Z.device),
    )


def _exchange(D: Tensor, medoids: Tensor, max_steps: int) -> KMedoids:
    n, k, steps = len(D), len(medoids), 0
    medoids = medoids.clone()
    while True:
        near, order = D[:, medoids].topk(min(2, k), dim=1, largest=False)
        first, labels = near[:, 0], order[:, 0]
        second = near[:, 1] if k > 1 else torch.full_like(first, torch.inf)
        # the cost of putting c in the place of medoid a: what c wins from everyone, and what a's points lose
        shared = (D - first).clamp(max=0).sum(1)
        orphaned = torch.minimum(D, second) - torch.minimum(D, first)
        costs = shared[:, None] + D.new_zeros(n, k).index_add_(1, labels, orphaned)
        best = costs.argmin()
        gain = -costs.flatten()[best] / first.sum().clamp(min=torch.finfo(D.dtype).tiny)
        settled = bool(gain <= 1e-6 if D.dtype == torch.float32 else gain <= 1e-12)
        if settled or steps == max_steps:
            break
        medoids[best % k] = best // k
        steps += 1
    return KMedoids(
        medoids=medoids,
        labels=labels,
        inertia=first.sum(),
        converged=torch.tensor(settled, device=D.device),
        n_steps=torch.tensor(steps, device=D.device),
        residual=torch.zeros_like(gain) if settled else gain,
    )


def _check_counts(k: int, n: int, n_init: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k: got {k}, expected 1 to {n}, the number of points")
    if n_init < 1:
        raise ValueError(f"n_init: got {n_init}, expected 1 or more")


def _check_generator(generator: object) -> None:
    if not isinstance(generator, Generator):
        raise ValueError(f"generator: got {type(generator).__name__}, expected a torch.Generator")
