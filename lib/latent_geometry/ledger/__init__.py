"""Claims of the documents, measurements of the notebooks, and the verdicts that follow from both.

    run = ledger.start("02_near_zero_curvature", parameters, profile="paper", seed=3)
    run.record("shao2017-straight-lines-suffice", 0.04, n=1000, controls={"untrained network": 0.02})
    run.finish()

A verdict is computed from the claim and from the results of every seed; nobody types one. Nothing here needs
torch, so the book can read the ledger without waiting for it. Names load on first use, so that a notebook,
which records, does not depend on the code that judges: a change there re-runs no notebook.
"""

from importlib import import_module

_HOME = {
    "board": "scoreboard summary write_claims_json",
    "claims": "Claim Claims load_claims",
    "recorded": "recorded_results",
    "results": "Run start",
    "statistics": "Estimate bootstrap_interval paired_difference permutation_test t_interval",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
