"""Curves of a sweep: quantities against a parameter, with every run as a point."""

import io
from collections.abc import Mapping, Sequence
from statistics import fmean

from matplotlib.figure import Figure

Curve = Mapping[float, Sequence[float]]
"""Value of the parameter -> what the runs measured there."""


def sweep_curves(
    panels: Mapping[str, Mapping[str, Curve]], *, parameter: str, marks: Mapping[str, float]
) -> bytes:
    """Draw a panel per quantity and a line per curve through the means, as PNG.

    Args:
        panels: title -> label of a curve ("" for a single one) -> the curve.
        parameter: name under the axis.
        marks: title -> a value to compare with, drawn dashed.
    """
    figure = Figure(figsize=(3.2 * len(panels), 2.6), layout="constrained", dpi=120)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        for label, curve in curves.items():
            drawn = {x: values for x, values in curve.items() if values}
            line = axis.plot(list(drawn), list(map(fmean, drawn.values())), "o-", label=label or None)[0]
            for x, values in drawn.items():
                axis.plot([x] * len(values), values, ".", color=line.get_color(), alpha=0.5)
        if title in marks:
            axis.axhline(marks[title], color="0.4", linestyle="--", linewidth=1)
        axis.set(xlabel=parameter)
        axis.set_title(title, fontsize=8)
        if len(curves) > 1:
            axis.legend(fontsize=7)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
