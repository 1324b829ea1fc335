"""What decides a score: the data, the kind of model, the activation, the dimension, or the seed?"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

LEVEL = 0.95


@dataclass(frozen=True)
class Share:
    """One cause's share of the variance of a score.

    Attributes:
        value: the share, None where it cannot be told.
        low: lower end of its 95 % interval.
        high: upper end.
        p: of the F test that the cause does nothing.
        reason: why there is no value, "" where there is one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    reason: str = ""

    def __format__(self, spec: str) -> str:
        """Write `31 (25 to 37)` in per cent, or the reason."""
        if self.value is None:
            return self.reason
        return f"{100 * self.value:{spec}} ({100 * self.low:{spec}} to {100 * self.high:{spec}})"

    def readings(self) -> dict[str, float]:
        """Name what the ledger keeps of it; nothing where there is no value."""
        return {} if self.value is None else {"share": self.value, "low": self.low, "high": self.high}


def variance_shares(
    score: Sequence[float],
    causes: Mapping[str, Sequence[object]],
    *,
    seed: int,
    n_resamples: int = 300,
) -> dict[str, Share]:
    r"""Split the variance of a score over its causes (`eq-variance-share`).

    $$\eta_f^2 = \mathrm{SS}_f / \sum_i (y_i - \bar y)^2$$

    The sums of squares are of type II: each cause is judged beside all others, as a design in which not
    every combination was trained demands. So the shares need not add up to one: what two causes explain only
    together is in neither. Intervals come from drawing the residuals of the full model anew.

    Args:
        score: (n,) values.
        causes: name -> (n,) levels, taken as categories.
        seed: of the resampling.
        n_resamples: number of resamples.

    Returns:
        name -> share, and "the rest", what no cause explains.

    Raises:
        ValueError: for fewer than three values, or columns of unequal length.
    """
    y = np.asarray(score, float)
    wrong = [name for name, column in causes.items() if len(column) != len(y)]
    if len(y) < 3 or wrong or not np.isfinite(y).all():
        raise ValueError(f"score: got {len(y)} values, expected 3 or more finite ones and as many levels")
    columns = {name: list(map(str, column)) for name, column in causes.items()}
    varied = {name: column for name, column in columns.items() if len(set(column)) > 1}
    shares = {name: Share(None, reason="one level only") for name in columns if name not in varied}
    needed = 1 + sum(len(set(column)) - 1 for column in varied.values())
    if not varied or needed >= len(y) or np.ptp(y) == 0:
        reason = "as many levels as values" if varied else "one level only"
        return {name: shares.get(name, Share(None, reason=reason)) for name in [*columns, "the rest"]}
    codes = {f"f{k}": column for k, column in enumerate(varied.values())}
    frame = pd.DataFrame({"y": y, **codes})
    formula = "y ~ " + " + ".join(f"C({name})" for name in codes)
    fitted = smf.ols(formula, frame).fit()
    p = [float(anova_lm(fitted, typ=2).loc[f"C({name})", "PR(>F)"]) for name in codes]
    split = _Splitter(list(codes.values()))
    rng = np.random.default_rng(seed)
    # residuals of a fit are too small by the degrees of freedom that it used
    residuals = fitted.resid.to_numpy() * np.sqrt(len(y) / fitted.df_resid)
    again = fitted.fittedvalues.to_numpy() + rng.choice(residuals, (n_resamples, len(y)))
    found, draws = split.shares(y[None])[0], split.shares(again)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    names = [*varied, "the rest"]
    shares |= {n: Share(*row) for n, row in zip(names, zip(found, low, high, [*p, None]))}
    return {name: shares[name] for name in [*columns, "the rest"]}


def seed_share(score: Sequence[float], cell: Sequence[object]) -> tuple[float, bool]:
    r"""Estimate how much of a score's variance is due to the training, by a mixed model.

    $$y_{cs} = \mu + u_c + e_{cs}, \qquad \frac{\mathrm{Var}(e)}{\mathrm{Var}(u) + \mathrm{Var}(e)}$$

    A cell c is one model on one data set, with an effect u_c of its own, and s a seed. By restricted maximum
    likelihood.

    Args:
        score: (n,) values.
        cell: (n,) which cell each belongs to; some cells occur twice or more.

    Returns:
        the share, 0 to 1, and whether the estimate converged.

    Raises:
        ValueError: when no cell has two values, or there is one cell.
    """
    groups = list(map(str, cell))
    if len(set(groups)) < 2 or len(set(groups)) == len(groups):
        raise ValueError(f"cell: got {len(set(groups))} cells of {len(groups)} values, expected repeats")
    frame = pd.DataFrame({"y": np.asarray(score, float), "cell": groups})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = smf.mixedlm("y ~ 1", frame, groups="cell").fit(reml=True)
    between = float(fitted.cov_re.iloc[0, 0])
    return float(fitted.scale / (between + fitted.scale)), bool(fitted.converged) and not caught


class _Splitter:
    """Sums of squares of type II of many scores over one additive design, by projections."""

    def __init__(self, columns: Sequence[Sequence[str]]):
        dummies = [(np.array(column)[:, None] == np.unique(column)).astype(float) for column in columns]
        ones = np.ones((len(columns[0]), 1))
        self.whole = _basis([ones, *dummies])
        self.without = [_basis([ones, *dummies[:k], *dummies[k + 1 :]]) for k in range(len(dummies))]

    def shares(self, scores: np.ndarray) -> np.ndarray:
        """Shares (m, causes + 1) of the variance of scores (m, n), the last one what is left."""
        centred = scores - scores.mean(1, keepdims=True)
        total = np.square(centred).sum(1)
        left = total - np.square(centred @ self.whole).sum(1)
        rest = [total - np.square(centred @ basis).sum(1) for basis in self.without]
        return np.stack([*(lost - left for lost in rest), left], axis=1) / total[:, None]


def _basis(parts: list[np.ndarray]) -> np.ndarray:
    """Orthonormal basis of the columns, some of which depend on others."""
    u, size, _ = np.linalg.svd(np.concatenate(parts, axis=1), full_matrices=False)
    return u[:, size > 1e-9 * size[0]]
