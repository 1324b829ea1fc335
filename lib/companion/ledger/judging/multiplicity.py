"""Many tests at once: p-values of directional claims, and Holm's correction over those of a document."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from companion.ledger.claim import Claim
from companion.ledger.criteria import order_of, region
from companion.ledger.judging.measured import Measured

LEVEL = 0.05


def p_value(claim: Claim, measured: Measured) -> float | None:
    r"""Test a claim's order, one-sided, by Student's t over the seeds.

    $$t = (\bar x - b)\sqrt n / s$$

    with b the bound of the order. None where the claim has no order with one bound, is a range, or every seed
    measured the same.
    """
    order = order_of(claim.criterion)
    accepted = region(order, claim.reported) if order is not None else None
    if accepted is None or len(measured.ends) > 1 or len(measured.by_seed) < 2:
        return None
    low, high, _ = accepted
    if np.isinf(low) == np.isinf(high):
        return None
    x = np.asarray(measured.by_seed, float)
    spread = x.std(ddof=1)
    if spread < 1e-12 * max(1.0, abs(x.mean())):
        return None
    t = (x.mean() - (high if np.isinf(low) else low)) * np.sqrt(x.size) / spread
    return float(special.stdtr(x.size - 1, t if np.isinf(low) else -t))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979): in rising order, times how many are left, never falling.

    Args:
        p_values: (m,) of m tests.

    Returns:
        (m,) corrected, in the order given, 1 at most.
    """
    order = np.argsort(p_values)
    left = np.arange(len(p_values), 0, -1)
    corrected = np.minimum(np.maximum.accumulate(np.asarray(p_values)[order] * left), 1.0)
    found = np.empty(len(p_values))
    found[order] = corrected
    return found.tolist()


def corrected(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Correct the p-values of the board over each document: id -> corrected p-value."""
    found = {}
    for document in dict.fromkeys(row["document"] for row in rows):
        own = {r["id"]: r["p_value"] for r in rows if r["document"] == document and r["p_value"] is not None}
        found |= dict(zip(own, holm(list(own.values())), strict=True))
    return found
