"""Curves to start a minimisation from: which geodesic is found depends on them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pullback.curves.discrete_curve import even_spacing, linear_interpolation
from pullback.metrics.base import Metric

# Height of the arcs over their chord. Between the line (0) and a half circle (0.5), so that either side of an
# obstacle between the ends is tried without leaving the region that the ends know.
_ARC_HEIGHT = 0.3


def starting_curves(
    metric: Metric, z0: Tensor, z1: Tensor, n_segments: int, starts: str | Sequence[str] | Tensor
) -> Tensor:
    """Draw the starts asked for.

    "line" is the straight latent line; "arcs" are two parabolas, for d = 2: the line bent to either side by
    0.3 of its length times 4 t (1 - t). "auto" is ("line", "arcs") for d = 2 and "line" otherwise. With
    features their nodes are spaced evenly in the metric, which spares the minimiser several steps.

    Args:
        metric: any metric.
        z0: (P, d) first ends.
        z1: (P, d) second ends.
        n_segments: segments of the curves.
        starts: a name, several names, or curves (k, P, n_segments + 1, d) whose ends are z0 and z1.

    Returns:
        (k, P, n_segments + 1, d).

    Raises:
        ValueError: for an unknown name, arcs with d != 2, curves of the wrong shape or with other ends.
    """
    d = z0.shape[-1]
    if isinstance(starts, Tensor):
        return _checked(starts, z0, z1, n_segments)
    curves = []
    for name in start_names(starts, d):
        if name == "line":
            curves.append(linear_interpolation(z0, z1, n_segments))
        elif name == "arcs":
            if d != 2:
                raise ValueError(f"starts: got 'arcs' for d = {d}, expected d = 2")
            curves.extend(_arcs(z0, z1, n_segments))
        else:
            raise ValueError(f"starts: got {name!r}, expected 'auto', 'line', 'arcs' or a tensor of curves")
    if not curves:
        raise ValueError("starts: got none, expected at least one")
    drawn = torch.stack(curves)
    return even_spacing(metric, drawn) if metric.has_features else drawn


def start_names(starts: str | Sequence[str], d: int) -> list[str]:
    """Resolve "auto" and a single name to a list of names."""
    names = [starts] if isinstance(starts, str) else list(starts)
    return (["line", "arcs"] if d == 2 else ["line"]) if names == ["auto"] else names


def _arcs(z0: Tensor, z1: Tensor, n_segments: int) -> list[Tensor]:
    line = linear_interpolation(z0, z1, n_segments)
    step = z1 - z0
    normal = torch.stack([-step[:, 1], step[:, 0]], dim=-1)[:, None, :]
    t = torch.linspace(0, 1, n_segments + 1, dtype=z0.dtype, device=z0.device)[:, None]
    arc = _ARC_HEIGHT * 4 * t * (1 - t) * normal
    return [line + arc, line - arc]


def _checked(starts: Tensor, z0: Tensor, z1: Tensor, n_segments: int) -> Tensor:
    shape = (*z0.shape[:-1], n_segments + 1, z0.shape[-1])
    if starts.ndim != 4 or starts.shape[1:] != shape or len(starts) == 0:
        raise ValueError(
            f"starts: got shape {tuple(starts.shape)}, expected (k, {', '.join(map(str, shape))})"
        )
    # Curves that were computed in single precision may be handed to a metric in double.
    ends, given = torch.stack([z0, z1], dim=1), starts[:, :, [0, -1]].to(z0)
    if not torch.allclose(given, ends.expand_as(given), rtol=1e-5, atol=1e-6):
        raise ValueError("starts: got curves with other ends, expected z0 and z1")
    inner = starts[:, :, 1:-1].to(z0)
    first, last = (end.expand(len(starts), *end.shape)[:, :, None] for end in (z0, z1))
    return torch.cat([first, inner, last], dim=2)
