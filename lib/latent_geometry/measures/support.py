"""Is a place in the latent space near the data?"""

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor


class Support:
    r"""The neighbourhood of a set of codes (`eq-support`).

    $$S = \{ z : \min_n \lVert z - z_n \rVert \le r \}$$

    The radius is such that a share of the codes has another one within it: each code is judged by the others.

    Args:
        codes: (n, d).
        share: of the codes that are near the others.

    Attributes:
        radius: r.

    Raises:
        ValueError: for fewer than two codes.
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
        """Say which points (*batch, d) are near the codes, (*batch,)."""
        return self.distance(z) <= self.radius

    def share(self, curves: Tensor) -> Tensor:
        """Measure the share of the nodes of curves (*batch, n, d) that are near the codes, (*batch,)."""
        return self.holds(curves).double().mean(-1)
