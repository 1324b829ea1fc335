"""How much nearer is the next point of the own class than the next one of another?"""

import torch
from torch import Tensor


def normalised_margin(distances: Tensor, labels: Tensor) -> Tensor:
    r"""Compare the nearest miss of each point with its nearest hit (`eq-normalised-margin`).

    $$m_n = \frac{d(x_n, M(x_n)) - d(x_n, H(x_n))}{d(x_n, M(x_n))}$$

    M(x) is the nearest point of another class and H(x) the nearest other one of the same class. 1 is perfect
    separation, 0 a draw, negative a point among those of other labels. Shukla et al. (2019) use it without
    values; hit and miss are those of Relief (Kira and Rendell 1992).

    Args:
        distances: (n, n) distances, of any metric.
        labels: (n,) labels.

    Returns:
        (n,) margins, at most 1.

    Raises:
        ValueError: for distances that are not (n, n), where a class has one point only, or there is one class
            only.

    Example:
        >>> from pullback.measures import normalised_margin
        >>> x = torch.tensor([0.0, 1.0, 4.0, 5.0])
        >>> normalised_margin((x[:, None] - x).abs(), torch.tensor([0, 0, 1, 1]))[[0, 3]].tolist()
        [0.75, 0.75]
    """
    n = len(labels)
    if distances.shape != (n, n):
        raise ValueError(f"distances: got shape {tuple(distances.shape)}, expected ({n}, {n})")
    same = labels[:, None] == labels
    itself = torch.eye(n, dtype=torch.bool, device=labels.device)
    if not (same & ~itself).any(-1).all() or same.all(-1).any():
        raise ValueError("labels: got a class of one point or one class, expected two of each or more")
    hit = distances.masked_fill(~same | itself, torch.inf).amin(-1)
    miss = distances.masked_fill(same, torch.inf).amin(-1)
    return (miss - hit) / miss
