"""Claims of the documents, measurements of the notebooks, and the verdicts that follow from both.

    run = ledger.start("02_near_zero_curvature", parameters, profile="paper", seed=3)
    run.keep("plain", saved=0.04, n=1000)
    run.finish()

A verdict is computed from the claim and from the results of every seed; nobody types one. Nothing here needs
torch, so the book can read the ledger without waiting for it. Names load on first use, so that a notebook,
which records, does not depend on the code that judges: a change there re-runs no notebook.
"""

from pullback.lazy_names import gather

_HOME = {
    "claim": "Claim",
    "claims": "Claims load_claims",
    "judging.claim_table": "scoreboard write_claims_json",
    "recorded": "recorded_results",
    "runs.readings": "by_path path_of",
    "runs.results": "Run",
    "runs.starting": "start",
    "statistics": "Estimate bootstrap_interval scaled_interval seeds_to_reach t_interval",
}

__getattr__, __dir__, __all__ = gather(__name__, _HOME)
