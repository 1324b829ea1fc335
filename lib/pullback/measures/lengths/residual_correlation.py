"""Do latent distances know what the decoded distances are? The residual normalised cross-correlation."""

import torch
from torch import Tensor


def residual_correlation(riemannian: Tensor, euclidean: Tensor) -> Tensor:
    r"""Measure what a line does not explain of one distance by the other (`eq-residual-correlation`).

    $$\hat c = \frac{1}{K} \sum_k \Big( 1 - \frac{(r_M(k) - \mu_M)(r_E(k) - \mu_E)}{\sigma_M \sigma_E} \Big)
    = 1 - \mathrm{corr}(r_M, r_E)$$

    With the mean and the population standard deviation over the K pairs it is one minus Pearson's
    correlation: 0 where the distances agree up to shift and scale, as they do in flat space, 1 where they
    have nothing to do with each other. Being a correlation it depends on the spread of the distances: two
    well separated groups of them lower it, whatever goes on inside the groups. Shukla et al. (2019), Table 2.

    Args:
        riemannian: (*batch, K) distances of K pairs, in any unit.
        euclidean: (*batch, K) distances of the same pairs, in any unit.

    Returns:
        (*batch,), from 0 to 2.

    Raises:
        ValueError: for fewer than three pairs, unequal shapes, or distances that are all equal.

    Example:
        >>> from pullback.measures import residual_correlation
        >>> r = torch.tensor([1.0, 2.0, 4.0])
        >>> scores = residual_correlation(torch.stack([r, r]), torch.stack([2 * r + 1, 9 - r]))
        >>> scores.abs().round(decimals=6).tolist()
        [0.0, 2.0]
    """
    if riemannian.shape != euclidean.shape or riemannian.shape[-1:] < (3,):
        raise ValueError(
            f"euclidean: got shape {tuple(euclidean.shape)} beside {tuple(riemannian.shape)}, "
            "expected the same, three pairs at least"
        )
    scores = []
    for name, r in (("riemannian", riemannian), ("euclidean", euclidean)):
        centred = r.double() - r.double().mean(-1, keepdim=True)
        spread = centred.square().mean(-1, keepdim=True).sqrt()
        if not (spread > 1e-12 * r.abs().amax(-1, keepdim=True)).all():
            raise ValueError(f"{name}: got distances that are all equal or not finite, expected a spread")
        scores.append(centred / spread)
    return 1 - (scores[0] * scores[1]).mean(-1)


def pairs_of(distances: Tensor) -> Tensor:
    """List the distances of the n (n - 1) / 2 unordered pairs, row by row.

    Args:
        distances: (n, n) symmetric matrix.

    Returns:
        (n (n - 1) / 2,) entries above the diagonal.

    Example:
        >>> from pullback.measures import pairs_of
        >>> pairs_of(torch.tensor([[0, 1, 2], [1, 0, 3], [2, 3, 0]])).tolist()
        [1, 2, 3]
    """
    i, j = torch.triu_indices(*distances.shape, offset=1, device=distances.device)
    return distances[i, j]


def same_label(labels: Tensor) -> Tensor:
    """Return whether the labels of each unordered pair of points are equal, in the order of `pairs_of`.

    Args:
        labels: (n,) labels.

    Returns:
        (n (n - 1) / 2,) booleans.

    Example:
        >>> from pullback.measures import same_label
        >>> same_label(torch.tensor([0, 0, 1])).tolist()
        [True, False, False]
    """
    return pairs_of(labels[:, None] == labels)


def shuffled_within(values: Tensor, strata: Tensor, *, generator: torch.Generator) -> Tensor:
    """Shuffle values (K,) among the pairs of the same stratum (K,), so that only strata still mean something.

    Residual correlation after the shuffle is what the strata alone would give: with "same class or not" for
    strata, it is the part of the score that comes from the gap between the classes.

    Args:
        values: (K,) values of K pairs.
        strata: (K,) stratum of each.
        generator: source of randomness, on the CPU.

    Returns:
        (K,) values.

    Example:
        >>> from pullback.measures import shuffled_within
        >>> values, strata = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([0, 0, 1, 1])
        >>> shuffled = shuffled_within(values, strata, generator=torch.Generator().manual_seed(0))
        >>> shuffled.reshape(2, 2).sort(dim=1).values.tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    shuffled = values.clone()
    for stratum in strata.unique():
        places = (strata == stratum).nonzero()[:, 0]
        order = torch.randperm(len(places), generator=generator, device=generator.device).to(places.device)
        shuffled[places] = values[places[order]]
    return shuffled
