"""The scores of all spaces under the names of the document's claims, each with the controls that judge it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from companion.chapters.disentangled_curvature.space_scores import DISTANCES, SpaceScores

Entry = dict[str, Any]
Scores = Mapping[str, SpaceScores]
STEP = 0.5
CLUSTERED, SPACING, UNTRAINED = "clustered prior", "matched dimension and spacing", "untrained network"
STARTS = "well-started Euclidean clustering"
C_HAT_CONTROLS = {
    "within-class pairs": "within a class",
    "class-shuffled pairs": "gap alone",
    SPACING: "misfit",
    UNTRAINED: "untrained",
    "linear decoder": "linear decoder",
    "fitted units": "fitted units",
}


def comparison_entries(
    scores: Scores, data: str, *, disentangled: Sequence[str], small: str, large: str
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
        controls = {SPACING: s.walked[STEP], UNTRAINED: s.angle_bare, "dense neighbours": s.dense[0]}
        entries[f"angle-{data}-{theirs}"] = {"value": s.sparse[0], "controls": controls}
    for name in disentangled:
        entries[f"chat-{data}-{name}-over-vae"] = _chat_over(scores, name, small, large)
        entries[f"angle-{data}-{name}-over-vae"] = _angle_over(scores, name, small, large)
    return entries


def curvature_entry(scores: Scores, *, disentangled: Sequence[str], small: str) -> dict[str, Entry]:
    """Compare sectional curvature in units of the squared distance with the VAE of the same dimension."""
    above = _above(scores, disentangled, small, lambda s: s.curvature.median_size)
    controls = {
        SPACING: _above(scores, disentangled, small, lambda s: s.walked[STEP]),
        UNTRAINED: _judged(_above(scores, disentangled, small, lambda s: s.curvature_bare), above),
        CLUSTERED: _judged(_above(scores, ["clustered"], small, lambda s: s.curvature.median_size), above),
    }
    return {"disentangled-more-curved": {"value": above, "controls": controls}}


def margin_entry(scores: Scores, *, disentangled: Sequence[str], small: str) -> dict[str, Entry]:
    """Compare the normalised margin of the codes with that of the VAE of the same dimension."""
    above = _above(scores, disentangled, small, lambda s: s.margins["euclidean"])
    clustered = _above(scores, ["clustered"], small, lambda s: s.margins["euclidean"])
    return {"margin-larger": {"value": above, "controls": {CLUSTERED: _judged(clustered, above)}}}


def cluster_entries(
    scores: Scores, data: str, *, disentangled: Sequence[str], large: str
) -> dict[str, Entry]:
    """List distances and clusters of the disentangled spaces and the largest VAE by the claims' names."""
    entries: dict[str, Entry] = {}
    for name in (*disentangled, large):
        s, theirs = scores[name], "vae" if name == large else name
        controls = _units(s.ratio_bare, s.ratio)
        entries[f"distance-{data}-{theirs}-ratio"] = {"value": s.ratio, "controls": controls}
        entries |= f_entries(f"fscore-{data}-{theirs}", s)
    for name in disentangled:
        above = scores[name].ratio - scores[large].ratio
        bare = scores[name].ratio_bare - scores[large].ratio_bare
        entries[f"distance-{data}-{name}-ratio-over-vae"] = {"value": above, "controls": _units(bare, above)}
    return entries


def gain_entry(scores: Scores, *, disentangled: Sequence[str], small: str) -> dict[str, Entry]:
    """Compare what the Riemannian distance adds to the F-measure with what it adds in the VAE."""
    one, best = (_above(scores, disentangled, small, lambda s, i=i: s.gains[i]) for i in range(2))
    return {"euclidean-less-effective": {"value": one, "controls": {STARTS: _gone(best, one)}}}


def f_entries(prefix: str, s: SpaceScores) -> dict[str, Entry]:
    """List both F-measures and the gain of one space; a gain that good starts remove is explained by them."""
    best = {STARTS: s.f_best["euclidean"]}
    entries = {f"{prefix}-{r}": {"value": s.f_one[r], "controls": best} for r in DISTANCES}
    one, well = s.gains
    controls = {STARTS: _gone(well, one), "label permutation": s.f_chance}
    return entries | {f"{prefix}-gain": {"value": one, "controls": controls}}


def dimension_entries(scores: Scores, dims: Sequence[int]) -> dict[str, Entry]:
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
            best = {STARTS: b.f_best[r] - a.f_best[r]}
            entries[f"dimension-fscore-{r}-grows"] = {"value": b.f_one[r] - a.f_one[r], "controls": best}
    return entries


def _chat(s: SpaceScores, clustered: SpaceScores) -> Entry:
    controls = {control: s.c_hat[reading] for control, reading in C_HAT_CONTROLS.items()}
    return {"value": s.c_hat["all pairs"], "controls": controls | {CLUSTERED: clustered.c_hat["all pairs"]}}


def _chat_over(scores: Scores, name: str, small: str, large: str) -> Entry:
    def over(reading: str, first: str = name, second: str = large) -> float:
        return scores[first].c_hat[reading] - scores[second].c_hat[reading]

    value = over("all pairs")
    controls = {
        "within-class pairs": over("within a class"),
        "class-shuffled pairs": over("gap alone"),
        UNTRAINED: _judged(over("untrained"), value),
        CLUSTERED: _judged(over("all pairs", "clustered", small), value),
        SPACING: _gone(over("misfit", name, small), value),
    }
    return {"value": value, "controls": controls}


def _angle_over(scores: Scores, name: str, small: str, large: str) -> Entry:
    value = scores[name].sparse[0] - scores[large].sparse[0]
    controls = {
        SPACING: _gone(scores[name].walked[STEP] - scores[small].walked[STEP], value),
        UNTRAINED: scores[name].angle_bare - scores[large].angle_bare,
        CLUSTERED: _judged(scores["clustered"].sparse[0] - scores[small].sparse[0], value),
    }
    return {"value": value, "controls": controls}


def _above(scores: Scores, names: Sequence[str], small: str, of: Callable[[SpaceScores], float]) -> float:
    """Average a score over some spaces, less that of the small VAE."""
    return sum(of(scores[name]) for name in names) / len(names) - of(scores[small])


def _units(bare: float, value: float) -> dict[str, float]:
    """Controls of a ratio of distances: no training, and codes in units of half the size."""
    return {UNTRAINED: bare, "latent rescaling": value / 2}


def _judged(control: float, value: float) -> dict[str, Any]:
    """A control explains a positive difference that it shows in full itself."""
    return {"value": control, "explains": control >= value > 0}


def _gone(control: float, value: float) -> dict[str, Any]:
    """A control explains a positive difference of which it leaves nothing."""
    return {"value": control, "explains": control <= 0 < value}
