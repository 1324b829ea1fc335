"""How long does the metric tensor take at 1,000 points, beside the peers and the floor of the arithmetic?"""

import torch
from common import arguments, codes, decoder, gemm_rate, show, time_in_turns, weights, write
from peers import STOCHMAN, WHY_NOT, plain_metric, stochman_manifold
from pullback import PullbackMetric

QUESTION = __doc__.strip()


def flops(name: str, *, folded: bool) -> int:
    """Count the hidden layers, d tangents and J^T J at one point; folded, the last layer is a triangle."""
    sizes = [w.shape for w in weights(name)[::2]]
    d, width = sizes[0][1], sizes[2][1]
    out = width if folded else sizes[2][0]
    last = width * (width + 1) if folded else 2 * out * width
    layers = 2 * d * sizes[0][0] + 2 * sizes[1][0] * sizes[1][1]
    tangents = d * (2 * sizes[1][0] * sizes[1][1] + last)
    return layers + tangents + out * d * (d + 1)


def measure(name: str, points: int, repeats: int) -> list[dict]:
    """Time every way on one decoder, in turns, and hold all answers against the one in double precision."""
    z = codes(name)[:points]
    network = decoder(name)
    ways = {"ours": PullbackMetric(network).matrix, "plain vmap(jacfwd)": plain_metric(network)}
    if STOCHMAN:
        ways["stochman nnj"] = stochman_manifold(name).metric
    ways["ours, sigmoid output"] = PullbackMetric(decoder(name, sigmoid=True)).matrix
    if STOCHMAN:
        ways["stochman nnj, sigmoid output"] = stochman_manifold(name, sigmoid=True).metric
    exact = plain_metric(decoder(name, torch.float64))(z.double())
    with torch.no_grad():
        times = time_in_turns({way: lambda f=f: f(z) for way, f in ways.items()}, repeats)
        rows = []
        for way, seconds in times.items():
            error = ((ways[way](z) - exact).norm(dim=(1, 2)) / exact.norm(dim=(1, 2))).max().item()
            comparable = "sigmoid" not in way
            rows.append(
                {"decoder": name, "way": way, "points": points, "cpu_seconds": seconds}
                | ({"largest_relative_error": error} if comparable else {})
            )
    if not STOCHMAN:
        rows.append({"decoder": name, "way": "stochman nnj", "points": points, "skipped": WHY_NOT})
    rate = gemm_rate()
    for folded, way in ((True, "floor, folded"), (False, "floor, 784 outputs")):
        floor = points * flops(name, folded=folded) / rate
        rows.append({"decoder": name, "way": way, "points": points, "floor_seconds": floor})
    return rows


def main() -> None:
    options = arguments(QUESTION)
    points = 100 if options.quick else 1000
    rows = [row for name in "AB" for row in measure(name, points, options.repeats)]
    for row in rows:
        if "skipped" not in row:
            row["milliseconds"] = 1e3 * row.get("floor_seconds", row.get("cpu_seconds", {}).get("median"))
    peers = {
        (row["decoder"], "sigmoid" in row["way"]): row.get("milliseconds")
        for row in rows
        if row["way"].startswith("stochman")
    }
    for row in rows:
        peer = peers.get((row["decoder"], "sigmoid" in row["way"]))
        if "milliseconds" in row and peer:
            row["times_as_fast_as_stochman"] = peer / row["milliseconds"]
    show(rows, {"decoder": "", "way": "", "milliseconds": ".3f", "times_as_fast_as_stochman": ".1f"})
    write("metric_tensor", QUESTION, rows, options)


if __name__ == "__main__":
    main()
