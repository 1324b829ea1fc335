"""What a figure shows, read off the figure itself: the numbers in it as rows, and a few sentences about them.

Lines, points, bars, bands, histograms and coloured fields are read. Strips of pictures are not, nor are lines
that only mark a place on an axis. Nothing of matplotlib is imported: without axes there is nothing to read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

SIGNS = re.compile(r"\\(?:mathrm|mathcal|mathbf|mathbb|text|operatorname|left|right)\b|[${}]")
MOST_WORDS = 110
FEW = 6  # points of a series that are all said
NAMING = ("FixedFormatter", "FuncFormatter", "StrCategoryFormatter")  # of ticks that have names
DIGITS = 6  # of a number in the rows


@dataclass(frozen=True)
class Series:
    """One thing that is drawn in a panel.

    Attributes:
        panel: the panel's title, or its number from 1.
        name: of the series, for the legend or the colour bar.
        kind: "line", "points", "bars", "band" or "field".
        x, y: coordinates (n,), numbers or the names at the ticks.
        value: the colour's values (n,), or None.
    """

    panel: str
    name: str
    kind: str
    x: np.ndarray
    y: np.ndarray
    value: np.ndarray | None = None


def rows(figure: Any) -> list[dict[str, Any]]:
    """List what is drawn, one mapping a point: panel, series, kind, x, y, and the colour's value if any."""
    found = []
    for series in _series(figure):
        values = [None] * len(series.x) if series.value is None else series.value.tolist()
        of = {"panel": series.panel, "series": series.name, "kind": series.kind}
        for x, y, value in zip(series.x.tolist(), series.y.tolist(), values, strict=True):
            found.append({**of, "x": _short(x), "y": _short(y), "value": _short(value)})
    return found


def in_words(figure: Any) -> str:
    """Say in a few sentences which numbers a figure shows; empty where it shows none."""
    sentences: dict[str, list[str]] = {}
    for series in _series(figure):
        sentences.setdefault(series.panel, []).append(_said(series))
    parts = []
    for panel, said in sentences.items():
        named = [text for text in dict.fromkeys(said) if text]
        unnamed = sum(not text for text in said)
        named += [f"{unnamed} without a name"] if unnamed else []
        parts.append(f"{panel if panel.strip('0123456789') else f'Panel {panel}'}: {'; '.join(named)}.")
    words = " ".join(parts).split()
    return " ".join(words[:MOST_WORDS]) + (" ..." if len(words) > MOST_WORDS else "")


def _series(figure: Any) -> Iterator[Series]:
    panels = [ax for ax in getattr(figure, "axes", ()) if ax.get_label() != "<colorbar>"]
    for number, ax in enumerate(panels, 1):
        panel = plain(_title(ax)) or str(number)
        for name, kind, x, y, value in (*_lines(ax), *_collections(ax), *_images(ax), *_patches(ax)):
            x, y = np.ma.filled(np.ma.asarray(x), np.nan), np.ma.filled(np.ma.asarray(y), np.nan)
            named = "" if str(name).startswith("_") else plain(name)
            yield Series(panel, named, kind, _at(ax.xaxis, x), _at(ax.yaxis, y), value)


def plain(text: str) -> str:
    """Take the signs of TeX out of a label."""
    return " ".join(SIGNS.sub("", str(text).replace(r"^\top", "ᵀ")).replace("\\", " ").split())


def _title(ax: Any) -> str:
    return next(filter(None, (ax.get_title(loc=where) for where in ("left", "center", "right"))), "")


def _lines(ax: Any) -> Iterator[tuple]:
    for line in ax.lines:
        if line.get_transform() is ax.transData and len(line.get_xdata()):
            points = line.get_linestyle() in ("None", "none", "", " ")
            yield line.get_label(), "points" if points else "line", *line.get_data(), None


def _collections(ax: Any) -> Iterator[tuple]:
    for drawn in ax.collections:
        kind, values = type(drawn).__name__, drawn.get_array()
        if kind == "QuadMesh":
            corners, values = np.asarray(drawn.get_coordinates()), np.ma.filled(values, np.nan)
            if values.size < corners[..., 0].size:  # a colour a cell: its middle
                corners = (corners[1:, 1:] + corners[:-1, :-1]) / 2
            yield _scale(drawn), "field", corners[..., 0].ravel(), corners[..., 1].ravel(), values.ravel()
        elif kind == "PathCollection":
            offsets = np.ma.filled(drawn.get_offsets(), np.nan)
            values = None if values is None or len(values) != len(offsets) else np.asarray(values)
            yield drawn.get_label(), "points", *offsets.T, values
        elif kind in ("PolyCollection", "FillBetweenPolyCollection", "LineCollection"):
            what = "line" if kind == "LineCollection" else "band"
            for path in drawn.get_paths():
                yield drawn.get_label(), what, *path.vertices.T, None


def _images(ax: Any) -> Iterator[tuple]:
    for image in ax.images:
        values = np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)
        if _scale(image) and values.ndim == 2:  # a table in colours; without a scale it is a picture
            y, x = np.indices(values.shape)
            yield _scale(image), "field", x.ravel(), y.ravel(), values.ravel()


def _scale(drawn: Any) -> str:
    """Label of the colour bar, or nothing."""
    bar = getattr(drawn, "colorbar", None)
    return bar.ax.get_ylabel() or bar.ax.get_xlabel() if bar else ""


def _patches(ax: Any) -> Iterator[tuple]:
    owners = {id(patch): box for box in ax.containers for patch in getattr(box, "patches", ())}
    bars: dict[int, tuple[str, list]] = {}
    for patch in ax.patches:
        if type(patch).__name__ == "Rectangle":
            box = owners.get(id(patch), patch)
            upright = getattr(box, "orientation", "vertical") != "horizontal"
            x, y = patch.get_x(), patch.get_y()
            end = (x + patch.get_width() / 2, y + patch.get_height())
            if not upright:
                end = (x + patch.get_width(), y + patch.get_height() / 2)
            bars.setdefault(id(box), (box.get_label(), []))[1].append(end)
        elif type(patch).__name__ == "Polygon":
            yield patch.get_label(), "band", *patch.get_xy().T, None
    for name, ends in bars.values():
        yield name, "bars", *np.asarray(ends, dtype=float).T, None


def _at(axis: Any, numbers: np.ndarray) -> np.ndarray:
    """Put the names at an axis' ticks in the place of their numbers, where the ticks have names."""
    if type(axis.get_major_formatter()).__name__ not in NAMING:
        return numbers
    labels = [plain(label.get_text()) for label in axis.get_ticklabels()]
    ticks = zip(axis.get_ticklocs(), labels, strict=False)
    names = {round(float(tick), 6): text for tick, text in ticks if text}
    if not names:
        return numbers
    return np.array([names.get(round(float(number), 6), number) for number in numbers], dtype=object)


def _said(series: Series) -> str:
    name, x, y = series.name, series.x, series.y
    if series.value is not None:
        return f"{name or series.kind} from {_range(series.value)}"
    if not name:
        return ""
    if len(x) <= FEW:
        return f"{name} " + ", ".join(f"{_number(b)} at {_number(a)}" for a, b in zip(x, y, strict=True))
    if series.kind in ("points", "band"):
        count = f", {len(x)} points" if series.kind == "points" else ""
        return f"{name}{count}, x from {_range(x)}, y from {_range(y)}"
    first, last = (f"{_number(y[i])} at {_number(x[i])}" for i in (0, -1))
    return f"{name} from {first} to {last}, within {_range(y)}"


def _range(values: np.ndarray) -> str:
    numbers = np.array([v for v in values.tolist() if isinstance(v, (int, float))], dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    return f"{_number(numbers.min())} to {_number(numbers.max())}" if len(numbers) else "nothing"


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, (int, float, np.number)) else str(value)


def _short(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
