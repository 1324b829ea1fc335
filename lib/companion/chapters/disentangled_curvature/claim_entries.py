"""The scores of all spaces under the names of the document's claims, each with the controls that judge it."""

from collections.abc import Mapping, Sequence
from typing import Any

from companion.chapters.disentangled_curvature.space_scores import DISTANCES, SpaceScores

Entry = dict[str, Any]
STEP = 0.5
CLUSTERED = "clustered prior"


def comparison_entries(
    scores: Mapping[str, SpaceScores], data: str, *, disentangled: Sequence[str], small: str, large: str
) -> dict[str, Entry]:
    """Compare the disentangled spaces with the VAEs: residual correlation and angle.

    A difference is taken against the largest VAE, which is the document's. It counts as explained by a
    control that shows at least as much of it: the clustered VAE above the plain one, or untrained networks;
    and by matched dimension and spacing where the smallest VAE is not exceeded there.

    Args:
        scores: name of the space -> scores; "clustered" is the VAE with the clustered prior.
        data: the data set's name within the claims.
        disentangled: names of the disentangled spaces.
        small: name of the VAE of the specified code's dimension.
        large: name of the largest VAE.

    Returns:
        claim -> value and controls, as `ledger.Run.record` takes them.
    """
    entries: dict[str, Entry] = {}
    for name in (*disentangled, large):
        s, theirs = scores[name], "vae" if name == large else name
        entries[f"chat-{data}-{theirs}"] = _chat(s, scores["clustered"])
        entries[f"angle-{data}-{theirs}"] = {
            "value": s.sparse[0],
            "controls": {
                "matched dimension and spacing": s.walked[STEP],
                "untrained network": s.angle_bare,
                "dense neighbours": s.dense[0],
            },
        }
    for name in disentangled:
        entries[f"chat-{data}-{name}-over-vae"] = _chat_over(scores, name, small, large)
        entries[f"angle-{data}-{name}-over-vae"] = _angle_over(scores, name, small, large)
    return entries


def curvature_entry(
    scores: Mapping[str, SpaceScores], *, disentangled: Sequence[str], small: str
) -> dict[str, Entry]:
    """Compare sectional curvature in units of the squared distance with the VAE of the same dimension."""
    size = {name: s.curvature.median_size for name, s in scores.items()}
    angle = {name: s.walked[STEP] for name, s in scores.items()}
    bare = {name: s.curvature_bare for name, s in scores.items()}
    above = _mean(size, disentangled) - size[small]
    controls = {
        "matched dimension and spacing": _mean(angle, disentangled) - angle[small],
        "untrained network": _judged(_mean(bare, disentangled) - bare[small], above),
        CLUSTERED: _judged(size["clustered"] - size[small], above),
    }
    return {"disentangled-more-curved": {"value": above, "controls": controls}}


def margin_entry(
    scores: Mapping[str, SpaceScores], *, disentangled: Sequence[str], small: str
) -> dict[str, Entry]:
    """Compare the normalised margin of the codes with that of the VAE of the same dimension."""
    margin = {name: s.margins["euclidean"] for name, s in scores.items()}
    above = _mean(margin, disentangled) - margin[small]
    controls = {CLUSTERED: _judged(margin["clustered"] - margin[small], above)}
    return {"margin-larger": {"value": above, "controls": controls}}


def cluster_entries(
    scores: Mapping[str, SpaceScores], data: str, *, disentangled: Sequence[str], large: str
) -> dict[str, Entry]:
    """List distances and clusters of the disentangled spaces and the largest VAE by the claims' names."""
    entries: dict[str, Entry] = {}
    for name in (*disentangled, large):
        s, theirs = scores[name], "vae" if name == large else name
        controls = _units(s.ratio_bare, s.ratio)
        entries[f"distance-{data}-{theirs}-ratio"] = {"value": s.ratio, "controls": controls}
        entries |= f_entries(f"fscore-{data}-{theirs}", s)
    for name in disentangled:
        above, bare = (
            getattr(scores[name], of) - getattr(scores[large], of) for of in ("ratio", "ratio_bare")
        )
        entries[f"distance-{data}-{name}-ratio-over-vae"] = {"value": above, "controls": _units(bare, above)}
    return entries


def gain_entry(
    scores: Mapping[str, SpaceScores], *, disentangled: Sequence[str], small: str
) -> dict[str, Entry]:
    """Compare what the Riemannian distance adds to the F-measure with what it adds in the VAE."""
    one, best = (
        sum(scores[name].gains[i] for name in disentangled) / len(disentangled) - scores[small].gains[i]
        for i in range(2)
    )
    well_started = {"value": best, "explains": best <= 0 < one}
    controls = {"well-started Euclidean clustering": well_started}
    return {"euclidean-less-effective": {"value": one, "controls": controls}}


def f_entries(prefix: str, s: SpaceScores) -> dict[str, Entry]:
    """List both F-measures and the gain of one space; a gain that good starts remove is explained by them."""
    best = {"well-started Euclidean clustering": s.f_best["euclidean"]}
    entries = {f"{prefix}-{r}": {"value": s.f_one[r], "controls": best} for r in DISTANCES}
    one, well = s.gains
    controls = {
        "well-started Euclidean clustering": {"value": well, "explains": well <= 0 < one},
        "label permutation": s.f_chance,
    }
    return entries | {f"{prefix}-gain": {"value": one, "controls": controls}}


def dimension_entries(scores: Mapping[str, SpaceScores], dims: Sequence[int]) -> dict[str, Entry]:
    """List the VAEs' scores by the claims of the document's table of dimensions, 16, 64 and 80."""
    entries: dict[str, Entry] = {}
    for d in {16, 64, 80} & set(dims):
        s = scores[f"vae{d}"]
        entries[f"dimension-{d}-chat"] = _chat(s, scores["clustered"])
        entries |= f_entries(f"dimension-{d}-fscore", s)
    if {16, 80} <= set(dims):
        a, b = scores["vae16"], scores["vae80"]
        spacing = {"matched neighbour spacing": b.walked[STEP] - a.walked[STEP]}
        grown = b.c_hat["all pairs"] - a.c_hat["all pairs"]
        entries["dimension-chat-grows"] = {"value": grown, "controls": spacing}
        for r in DISTANCES:
            best = {"well-started Euclidean clustering": b.f_best[r] - a.f_best[r]}
            entries[f"dimension-fscore-{r}-grows"] = {"value": b.f_one[r] - a.f_one[r], "controls": best}
    return entries


def _chat(s: SpaceScores, clustered: SpaceScores) -> Entry:
    controls = {
        "within-class pairs": s.c_hat["within a class"],
        "class-shuffled pairs": s.c_hat["gap alone"],
        "matched dimension and spacing": s.c_hat["misfit"],
        "untrained network": s.c_hat["untrained"],
        CLUSTERED: clustered.c_hat["all pairs"],
        "linear decoder": s.c_hat["linear decoder"],
        "fitted units": s.c_hat["fitted units"],
    }
    return {"value": s.c_hat["all pairs"], "controls": controls}


def _chat_over(scores: Mapping[str, SpaceScores], name: str, small: str, large: str) -> Entry:
    value, within, gap, bare = (
        scores[name].c_hat[reading] - scores[large].c_hat[reading]
        for reading in ("all pairs", "within a class", "gap alone", "untrained")
    )
    clustered = scores["clustered"].c_hat["all pairs"] - scores[small].c_hat["all pairs"]
    matched = scores[name].c_hat["misfit"] - scores[small].c_hat["misfit"]
    controls = {
        "within-class pairs": within,
        "class-shuffled pairs": gap,
        "untrained network": _judged(bare, value),
        CLUSTERED: _judged(clustered, value),
        "matched dimension and spacing": {"value": matched, "explains": matched <= 0 < value},
    }
    return {"value": value, "controls": controls}


def _angle_over(scores: Mapping[str, SpaceScores], name: str, small: str, large: str) -> Entry:
    value = scores[name].sparse[0] - scores[large].sparse[0]
    matched = scores[name].walked[STEP] - scores[small].walked[STEP]
    clustered = scores["clustered"].sparse[0] - scores[small].sparse[0]
    controls = {
        "matched dimension and spacing": {"value": matched, "explains": matched <= 0 < value},
        "untrained network": scores[name].angle_bare - scores[large].angle_bare,
        CLUSTERED: _judged(clustered, value),
    }
    return {"value": value, "controls": controls}


def _units(bare: float, value: float) -> dict[str, float]:
    """Controls of a ratio of distances: no training, and codes in units of half the size."""
    return {"untrained network": bare, "latent rescaling": value / 2}


def _judged(control: float, value: float) -> dict[str, Any]:
    """A control explains a positive difference that it shows in full itself."""
    return {"value": control, "explains": control >= value > 0}


def _mean(of: Mapping[str, float], names: Sequence[str]) -> float:
    return sum(of[name] for name in names) / len(names)
