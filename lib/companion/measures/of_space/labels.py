"""Are codes of one class nearer to one another, by either distance?"""

import torch
from pullback.measures.lengths import label_r2 as explained_by_labels
from pullback.measures.lengths import normalised_margin as of_points
from pullback.measures.lengths.f_measure import f_measure
from pullback.statistics.clustering import riemannian_kmedoids
from torch import Tensor

from companion.measures.of_space.survey import Survey


def margin(s: Survey, distance: str = "euclidean") -> Tensor:
    """Average the normalised margin of the codes by one of the distances (`eq-normalised-margin`).

    Shukla et al. (2019).
    """
    return of_points.normalised_margin(getattr(s, distance), s.space.labels).mean()


def margin_geodesic(s: Survey) -> Tensor:
    """Average the normalised margin by geodesics (`eq-normalised-margin`)."""
    return margin(s, "riemannian")


def label_r2(s: Survey) -> Tensor:
    """Take the share of squared geodesic distance that labels explain above chance (`eq-label-separation`).

    Shao, Kumar and Fletcher (2017), Table 2, print it with its chance level.
    """
    # the excess has no draw in it; one shuffle is the fewest that the function takes
    draw = torch.Generator().manual_seed(s.seed)
    return explained_by_labels.label_r2(s.riemannian, s.space.labels, generator=draw, n_permutations=1).excess


def f_score(s: Survey, distance: str, *, seed: int, n_init: int = 1, labels: Tensor | None = None) -> float:
    """Take the F-measure in per cent of k-medoids with one of the distances (`eq-f-measure`).

    There are as many clusters as classes. Arvanitidis, Hansen and Hauberg (2018), section 5.

    Args:
        s: n codes with labels.
        distance: "euclidean" or "riemannian".
        seed: of the starts.
        n_init: number of random starts, the best kept.
        labels: (n,) others to judge by.
    """
    k, draw = len(s.space.labels.unique()), torch.Generator().manual_seed(seed)
    found = riemannian_kmedoids(getattr(s, distance), k, generator=draw, n_init=n_init)
    return 100 * f_measure((s.space.labels if labels is None else labels).numpy(), found.labels.numpy())


def f_gain(s: Survey) -> float:
    """Take what geodesic distances add to the F-measure, in per cent, both from the same starts."""
    riemannian, euclidean = (
        f_score(s, distance, seed=s.seed, n_init=s.sizes.n_init) for distance in ("riemannian", "euclidean")
    )
    return riemannian - euclidean
