"""Maps of a Jacobian over a box of the latent plane, and what they say in numbers."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.measures.jacobian.conditioning import jacobian_conditioning, percentiles
from pullback.metrics.base import Metric
from pullback.spsd.positive_definite import affine_invariant_distance

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
        lipschitz: least Lipschitz constant of the log metric, per latent unit; infinite where it is singular.

    Example:
        >>> from pullback import PullbackMetric
        >>> from pullback.measures import jacobian_map
        >>> found = jacobian_map(PullbackMetric(lambda z: z * torch.tensor([6.0, 2.0])), (0, 1, 0, 1), n=3)
        >>> round(found.quantities()["kappa_max"], 6), round(found.lipschitz, 6)
        (3.0, 0.0)
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

    Costs `jacobian_conditioning` and the metric at n^2 points.

    Args:
        metric: any metric of a plane.
        box: left, right, bottom, top.
        n: points to a side; Ramirez, Gallego and Puerta drew 45.

    Returns:
        the map, in double precision.

    Raises:
        ValueError: for a box without area, or fewer than two points to a side.

    Example:
        >>> from pullback.measures import jacobian_map
        >>> from pullback.surfaces import SPHERE
        >>> found = jacobian_map(SPHERE.metric, (torch.pi / 6, torch.pi / 2, 0.0, 1.0), n=5)
        >>> tuple(found.log_kappa.shape), round(found.log_kappa.max().exp().item(), 6)
        ((5, 5), 2.0)
    """
    left, right, bottom, top = box
    if not (left < right and bottom < top):
        raise ValueError(
            f"box: got {box}, expected (left, right, bottom, top) with left < right, bottom < top"
        )
    if n < 2:
        raise ValueError(f"n: got {n}, expected 2 or more points to a side")
    x = torch.linspace(left, right, n, dtype=torch.float64, device="cpu")
    y = torch.linspace(bottom, top, n, dtype=torch.float64, device="cpu")
    z = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    measured = jacobian_conditioning(metric, z)
    is_regular = measured.log_kappa.max() < LARGEST_LOG_KAPPA
    lipschitz = metric_lipschitz(metric.matrix(z), x, y) if is_regular else math.inf
    return JacobianMap(tuple(box), z, measured.log_det, measured.log_kappa, lipschitz)


def central_box(codes: Tensor, *, share: float = 0.98) -> Box:
    """Find the box that holds the central share of points on either axis.

    Args:
        codes: (n, 2) points.
        share: of the points that lie between left and right, and between bottom and top.

    Returns:
        left, right, bottom, top.

    Example:
        >>> from pullback.measures import central_box
        >>> codes = torch.arange(101.0)[:, None] * torch.tensor([1.0, 10.0])
        >>> [round(end) for end in central_box(codes, share=0.9)]
        [5, 95, 50, 950]
    """
    tail = (1 - share) / 2
    ends = codes.double().quantile(
        torch.tensor([tail, 1 - tail], dtype=torch.float64, device=codes.device), dim=0
    )
    (left, bottom), (right, top) = ends.tolist()
    return left, right, bottom, top


def roughness(field: Tensor) -> float:
    r"""Average the absolute difference of neighbours on a grid (`eq-roughness`).

    $$r(\varphi) = \operatorname{mean}_{i \sim j} \lvert \varphi_i - \varphi_j \rvert$$

    Neighbours share a side. It depends on the grid: twice as many cells to a side, half the roughness of a
    smooth field. A comparison needs equally many cells over comparable boxes.

    Args:
        field: (n, m) values, n and m of 2 or more.

    Returns:
        r, 0 or more.

    Raises:
        ValueError: for anything that is no such grid.

    Example:
        >>> from pullback.measures import roughness
        >>> roughness(torch.tensor([[0.0, 1.0], [2.0, 3.0]]))
        1.5
    """
    _check_grid("field", field, 2)
    return torch.cat([field.diff(dim=axis).abs().flatten() for axis in (0, 1)]).mean().item()


def metric_lipschitz(G: Tensor, x: Tensor, y: Tensor) -> float:
    r"""Bound the Lipschitz constant of a metric, in the affine invariant distance, from below
    (`eq-metric-lipschitz`).

    $$\mathrm{Lip}(G) = \sup_{z \ne z'} \frac{d_A(G(z), G(z'))}{\lVert z - z' \rVert}
    \ge \max_{i \sim j} \frac{d_A(G_i, G_j)}{\lVert z_i - z_j \rVert}, \qquad
    d_A(G_i, G_j) = \lVert \log G_i^{-1/2} G_j G_i^{-1/2} \rVert_F$$

    The affine invariant distance of two metrics does not depend on the coordinates of Z and ignores a common
    scale. A reader may take it so: over a step h, lengths change at most by the factor exp(Lip h / 2). It is
    never below $\lVert \log G_i - \log G_j \rVert_F$, so that nothing is bounded from below for log G.

    Args:
        G: (n, m, d, d) metrics at the points (x_j, y_i) of a grid, n and m of 2 or more.
        x: (m,) abscissae.
        y: (n,) ordinates.

    Returns:
        the bound, per latent unit.

    Raises:
        ValueError: for another shape, and for a singular metric.

    Example:
        >>> from pullback.measures import metric_lipschitz
        >>> x = torch.linspace(0, 1, 5, dtype=torch.float64)
        >>> G = (2 * x).exp()[:, None, None] * torch.eye(2).expand(5, 5, 2, 2)
        >>> round(metric_lipschitz(G, x, x), 6)
        2.828427
    """
    _check_grid("G", G, 4)
    if (len(y), len(x)) != G.shape[:2]:
        raise ValueError(f"x: got {len(x)} and {len(y)} of y, expected {G.shape[1]} and {G.shape[0]}")
    rates = []
    for axis, ticks in enumerate((y, x)):
        n = G.shape[axis]
        change = affine_invariant_distance(G.narrow(axis, 0, n - 1), G.narrow(axis, 1, n - 1))
        step = ticks.diff().abs()
        rates.append(change / (step[:, None] if axis == 0 else step))
    return max(rate.max().item() for rate in rates)


def _check_grid(name: str, values: Tensor, ndim: int) -> None:
    if values.ndim != ndim or min(values.shape[:2]) < 2:
        extra = ", d, d" if ndim == 4 else ""
        raise ValueError(
            f"{name}: got shape {tuple(values.shape)}, expected (n, m{extra}) with n and m of 2 or more"
        )
