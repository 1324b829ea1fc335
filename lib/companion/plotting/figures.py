"""Figures of the book: one look, one colour a model, one way to draw a geodesic.

A geodesic is solid, a straight latent line dotted, an unconverged curve dashed. Latent planes
have equal aspect, colour bars carry the symbol of what they show. Nothing else here imports matplotlib.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

COLOURS = {
    "vae": "#3b6ea8",
    "autoencoder": "#c8553d",
    "rbf-vae": "#3f8f6b",
    "disentangled": "#8a6bb0",
    "dae": "#b8892f",
    "gan": "#5b5f66",
    "geodesic": "#c8553d",
    "straight": "#20242a",
    "reference": "#9aa1ab",
}
"""One colour a model, the same in every chapter and in the pages' style sheet, and the two curves'."""

PAGE_WIDTH = 7.2  # inches, the text column of the book at 200 dots an inch


def use_style() -> None:
    """Apply the book's matplotlib style to this process."""
    plt.style.use(Path(__file__).with_name("companion.mplstyle"))


def figure(rows: int = 1, columns: int = 1, *, height: float = 2.6, **kw) -> tuple[Figure, np.ndarray | Axes]:
    """Open a figure of the page's width; `height` is that of one row, in inches."""
    return plt.subplots(rows, columns, figsize=(PAGE_WIDTH, height * rows), layout="constrained", **kw)


def latent_grid(box: tuple[float, float, float, float], n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Grid the box (left, right, bottom, top): points (n, n, 2) and both axes (n,), in double precision."""
    left, right, bottom, top = box
    x = torch.linspace(left, right, n, dtype=torch.float64)
    y = torch.linspace(bottom, top, n, dtype=torch.float64)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1), x, y


def latent_field(
    ax: Axes,
    values: Callable[[Tensor], Tensor],
    box: tuple[float, float, float, float],
    label: str,
    *,
    n: int = 100,
    diverging: bool = False,
    clip: float = 0.01,
) -> None:
    """Colour the latent plane by a scalar `values(z)`, z (n, n, 2); the colour bar carries `label`.

    The colour range leaves out the share `clip` of the most extreme values on either side; the pointed ends
    of the colour bar say so. A diverging field is centred on zero.
    """
    grid_field(ax, values(latent_grid(box, n)[0]), box, label, diverging=diverging, clip=clip)


def grid_field(
    ax: Axes,
    field: Tensor,
    box: tuple[float, float, float, float],
    label: str,
    *,
    diverging: bool = False,
    clip: float = 0.01,
    codes: Tensor | None = None,
) -> None:
    """Colour the latent plane by values (n, n) on the grid of a box, as `latent_field`; dot codes (k, 2)."""
    _, x, y = latent_grid(box, len(field))
    field = field.detach().numpy()
    low, high = np.nanquantile(field, [clip, 1 - clip])
    if diverging:
        high = max(abs(low), abs(high))
        low = -high
    colours = "RdBu_r" if diverging else "cividis"
    mesh = ax.pcolormesh(
        x.numpy(), y.numpy(), field, vmin=low, vmax=high, cmap=colours, shading="gouraud", rasterized=True
    )
    bar = ax.figure.colorbar(mesh, ax=ax, extend="both", shrink=0.85, pad=0.02)
    bar.set_label(label)
    bar.outline.set_visible(False)
    latent_axes(ax)
    ax.set(xlim=box[:2], ylim=box[2:], autoscale_on=False)
    if codes is not None:
        ax.plot(*codes.detach().T, ".", color="white", ms=1.4, mew=0, alpha=0.6, rasterized=True)


def range_rows(ax: Axes, rows: Sequence[Sequence[tuple[str, dict[str, Sequence[float] | float]]]]) -> None:
    """Draw ranges in rows from the top: thin for all, thick for the central part, a tick at the median.

    A row holds pairs of a colour's name and a mapping with `range`, `central` and `median`, drawn one under
    the other; what is missing or None is left out.
    """
    for row, samples in enumerate(rows):
        for i, (colour, sample) in enumerate(samples):
            height = -row - 0.28 * (i - (len(samples) - 1) / 2)
            for part, width in (("range", 1), ("central", 5)):
                if sample.get(part) is not None:
                    ends = sample[part]
                    ax.plot(ends, [height] * 2, color=COLOURS[colour], lw=width, solid_capstyle="butt")
            if sample.get("median") is not None:
                ax.plot(sample["median"], height, "|", color="white", ms=5, mew=1.4)
    ax.set_yticks([-row for row in range(len(rows))])


def latent_axes(ax: Axes) -> None:
    """Label a plane of latent coordinates and give both axes the same scale."""
    ax.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")


def latent_points(ax: Axes, z: Tensor, labels: Tensor) -> None:
    """Scatter codes z (n, 2), coloured by label (n,), with the labels named in a legend."""
    for k, colour in zip(labels.unique().tolist(), plt.get_cmap("tab10").colors, strict=False):
        mine = z[labels == k]
        ax.scatter(*mine.T, s=2, color=colour, linewidths=0, alpha=0.6, label=str(k), rasterized=True)
    ax.legend(markerscale=4, loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.1)
    latent_axes(ax)


def draw_curves(ax: Axes, curves: Tensor, *, kind: str = "geodesic", converged: Tensor | None = None) -> None:
    """Draw curves (pairs, points, 2): geodesics solid, straight lines dotted, unconverged ones dashed."""
    if kind not in ("geodesic", "straight"):
        raise ValueError(f"kind: got {kind!r}, expected 'geodesic' or 'straight'")
    done = torch.ones(len(curves), dtype=torch.bool) if converged is None else converged
    for i, (curve, ok) in enumerate(zip(curves.detach(), done.tolist(), strict=True)):
        style = ":" if kind == "straight" else "-" if ok else "--"
        ax.plot(*curve.T, style, color=COLOURS[kind], lw=1.3, label=_curve_label(kind, ok, first=i == 0))
    ends = curves[:, [0, -1]].detach().reshape(-1, 2)
    ax.plot(*ends.T, "o", color=COLOURS["straight"], ms=3, zorder=3)


def _curve_label(kind: str, converged: bool, *, first: bool) -> str | None:
    name = {"geodesic": "geodesic", "straight": "straight line in Z"}[kind]
    if not converged:
        return f"{name}, not converged"
    return name if first else None


def draw_profile(ax: Axes, x: Tensor, *, kind: str) -> None:
    """Draw the last ambient coordinate of a curve x (points, D), its height, against the distance walked."""
    walked = torch.cat([x.new_zeros(1), x.diff(dim=0).norm(dim=-1).cumsum(0)])
    line = ":" if kind == "straight" else "-"
    ax.plot(walked, x[:, -1], line, color=COLOURS[kind], label=_curve_label(kind, True, first=True))
    ax.set(xlabel="distance walked on the surface", ylabel=f"height $x_{x.shape[-1]}$")
    ax.legend()


def film_strips(
    rows: Sequence[Tensor],
    names: Sequence[str],
    shape: tuple[int, ...],
    *,
    groups: int,
    row_height: float = 0.36,
) -> Figure:
    """Show rows of decoded images as strips, 1 as ink on white paper.

    Args:
        rows: (n, D) each, values in [0, 1].
        names: one per row.
        shape: of an image: height and width, or channels, height and width with 1 or 3 channels.
        groups: rows that make a block.
        row_height: inches.
    """
    count = len(rows)
    fig = plt.figure(figsize=(PAGE_WIDTH, row_height * (count + 0.25 * (count // groups))))
    unit = 1 / (count + 0.25 * (count // groups))
    for i, (row, name) in enumerate(zip(rows, names, strict=True)):
        top = 1 - unit * (i + 0.25 * (i // groups))
        strip = 1 - row.detach().reshape(-1, *shape).clamp(0, 1).numpy()
        if len(shape) == 3:
            strip = np.moveaxis(strip, 1, -1)
        square = 0.9 * unit * fig.get_figheight() * len(strip) * shape[-1] / shape[-2] / PAGE_WIDTH
        ax = fig.add_axes((0.17, top - 0.92 * unit, min(0.82, square), 0.9 * unit))
        gap = np.ones_like(strip[0, :, :1])
        ax.imshow(
            np.hstack([p for image in strip for p in (image, gap)][:-1]),
            "gray",
            vmin=0,
            vmax=1,
            aspect="auto",
        )
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=7.5)
    return fig


def bounding_box(
    z: Tensor, *, share: float = 0.98, margin: float = 0.15
) -> tuple[float, float, float, float]:
    """Box (left, right, bottom, top) that holds the share of codes z (n, 2) on either axis."""
    tail = (1 - share) / 2
    low, high = z.double().quantile(torch.tensor([tail, 1 - tail], dtype=torch.float64), dim=0)
    pad = margin * (high - low)
    (left, bottom), (right, top) = (low - pad).tolist(), (high + pad).tolist()
    return left, right, bottom, top


def spectrum(ax: Axes, eigenvalues: dict[str, np.ndarray]) -> None:
    """Plot eigenvalues in falling order, as shares of each set's largest; near zero the axis is linear."""
    for name, values in eigenvalues.items():
        ax.plot(range(1, len(values) + 1), np.asarray(values) / values[0], "o-", ms=2, label=name)
    ax.axhline(0, color=COLOURS["reference"], lw=0.8)
    ax.set_yscale("symlog", linthresh=0.01)
    ax.set(xlabel="number of the eigenvalue", ylabel="share of the largest")
    ax.legend()


def histogram(
    ax: Axes, samples: dict[str, np.ndarray], xlabel: str, *, bins: int = 40, ylabel: str = "pairs"
) -> None:
    """Overlay histograms of several samples on common bins, each with its median marked and named."""
    every = np.concatenate([np.asarray(s) for s in samples.values()])
    edges = np.linspace(every.min(), np.quantile(every, 0.995), bins + 1)
    for name, sample in samples.items():
        sample = np.asarray(sample)
        _, _, patches = ax.hist(
            np.clip(sample, None, edges[-1]),
            edges,
            histtype="stepfilled",
            alpha=0.45,
            label=name,
            linewidth=0,
        )
        ax.axvline(np.median(sample), color=patches[0].get_facecolor()[:3], lw=1.2)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()


def order_plot(
    ax: Axes, sizes: Sequence[int], errors: dict[str, Sequence[float]], order: int, xlabel: str
) -> None:
    """Plot errors against size on logarithmic axes beside a line of the declared order."""
    for name, error in errors.items():
        ax.loglog(sizes, error, "o-", label=name)
    first = max(e[0] for e in errors.values())
    guide = 1.6 * first * (np.asarray(sizes) / sizes[0]) ** -float(order)
    ax.loglog(sizes, guide, ":", color=COLOURS["reference"], label=f"order {order}")
    ax.set(xlabel=xlabel, ylabel="relative error")
    ax.legend()


def energy_trace(ax: Axes, excess: dict[str, np.ndarray]) -> None:
    """Plot energies above their final value against solver steps, on a logarithmic axis."""
    for name, values in excess.items():
        values = np.asarray(values)
        ax.semilogy(range(len(values)), np.maximum(values, 1e-16), "o-", ms=2.5, label=name)
    ax.set(xlabel="step", ylabel="energy above the end, relative")
    ax.legend()
