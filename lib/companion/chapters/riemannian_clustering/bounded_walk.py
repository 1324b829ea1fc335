"""Random walks under a metric that may come to an end: a walker who falls off is counted, not hidden."""

import torch
from pullback.metrics.base import Metric
from torch import Generator, Tensor


def bounded_walk(metric: Metric, z0: Tensor, n_steps: int, pace: float, *, generator: Generator) -> Tensor:
    r"""Walk by steps of equal length in the metric (`eq-brownian`, without its drift).

    $$z \leftarrow z + s\, L^{-\top} \epsilon, \qquad G = L L^\top, \; \epsilon \sim N(0, I)$$

    The walk of Arvanitidis, Hansen and Hauberg (2018), p. 8. Where the metric is singular, as that of a mean
    decoder far from the data, steps have no length, and the walker is lost: its places are NaN from then on.
    `geometry.brownian_motion` refuses such a walk as a whole.

    Args:
        metric: any metric.
        z0: (n, d) starts.
        n_steps: number of steps.
        pace: s, the length of a step in one direction.
        generator: source of randomness.

    Returns:
        (n, n_steps + 1, d) walks, the starts included.
    """
    z, walk = z0.clone(), [z0]
    for _ in range(n_steps):
        noise = torch.randn(z.shape, dtype=z.dtype, generator=generator)
        here = z.isfinite().all(-1)
        moved = torch.full_like(z, torch.nan)
        if here.any():
            L, trouble = torch.linalg.cholesky_ex(metric.matrix(z[here]))
            L[trouble > 0] = torch.nan
            step = torch.linalg.solve_triangular(L.mT, noise[here][..., None], upper=True)[..., 0]
            moved[here] = torch.where(step.isfinite(), z[here] + pace * step, torch.nan)
        z = moved
        walk.append(z)
    return torch.stack(walk, dim=-2)
