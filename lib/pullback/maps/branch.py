"""One validated map z -> x: its layers, ready to be differentiated, and what its outputs must look like."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pullback.checks import check_weight
from pullback.maps.adjoint import record, weighted_second_derivatives
from pullback.maps.folding import Folding
from pullback.maps.forward_mode import evaluation, is_shortage
from pullback.maps.guard import Guard, NotAMap
from pullback.maps.layers import (
    Layer,
    apply,
    is_linear,
    is_opaque,
    is_operator,
    layers_of,
    push_second,
    push_tangents,
)
from pullback.maps.probe import directions, disagreement, unchanged

# Points of the first batch that are evaluated once more: a coupling between points shows, at the price of one
# more tangent for as many points.
_PROBED = 64
# Two ways to one number differ by rounding; a way that misses a part differs by that part.
_SAME = 1e-2
_BATCH_COUPLED = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)


class Branch:
    """A map of points (n, d) -> (n, m), checked before and after it runs.

    Args:
        function: any callable that maps each point for itself; an `nn.Module` is one.
        name: what error messages call it.
        fold: replace a final affine layer by its QR factor, which keeps all inner products and changes m.
    """

    def __init__(
        self, function: Callable[[Tensor], Tensor], *, name: str = "immersion", fold: bool = False
    ) -> None:
        if not callable(function):
            raise ValueError(
                f"{name}: got {type(function).__name__}, expected a callable (*batch, d) -> (*batch, D)"
            )
        self.function = function
        self.name = name
        self._folding = Folding() if fold else None
        self._probed_width: int | None = None
        self._points, self._second_points, self._checked_back = 0, 0, False

    def layers(self, flat: Tensor) -> list[Layer]:
        """List the layers for points (n, d), folded where asked for, after checking that they fit."""
        layers = layers_of(self.function)
        for layer in layers:
            if is_linear(layer):
                check_weight("z", flat, layer.weight)
            elif (is_opaque(layer) or is_operator(layer)) and isinstance(layer, nn.Module):
                _check_evaluation_mode(self.name, layer)
                for weight in layer.parameters():
                    check_weight("z", flat, weight)
        if layers and is_linear(layers[0]) and layers[0].weight.shape[1] != flat.shape[-1]:
            raise ValueError(
                f"z: got {flat.shape[-1]} latent coordinates, expected {layers[0].weight.shape[1]}, "
                f"those of the {self.name}"
            )
        probed = any(is_opaque(layer) or is_operator(layer) for layer in layers)
        if probed and self._is_new(flat, self._points):
            self._probed_width = self._probe(layers, flat.detach()[:_PROBED])
            self._points = len(flat)
        return self._folding(layers) if self._folding else layers

    def run(self, layers: list[Layer], flat: Tensor) -> Tensor:
        """Map points (n, d) through the layers."""
        return self.check_image(self._through(layers, flat)[0], flat)

    def _through(self, layers: list[Layer], flat: Tensor) -> tuple[Tensor, int]:
        """Map points through the layers; also the size of the largest output of a layer, for one point."""
        h, widest = flat, flat.shape[1]
        for layer in layers:
            h = apply(layer, h)
            if isinstance(h, Tensor) and h.ndim:
                widest = max(widest, h[:1].numel())
        return h, widest

    def check_image(self, x: object, flat: Tensor) -> Tensor:
        """Return `x` if it has one row (n, m) per point, of the points' dtype."""
        n = len(flat)
        if not isinstance(x, Tensor) or x.ndim != 2 or x.shape[0] != n or x.shape[1] == 0:
            seen = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(
                f"{self.name}: got {seen} for points {tuple(flat.shape)}, expected ({n}, D), "
                "one row per point"
            )
        if x.dtype != flat.dtype:
            raise ValueError(
                f"{self.name}: got dtype {x.dtype} for points of {flat.dtype}, expected the same"
            )
        return x

    def _probe(self, layers: list[Layer], flat: Tensor) -> int:
        """Evaluate layers without a formula on one point, on a few, and beside them: what is no map of single
        points, and a wrong derivative, give themselves away. Returns the size of a layer's largest output.
        """
        with torch.no_grad(), evaluation(name=self.name):
            # A first call may lay down what every later one reads; a later one may change nothing.
            for points in (flat[:1], flat):
                with unchanged(self.function) as changed:
                    state = torch.get_rng_state()
                    widest = self._check_images(layers, points)
                    drawn = not torch.equal(torch.get_rng_state(), state)
                if changed:
                    raise NotAMap(
                        f"changes {', '.join(changed[:3])} when it is called, expected a map without side "
                        "effects; what it changed is as it was"
                    )
            if drawn:
                raise NotAMap("draws random numbers, expected a map: the same image for the same point")
            self._compare_alone(layers, flat[:4])
            seen = disagreement(
                lambda z, v: self.images(z), lambda z, v: self._along(layers, z, v), flat, standing=True
            )
            if seen:
                raise NotAMap(
                    f"its derivative {seen}; expected a map that torch differentiates: without "
                    "inference_mode, no_grad, detach() or NumPy inside, of operations that have a derivative"
                )
        return widest

    def _check_images(self, layers: list[Layer], flat: Tensor) -> int:
        try:
            _, widest = self._through(layers, flat[:1])
            one, again, last = (self.images(flat[rows]) for rows in (slice(1), slice(1), slice(-1, None)))
            full = self.images(flat)
        except NotAMap:
            raise
        except Exception as error:
            if str(error).startswith(f"{self.name}: ") or is_shortage(error):
                raise
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(
                f"{self.name}: failed on points {tuple(flat[:1].shape)} ({reason}), "
                "expected a map of batches (n, d) -> (n, D)"
            ) from error
        if one.shape[1] != full.shape[1]:
            raise ValueError(
                f"{self.name}: got {one.shape[1]} and {full.shape[1]} outputs for batches "
                f"of 1 and {len(flat)} points, expected the same"
            )
        if _differ(one, again) or (len(flat) == 1 and (_differ(one, last) or _differ(one, full))):
            raise NotAMap("the same point has two images: it draws random numbers, or keeps a state")
        if _differ(one, full[:1]) or _differ(last, full[-1:]):
            raise NotAMap("a point's image changes with the batch, expected a map of each point")
        return widest

    def _compare_alone(self, layers: list[Layer], z: Tensor) -> None:
        """Differentiate at one point alone and among others: a small share of these shows here."""
        v = torch.zeros_like(z)
        v[0] = 1
        alone, among = self._along(layers, z[:1], v[:1]), self._along(layers, z, v)[:1]
        rounding = 1e3 * torch.finfo(z.dtype).eps * self.images(z[:1]).abs().amax()
        if ((alone - among).abs() > 1e-3 * alone.abs().amax() + rounding).any():
            raise NotAMap("a point's derivative changes with the batch, expected a map of each point")

    def check_second(self, layers: list[Layer], flat: Tensor) -> None:
        """Compare the second derivative with differences of the first, once, where a layer has no formula."""
        if not self._is_new(flat, self._second_points) or not any(map(is_opaque, layers)):
            return
        with torch.no_grad(), evaluation(name=self.name):
            seen = disagreement(
                lambda z, v: self._along(layers, z, v),
                lambda z, v: self._along_twice(layers, z, v),
                flat.detach(),
            )
            if seen:
                raise NotAMap(
                    f"its second derivative {seen}; expected one that torch gets right: the module itself in "
                    "place of an exported or traced one, without custom operations"
                )
        self._second_points = len(flat)

    def check_way_back(self, layers: list[Layer], flat: Tensor) -> None:
        """Compare second derivatives found backwards, as solvers take them, with those found forwards."""
        if self._checked_back or not self._is_new(flat, 0) or not any(map(is_opaque, layers)):
            return
        with torch.no_grad(), evaluation(name=self.name):
            self._compare_ways(layers, flat[:2].detach())
        self._checked_back = True

    def _is_new(self, flat: Tensor, seen: int) -> bool:
        """Return whether a probe is due: at the first point, and at the first batch of more than one."""
        wrapped = torch._C._functorch.is_functorch_wrapped_tensor(flat)
        return len(flat) > 0 and seen < 2 and seen < len(flat) and not wrapped

    def _compare_ways(self, layers: list[Layer], z: Tensor) -> None:
        v = directions(z).reshape(-1, *z.shape)
        value, tangents, tape = record(layers, z, v)
        tangents = tangents.expand(len(v), *value.shape)
        twice = torch.stack([self._along_twice(layers, z, u) for u in v])
        m = torch.arange(value.shape[1], dtype=z.dtype, device=z.device)
        # Weights of one sign miss what cancels: in outputs that add up to one, say.
        for weights in (1 + m / len(m), torch.cos(1 + 2.4 * m)):
            found = weighted_second_derivatives(tape, weights.expand_as(value)).diagonal(dim1=1, dim2=2).mT
            terms = weights * twice
            rounding = 100 * torch.finfo(z.dtype).eps * (weights * tangents).abs().sum(-1)
            if (found - terms.sum(-1)).abs().gt(_SAME * terms.abs().sum(-1) + rounding).any():
                raise NotAMap(
                    "its derivative backwards is not the one forwards; expected a map without no_grad inside"
                )

    def images(self, z: Tensor) -> Tensor:
        """Evaluate the function itself at points (n, d), not the layers that are seen in it: (n, m)."""
        with Guard():
            return self.check_image(self.function(z.clone()), z)

    def _along(self, layers: list[Layer], z: Tensor, v: Tensor) -> Tensor:
        h, tangents = z, v[None]
        for layer in layers:
            h, tangents = push_tangents(layer, h, tangents)
        return tangents.expand(-1, *h.shape)[0]

    def _along_twice(self, layers: list[Layer], z: Tensor, v: Tensor) -> Tensor:
        h, tangents, second = z, v[None], torch.zeros_like(z)[None]
        for layer in layers:
            h, tangents, second = push_second(layer, h, tangents, second, [(0, 0)])
        return second.expand(-1, *h.shape)[0]

    def width(self, layers: list[Layer]) -> int:
        """Return the width of the widest layer, as far as it is known."""
        return max(
            [self._probed_width or 1, *(layer.weight.shape[0] for layer in layers if is_linear(layer))]
        )


def _differ(one: Tensor, other: Tensor) -> bool:
    return bool((one - other).abs().gt(1e-3 * other.abs().amax()).any())


def _check_evaluation_mode(name: str, module: nn.Module) -> None:
    for part in module.modules():
        if isinstance(part, _BATCH_COUPLED) and part.training:
            raise ValueError(
                f"{name}: got a {type(part).__name__} in training mode, expected evaluation mode: eval()"
            )
