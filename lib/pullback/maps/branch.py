"""One validated map z -> x: its layers, ready to be differentiated, and what its outputs must look like."""

from collections.abc import Callable

from torch import Tensor, nn

from pullback.checks import check_weight
from pullback.maps.folding import Folding
from pullback.maps.layers import Layer, apply, is_linear, is_opaque, is_operator, layers_of

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
        if self._probed_width is None and len(flat) and probed:
            self._probed_width = self._probe(layers, flat)
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
        """Evaluate layers without a formula on one point and on a few: a map of single points gives itself
        away. Returns the size of the largest output of a layer.
        """
        flat = flat[:_PROBED]
        try:
            one, widest = self._through(layers, flat[:1])
            one = self.check_image(one, flat[:1])
            full = self.run(layers, flat)
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
        scale = full.detach()[:1].abs().amax()
        if (one - full[:1]).detach().abs().gt(1e-3 * scale).any():
            raise ValueError(
                f"{self.name}: a point's image changes with the batch, expected a map of each point"
            )
        return widest

    def width(self, layers: list[Layer]) -> int:
        """Return the width of the widest layer, as far as it is known."""
        return max(
            [self._probed_width or 1, *(layer.weight.shape[0] for layer in layers if is_linear(layer))]
        )


def _check_evaluation_mode(name: str, module: nn.Module) -> None:
    for part in module.modules():
        if part.training and isinstance(part, _BATCH_COUPLED):
            raise ValueError(
                f"{name}: got a {type(part).__name__} in training mode, expected evaluation mode: eval()"
            )
