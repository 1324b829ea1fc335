"""How many different things do many scores of many models measure?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

MISSING_SHARE = 0.2
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class FactorStructure:
    """Rank correlations of scores over models.

    Attributes:
        names: the scores that entered, p of them.
        n_models: models that have them all.
        left_out: scores that did not enter -> why.
        correlation: (p, p) Spearman's rank correlations.
        shares: (p,) eigenvalues of it over p, in falling order: shares of the variance of the ranks.
        chance: (p,) what the shares stay below in 95 of 100 shuffles of each score over the models.
        shuffles: (n, p) the shares under each shuffle.
        loadings: (p, p) correlations of the scores (rows) with the components (columns).
    """

    names: tuple[str, ...]
    n_models: int
    left_out: dict[str, str]
    correlation: np.ndarray
    shares: np.ndarray
    chance: np.ndarray
    shuffles: np.ndarray
    loadings: np.ndarray

    @property
    def n_factors(self) -> int:
        """Leading components with more variance than chance gives them."""
        above = self.shares > self.chance
        return int(len(above) if above.all() else np.argmin(above))

    @property
    def p_value(self) -> float:
        """Share of shuffles whose first component is as large, the observed one counted in."""
        return float((1 + (self.shuffles[:, 0] >= self.shares[0] - 1e-12).sum()) / (1 + len(self.shuffles)))

    @property
    def effective_number(self) -> float:
        r"""$(\sum \lambda)^2 / \sum \lambda^2$: p for scores without relation, 1 for copies of one."""
        return float(self.shares.sum() ** 2 / np.square(self.shares).sum())

    def readings(self) -> dict[str, float]:
        """Name what the ledger keeps of it."""
        first, second = self.shares[:2]
        return {
            "models": self.n_models,
            "above_chance": self.n_factors,
            "first_share": first,
            "second_share": second,
            "effective_number": self.effective_number,
        }

    def rank_correlation(self, first: str, second: str) -> float | None:
        """Rank correlation of two scores; None where one did not enter."""
        if first not in self.names or second not in self.names:
            return None
        return float(self.correlation[self.names.index(first), self.names.index(second)])


def factor_structure(
    scores: Mapping[str, Sequence[float | None]], *, seed: int, n_shuffles: int = 500
) -> FactorStructure:
    """Rank models by every score, and count the components that the rankings share (`eq-parallel-analysis`).

    Ranks and not values, because scores have units and skews of their own, and because "this model is more
    curved than that one" is what the documents conclude from them. With n models there are at most n - 1
    components, whatever the scores measure.

    Args:
        scores: name -> value per model, None or NaN where there is none.
        seed: of the shuffles.
        n_shuffles: number of shuffles.

    Returns:
        the structure. A score enters if four fifths of the models have it and it takes three values.

    Raises:
        ValueError: for fewer than three models with all scores, or fewer than two scores.
    """
    table = {
        name: np.array([np.nan if v is None else v for v in column], float) for name, column in scores.items()
    }
    left_out = {}
    for name, column in list(table.items()):
        if np.isnan(column).mean() > MISSING_SHARE:
            left_out[name] = "too few models have it"
        elif len(np.unique(column[~np.isnan(column)])) < 3:
            left_out[name] = "nearly the same for all models"
    names = tuple(name for name in table if name not in left_out)
    values = np.array([table[name] for name in names]).T
    rows = ~np.isnan(values).any(1) if len(names) else np.zeros(0, bool)
    if len(names) < 2 or rows.sum() < 3:
        raise ValueError(
            f"scores: got {len(names)} that differ over {int(rows.sum())} models, expected 2 over 3 or more"
        )
    values = values[rows]
    differs = np.ptp(values, axis=0) > 0
    left_out |= {name: "the same for all models" for name, ok in zip(names, differs) if not ok}
    names, values = tuple(name for name, ok in zip(names, differs) if ok), values[:, differs]
    if len(names) < 2:
        raise ValueError(
            f"scores: got {len(names)} that differ over {len(values)} models, expected 2 or more"
        )
    correlation = _correlations(values)
    eigenvalues, vectors = np.linalg.eigh(correlation)
    rng = np.random.default_rng(seed)
    shuffles = np.array([_shares(rng.permuted(values, axis=0)) for _ in range(n_shuffles)])
    size = np.sqrt(eigenvalues[::-1].clip(min=0))
    return FactorStructure(
        names=names,
        n_models=len(values),
        left_out=left_out,
        correlation=correlation,
        shares=eigenvalues[::-1].clip(min=0) / len(names),
        chance=np.quantile(shuffles, LEVEL, axis=0),
        shuffles=shuffles,
        loadings=vectors[:, ::-1] * size,
    )


def _correlations(values: np.ndarray) -> np.ndarray:
    return np.corrcoef(rankdata(values, axis=0), rowvar=False)


def _shares(values: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(_correlations(values))[::-1].clip(min=0) / values.shape[1]
