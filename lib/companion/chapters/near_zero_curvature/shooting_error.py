"""Do translation and shooting, the document's Algorithms 2 and 3, end where they should?"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from pullback.geodesics.exponential import exp, log
from pullback.geodesics.geodesic import geodesic
from pullback.metrics.base import Metric
from pullback.transport.parallel_transport import parallel_transport
from pullback.transport.shao_transport import shao_shooting, shao_translation
from torch import Tensor

Map = Callable[[Tensor], Tensor]

# Decoders with kinks in their second derivative cannot be followed with a tight tolerance.
_EXP_RTOL = 1e-4


@dataclass(frozen=True)
class ShootingError:
    """Where shots at the far ends of geodesics land, and how translated vectors are turned.

    Attributes:
        shot: (*batch,) ambient distance of Algorithm 3's end from the far end, over the geodesic's length.
        integrated: (*batch,) the same for the geodesic equation, integrated from the same velocity.
        angle: (*batch,) degrees between Algorithm 2's vector and the parallel one, both at the far end.
        converged: (*batch,) whether geodesic and integration succeeded.
        shot_path: (*batch, n_steps + 1, d) the nodes of Algorithm 3.
        geodesic_path: (*batch, n_steps + 1, d) nodes of the geodesic at the same steps.
    """

    shot: Tensor
    integrated: Tensor
    angle: Tensor
    converged: Tensor
    shot_path: Tensor
    geodesic_path: Tensor


def shooting_error(
    metric: Metric,
    decoder: Map,
    encoder: Map,
    z0: Tensor,
    z1: Tensor,
    v: Tensor,
    *,
    n_steps: int = 10,
    n_segments: int = 50,
    **options,
) -> ShootingError:
    r"""Measure Algorithms 2 and 3 along geodesics (`eq-shao-transport`, `eq-shao-shooting`).

    $$\frac{|f(\mathrm{shot}(z_0, \log_{z_0} z_1)) - f(z_1)|}{L}, \qquad
    \angle\big(\mathrm{translated}\,v, \; P_{z_0 \to z_1} v\big)$$

    Velocity and parallel vector come from geodesics of `n_segments`; the steps of the document are `n_steps`
    equal ones of the same curve. Shao, Kumar and Fletcher (2017), Algorithms 2 and 3, report no error.

    Args:
        metric: the decoder's `PullbackMetric`.
        decoder: f, callable (*batch, d) -> (*batch, D).
        encoder: h, callable (*batch, D) -> (*batch, d).
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends, different from the first.
        v: (*batch, d) vectors at `z0` to be translated.
        n_steps: T of the document.
        n_segments: segments of the converged geodesic, a multiple of `n_steps`.
        **options: passed to `geodesic`.

    Raises:
        ValueError: when the segments are no multiple of the steps.
    """
    if n_segments % n_steps:
        raise ValueError(f"n_segments: got {n_segments}, expected a multiple of n_steps, {n_steps}")
    found = geodesic(metric, z0, z1, n_segments=n_segments, **options)
    start = log(metric, z0, z1, n_segments=n_segments, shooting=False, return_result=True, **options)
    shot = shao_shooting(decoder, encoder, z0, start.velocity, n_steps=n_steps)
    end = exp(metric, z0, start.velocity, rtol=_EXP_RTOL, return_result=True)
    target = decoder(z1)
    parallel = parallel_transport(metric, found.curve, v, method="projection")
    coarse = found.curve[..., :: n_segments // n_steps, :]
    translated = shao_translation(decoder, encoder, coarse, v)
    cosine = metric.inner_product(z1, translated, parallel)
    cosine = cosine / (metric.norm(z1, translated) * metric.norm(z1, parallel))
    return ShootingError(
        shot=(decoder(shot[..., -1, :]) - target).norm(dim=-1) / found.length,
        integrated=(decoder(end.point) - target).norm(dim=-1) / found.length,
        angle=torch.rad2deg(cosine.clamp(-1, 1).acos()),
        converged=found.converged & end.converged,
        shot_path=shot,
        geodesic_path=coarse,
    )
