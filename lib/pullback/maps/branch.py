"""One validated map z -> x: its layers, ready to be differentiated, and what its outputs must look like."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pullback.checks import check_weight
from pullback.maps.folding import Folding
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
from pullback.maps.probe import disagreement, unchanged

# Points of the first batch that are evaluated once more: a coupling between points shows, at the price of one
# more tangent for as many points.
_PROBED = 64
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
        self._probed_points, self._probed_twice = 0, False

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
        new = len(flat) and self._probed_points < 2 and self._probed_points < len(flat)
        if probed and new and not torch._C._functorch.is_functorch_wrapped_tensor(flat):
            self._probed_width = self._probe(layers, flat.detach()[:_PROBED])
            self._probed_points = len(flat)
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
        with torch.no_grad(), unchanged(self.function) as changed:
            try:
                widest = self._check_images(layers, flat)
                seen = disagreement(lambda z, v: self.images(z), lambda z, v: self._along(layers, z, v), flat)
            except NotAMap as error:
                raise ValueError(f"{self.name}: {error}") from None
        if changed:
            raise ValueError(
                f"{self.name}: changes {', '.join(changed[:3])} when it is called, expected a map without "
                "side effects; what it changed is as it was"
            )
        if seen:
            raise ValueError(
                f"{self.name}: its derivative {seen}; expected a map that torch differentiates: without "
                "inference_mode, no_grad, detach() or NumPy inside, of operations that have a derivative"
            )
        return widest

    def _check_images(self, layers: list[Layer], flat: Tensor) -> int:
        try:
            _, widest = self._through(layers, flat[:1])
            one, again, last = (self.images(flat[rows]) for rows in (slice(1), slice(1), slice(-1, None)))
            full = self.images(flat)
        except (IndexError, RuntimeError, TypeError) as error:
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
        if _differ(one, again):
            raise NotAMap("the same point has two images: it draws random numbers, or keeps a state")
        if _differ(one, full[:1]) or _differ(last, full[-1:]):
            raise NotAMap("a point's image changes with the batch, expected a map of each point")
        return widest

    def check_second(self, layers: list[Layer], flat: Tensor) -> None:
        """Compare the second derivative with differences of the first, once, where a layer has no formula."""
        wrapped = torch._C._functorch.is_functorch_wrapped_tensor(flat)
        if self._probed_twice or not len(flat) or wrapped or not any(map(is_opaque, layers)):
            return
        with torch.no_grad(), unchanged(self.function):
            seen = disagreement(
                lambda z, v: self._along(layers, z, v),
                lambda z, v: self._along_twice(layers, z, v),
                flat.detach(),
            )
        if seen:
            raise ValueError(
                f"{self.name}: its second derivative {seen}; expected one that torch gets right: the module "
                "itself in place of an exported or traced one, without custom operations"
            )
        self._probed_twice = True

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
        if part.training and isinstance(part, _BATCH_COUPLED):
            raise ValueError(
                f"{name}: got a {type(part).__name__} in training mode, expected evaluation mode: eval()"
            )
