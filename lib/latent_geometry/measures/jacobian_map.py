"""Maps of a Jacobian over a box of the latent plane, and what they say in numbers."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latent_geometry.geometry.metric import Metric
from latent_geometry.measures.jacobian_conditioning import jacobian_conditioning, percentiles
from latent_geometry.measures.roughness import metric_lipschitz, roughness

Box = tuple[float, float, float, float]

LARGEST_LOG_KAPPA = math.log(1e7)  # beyond, G has lost its smaller eigenvalue in rounding


@dataclass(frozen=True, eq=False)
class JacobianMap:
    """Both quantities on a grid of a box.

    Attributes:
        box: left, right, bottom, top.
        z: (n, n, 2) the points, abscissa along the second axis.
        log_det: (n, n) log det(J^T J).
        log_kappa: (n, n) log of the condition number of J.
        lipschitz: least Lipschitz constant of the log metric, a latent unit; infinite where it is singular.
    """

    box: Box
    z: Tensor
    log_det: Tensor
    log_kappa: Tensor
    lipschitz: float

    def quantities(self) -> dict[str, float | list[float]]:
        """Summarise the map by the names of the ledger: ranges, medians, central 90 %, roughness."""
        det, kappa = percentiles(self.log_det), percentiles(self.log_kappa)
        return {
            "log_det_range": [det[0], det[-1]],
            "log_det_median": det[2],
            "log_det_central_90": [det[1], det[3]],
            "log_det_roughness": roughness(self.log_det),
            "log_det_max": det[-1],
            "log_kappa_range": [kappa[0], kappa[-1]],
            "log_kappa_median": kappa[2],
            "log_kappa_central_90": [kappa[1], kappa[3]],
            "log_kappa_p95": kappa[3],
            "log_kappa_roughness": roughness(self.log_kappa),
            "kappa_max": math.exp(kappa[-1]),
        }


def jacobian_map(metric: Metric, box: Box, *, n: int = 45) -> JacobianMap:
    """Measure a Jacobian on n x n points of a box (`eq-condition-number`).

    Args:
        metric: any metric of a plane.
        box: left, right, bottom, top.
        n: points to a side; Ramirez, Gallego and Puerta drew 45.

    Returns:
        the map, in double precision.

    Raises:
        ValueError: for a box without area, or fewer than two points to a side.
    """
    left, right, bottom, top = box
    if not (left < right and bottom < top):
        raise ValueError(
            f"box: got {box}, expected (left, right, bottom, top) with left < right, bottom < top"
        )
    if n < 2:
        raise ValueError(f"n: got {n}, expected 2 or more points to a side")
    x = torch.linspace(left, right, n, dtype=torch.float64)
    y = torch.linspace(bottom, top, n, dtype=torch.float64)
    z = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    measured = jacobian_conditioning(metric, z)
    is_regular = measured.log_kappa.max() < LARGEST_LOG_KAPPA
    lipschitz = metric_lipschitz(metric.matrix(z), x, y) if is_regular else math.inf
    return JacobianMap(tuple(box), z, measured.log_det, measured.log_kappa, lipschitz)


def central_box(codes: Tensor, *, share: float = 0.98) -> Box:
    """Box (left, right, bottom, top) that holds the central share of codes (n, 2) on either axis."""
    tail = (1 - share) / 2
    ends = codes.double().quantile(torch.tensor([tail, 1 - tail], dtype=torch.float64), dim=0)
    (left, bottom), (right, top) = ends.tolist()
    return left, right, bottom, top
