"""Intervals and tests for a handful of seeds, or for many pairs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval.

    Attributes:
        mean: the estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        n: number of values behind it.
        p: two-sided p-value of "the mean is 0", where a test was made.
    """

    mean: float
    low: float
    high: float
    n: int
    p: float | None = None

    @property
    def interval(self) -> list[float]:
        """Both ends."""
        return [self.low, self.high]

    def __format__(self, spec: str) -> str:
        """Write the mean and, in brackets, both ends, each as a number: `3.08 (2.61 to 3.55)`."""
        return f"{self.mean:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


def t_interval(values: ArrayLike, *, level: float = 0.95) -> Estimate:
    r"""Estimate a mean with Student's interval.

    $$\bar x \pm t_{n-1,\,(1+\mathrm{level})/2} \; s / \sqrt{n}$$

    Args:
        values: (n,) independent values, such as one a seed; n of 2 or more.
        level: coverage.

    Raises:
        ValueError: when there are fewer than two values, or one is not finite.
    """
    x = _finite(values, at_least=2)
    half = special.stdtrit(x.size - 1, (1 + _level(level)) / 2) * x.std(ddof=1) / np.sqrt(x.size)
    return Estimate(float(x.mean()), float(x.mean() - half), float(x.mean() + half), x.size)


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[..., np.ndarray] = np.mean,
    *,
    seed: int,
    level: float = 0.95,
    n_resamples: int = 2000,
) -> Estimate:
    """Estimate a statistic with the percentile interval of its bootstrap.

    Args:
        values: (n,) independent values, such as one a pair of points; n of 2 or more.
        statistic: a function with an argument `axis`, such as `np.mean` or `np.median`.
        seed: of the resampling.
        level: coverage.
        n_resamples: number of samples drawn with replacement.

    Raises:
        ValueError: when there are fewer than two values, or one is not finite.
    """
    x = _finite(values, at_least=2)
    rng = np.random.default_rng(seed)
    draws = np.array([statistic(x[rng.integers(0, x.size, x.size)], axis=0) for _ in range(n_resamples)])
    low, high = np.quantile(draws, [(1 - _level(level)) / 2, (1 + level) / 2])
    return Estimate(float(statistic(x, axis=0)), float(low), float(high), x.size)


def paired_difference(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Estimate the mean of a - b, where `a[i]` and `b[i]` share a seed, with the paired t-test's p-value.

    Args:
        a: (n,) values of one model.
        b: (n,) values of the other, in the same order of seeds.
        level: coverage.

    Raises:
        ValueError: when the lengths differ, there are fewer than two pairs, or a value is not finite.
    """
    x, y = _finite(a, at_least=2), _finite(b, at_least=2)
    if x.size != y.size:
        raise ValueError(f"b: got {y.size} values, expected {x.size}, one for each of a")
    d = x - y
    estimate = t_interval(d, level=level)
    spread = d.std(ddof=1) / np.sqrt(d.size)
    if spread == 0:
        p = 1.0 if estimate.mean == 0 else 0.0
    else:
        p = float(2 * special.stdtr(d.size - 1, -abs(estimate.mean) / spread))
    return Estimate(estimate.mean, estimate.low, estimate.high, d.size, p)


def permutation_test(
    statistic: Callable[[np.ndarray], float], labels: ArrayLike, *, seed: int, n_permutations: int = 999
) -> tuple[float, np.ndarray]:
    r"""Test whether a statistic is larger than under shuffled labels.

    $$p = \frac{1 + \#\{\text{shuffles with a statistic at least as large}\}}{1 + n}$$

    Args:
        statistic: labels -> number, larger where the labels matter more.
        labels: (n,) labels.
        seed: of the shuffles.
        n_permutations: number of shuffles.

    Returns:
        the p-value and the (n_permutations,) statistics under shuffled labels.
    """
    labels = np.asarray(labels)
    rng = np.random.default_rng(seed)
    observed = statistic(labels)
    null = np.array([statistic(rng.permutation(labels)) for _ in range(n_permutations)])
    return float((1 + np.sum(null >= observed)) / (1 + n_permutations)), null


def _finite(values: ArrayLike, *, at_least: int) -> np.ndarray:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or x.size < at_least:
        raise ValueError(f"values: got shape {x.shape}, expected (n,) with n of {at_least} or more")
    if not np.isfinite(x).all():
        raise ValueError(f"values: got {int((~np.isfinite(x)).sum())} that are not finite, expected none")
    return x


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}, expected a number between 0 and 1")
    return level
