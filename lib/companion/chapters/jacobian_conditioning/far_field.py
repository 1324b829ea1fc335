"""What becomes of a Jacobian away from every code?"""

from dataclasses import dataclass

from pullback.measures.jacobian.jacobian_map import JacobianMap, jacobian_map
from pullback.measures.support import (
    distance_to_nearest_code,
    medians_by_distance,
)
from pullback.metrics.base import Metric
from torch import Tensor


@dataclass(frozen=True, eq=False)
class FarField:
    """A map that reaches far beyond the codes.

    Attributes:
        map: both quantities on the grid of a wide square.
        distance: (n, n) distance of each point to the nearest code.
    """

    map: JacobianMap
    distance: Tensor

    def medians(self, quantity: str, edges: Tensor) -> Tensor:
        """Take medians of "log_det" or "log_kappa" between edges (k + 1,) of distance: (k,)."""
        return medians_by_distance(getattr(self.map, quantity), self.distance, edges)

    def off_minus_on(self, quantity: str, *, on: float = 0.1, off: float = 1.0) -> float:
        """Compare medians farther than `off` from every code with those nearer than `on` to some code.

        Raises:
            ValueError: when no point of the grid is so far, or none so near.
        """
        values = getattr(self.map, quantity)
        far, near = values[self.distance > off], values[self.distance < on]
        if not len(far) or not len(near):
            raise ValueError(
                f"off: got {len(far)} points beyond {off} and {len(near)} within {on}, expected both"
            )
        return (far.quantile(0.5) - near.quantile(0.5)).item()


def far_field(metric: Metric, codes: Tensor, *, reach: float = 5.0, n: int = 61) -> FarField:
    """Map a Jacobian over the square [-reach, reach]^2, with distances to the codes (`eq-nearest-code`).

    In the coordinates of whitened codes the reach is in standard deviations, the same for every model.

    Args:
        metric: any metric of a plane.
        codes: (m, 2) codes, in the metric's coordinates.
        reach: half a side of the square.
        n: points to a side.
    """
    found = jacobian_map(metric, (-reach, reach, -reach, reach), n=n)
    return FarField(found, distance_to_nearest_code(found.z, codes))
