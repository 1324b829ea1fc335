"""How fast and how short are 100 geodesics, beside stochman's?"""

import torch
from common import (
    arguments,
    decoder,
    gemm_rate,
    keep_freed_memory,
    pairs,
    show,
    time_in_turns,
    weights,
    write,
)
from peers import STOCHMAN, WHY_NOT, stochman_geodesics, stochman_manifold, stochman_samples
from pullback import PullbackMetric, geodesic, linear_interpolation
from reference import decoded_length, load_or_find
from torch import Tensor

QUESTION = __doc__.strip()
FAST = {
    "A": {"n_segments": 20, "starts": "line", "max_steps": 3},
    "B": {"n_segments": 8, "starts": "line", "max_steps": 2},
}
FEW_SEGMENTS = {"n_segments": 32}
STOCHMAN_SETTINGS = {
    "stochman, default": {},
    "stochman, 10 knots, 500 steps, 50 points": {"knots": 10, "steps": 500, "points": 50},
}
SAMPLES = 1000
KEPT = " (memory kept)"
# Timed once more with an allocator that keeps freed memory: peers with large graphs gain most from it.
AGAIN = ("ours, fast", "ours, default", "stochman, default")
# What the floor counts: the prototype's fast setting, points along a curve and evaluations of each.
FLOOR = {"A": (50, 5), "B": (20, 5)}


def excess(length: Tensor, best: Tensor) -> dict:
    """Say by how much curves are longer than the best known, in percent."""
    over = 100 * (length / best - 1)
    return {
        "mean_excess_percent": over.mean().item(),
        "median_excess_percent": over.median().item(),
        "max_excess_percent": over.max().item(),
        "shorter_than_best_known": int((over < -1e-4).sum()),
    }


def floor_seconds(name: str, n_pairs: int, *, folded: bool) -> float:
    """Count the passes, tangents and blocks of a Gauss-Newton solve, at the rate of a matrix product."""
    sizes = [w.shape for w in weights(name)[::2]]
    d, width = sizes[0][1], sizes[2][1]
    out = width if folded else sizes[2][0]
    last = width * (width + 1) if folded else 2 * out * width
    point = 2 * sizes[0][0] * d + (1 + d) * (2 * sizes[1][0] * sizes[1][1] + last) + 4 * out * d * d
    points, evaluations = FLOOR[name]
    return n_pairs * points * evaluations * point / gemm_rate()


def measure(name: str, n_pairs: int, options, *, sigmoid: bool) -> list[dict]:
    """Time every way on one decoder in turns, and measure the curves that each returns."""
    label = f"{name}, sigmoid" if sigmoid else name
    best = load_or_find(label, n_pairs, options.out)
    exact = decoder(name, torch.float64, sigmoid=sigmoid)
    z0, z1 = (z[:n_pairs] for z in pairs(name, 100))
    metric = PullbackMetric(decoder(name, sigmoid=sigmoid))
    settings = {"ours, fast": FAST[name], "ours, default": {}}
    if name == "A":
        settings["ours, default but 32 segments"] = FEW_SEGMENTS
    calls = {way: lambda s=s: geodesic(metric, z0, z1, **s) for way, s in settings.items()}
    if STOCHMAN:
        manifold = stochman_manifold(name, sigmoid=sigmoid)
        for way, s in STOCHMAN_SETTINGS.items():
            if not (options.quick or sigmoid) or not s:
                calls[way] = lambda s=s: stochman_geodesics(manifold, z0, z1, **s)
                settings[way] = s
    times = time_in_turns(calls, options.repeats)
    keep_freed_memory()
    again = time_in_turns({way: call for way, call in calls.items() if way in AGAIN}, options.repeats)
    rows = []
    for way, call in calls.items():
        torch.manual_seed(0)
        result = call()
        mine = way.startswith("ours")
        samples = result.sample(SAMPLES) if mine else stochman_samples(result, SAMPLES)
        row = {"decoder": label, "way": way, "pairs": n_pairs, "settings": settings[way]}
        row |= {"cpu_seconds": times[way], "seconds": times[way]["median"]}
        row |= excess(decoded_length(exact, samples), best)
        if mine:
            row["converged"] = int(result.converged.sum())
        rows.append(row)
        if way in again:
            kept = {"way": way + KEPT, "cpu_seconds": again[way], "seconds": again[way]["median"]}
            rows.append(row | kept)
    straight = linear_interpolation(z0.double(), z1.double(), SAMPLES)
    rows.append(
        {"decoder": label, "way": "straight latent line"} | excess(decoded_length(exact, straight), best)
    )
    if not STOCHMAN:
        rows.append({"decoder": label, "way": "stochman, default", "skipped": WHY_NOT})
    floor = floor_seconds(name, n_pairs, folded=not sigmoid)
    rows.append({"decoder": label, "way": "floor of the arithmetic", "seconds": floor})
    return rows


def main() -> None:
    options = arguments(QUESTION)
    n_pairs = 5 if options.quick else 100
    cases = [("A", False), ("B", False), ("A", True)]
    rows = [row for name, sigmoid in cases for row in measure(name, n_pairs, options, sigmoid=sigmoid)]
    peer = {
        (r["decoder"], r["way"]): r.get("seconds") for r in rows if r["way"].startswith("stochman, default")
    }
    for row in rows:
        kept = KEPT if row["way"].endswith(KEPT) else ""
        seconds = peer.get((row["decoder"], f"stochman, default{kept}"))
        if "seconds" in row and seconds:
            row["times_as_fast_as_stochman"] = seconds / row["seconds"]
    columns = {"decoder": "", "way": "", "seconds": ".4f", "times_as_fast_as_stochman": ".1f"}
    columns |= {"mean_excess_percent": ".4f", "median_excess_percent": ".4f", "converged": ""}
    show(rows, columns)
    write("geodesics", QUESTION, rows, options)


if __name__ == "__main__":
    main()
