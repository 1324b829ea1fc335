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


SCALES = ("real", "positive", "share", "percent", "correlation")
"""What a quantity can be: any number, above zero, between 0 and 1, 0 and 100, -1 and 1."""


def scaled_interval(values: ArrayLike, scale: str = "real", *, level: float = 0.95) -> Estimate:
    r"""Estimate a mean with Student's interval on the scale that keeps to the quantity's range.

    $$g^{-1}\!\left(g(\bar x) \pm t_{n-1,\,(1+\mathrm{level})/2}\; g'(\bar x)\, s / \sqrt{n}\right)$$

    with g the logarithm of what is positive, the logit of a share and the inverse hyperbolic tangent of a
    correlation (the delta method), so that the mean itself lies inside and no end leaves the range. Values
    that all agree have an interval without width.

    Args:
        values: (n,) independent values, such as one per seed; n of 2 or more.
        scale: one of `SCALES`.
        level: coverage.

    Raises:
        ValueError: when there are fewer than two values, one is not finite, the scale is unknown, or the mean
            lies outside the range that the scale allows.
    """
    if scale not in SCALES:
        raise ValueError(f"scale: got {scale!r}, expected one of {', '.join(SCALES)}")
    x = _finite(values, at_least=2)
    mean, spread = float(x.mean()), float(x.std(ddof=1))
    if spread == 0:
        return Estimate(mean, mean, mean, x.size)
    centre, size, back = _on_scale(mean, spread, scale)
    half = special.stdtrit(x.size - 1, (1 + _level(level)) / 2) * size / np.sqrt(x.size)
    return Estimate(mean, back(centre - half), back(centre + half), x.size)


def seeds_to_reach(values: ArrayLike, border: float, scale: str = "real", *, most: int = 1000) -> int | None:
    r"""Estimate how many values would put the whole interval on one side of a border.

    The smallest n with $t_{n-1,\,0.975}\, s / \sqrt n \le |g(\bar x) - g(b)|$, at today's mean and spread.

    Args:
        values: (n,) those there are.
        border: b.
        scale: one of `SCALES`.
        most: where to give up.

    Returns:
        the number; None where it would be more than `most`.
    """
    x = _finite(values, at_least=2)
    mean, spread = float(x.mean()), float(x.std(ddof=1))
    if spread == 0:
        return x.size if mean != border else None
    centre, size, _ = _on_scale(mean, spread, scale)
    try:
        there = _on_scale(border, 0.0, scale)[0]
    except ValueError:  # a border at the end of the range, such as zero, is as far away as can be
        return x.size
    counts = np.arange(2, most + 1)
    reaches = special.stdtrit(counts - 1, 0.975) * size / np.sqrt(counts) <= abs(centre - there)
    return int(counts[reaches][0]) if reaches.any() else None


def _on_scale(mean: float, spread: float, scale: str) -> tuple[float, float, Callable[[float], float]]:
    """Return g(mean), g'(mean) * spread, and the inverse of g."""
    whole = {"share": 1.0, "percent": 100.0, "correlation": 1.0}.get(scale, np.inf)
    if scale != "real" and not (-1 if scale == "correlation" else 0) < mean < whole:
        raise ValueError(
            f"values: got the mean {mean:.4g}, expected one inside the range of a {scale} quantity"
        )
    if scale == "real":
        return mean, spread, float
    if scale == "positive":
        return float(np.log(mean)), spread / mean, lambda y: float(np.exp(y))
    if scale == "correlation":
        return float(np.arctanh(mean)), spread / (1 - mean**2), lambda y: float(np.tanh(y))
    share, size = mean / whole, spread / whole
    return (
        float(special.logit(share)),
        size / (share * (1 - share)),
        lambda y: float(whole * special.expit(y)),
    )


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
