"""Do two measures order models alike, with a third held fixed, and beyond the luck of the models?"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import rankdata

LEVEL = 0.95


def rank_agreement(
    first: Sequence[float], second: Sequence[float], given: Sequence[float] | None = None
) -> float:
    r"""Correlate the ranks of two scores over models, those of a third held fixed (`eq-partial-rank`).

    $$\rho_{xy \cdot z} = \frac{\rho_{xy} - \rho_{xz}\rho_{yz}}
    {\sqrt{(1 - \rho_{xz}^2)(1 - \rho_{yz}^2)}}$$

    with Spearman's correlations on the right. Two scores that agree only because both follow the third have
    a partial correlation of zero.

    Args:
        first: (n,) a score of n models.
        second: (n,) another.
        given: (n,) what is held fixed; None for the plain rank correlation.

    Raises:
        ValueError: for fewer than four models, scores of unequal length, or one that is the same for all.
    """
    columns = [np.asarray(one, float) for one in (first, second, given) if one is not None]
    n = len(columns[0])
    if n < 4 or any(len(one) != n or not np.ptp(one) > 0 for one in columns):
        seen = ", ".join(str(len(one)) for one in columns)
        raise ValueError(f"scores: got {seen} values, expected as many of each, 4 or more, not all the same")
    found = np.corrcoef([rankdata(one) for one in columns])
    if given is None:
        return float(found[0, 1])
    free = (1 - found[0, 2] ** 2) * (1 - found[1, 2] ** 2)
    return float((found[0, 1] - found[0, 2] * found[1, 2]) / np.sqrt(free)) if free > 0 else 0.0


def interval_over_models(
    first: Sequence[float], second: Sequence[float], *, seed: int, n_resamples: int = 2000
) -> tuple[float, float]:
    """Return the percentile interval of a rank correlation when models are drawn with replacement.

    Args:
        first: (n,) a score of n models.
        second: (n,) another.
        seed: of the draws.
        n_resamples: number of draws; those in which a score is the same for all count for nothing.
    """
    pairs = np.array([first, second], float)
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(n_resamples):
        x, y = pairs[:, rng.integers(0, pairs.shape[1], pairs.shape[1])]
        if np.ptp(x) > 0 and np.ptp(y) > 0:
            draws.append(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def agreement_given(
    models: Sequence[Mapping[str, float]], measures: Sequence[str], curvature: str, held: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Correlate measures with curvature over the models that have both, one thing held fixed at a time.

    Args:
        models: of each model, name of a measure -> value.
        measures: those that are held against curvature.
        curvature: name of the measure of curvature.
        held: name of what is held fixed -> the measure that tells it.

    Returns:
        name of what is held fixed -> measure -> partial rank correlation; what too few models have, or what
        is the same for all, is left out.
    """
    found: dict[str, dict[str, float]] = {}
    for name, third in held.items():
        for measure in measures:
            own = [m for m in models if all(key in m for key in (measure, curvature, third))]
            columns = [[m[key] for m in own] for key in (measure, curvature, third)]
            if (
                measure not in (third, curvature)
                and len(own) > 3
                and all(len(set(column)) > 1 for column in columns)
            ):
                found.setdefault(name, {})[measure] = rank_agreement(*columns)
    return found
