"""How does the time of a geodesic grow with the number of pairs, segments, latent and data dimensions?"""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import torch
from common import arguments, show, time_in_turns, write
from companion.plotting.figures import figure, use_style
from pullback import PullbackMetric, geodesic
from torch import nn

QUESTION = __doc__.strip()
BASE = {"pairs": 100, "segments": 32, "d": 2, "D": 784}
SWEEPS = {
    "pairs": [10, 100, 1000, 10_000, 100_000],
    "segments": [8, 16, 32, 64, 128, 256, 512],
    "d": [2, 4, 8, 16, 32, 64, 128],
    "D": [10, 100, 1000, 10_000, 100_000],
}
QUICK = {"pairs": [10, 100], "segments": [8, 16], "d": [2, 8], "D": [10, 100]}
SHORTER = {"pairs": {"segments": 16}, "D": {"pairs": 10}, "d": {"segments": 16}}
LABELS = {"pairs": "pairs", "segments": "segments", "d": "latent dimension d", "D": "data dimension D"}


def network(d: int, D: int, *, sigmoid: bool) -> nn.Sequential:
    """Draw a decoder d-64-64-D, tanh, seed 0; with a sigmoid output it does not fold."""
    generator = torch.Generator().manual_seed(0)
    layers = []
    for i, o in ((d, 64), (64, 64), (64, D)):
        layers += [nn.Linear(i, o), nn.Tanh()]
        nn.init.normal_(layers[-2].weight, std=i**-0.5, generator=generator)
        nn.init.zeros_(layers[-2].bias)
    layers[-1] = nn.Sigmoid() if sigmoid else nn.Identity()
    return nn.Sequential(*layers).requires_grad_(False)


def call(pairs: int, segments: int, d: int, D: int, *, sigmoid: bool):
    """Prepare geodesics of exactly four steps, so that sizes compare like with like."""
    metric = PullbackMetric(network(d, D, sigmoid=sigmoid))
    z0, z1 = torch.randn(2, pairs, d, generator=torch.Generator().manual_seed(1))
    return lambda: geodesic(metric, z0, z1, n_segments=segments, starts="line", max_steps=4, tol=1e-12)


def sweep(axis: str, sizes: list[int], repeats: int, *, sigmoid: bool) -> list[dict]:
    """Time one axis, everything else at its base."""
    rows = []
    for size in sizes:
        setting = BASE | SHORTER.get(axis, {}) | {axis: size}
        run = call(**setting, sigmoid=sigmoid)
        heavy = setting["pairs"] * setting["segments"] * setting["D"] > 1e7 or setting["pairs"] > 5000
        seconds = time_in_turns({"geodesic": run}, 2 if heavy else repeats)["geodesic"]
        rows.append({"axis": axis, "size": size, "sigmoid": sigmoid, **setting, "cpu_seconds": seconds})
        rows[-1]["milliseconds_per_geodesic"] = 1e3 * seconds["median"] / setting["pairs"]
    return rows


def exponent(rows: list[dict]) -> float:
    """Fit the power of the growth over the upper half of the sizes."""
    upper = rows[len(rows) // 2 - (len(rows) < 4) :]
    size, time = ([row[key] for row in upper] for key in ("size", "milliseconds_per_geodesic"))
    return float(np.polyfit(np.log(size), np.log(time), 1)[0])


def plot(rows: list[dict], exponents: dict[str, float], path) -> None:
    """Draw the four axes side by side."""
    use_style()
    fig, axs = figure(2, 2)
    for ax, (axis, label) in zip(axs.flat, LABELS.items()):
        for sigmoid in (False, True):
            mine = [row for row in rows if row["axis"] == axis and row["sigmoid"] == sigmoid]
            name = f"{'sigmoid' if sigmoid else 'affine'} output, exponent {exponents[axis, sigmoid]:.2f}"
            ax.loglog(*zip(*((r["size"], r["milliseconds_per_geodesic"]) for r in mine)), "o-", label=name)
        ax.set(xlabel=label, ylabel="ms a geodesic")
        ax.legend()
    fig.savefig(path)


def main() -> None:
    options = arguments(QUESTION)
    rows, exponents = [], {}
    for axis, sizes in (QUICK if options.quick else SWEEPS).items():
        for sigmoid in (False, True):
            sizes_here = [s for s in sizes if not (sigmoid and axis == "pairs" and s > 10_000)]
            mine = sweep(axis, sizes_here, options.repeats, sigmoid=sigmoid)
            exponents[axis, sigmoid] = exponent(mine)
            rows += mine
    show(rows, {"axis": "", "size": ",", "sigmoid": "", "milliseconds_per_geodesic": ".4f"})
    fitted = [{"axis": a, "sigmoid": s, "exponent": e} for (a, s), e in exponents.items()]
    show(fitted, {"axis": "", "sigmoid": "", "exponent": ".2f"})
    write("scaling", QUESTION, rows, options, exponents=fitted)
    plot(rows, exponents, options.out / "scaling.png")


if __name__ == "__main__":
    main()
