"""What is the shortest decoded length that anything finds between the 100 pairs?

Lengths found once are kept in results/reference.json; remove the file to find them afresh.
"""

import json
from pathlib import Path

import numpy as np
import torch
from common import HERE, arguments, codes, decoder, pairs, show, write
from pullback import PullbackMetric, linear_interpolation
from pullback.curves.discrete_curve import resample
from pullback.solvers.gauss_newton import minimise
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from torch import Tensor, nn

QUESTION = __doc__.splitlines()[0]
SEGMENTS = {"A": 400, "B": 200, "A, sigmoid": 128}
BOWS = (-0.6, -0.3, 0.3, 0.6)


def decoded_length(network: nn.Module, curve: Tensor) -> Tensor:
    """Measure the length in data space of finely sampled latent curves (*batch, n + 1, d)."""
    parts = [network(c).diff(dim=-2).norm(dim=-1).sum(-1) for c in curve.double().split(10)]
    return torch.cat(parts)


def graph_paths(
    metric: PullbackMetric, nodes: Tensor, z0: Tensor, z1: Tensor, n: int, neighbours: int
) -> Tensor:
    """Join each pair by the shortest path over a neighbour graph of decoded chords, smoothed."""
    points = torch.cat([nodes, z0, z1])
    near = cKDTree(points.numpy()).query(points.numpy(), k=neighbours + 1)[1][:, 1:]
    i, j = np.repeat(np.arange(len(points)), neighbours), near.ravel()
    images = metric.features(points)
    edges = torch.cat(
        [(images[a] - images[b]).norm(dim=-1) for a, b in zip(np.array_split(i, 20), np.array_split(j, 20))]
    )
    graph = coo_array((edges.numpy() + 1e-12, (i, j)), shape=(len(points),) * 2).tocsr()
    starts = np.arange(len(nodes), len(nodes) + len(z0))
    before = dijkstra(graph, directed=False, indices=starts, return_predecessors=True)[1]
    curves = []
    for k, start in enumerate(starts):
        path = [start + len(z0)]
        while path[-1] != start:
            path.append(before[k, path[-1]])
        curves.append(_even(points[path[::-1]], images[path[::-1]], n))
    return torch.stack(curves)


def _even(path: Tensor, images: Tensor, n: int) -> Tensor:
    """Spread n + 1 nodes over a path by decoded length, and round off its corners."""
    arc = torch.cat([torch.zeros(1), images.diff(dim=0).norm(dim=-1).cumsum(0)]).numpy()
    t = np.linspace(0, arc[-1], n + 1)
    curve = torch.from_numpy(np.stack([np.interp(t, arc, c) for c in path.numpy().T], axis=-1))
    for _ in range(2 * n // max(len(path), 2)):
        curve[1:-1] = (curve[:-2] + 2 * curve[1:-1] + curve[2:]) / 4
    return curve


def bowed(z0: Tensor, z1: Tensor, n: int, amplitude: float) -> Tensor:
    """Bend the straight line of a plane sideways by `amplitude` times its length."""
    straight = linear_interpolation(z0, z1, n)
    side = torch.stack([z0[:, 1] - z1[:, 1], z1[:, 0] - z0[:, 0]], dim=-1)
    return straight + amplitude * torch.sin(torch.linspace(0, torch.pi, n + 1))[:, None] * side[:, None]


def starts_of(name: str, metric: PullbackMetric, z0: Tensor, z1: Tensor, n: int) -> dict[str, Tensor]:
    """Draw every start: straight lines, paths over the codes and a grid of the plane, bows to both sides."""
    z = codes(name, torch.float64)
    starts = {"straight": linear_interpolation(z0, z1, n), "codes": graph_paths(metric, z, z0, z1, n, 12)}
    if z.shape[1] == 2:
        low, high = z.amin(0), z.amax(0)
        margin = 0.15 * (high - low)
        axes = [torch.linspace(a, b, 120) for a, b in zip(low - margin, high + margin)]
        grid = torch.cartesian_prod(*axes).double()
        starts["grid"] = graph_paths(metric, grid, z0, z1, n, 20)
        for amplitude in BOWS:
            starts[f"bow {amplitude:+}"] = bowed(z0, z1, n, amplitude)
    return starts


def best_known(name: str, n_pairs: int, n_segments: int) -> dict:
    """Run Gauss-Newton to the end from every start and keep the shortest curve of each pair."""
    network = decoder(name[0], torch.float64, sigmoid="sigmoid" in name)
    metric = PullbackMetric(network)
    z0, z1 = (z[:n_pairs] for z in pairs(name[0], 100, torch.float64))
    lengths, converged = {}, {}
    coarse = max(16, n_segments // 4)
    for start, curve in starts_of(name[0], metric, z0, z1, coarse).items():
        rough = minimise(metric, curve, tol=1e-4, max_steps=300).curve
        solution = minimise(metric, resample(rough, n_segments), tol=1e-8, max_steps=300)
        lengths[start] = decoded_length(network, resample(solution.curve, 1000))
        converged[start] = int(solution.converged.sum())
    table = torch.stack(list(lengths.values()))
    table = torch.where(table.isfinite(), table, torch.inf)
    best, winner = table.min(0)
    reached = table <= best * (1 + 1e-6)
    return {
        "decoder": name,
        "pairs": n_pairs,
        "n_segments": n_segments,
        "length": best.tolist(),
        "shortest_from": dict(zip(lengths, reached.sum(1).tolist())),
        "converged_from": converged,
        "winner": [list(lengths)[i] for i in winner.tolist()],
    }


def load(name: str, n_pairs: int, folder: Path) -> dict | None:
    """Read what an earlier run found, from the folder or from the results that are kept with the project."""
    for path in (folder / "reference.json", HERE / "results" / "reference.json"):
        for row in json.loads(path.read_text())["rows"] if path.exists() else []:
            if row["decoder"] == name and row["pairs"] == n_pairs:
                return row
    return None


def load_or_find(name: str, n_pairs: int, folder: Path) -> Tensor:
    """Return the best known lengths of the first pairs; those not kept are found now, more coarsely."""
    row = load(name, n_pairs, folder) or best_known(name, n_pairs, 64)
    return torch.tensor(row["length"], dtype=torch.float64)


def main() -> None:
    options = arguments(QUESTION)
    rows = []
    for name, n_segments in SEGMENTS.items():
        size = (5, 64) if options.quick else (100, n_segments)
        row = load(name, size[0], options.out) or best_known(name, *size)
        row["mean_length"] = sum(row["length"]) / len(row["length"])
        rows.append(row)
    columns = ("decoder", "n_segments", "mean_length", "shortest_from", "converged_from")
    show(rows, dict.fromkeys(columns, ""))
    write("reference", QUESTION, rows, options)


if __name__ == "__main__":
    main()
