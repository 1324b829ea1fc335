"""How near do Shao's Algorithms 2 and 3 come to parallel transport and to the geodesic they imitate?"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from latent_geometry.geometry.exponential import exp, log
from latent_geometry.geometry.geodesics import geodesic
from latent_geometry.geometry.metric import Metric
from latent_geometry.geometry.shao_transport import shao_shooting, shao_translation
from latent_geometry.geometry.transport import parallel_transport

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ShootingError:
    """By how much shots with the velocity of a geodesic miss its far end.

    Attributes:
        error: (*batch,) ambient distance of the end of Algorithm 3 from the far end, over the length.
        control: (*batch,) the same of the geodesic equation, integrated from the same velocity; not finite
            where that failed.
        converged: (*batch,) whether the geodesic and the integration succeeded.
    """

    error: Tensor
    control: Tensor
    converged: Tensor


@dataclass(frozen=True)
class TranslationError:
    """By how much Algorithm 2 turns and stretches vectors that parallel transport does not.

    Attributes:
        angle: (*batch,) radians between its result and that of transport along the finer geodesic.
        stretch: (*batch,) norm of its result over that of the vector.
        control: (*batch,) the same angle of the control's result along the coarse geodesic.
        converged: (*batch,) whether both geodesics converged.
    """

    angle: Tensor
    stretch: Tensor
    control: Tensor
    converged: Tensor


def shooting_error(
    metric: Metric,
    decoder: Map,
    encoder: Map,
    z0: Tensor,
    z1: Tensor,
    *,
    n_steps: int = 10,
    n_segments: int = 50,
    rtol: float = 1e-4,
    **options,
) -> ShootingError:
    r"""Shoot by Algorithm 3 with the velocity of a converged geodesic (`eq-shao-shooting`).

    Shao, Kumar and Fletcher (2017). Every step goes through encoder and decoder, so that an encoder that
    does not undo the decoder misses however many steps there are.

    Args:
        metric: the decoder's `PullbackMetric`.
        decoder: f, callable (*batch, d) -> (*batch, D).
        encoder: h, callable (*batch, D) -> (*batch, d).
        z0: (*batch, d) starts.
        z1: (*batch, d) far ends, different from the starts.
        n_steps: T; 10 in the document.
        n_segments: segments of the geodesic that gives the velocity.
        rtol: tolerance of the control's integration.
        **options: passed to `geodesic`.

    Returns:
        The misses, over the length of the geodesic.
    """
    start = log(metric, z0, z1, shooting=False, n_segments=n_segments, return_result=True, **options)
    shot = shao_shooting(decoder, encoder, z0, start.velocity, n_steps=n_steps)[..., -1, :]
    run = exp(metric, z0, start.velocity, rtol=rtol, return_result=True)
    goal = metric.features(z1)
    error, control = ((metric.features(z) - goal).norm(dim=-1) / start.length for z in (shot, run.point))
    return ShootingError(error, control, start.converged & run.converged)


def translation_error(
    metric: Metric,
    decoder: Map,
    encoder: Map,
    z0: Tensor,
    z1: Tensor,
    v: Tensor,
    *,
    n_steps: int = 10,
    n_segments: int = 50,
    control: str = "pole-ladder",
    **options,
) -> TranslationError:
    r"""Translate vectors by Algorithm 2 and by parallel transport, along geodesics (`eq-shao-transport`).

    Shao, Kumar and Fletcher (2017). The algorithm projects and mends the length; its last step, through the
    encoder's Jacobian, is exact only where the encoder ignores the directions normal to the surface.

    Args:
        metric: the decoder's `PullbackMetric`.
        decoder: f, callable (*batch, d) -> (*batch, D).
        encoder: h, callable (*batch, D) -> (*batch, d).
        z0: (*batch, d) starts.
        z1: (*batch, d) far ends, different from the starts.
        v: (*batch, d) tangent vectors at the starts, not 0.
        n_steps: segments of the algorithm's geodesic, and of the control's; 10 in the document.
        n_segments: segments of the geodesic that the vectors are compared along.
        control: method of `parallel_transport` for the coarse geodesic; "projection" is the fast one.
        **options: passed to `geodesic`.

    Returns:
        Angles and the change of length.
    """
    coarse = geodesic(metric, z0, z1, n_segments=n_steps, **options)
    fine = geodesic(metric, z0, z1, n_segments=n_segments, **options)
    true = parallel_transport(metric, fine.curve, v, method="projection")
    found = shao_translation(decoder, encoder, coarse.curve, v)
    other = parallel_transport(metric, coarse.curve, v, method=control)
    return TranslationError(
        angle=_angle(metric, z1, found, true),
        stretch=metric.norm(z1, found) / metric.norm(z0, v),
        control=_angle(metric, z1, other, true),
        converged=coarse.converged & fine.converged,
    )


def _angle(metric: Metric, z: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Angle of tangent vectors in the metric, accurate for small ones too."""
    u, v = (w / metric.norm(z, w)[..., None] for w in (u, v))
    return 2 * torch.atan2(metric.norm(z, u - v), metric.norm(z, u + v))
