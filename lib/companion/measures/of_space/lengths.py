"""What distances along the decoded manifold say beside straight ones."""

import torch
from pullback.measures.draws import random_pairs
from pullback.measures.lengths.mds_spectrum import mds_spectrum
from pullback.measures.lengths.residual_correlation import (
    pairs_of,
    residual_correlation,
    same_label,
    shuffled_within,
)
from torch import Tensor

from companion.measures.of_space.survey import Survey


def length_excess(s: Survey) -> Tensor:
    r"""Average how much longer the straight latent line is than the geodesic (`eq-length-ratio`).

    $$\tfrac{1}{K} \sum_k \rho_k - 1$$

    over the K pairs of codes. Shao, Kumar and Fletcher (2017), Figs 3 and 4, report 1 - 1 / rho for six.
    """
    return (pairs_of(s.straight) / pairs_of(s.riemannian)).mean() - 1


def length_saved(s: Survey) -> Tensor:
    r"""Average the share of the straight latent line's length that the geodesic saves (`eq-length-ratio`).

    $$\tfrac{1}{K} \sum_k 1 - 1 / \rho_k$$

    over the K pairs of codes. Shao, Kumar and Fletcher (2017), Figs 3 and 4.
    """
    return 1 - (pairs_of(s.riemannian) / pairs_of(s.straight)).mean()


def mds_negative(s: Survey) -> Tensor:
    """Take the negative share of the eigenvalues of classical scaling (`eq-classical-scaling`).

    Of the geodesic distances; 0 for points of a flat space. Shao, Kumar and Fletcher (2017), Fig. 7.
    """
    return mds_spectrum(s.riemannian).negative_share


def arc_chord_excess(s: Survey) -> Tensor:
    r"""Compare geodesics with the ambient chords of their ends: the median arc-chord ratio, less 1.

    $$\mathrm{median}_k \, L_k / \lVert f(z_1) - f(z_0) \rVert_k - 1$$

    It is of the manifold's place in the data space and not of its curvature: a rolled-up sheet has it too.
    """
    return (pairs_of(s.riemannian) / pairs_of(s.chord)).median() - 1


def c_hat(
    s: Survey, pairs: str = "all", *, distance: str = "riemannian", against: str = "euclidean"
) -> Tensor:
    """Take the residual correlation of two distances of the same pairs (`eq-residual-correlation`).

    Shukla et al. (2019), Table 2.

    Args:
        s: n codes.
        pairs: "all", or those "within" or "between" classes.
        distance: a matrix of the survey, "riemannian", "euclidean" or "flat".
        against: another one.

    Raises:
        ValueError: for other pairs.
    """
    chosen = _chosen(s, pairs)
    return residual_correlation(*(pairs_of(getattr(s, name))[chosen] for name in (distance, against)))


def c_hat_of_gap(s: Survey, *, seed: int, n_shuffles: int = 20) -> Tensor:
    """Take the residual correlation left when pairs within classes are shuffled, and pairs between them."""
    generator, r_E = torch.Generator().manual_seed(seed), pairs_of(s.euclidean)
    r_M, same = pairs_of(s.riemannian), same_label(s.space.labels)
    draws = [shuffled_within(r_M, same, generator=generator) for _ in range(n_shuffles)]
    return residual_correlation(torch.stack(draws), r_E.expand(n_shuffles, -1)).mean()


def c_hat_of_few(s: Survey, n_codes: int, *, seed: int, n_draws: int = 20) -> Tensor:
    """Average the residual correlation of as many codes over draws of them."""
    generator = torch.Generator().manual_seed(seed)
    draws = [torch.randperm(len(s.euclidean), generator=generator)[:n_codes] for _ in range(n_draws)]
    return torch.stack([c_hat(s.part(rows)) for rows in draws]).mean()


def misfit(s: Survey, pairs: str = "all") -> Tensor:
    r"""Measure how far geodesic distances are from a line in the Euclidean ones, over their mean.

    $$\sigma_M \sqrt{1 - \mathrm{corr}(r_M, r_E)^2} \, / \, \mu_M$$

    the root mean square residual of the regression. Unlike the correlation it does not fall merely because
    the distances are spread widely.
    """
    r_M = pairs_of(s.riemannian)[_chosen(s, pairs)]
    correlation = 1 - c_hat(s, pairs)
    return r_M.std(correction=0) * (1 - correlation**2).clamp_min(0).sqrt() / r_M.mean()


def mean_distances(s: Survey, n_pairs: int, *, seed: int) -> tuple[float, float]:
    """Average the Euclidean and the Riemannian distances of pairs drawn at random."""
    n = len(s.euclidean)
    n_pairs = min(n_pairs, n * (n - 1) // 2)
    i, j = random_pairs(n, n_pairs, generator=torch.Generator().manual_seed(seed)).unbind(1)
    return s.euclidean[i, j].mean().item(), s.riemannian[i, j].mean().item()


def class_gap(s: Survey) -> Tensor:
    """Compare Euclidean distances between classes with those within: 1 where there are no clusters."""
    r_E, same = pairs_of(s.euclidean), same_label(s.space.labels)
    return r_E[~same].mean() / r_E[same].mean()


def _chosen(s: Survey, pairs: str) -> Tensor | slice:
    if pairs == "all":
        return slice(None)
    if pairs not in ("within", "between"):
        raise ValueError(f"pairs: got {pairs!r}, expected one of all, within, between")
    same = same_label(s.space.labels)
    return same if pairs == "within" else ~same
