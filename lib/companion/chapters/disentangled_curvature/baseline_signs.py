"""Does the headline hold whichever VAE is the baseline? Signs of differences over the factorial."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from companion.chapters.disentangled_curvature.baselines import DISENTANGLED, LEVELS, Cell

SCORES = {
    "c_hat": "residual correlation",
    "angle_sparse": "angle, nearest of 30",
    "angle_dense": "angle, nearest of 2,000",
    "angle_at_0_5": "angle at 0.5",
    "angle_at_a_tenth": "angle at L / 10",
    "saved": "saved by geodesics",
    "curvature_geodesic": "size of K L²",
}
"""Scores of a row -> what tables call them. The first two are the document's."""

MATCHED = 0.1
AGREE = 0.9
CHOICES = ("network", "output", "noise", "latent_dim", "activation", "passes")
HOLDS, REVERSED, DECIDES = "holds", "is reversed", "set-up decides"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """A disentangled space against a VAE's, by one score.

    Attributes:
        model: name of the disentangled model, "szabo", "mathieu" or "jha".
        is_published: whether its weights are other people's.
        baseline: the VAE.
        passes: of the VAE.
        difference: the model's score minus the VAE's.
        is_matched: whether their squared errors differ by a tenth of the VAE's at most.
    """

    model: str
    is_published: bool
    baseline: Cell
    passes: int
    difference: float
    is_matched: bool

    def choice(self, name: str) -> str:
        """The VAE's value of one of `CHOICES`."""
        return str(self.passes if name == "passes" else getattr(self.baseline, name))


def model_of(row: Row) -> str | None:
    """Name the disentangling model of a row of the journal; None for a VAE."""
    word = row["cell"].removeprefix("published-").split("-")[0]
    return word if word in DISENTANGLED else None


def is_published(row: Row) -> bool:
    """Return whether a row is of other people's weights."""
    return row["cell"].startswith("published-")


def compare(rows: Iterable[Row], score: str, *, seed: int = 0) -> list[Comparison]:
    """Subtract every VAE of the factorial from every disentangled model that has passed its exam.

    Published weights are compared with VAEs of any length of training, models trained here with those of
    as many passes. All are measured with the same pictures. VAEs that others published have other pictures
    and are not among the baselines.

    Args:
        rows: of the journal.
        score: a name of `SCORES`; rows without it are left out.
        seed: of the trainings; published weights have none and are those of the first pictures.
    """
    have = [row for row in rows if row.get("passed") and score in row]
    vaes = [row for row in have if not is_published(row) and model_of(row) is None and row["seed"] == seed]
    models = [row for row in have if model_of(row) and row["seed"] == (0 if is_published(row) else seed)]
    found = []
    for row in _one_each(models):
        for vae in vaes:
            if is_published(row) or row["passes"] == vae["passes"]:
                error = vae["squared_error"]
                found.append(
                    Comparison(
                        model_of(row),
                        is_published(row),
                        Cell.parse(vae["cell"], seed),
                        vae["passes"],
                        row[score] - vae[score],
                        abs(row["squared_error"] - error) <= MATCHED * error,
                    )
                )
    return found


def share_above(comparisons: Sequence[Comparison]) -> float | None:
    """Share of comparisons in which the disentangled space scores above the VAE; None of none."""
    return sum(c.difference > 0 for c in comparisons) / len(comparisons) if comparisons else None


def outcome(comparisons: Sequence[Comparison]) -> str | None:
    """Judge a headline: it holds, or is reversed, if nine in ten agree; else the set-up decides."""
    if not comparisons:
        return None
    below = sum(c.difference <= 0 for c in comparisons) / len(comparisons)
    return HOLDS if share_above(comparisons) >= AGREE else REVERSED if below >= AGREE else DECIDES


def shares_by_choice(comparisons: Sequence[Comparison]) -> dict[str, dict[str, float]]:
    """Share above by each value of each choice, the choice whose values differ most first."""
    found = {}
    for name in CHOICES:
        values = sorted({c.choice(name) for c in comparisons}, key=_place)
        groups = {value: [c for c in comparisons if c.choice(name) == value] for value in values}
        found[name] = {value: share_above(group) for value, group in groups.items()}
    spread = {name: max(shares.values()) - min(shares.values()) for name, shares in found.items() if shares}
    return {name: found[name] for name in sorted(spread, key=spread.get, reverse=True)}


def _one_each(rows: Sequence[Row]) -> list[Row]:
    """Keep of rows of the same published weights that with the fewest pictures: they share the first 30."""
    found: dict[tuple, Row] = {}
    for row in sorted(rows, key=lambda row: len(row["cell"])):
        name = row["cell"].rsplit("-", 1)[0] if is_published(row) else row["cell"]
        found.setdefault((name, row["passes"]), row)
    return list(found.values())


def _place(value: str) -> tuple[int, str]:
    known = [str(one) for values in LEVELS.values() for one in values]
    return (int(value), "") if value.isdigit() else (known.index(value), value)
