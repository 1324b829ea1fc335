"""Derivatives of geodesics in their ends and in a metric's parameters: first variation, implicit curves."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.curves.discrete_curve import discrete_energy
from pullback.maps.forward_mode import constant_weights, jvp
from pullback.metrics.base import Metric
from pullback.metrics.parameters import parameters_of
from pullback.numerics.attached import attach
from pullback.numerics.block_tridiagonal import solve_block_tridiagonal
from pullback.solvers.energies import QuadraticModel, accumulation, energy_model
from pullback.solvers.stationarity import regularised

# Second variation over that of a flat curve, in its smallest direction: 1 - (L / pi)^2 on the unit sphere,
# where this is half a per cent before the conjugate point. Inverse iterations that find it: the directions
# next to it are damped threefold by each on a sphere, more on anything flatter.
_CONJUGATE, _ITERATIONS = 1e-2, 3
# A rival that is longer by less than a race can tell: three steps leave a curve a thousandth too long.
_TIE = 1e-3


@dataclass(frozen=True)
class SolvedPairs:
    """Discrete geodesics of P pairs, from which derivatives are drawn when somebody asks for them.

    Attributes:
        metric: any metric.
        curve: (P, n + 1, d) nodes, without a graph.
        energy: (P,).
        length: (P,).
        converged: (P,) whether a curve is stationary: where not, it has no derivative.
        margin: (P,) by how much the next best geodesic is longer, relatively.
        at_once: pairs differentiated together.
    """

    metric: Metric
    curve: Tensor
    energy: Tensor
    length: Tensor
    converged: Tensor
    margin: Tensor
    at_once: int

    def attached(self, z0: Tensor, z1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        r"""Return curve, energy and length as functions of the ends (P, d) and of the metric's parameters.

        $$dE = \partial E, \qquad dL = \frac{\partial E}{\sqrt{2 E}}, \qquad
        dc = -H^{-1} \, d (\nabla E)$$

        with $\partial$ at fixed inner nodes: at a minimum the nodes' own change has no share (envelope
        theorem), and in the ends this is the first variation. H is the exact Hessian of the discrete energy
        in its inner nodes. dL is that of sqrt(2 E), which is L up to terms of order n^-4.
        """
        inputs = (z0, z1, *parameters_of(self.metric, self.curve))
        energy, length = attach(
            (self.energy, self.length), lambda g: self._pull_lengths(*g, inputs[2:]), inputs
        )
        (curve,) = attach((self.curve,), lambda g: self._pull_curves(g[0], inputs[2:]), inputs)
        return curve, energy, length

    def _pull_lengths(
        self, of_energy: Tensor | None, of_length: Tensor | None, parameters: Sequence[Tensor]
    ) -> list[Tensor]:
        share = torch.zeros_like(self.energy)
        if of_energy is not None:
            share = share + of_energy
        if of_length is not None:
            speed = (2 * self.energy).sqrt()
            share = share + torch.where(speed > 0, of_length / speed, 0)
        share = self._solved_alone(share)
        found = _Gradients(self.curve, parameters)
        for rows in (share != 0).nonzero()[:, 0].split(self.at_once):
            self._warn_of_cut_loci(rows[share[rows].isfinite()])
            found.add(rows, lambda curve, share=share[rows]: share * discrete_energy(self.metric, curve))
        return found.all

    def _pull_curves(self, cotangent: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
        asked = (cotangent != 0).any(-1).any(-1)
        share = self._solved_alone(asked.to(cotangent))
        found = _Gradients(self.curve, parameters)
        found.first.add_(cotangent[:, 0] * share[:, None])
        found.last.add_(cotangent[:, -1] * share[:, None])
        inner = (cotangent[:, 1:-1] != 0).any(-1).any(-1)
        for rows in inner.nonzero()[:, 0].split(self.at_once):
            direction, definite = self._newton_step(rows, cotangent[rows, 1:-1])
            if not definite.all():
                self._warn("no derivative, for its second variation vanishes", rows[~definite])
            direction = torch.where(definite[:, None, None], direction, torch.nan) * share[rows, None, None]
            found.add(rows, lambda curve, change=direction: -_energy_along(self.metric, curve, change))
        return found.all

    def _newton_step(self, rows: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Solve H w = v for vectors (r, n - 1, d) of some pairs."""
        if not rows.numel():
            return vectors, torch.ones_like(rows, dtype=torch.bool)
        with constant_weights():
            diagonal, upper, _ = self._second_variation(rows)
            solution, definite = solve_block_tridiagonal(diagonal, upper, vectors.double())
        return solution.to(vectors), definite

    def _second_variation(self, rows: Tensor) -> tuple[Tensor, Tensor, QuadraticModel]:
        model = energy_model(self.metric, self.curve[rows], exact=True)
        dtype = accumulation(self.metric, self.curve)
        diagonal = regularised(model.diagonal, torch.zeros_like(model.energy), dtype) + model.correction
        upper = model.upper if model.upper_correction is None else model.upper + model.upper_correction
        return diagonal, upper, model

    def _solved_alone(self, share: Tensor) -> Tensor:
        """Put NaN in place of what is asked of pairs that were not solved, and name one of them."""
        lost = (share != 0) & ~self.converged
        if lost.any():
            self._warn("no gradient, for it was not solved: it gets NaN", lost.nonzero()[:, 0])
        return torch.where(lost, torch.nan, share)

    def _warn_of_cut_loci(self, rows: Tensor) -> None:
        """Name a pair whose shortest geodesic is not the only one, or about not to be: there d has a kink."""
        rows = rows[self.energy[rows] > 0]
        if not rows.numel() or self.curve.shape[1] < 3:
            return
        tied = rows[self.margin[rows] < _TIE]
        if tied.numel():
            self._warn("a one-sided gradient, for another geodesic is as short (cut locus)", tied)
        with constant_weights():
            diagonal, upper, model = self._second_variation(rows)
            r, m, d = model.gradient.shape
            t = torch.arange(1, m + 1, dtype=torch.float64, device=rows.device) * (torch.pi / (m + 1))
            axes = torch.cos(torch.arange(d, dtype=torch.float64, device=rows.device) + 1)
            x, definite = (t.sin()[:, None] * axes).expand(r, m, d), torch.ones_like(rows, dtype=torch.bool)
            for _ in range(_ITERATIONS):
                right = _times(model.diagonal, model.upper, x)
                right = right / right.norm(dim=(1, 2), keepdim=True)
                x, definite = solve_block_tridiagonal(diagonal, upper, right)
            flat = (x * _times(model.diagonal, model.upper, x)).sum((1, 2))
            smallest = (x * right).sum((1, 2)) / flat
        conjugate = rows[~definite | (smallest < _CONJUGATE)]
        if conjugate.numel():
            self._warn("an unreliable gradient, for its ends are nearly conjugate (cut locus)", conjugate)

    def _warn(self, what: str, rows: Tensor) -> None:
        z0, z1 = (_in_words(self.curve[rows[0], i]) for i in (0, -1))
        others = f" and {len(rows) - 1} others" if len(rows) > 1 else ""
        warnings.warn(f"geodesic: the pair {z0}, {z1}{others} has {what}", UserWarning, stacklevel=2)


class _Gradients:
    """Gradients in both ends (P, d) and in parameters, summed over parts of the pairs."""

    def __init__(self, curve: Tensor, parameters: Sequence[Tensor]) -> None:
        self.curve, self.parameters = curve, list(parameters)
        self.first, self.last = torch.zeros_like(curve[:, 0]), torch.zeros_like(curve[:, -1])
        self.of_parameters = [torch.zeros_like(p) for p in parameters]

    @property
    def all(self) -> list[Tensor]:
        return [self.first, self.last, *self.of_parameters]

    def add(self, rows: Tensor, function: Callable[[Tensor], Tensor]) -> None:
        """Add the gradient of a function of some pairs' curves, whose inner nodes are constant."""
        if not rows.numel():
            return
        nodes = self.curve[rows]
        with torch.enable_grad():
            ends = nodes[:, :1].clone().requires_grad_(), nodes[:, -1:].clone().requires_grad_()
            value = function(torch.cat([ends[0], nodes[:, 1:-1], ends[1]], dim=1)).sum()
            # What a parameter was computed from may be asked again by others: its graph is kept.
            parts = torch.autograd.grad(
                value, [*ends, *self.parameters], retain_graph=True, materialize_grads=True
            )
        self.first[rows] += parts[0][:, 0]
        self.last[rows] += parts[1][:, 0]
        for total, part in zip(self.of_parameters, parts[2:]):
            total += part


def _energy_along(metric: Metric, curve: Tensor, direction: Tensor) -> Tensor:
    """Differentiate the discrete energy of curves (r, n + 1, d) along changes of their inner nodes: (r,)."""
    still = torch.zeros_like(curve[:, :1])
    change = torch.cat([still, direction, still], dim=1)
    if metric.has_features:
        x, pushed = metric.feature_map.pushforward(curve, change)
        return (curve.shape[1] - 1) * (x.diff(dim=1) * pushed.diff(dim=1)).sum((1, 2))
    return jvp(lambda c: discrete_energy(metric, c), (curve,), (change,))[1]


def _times(diagonal: Tensor, upper: Tensor, x: Tensor) -> Tensor:
    """Multiply symmetric block-tridiagonal matrices with vectors x (r, m, d)."""
    product = (diagonal @ x[..., None])[..., 0]
    product[:, :-1] += (upper @ x[:, 1:, :, None])[..., 0]
    product[:, 1:] += (upper.mT @ x[:, :-1, :, None])[..., 0]
    return product


def _in_words(z: Tensor) -> str:
    return "(" + ", ".join(f"{float(x):.3g}" for x in z[:6]) + (", ..." if len(z) > 6 else "") + ")"
