"""a is to b as c is to what? Parallel transport against latent arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from pullback.geodesics.exponential import exp, log
from pullback.geodesics.geodesic import GeodesicResult, geodesic
from pullback.metrics.base import Metric
from pullback.transport.parallel_transport import holonomy_matrix, parallel_transport
from pullback.transport.shao_transport import shao_shooting, shao_translation
from torch import Tensor

Map = Callable[[Tensor], Tensor]

# Decoders with kinks in their second derivative cannot be followed with a tight tolerance.
_EXP_RTOL = 1e-4


@dataclass(frozen=True)
class Analogy:
    """Two answers to "a is to b as c is to ?".

    Attributes:
        transported: (*batch, d) the change from a to b, carried along the geodesic from a to c; not finite
            where the last geodesic could not be followed.
        arithmetic: (*batch, d) z_b - z_a + z_c.
        difference: (*batch,) ambient distance of the two decoded answers.
        edit: (*batch,) ambient distance |f(b) - f(a)|, the size of the change.
        converged: (*batch,) whether both geodesics and the last one succeeded.
    """

    transported: Tensor
    arithmetic: Tensor
    difference: Tensor
    edit: Tensor
    converged: Tensor

    @property
    def relative(self) -> Tensor:
        """Difference of the answers over the size of the change, (*batch,)."""
        return self.difference / self.edit


@dataclass(frozen=True)
class LoopTurn:
    """What a geodesic loop does to tangent vectors.

    Attributes:
        matrix: (*batch, d, d) the rotation, in an orthonormal frame at the first corner.
        converged: (*batch,) whether all sides converged.
    """

    matrix: Tensor
    converged: Tensor

    @property
    def angle(self) -> Tensor:
        """The largest angle by which any vector is turned, (*batch,), 0 to pi; 0 in a flat space.

        The rotation H moves a unit vector by |H - I| at most, which is 2 sin(angle / 2).
        """
        identity = torch.eye(self.matrix.shape[-1], dtype=self.matrix.dtype, device=self.matrix.device)
        stretch = torch.linalg.matrix_norm(self.matrix - identity, ord=2)
        return 2 * (stretch / 2).clamp(max=1).asin()


def analogy(
    metric: Metric,
    a: Tensor,
    b: Tensor,
    c: Tensor,
    *,
    n_segments: int = 32,
    rtol: float = _EXP_RTOL,
    shooting: bool = False,
    **options,
) -> Analogy:
    r"""Complete analogies by parallel transport and by latent arithmetic (`eq-analogy`).

    $$d = \exp_c\big( P_{a \to c} \log_a(b) \big) \quad \text{against} \quad d = b - a + c$$

    P is parallel transport along the geodesic from a to c, which keeps the length. Shao, Kumar and Fletcher
    (2017), Fig. 8, find the two nearly alike.

    Args:
        metric: a metric with features, whose distances between images are those of the features.
        a: (*batch, d) codes.
        b: (*batch, d) codes, what a becomes; different from a.
        c: (*batch, d) codes to be changed likewise.
        n_segments: segments of the geodesics.
        rtol: tolerance of the last geodesic.
        shooting: refine log_a(b) by shooting; for decoders without kinks.
        **options: passed to `geodesic`.

    Returns:
        Both answers, how far they are apart, and the size of the change.

    Raises:
        ValueError: for a metric without features, and for bad codes.
    """
    a, b, c = _codes(metric, a, b, c)
    change = log(metric, a, b, n_segments=n_segments, shooting=shooting, return_result=True, **options)
    way = geodesic(metric, a, c, n_segments=n_segments, **options)
    carried = parallel_transport(metric, way.curve, change.velocity, method="projection")
    end = exp(metric, c, carried, rtol=rtol, return_result=True)
    return _compare(metric, a, b, c, end.point, change.converged & way.converged & end.converged)


def shao_analogy(
    metric: Metric,
    decoder: Map,
    encoder: Map,
    a: Tensor,
    b: Tensor,
    c: Tensor,
    *,
    n_segments: int = 10,
    **options,
) -> Analogy:
    r"""Complete analogies as the document does it (`eq-shao-transport`, `eq-shao-shooting`).

    The velocity at a is translated along the geodesic from a to c by Algorithm 2 and shot from c by
    Algorithm 3, with the length of the geodesic from a to b.

    Args:
        metric: the decoder's `PullbackMetric`.
        decoder: f, callable (*batch, d) -> (*batch, D).
        encoder: h, callable (*batch, D) -> (*batch, d).
        a: (*batch, d) codes.
        b: (*batch, d) codes, what a becomes; different from a.
        c: (*batch, d) codes to be changed likewise.
        n_segments: segments of the geodesics and steps of the algorithms; 10 in the document.
        **options: passed to `geodesic`.

    Returns:
        As `analogy`.

    Raises:
        ValueError: for a metric without features, and for bad codes.
    """
    a, b, c = _codes(metric, a, b, c)
    change = log(metric, a, b, n_segments=n_segments, shooting=False, return_result=True, **options)
    way = geodesic(metric, a, c, n_segments=n_segments, **options)
    carried = shao_translation(decoder, encoder, way.curve, change.velocity)
    size = metric.norm(c, carried).clamp(min=torch.finfo(c.dtype).tiny)
    carried = carried * (change.length / size)[..., None]
    end = shao_shooting(decoder, encoder, c, carried, n_steps=n_segments)[..., -1, :]
    converged = change.converged & way.converged & end.isfinite().all(-1)
    return _compare(metric, a, b, c, end, converged)


def loop_turn(
    metric: Metric, corners: Tensor, *, n_segments: int = 32, method: str | None = None, **options
) -> LoopTurn:
    r"""Carry all vectors round a geodesic polygon and see how they come back (`eq-holonomy`).

    Of an analogy the loop is a, c, d, b, with d the transported answer: where it turns vectors, the answer
    depends on the way that the change was carried. A surface turns them by the curvature enclosed.

    Args:
        metric: any metric.
        corners: (*batch, k, d) corners in order, k at least 2.
        n_segments: segments of each side.
        method: as in `parallel_transport`; by default "projection" where the metric has features, else "ode".
        **options: passed to `geodesic`.

    Returns:
        The rotation, with its angle.

    Raises:
        ValueError: for fewer than two corners.
    """
    if corners.ndim < 2 or corners.shape[-2] < 2:
        raise ValueError(f"corners: got shape {tuple(corners.shape)}, expected (*batch, k, d), k at least 2")
    sides: GeodesicResult = geodesic(
        metric, corners, corners.roll(-1, dims=-2), n_segments=n_segments, **options
    )
    loop = torch.cat([sides.curve[..., :-1, :].flatten(-3, -2), corners[..., :1, :]], dim=-2)
    method = ("projection" if metric.has_features else "ode") if method is None else method
    return LoopTurn(holonomy_matrix(metric, loop, method=method), sides.converged.all(-1))


def _codes(metric: Metric, a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    if not metric.has_features:
        raise ValueError(f"metric: got {type(metric).__name__}, expected one with features")
    return tuple(z.contiguous() for z in torch.broadcast_tensors(a, b, c))


def _compare(
    metric: Metric, a: Tensor, b: Tensor, c: Tensor, transported: Tensor, converged: Tensor
) -> Analogy:
    arithmetic = b - a + c
    return Analogy(
        transported=transported,
        arithmetic=arithmetic,
        difference=(metric.features(transported) - metric.features(arithmetic)).norm(dim=-1),
        edit=(metric.features(b) - metric.features(a)).norm(dim=-1),
        converged=converged,
    )
