"""Is a place in the latent space near the data?"""

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor


class Support:
    r"""The neighbourhood of a set of codes (`eq-support`).

    $$S = \{ z : \min_n \lVert z - z_n \rVert \le r \}$$

    The radius is such that a share of the codes has another one within it: each code is judged by the others.
    A k-d tree answers for a point in about log n steps where d is small.

    Args:
        codes: (n, d).
        share: of the codes that are near the others.

    Attributes:
        radius: r.

    Raises:
        ValueError: for fewer than two codes.

    Example:
        >>> from pullback.measures import Support
        >>> support = Support(torch.arange(10.0)[:, None])
        >>> support.radius, support.holds(torch.tensor([[4.5], [20.0]])).tolist()
        (1.0, [True, False])
    """

    def __init__(self, codes: Tensor, *, share: float = 0.98):
        if codes.ndim != 2 or len(codes) < 2:
            raise ValueError(f"codes: got shape {tuple(codes.shape)}, expected (n, d) with two codes or more")
        self._tree = cKDTree(codes.detach().double().numpy())
        self.radius = float(np.quantile(self._tree.query(self._tree.data, k=2)[0][:, 1], share))

    def distance(self, z: Tensor) -> Tensor:
        """Measure the latent distance of points (*batch, d) to the nearest code (*batch,); NaN is far."""
        found = z.isfinite().all(-1)
        nearest = self._tree.query(z.detach().double().nan_to_num(0, 0, 0).numpy())[0]
        return torch.where(found, torch.from_numpy(np.asarray(nearest)), torch.inf)

    def holds(self, z: Tensor) -> Tensor:
        """Return whether points (*batch, d) are near the codes, (*batch,)."""
        return self.distance(z) <= self.radius

    def share(self, curves: Tensor) -> Tensor:
        """Measure the share of the nodes of curves (*batch, n, d) that are near the codes, (*batch,)."""
        return self.holds(curves).double().mean(-1)


def distance_to_nearest_code(z: Tensor, codes: Tensor) -> Tensor:
    r"""Measure the latent distance from points to the nearest code (`eq-nearest-code`).

    $$\delta(z) = \min_n \lVert z - z_n \rVert$$

    Distances of two models compare only in a common unit, such as that of whitened codes.

    Args:
        z: (*batch, d) points.
        codes: (n, d) codes of the data, n of 1 or more.

    Returns:
        (*batch,), of the dtype and on the device of z; no gradient flows.

    Raises:
        ValueError: for codes that are no (n, d) with the points' d.
    """
    if codes.ndim != 2 or not len(codes) or codes.shape[-1] != z.shape[-1]:
        raise ValueError(f"codes: got shape {tuple(codes.shape)}, expected (n, {z.shape[-1]})")
    distances, _ = cKDTree(codes.detach().cpu().numpy()).query(z.detach().cpu().numpy())
    return torch.as_tensor(distances, dtype=z.dtype, device=z.device)


def medians_by_distance(values: Tensor, distance: Tensor, edges: Tensor) -> Tensor:
    """Take the median of the values in each interval of distance from edge to edge.

    Args:
        values: (*batch,) what is measured at points.
        distance: (*batch,) distance of the points.
        edges: (k + 1,) increasing edges; an interval holds its lower edge, not its upper one.

    Returns:
        (k,) medians, nan where an interval holds no point.

    Raises:
        ValueError: for values and distances of different shape.
    """
    if values.shape != distance.shape:
        raise ValueError(f"values: got shape {tuple(values.shape)}, expected {tuple(distance.shape)}")
    flat, where = values.flatten(), torch.bucketize(distance.flatten(), edges, right=True)
    return torch.stack(
        [
            flat[where == i].quantile(0.5) if (where == i).any() else flat.new_tensor(torch.nan)
            for i in range(1, len(edges))
        ]
    )
