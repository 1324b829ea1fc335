"""A trained decoder's Jacobian beside its controls: whitened codes, and the same network untrained."""

from dataclasses import dataclass
from typing import Any

from pullback.measures.jacobian.jacobian_map import Box, JacobianMap, central_box, jacobian_map
from pullback.metrics.pullback import PullbackMetric
from torch import Tensor, nn

from companion.chapters.jacobian_conditioning.far_field import FarField, far_field
from companion.chapters.jacobian_conditioning.whitening import Whitening
from companion.measures.controls import untrained_copy


@dataclass(frozen=True, eq=False)
class JacobianSurvey:
    """Maps of one decoder.

    Attributes:
        trained: over the box of the codes.
        untrained: the same network with fresh weights, over the same box.
        whitened: in coordinates in which the codes have unit covariance, over the central 98 % of them.
        whitening: to those coordinates.
        decoder: the decoder.
        fresh: the untrained one.
        codes: (n, 2) codes of the data, or draws from the prior.
    """

    trained: JacobianMap
    untrained: JacobianMap
    whitened: JacobianMap
    whitening: Whitening
    decoder: nn.Module
    fresh: nn.Module
    codes: Tensor

    def readings(self) -> dict[str, dict[str, Any]]:
        """Name the quantities of the three maps: map -> quantity -> value, (low, high) for a range."""
        maps = {"trained": self.trained, "untrained": self.untrained, "whitened": self.whitened}
        return {
            name: {
                **{k: tuple(v) if isinstance(v, list) else v for k, v in found.quantities().items()},
                "lipschitz": found.lipschitz,
            }
            for name, found in maps.items()
        }

    def far(self, *, untrained: bool = False, **options) -> FarField:
        """Map the whitened plane far beyond the codes; options are those of `far_field`."""
        decoder = self.whitening.decoder(self.fresh if untrained else self.decoder)
        return far_field(PullbackMetric(decoder), self.whitening.whiten(self.codes), **options)


def jacobian_survey(
    decoder: nn.Module, codes: Tensor, *, box: Box | None = None, n: int = 45, seed: int = 0
) -> JacobianSurvey:
    """Map a decoder's Jacobian over the box of its codes, whitened, and untrained.

    Args:
        decoder: (*batch, 2) -> (*batch, D) in double precision.
        codes: (m, 2) codes of the data, or draws from the prior.
        box: of the first two maps; the central 98 % of the codes on either axis if None.
        n: points to a side.
        seed: of the untrained weights.
    """
    box = central_box(codes) if box is None else box
    whitening = Whitening.of(codes)
    white, fresh = PullbackMetric(whitening.decoder(decoder)), untrained_copy(decoder, seed=seed)
    return JacobianSurvey(
        trained=jacobian_map(PullbackMetric(decoder), box, n=n),
        untrained=jacobian_map(PullbackMetric(fresh), box, n=n),
        whitened=jacobian_map(white, central_box(whitening.whiten(codes)), n=n),
        whitening=whitening,
        decoder=decoder,
        fresh=fresh,
        codes=codes,
    )
