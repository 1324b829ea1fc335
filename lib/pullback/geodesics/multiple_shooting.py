"""Multiple shooting: geodesics between given points as many short shots that are sewn together."""

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.transport.flow import geodesic_flow

# Newton's steps square the gap; a start from which eight do not close it is none.
_MAX_STEPS, _SHARES = 8, (1.0, 0.5, 0.25, 0.125)
# A share s of Newton's step leaves 1 - s of the gap if the equations are linear; a quarter of that gain will
# do.
_LEAST_GAIN = 0.25
# A piece of more steps than this runs through kinks of the metric, where shooting does not pay.
_PIECE_STEPS = 150
# Unknowns of one geodesic, whose square are the entries of its linear system: 32 MB in double precision.
_MAX_UNKNOWNS = 2048


def sew(
    metric: Metric, curve: Tensor, v: Tensor, *, rtol: float
) -> tuple[Tensor, Tensor, Tensor] | tuple[None, None, None]:
    r"""Make discrete geodesics smooth ones, by Newton's method on the gaps between short geodesics.

    $$c_{i+1} = \exp_{c_i}(h w_i), \qquad w_{i+1} = \tfrac{d}{ds} \exp_{c_i}(s w_i) \big|_{s = h}, \qquad
    h = 1 / n$$

    Unknowns are the inner nodes and all velocities; the ends stay. Where one shot along the whole geodesic
    magnifies a small change of its velocity beyond use, each piece magnifies it by an nth root of that.
    Source: Stoer and Bulirsch, Introduction to Numerical Analysis, section 7.3.5. A step costs n (2 d + 1)
    short shots in one batch, and the solution of 2 d n linear equations, for each geodesic.

    Args:
        metric: any metric.
        curve: (rows, n + 1, d) discrete geodesics.
        v: (rows, d) guesses of their initial velocities.
        rtol: bound on the gaps over the length of the velocities and of the curve, in coordinates.

    Returns:
        Initial velocities (rows, d), the derivatives (rows, d, d) of the ends with respect to them, and
        whether the gaps are closed (rows,); or Nones where a system would have more than 2048 unknowns.
    """
    rows, n, d = len(curve), curve.shape[1] - 1, curve.shape[2]
    if 2 * d * n > _MAX_UNKNOWNS or n < 2:
        return None, None, None
    nodes, w = curve.clone(), (curve.roll(-1, 1) - curve.roll(1, 1))[:, :-1] * (n / 2)
    w[:, 0] = v
    live, size = torch.arange(rows, device=v.device), v.new_full((rows,), torch.inf)
    A = v.new_zeros(rows, n, 2 * d, 2 * d)
    # Coarse shots find the way, at a third of the price, and fine ones end it. Each is integrated finer than
    # it has to close, the coarse ones by rtol^0.2, which is 40 for 1e-8.
    for accuracy, enough in ((rtol**0.6, rtol**0.4), (rtol / 10, rtol)):
        nodes[live], w[live], A[live], size[live] = _close(metric, nodes[live], w[live], accuracy, enough)
        live = live[size[live] <= enough]
    whole = A[:, 0]
    for i in range(1, n):
        whole = A[:, i] @ whole
    return w[:, 0], whole[:, :d, d:], size <= rtol


def _close(
    metric: Metric, nodes: Tensor, w: Tensor, accuracy: float, enough: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Close gaps by Newton's steps, cut where they make gaps larger; nodes, velocities, derivatives, gaps."""
    gap, A = _gaps(metric, nodes, w, accuracy)
    size = _size(gap, nodes)
    live = torch.arange(len(w), device=w.device)
    for _ in range(_MAX_STEPS):
        live = live[(size[live] > enough) & size[live].isfinite()]
        if not live.numel():
            break
        change, c_step, w_step = live, *_newton(gap[live], A[live])
        for share in _SHARES:
            new_nodes, new_w = nodes[change], w[change] + share * w_step
            new_nodes[:, :-1] += share * c_step
            new_gap, new_A = _gaps(metric, new_nodes, new_w, accuracy)
            new_size = _size(new_gap, new_nodes)
            good = new_size < (1 - share * _LEAST_GAIN) * size[change]
            won = change[good]
            nodes[won], w[won], gap[won] = new_nodes[good], new_w[good], new_gap[good]
            A[won], size[won] = new_A[good], new_size[good]
            change, c_step, w_step = change[~good], c_step[~good], w_step[~good]
            if not change.numel():
                break
        live = live[~torch.isin(live, change)]
    return nodes, w, A, size


def _gaps(metric: Metric, nodes: Tensor, w: Tensor, rtol: float) -> tuple[Tensor, Tensor]:
    """Shoot along all pieces: gaps (rows, n, 2 d) of nodes and velocities, derivatives (rows, n, 2 d, 2 d).

    A piece's derivative is that of its end and final velocity with respect to its start and initial one, by
    differences.
    """
    n, d = w.shape[1:]
    size = rtol**0.5 * w.norm(dim=-1, keepdim=True).clamp(min=torch.finfo(w.dtype).tiny ** 0.25)
    sizes = torch.cat([(size / n).expand(-1, -1, d), size.expand(-1, -1, d)], dim=-1)
    state = torch.cat([nodes[:, :-1], w], dim=-1)
    fan = torch.cat([state[:, :, None], state[:, :, None] + torch.diag_embed(sizes)], dim=2)
    flow = geodesic_flow(
        metric, fan[..., :d].flatten(0, 2), fan[..., d:].flatten(0, 2) / n, rtol=rtol, max_steps=_PIECE_STEPS
    )
    ends = torch.cat([flow.curve[:, -1], flow.velocity[:, -1] * n], dim=-1).reshape(fan.shape)
    A = (ends[:, :, 1:] - ends[:, :, :1]).mT / sizes[:, :, None]
    gap = ends[:, :, 0] - torch.cat([nodes[:, 1:], torch.cat([w[:, 1:], w[:, :1]], dim=1)], dim=-1)
    gap[:, -1, d:] = 0  # the velocity at the end is free
    return gap, A


def _size(gap: Tensor, nodes: Tensor) -> Tensor:
    """Gaps over the lengths of what they are gaps of, in root mean square; infinite where a shot failed."""
    d = nodes.shape[-1]
    path = (nodes[:, 1:] - nodes[:, :-1]).norm(dim=-1).sum(-1).clamp(min=torch.finfo(gap.dtype).tiny ** 0.5)
    far = gap[..., :d].square().sum((-1, -2)).sqrt() / path
    turn = (gap[..., d:] / gap.shape[1]).square().sum((-1, -2)).sqrt() / path
    return torch.hypot(far, turn).nan_to_num(torch.inf)


def _newton(gap: Tensor, A: Tensor) -> tuple[Tensor, Tensor]:
    """Solve for the changes of nodes and velocities (rows, n, d) that close the gaps to first order."""
    rows, n, size = gap.shape
    d = size // 2
    # Block (i, j) of the equations at the end of piece i, for the state at the start of piece j; the first
    # node stays, and its place takes the last velocity, which nobody asks about.
    system = gap.new_zeros(rows, n, size, n, size)
    one = torch.eye(size, dtype=gap.dtype, device=gap.device)
    for i in range(n):
        system[:, i, :, i] += A[:, i]
        if i + 1 < n:
            system[:, i, :, i + 1] -= one
    system[:, :, :, 0, :d] = 0
    system[:, -1, d:, 0, :d] = one[:d, :d]
    system[:, -1, d:, 1:] = 0
    system[:, -1, d:, 0, d:] = 0
    step = torch.linalg.solve_ex(system.reshape(rows, n * size, n * size), -gap.reshape(rows, -1, 1))[0]
    step = step.reshape(rows, n, size).nan_to_num(0.0, 0.0, 0.0)
    return step[..., :d], step[..., d:]
