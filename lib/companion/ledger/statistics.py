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
        values: (n,) independent values, such as one per seed; n of 2 or more.
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
        values: (n,) independent values, such as one per pair of points; n of 2 or more.
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
