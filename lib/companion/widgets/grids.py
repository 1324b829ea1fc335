"""Explorers of grids that a notebook has computed: conditioning of a plane, ranks by threshold and noise."""

from collections.abc import Mapping, Sequence

import torch
from pullback.exchange.numbers import packed
from pullback.measures.jacobian.jacobian_map import JacobianMap
from pullback.measures.rank_thresholds import Spectra
from torch import Tensor

from companion.widgets.inline import PageWidget

LIMITS = (1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 1000)
LARGEST = 60.0  # logarithm of a condition number that is shown as it is
QUANTITIES = ("log det JᵀJ", "log κ(J)")
MATRICES = ("S₁", "S₂", "S₃")


def conditioning_explorer(maps: Mapping[str, JacobianMap]) -> PageWidget:
    """Show maps of a Jacobian, and where the condition number exceeds a limit that a slider moves.

    Args:
        maps: name of the model -> its map (`eq-condition-number`).

    Raises:
        ValueError: for no map.
    """
    if not maps:
        raise ValueError("maps: got none, expected at least one")
    every = [
        torch.cat([getattr(m, name).flatten() for m in maps.values()]) for name in ("log_det", "log_kappa")
    ]
    scales = [_scale(values) for values in every]
    described = [
        {
            "name": name,
            "rows": found.log_det.shape[0],
            "columns": found.log_det.shape[1],
            "log_det": packed(_bounded(found.log_det, scales[0]), "f2"),
            "log_kappa": packed(found.log_kappa.nan_to_num(LARGEST).clamp(max=LARGEST), "f2"),
        }
        for name, found in maps.items()
    ]
    return PageWidget(
        kind="conditioning-explorer",
        data={"maps": described, "scales": scales, "quantities": QUANTITIES, "limits": LIMITS},
        title="Conditioning explorer: move the limit on the condition number, and see who exceeds it.",
    )


def rank_explorer(
    samples: Mapping[str, Sequence[Spectra]], levels: Sequence[float], thresholds: Sequence[float]
) -> PageWidget:
    """Show histograms of the ranks of S1, S2, S3 while a threshold and the noise on the images move.

    Args:
        samples: name of the code -> its spectra, one for each level.
        levels: standard deviations of the noise on the images.
        thresholds: shares of each largest eigenvalue (`eq-rank-threshold`).

    Raises:
        ValueError: for no sample, or one without a spectrum for each level.
    """
    if not samples:
        raise ValueError("samples: got none, expected at least one")
    for name, found in samples.items():
        if len(found) != len(levels):
            raise ValueError(
                f"samples: got {len(found)} spectra of {name}, expected {len(levels)}, one per level"
            )
    first = next(iter(samples.values()))[0]
    sizes = [values.shape[-1] for values in first.values]
    return PageWidget(
        kind="rank-explorer",
        data={
            "samples": [
                {"name": name, **_counted(found, thresholds, sizes)} for name, found in samples.items()
            ],
            "levels": list(levels),
            "thresholds": list(thresholds),
            "chosen": len(thresholds) // 2,
            "matrices": MATRICES,
            "sizes": sizes,
            "count": len(first.values[0]),
        },
        title="Rank and noise explorer: move threshold and noise, and see which ranks occur.",
    )


def _counted(found: Sequence[Spectra], thresholds: Sequence[float], sizes: Sequence[int]) -> dict:
    """Count ranks for each level and threshold: (levels, thresholds, size + 1) for each matrix."""
    ranks = [[spectra.ranks(threshold) for threshold in thresholds] for spectra in found]
    counts = [
        torch.stack([torch.stack([r[:, k].bincount(minlength=size + 1) for r in row]) for row in ranks])
        for k, size in enumerate(sizes)
    ]
    strata = torch.tensor([[spectra.n_strata(t) for t in thresholds] for spectra in found])
    return {"ranks": [packed(count, "f4") for count in counts], "strata": packed(strata, "f4")}


def _scale(values: Tensor) -> dict[str, float]:
    low, high = values[values.isfinite()].quantile(torch.tensor([0.01, 0.99], dtype=values.dtype)).tolist()
    return {"low": low, "high": high}


def _bounded(values: Tensor, scale: Mapping[str, float]) -> Tensor:
    return values.nan_to_num(scale["high"]).clamp(scale["low"], scale["high"])
