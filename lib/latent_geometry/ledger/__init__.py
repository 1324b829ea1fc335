"""Claims of the documents, measurements of the notebooks, and the verdicts that follow from both.

    run = ledger.start("02_near_zero_curvature", parameters, profile="paper", seed=3)
    run.record("shao2017-straight-lines-suffice", 0.04, n=1000, controls={"untrained network": 0.02})
    run.finish()

A verdict is computed from the claim and from the results of every seed; nobody types one. Nothing here needs
torch, so the book can read the ledger without waiting for it.
"""

from latent_geometry.ledger.claims import Claim, load_claims
from latent_geometry.ledger.results import Run, start
from latent_geometry.ledger.scoreboard import scoreboard, summary, write_claims_json
from latent_geometry.ledger.statistics import (
    Estimate,
    bootstrap_interval,
    paired_difference,
    permutation_test,
    t_interval,
)

__all__ = [
    "Claim",
    "Estimate",
    "Run",
    "bootstrap_interval",
    "load_claims",
    "paired_difference",
    "permutation_test",
    "scoreboard",
    "start",
    "summary",
    "t_interval",
    "write_claims_json",
]
