"""How far is a latent point from everything that the encoder has said?"""

import torch
from scipy.spatial import cKDTree
from torch import Tensor


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
