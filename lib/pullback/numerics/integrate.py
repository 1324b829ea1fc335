"""Initial-value problems in batches: fixed Runge-Kutta steps, and DOP853 with a step size for each row."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy.integrate import DOP853
from torch import Tensor


@dataclass(frozen=True)
class Tableau:
    """The coefficients of an explicit Runge-Kutta method.

    Attributes:
        order: order of the global error in the step size.
        nodes: times of the stages, as shares of the step.
        weights: rows of the stages' weights, each as long as the stages before it.
        final: weights of the stages in the step.
    """

    order: int
    nodes: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    final: tuple[float, ...]


RK4 = Tableau(4, (0, 0.5, 0.5, 1), ((), (0.5,), (0, 0.5), (0, 0, 1)), (1 / 6, 1 / 3, 1 / 3, 1 / 6))
DOP8 = Tableau(
    8,
    tuple(DOP853.C.tolist()),
    tuple(tuple(row[:i]) for i, row in enumerate(DOP853.A.tolist())),
    tuple(DOP853.B.tolist()),
)
# Bounds on the change of a step and the safety factor of SciPy's DOP853 (Hairer, Norsett and Wanner 1993).
_MIN_FACTOR, _MAX_FACTOR, _SAFETY = 0.2, 10.0, 0.9


@dataclass(frozen=True)
class Integration:
    """Solutions of initial-value problems, one per row.

    Attributes:
        path: (rows, times, m) states at the times asked for; NaN where a row did not get there.
        converged: (rows,) whether the last time was reached within the tolerance.
        n_steps: (rows,) steps tried, rejected ones included.
        residual: (rows,) largest accepted local error in units of the tolerance, at most 1; infinite where
            not converged.
        reached: (rows,) the time reached.
    """

    path: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    reached: Tensor


def fixed_steps(
    field: Callable[[float, Tensor], Tensor],
    y: Tensor,
    *,
    n_steps: int,
    tableau: Tableau = RK4,
    t1: float = 1.0,
) -> Tensor:
    """Integrate y' = field(t, y) from 0 to t1 with equal steps; works under any function transform.

    Args:
        field: maps a time and a state of any shape to the state's derivative.
        y: the state at time 0.
        n_steps: number of steps, 1 or more.
        tableau: the method, `RK4` (order 4) or `DOP8` (order 8).
        t1: the end of the interval.

    Returns:
        The state at t1, in the shape of y.

    Raises:
        ValueError: where n_steps is less than 1.
    """
    if n_steps < 1:
        raise ValueError(f"n_steps: got {n_steps}, expected 1 or more")
    h = t1 / n_steps
    for step in range(n_steps):
        slopes = []
        for node, row in zip(tableau.nodes, tableau.weights):
            slopes.append(field((step + node) * h, _advance(y, slopes, row, h)))
        y = _advance(y, slopes, tableau.final, h)
    return y


def _advance(y: Tensor, slopes: list[Tensor], row: tuple[float, ...], h: float) -> Tensor:
    for weight, slope in zip(row, slopes):
        if weight:
            y = y + (h * weight) * slope
    return y


def integrate(
    field: Callable[..., Tensor],
    y: Tensor,
    *,
    constants: tuple[Tensor, ...] = (),
    n_outputs: int = 1,
    rtol: float,
    atol: Tensor,
    max_steps: int = 1000,
) -> Integration:
    """Integrate autonomous systems y' = field(y, *constants) over unit time, each row with its own steps.

    Dormand and Prince's method of order 8 with the error estimate of Hairer, Norsett and Wanner (coefficients
    from SciPy). A step is accepted where the estimate is within `atol + rtol * |y - y(0)|` in root mean
    square; rows that have finished are not evaluated again. A state that is not finite, or that the field
    refuses with a ValueError, counts as a rejected step.

    Args:
        field: maps rows (r, m) and the constants' rows to derivatives (r, m).
        y: (rows, m) states at time 0.
        constants: tensors of leading axis rows, passed to the field row by row.
        n_outputs: the states at n_outputs equal intervals are returned, besides the first.
        rtol: relative tolerance, relative to the change since time 0.
        atol: (rows, m) absolute tolerance, positive.
        max_steps: steps tried before a row is given up.

    Returns:
        The states at 0, 1 / n_outputs, ..., 1 and the status of each row.
    """
    rows, m = y.shape
    a = torch.as_tensor(DOP853.A, dtype=y.dtype, device=y.device)
    b, e3, e5 = (torch.as_tensor(x, dtype=y.dtype, device=y.device) for x in (DOP853.B, DOP853.E3, DOP853.E5))
    start, path = y, y.new_full((rows, n_outputs + 1, m), torch.nan)
    path[:, 0] = y
    t, worst = y.new_zeros(rows), y.new_zeros(rows)
    # A first guess: a step that is too long is rejected, and one that is too short grows up to tenfold.
    h = y.new_full((rows,), 0.25 / n_outputs)
    output = torch.ones(rows, dtype=torch.long, device=y.device)
    n_steps = torch.zeros_like(output)
    live = torch.arange(rows, device=y.device)
    slope = field(y, *constants) if rows else y.new_zeros(rows, m)
    smallest = 16 * torch.finfo(y.dtype).eps  # of unit time: less hardly moves the clock

    while live.numel():
        now, known = y[live], tuple(c[live] for c in constants)
        remaining = output[live].to(t.dtype) / n_outputs - t[live]
        # a remainder in the last digits of the clock would be a step of its own
        lands = h[live] >= remaining * (1 - 1e-6)
        step = torch.where(lands, remaining, h[live])
        stages = [slope[live]]
        for i in range(1, len(b)):
            combined = sum(w * k for w, k in zip(a[i, :i], stages) if w != 0)
            stages.append(_guarded(field, now + step[:, None] * combined, start[live], known))
        new = now + step[:, None] * sum(w * k for w, k in zip(b, stages) if w != 0)
        stages.append(_guarded(field, new, start[live], known))

        with torch.no_grad():
            scale = atol[live] + rtol * torch.maximum((now - start[live]).abs(), (new - start[live]).abs())
            slopes = torch.stack(stages)
            err5 = torch.einsum("s,srm->rm", e5, slopes).div(scale).square().sum(-1)
            err3 = torch.einsum("s,srm->rm", e3, slopes).div(scale).square().sum(-1)
            # the combination of both estimates, and the exponent below, are DOP853's too
            size = (err5 + 0.01 * err3).mul(m).sqrt()
            error = step * torch.where(err5 == 0, 0, err5 / size)
            # a state that is not finite must shrink the step, and NaN compares false with everything
            error = torch.where(error.isfinite() & new.isfinite().all(-1), error, torch.inf)
            accept = error <= 1
            factor = (_SAFETY * error.clamp(min=1e-12) ** (-1 / 8)).clamp(_MIN_FACTOR, _MAX_FACTOR)
            factor = torch.where(accept, factor, factor.clamp(max=1.0))
            proposal = step * factor
            proposal = torch.where(accept & lands, torch.maximum(proposal, h[live]), proposal)

        n_steps[live] += 1
        h[live] = proposal
        done = live[accept]
        y = y.index_copy(0, done, new[accept])
        slope = slope.index_copy(0, done, stages[-1][accept])
        worst[done] = torch.maximum(worst[done], error[accept])
        t[done] += step[accept]
        arrived = live[accept & lands]
        t[arrived] = output[arrived].to(t.dtype) / n_outputs
        path[arrived, output[arrived]] = y[arrived]
        output[arrived] += 1
        lost = (n_steps[live] >= max_steps) | (h[live] < smallest)
        live = live[(output[live] <= n_outputs) & ~lost]

    converged = output > n_outputs
    residual = torch.where(converged, worst, torch.inf)
    return Integration(path=path, converged=converged, n_steps=n_steps, residual=residual, reached=t)


def _guarded(field: Callable[..., Tensor], y: Tensor, start: Tensor, constants: tuple[Tensor, ...]) -> Tensor:
    """Evaluate the field where it can be; elsewhere the slope is NaN, which rejects that row's step alone.

    A trial step may leave the domain of the field (a singular metric, say), which then refuses its whole
    batch with a ValueError: halving the batch finds the rows to blame.
    """
    finite = y.isfinite().all(-1, keepdim=True)
    try:
        return torch.where(finite, field(torch.where(finite, y, start), *constants), torch.nan)
    except ValueError:
        if len(y) == 1:
            return torch.full_like(y, torch.nan)
    half = len(y) // 2
    halves = (slice(None, half), slice(half, None))
    parts = [_guarded(field, y[p], start[p], tuple(c[p] for c in constants)) for p in halves]
    return torch.cat(parts)
