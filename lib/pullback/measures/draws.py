"""Draw the points and pairs of points that a comparison is made over."""

from collections.abc import Sequence

import torch
from torch import Tensor


def random_pairs(n_points: int, n_pairs: int, *, generator: torch.Generator) -> Tensor:
    """Draw distinct unordered pairs of different indices, uniformly and without replacement.

    Args:
        n_points: number of points to draw from, at least 2.
        n_pairs: number of pairs, at most n_points (n_points - 1) / 2.
        generator: source of randomness.

    Returns:
        (n_pairs, 2) integer indices, the smaller first.

    Raises:
        ValueError: when there are fewer pairs than asked for.

    Example:
        >>> from pullback.measures import random_pairs
        >>> random_pairs(3, 3, generator=torch.Generator().manual_seed(0)).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    available = n_points * (n_points - 1) // 2
    if n_points < 2 or not 0 < n_pairs <= available:
        raise ValueError(
            f"n_pairs: got {n_pairs}, expected 1 to {available}, the pairs among {n_points} points"
        )
    chosen: set[tuple[int, int]] = set()
    while len(chosen) < n_pairs:
        draws = (
            torch.randint(n_points, (2 * n_pairs, 2), generator=generator, device=generator.device)
            .sort(dim=1)
            .values.tolist()
        )
        for i, j in draws:
            if i != j and len(chosen) < n_pairs:
                chosen.add((i, j))
    return torch.tensor(sorted(chosen), device="cpu")


def two_others(n_points: int, n_draws: int, *, generator: torch.Generator) -> Tensor:
    """Draw two different others for each point, uniformly, several times.

    Args:
        n_points: number of points, at least 3.
        n_draws: pairs of others per point.
        generator: source of randomness, on the CPU.

    Returns:
        (n_points, n_draws, 2) integer indices.

    Example:
        >>> from pullback.measures import two_others
        >>> two_others(3, 1, generator=torch.Generator().manual_seed(0)).sort().values.tolist()
        [[[1, 2]], [[0, 2]], [[0, 1]]]
    """
    scores = torch.rand(
        n_points, n_draws, n_points, dtype=torch.float64, generator=generator, device=generator.device
    )
    own = torch.arange(n_points, device="cpu")
    scores[own, :, own] = -1
    return scores.topk(2, dim=-1).indices


def class_rows(
    labels: Tensor,
    classes: Sequence[int] | Tensor,
    per_class: int,
    *,
    generator: torch.Generator,
    shuffle: bool = False,
) -> Tensor:
    """Draw the same number of rows of each of the given classes, without replacement.

    Args:
        labels: (n,) labels.
        classes: those wanted.
        per_class: rows of each.
        generator: source of randomness, on the CPU.
        shuffle: whether to mix the classes.

    Returns:
        (per_class * classes,) rows, class by class unless shuffled.

    Raises:
        ValueError: when a class has fewer rows.

    Example:
        >>> from pullback.measures import class_rows
        >>> labels = torch.tensor([0, 1, 0, 2, 1, 0])
        >>> labels[class_rows(labels, [2, 1], 1, generator=torch.Generator().manual_seed(0))].tolist()
        [2, 1]
    """
    rows = []
    for kind in classes:
        mine = (labels == kind).nonzero()[:, 0]
        if len(mine) < per_class:
            raise ValueError(f"per_class: got {per_class}, expected at most {len(mine)} of class {int(kind)}")
        rows.append(mine[torch.randperm(len(mine), generator=generator, device=generator.device)[:per_class]])
    together = torch.cat(rows)
    return (
        together[torch.randperm(len(together), generator=generator, device=generator.device)]
        if shuffle
        else together
    )


def balanced_rows(labels: Tensor, per_class: int, n_classes: int, *, generator: torch.Generator) -> Tensor:
    """Draw the same number of rows of each of the first classes that have enough.

    Args:
        labels: (n,) labels.
        per_class: rows of each class.
        n_classes: number of classes; all where there are fewer.
        generator: source of randomness, on the CPU.

    Returns:
        (per_class * classes,) rows, class by class.

    Raises:
        ValueError: when fewer than two classes have as many rows.

    Example:
        >>> from pullback.measures import balanced_rows
        >>> labels = torch.tensor([0, 1, 0, 2, 1, 0])
        >>> labels[balanced_rows(labels, 2, 10, generator=torch.Generator().manual_seed(0))].tolist()
        [0, 0, 1, 1]
    """
    kinds, counts = labels.unique(return_counts=True)
    kinds = kinds[counts >= per_class][:n_classes]
    if len(kinds) < 2:
        raise ValueError(f"per_class: got {per_class}, expected at most {int(counts.max())} for two classes")
    return class_rows(labels, kinds, per_class, generator=generator)


def rows_up_to(labels: Tensor, per_label: int, *, generator: torch.Generator) -> Tensor:
    """Draw up to the same number of rows of every label, uniformly and without replacement.

    Args:
        labels: (n,) integer labels; rows with a negative one belong to no group.
        per_label: rows of each label; labels with fewer give all they have.
        generator: source of randomness, on the CPU.

    Returns:
        (m,) rows, those of the smallest label first.

    Raises:
        ValueError: when no row has a label, or none is asked for.

    Example:
        >>> from pullback.measures import rows_up_to
        >>> labels = torch.tensor([0, 1, 0, 2, 1, 0, -1])
        >>> labels[rows_up_to(labels, 2, generator=torch.Generator().manual_seed(0))].tolist()
        [0, 0, 1, 1, 2]
    """
    if per_label < 1 or not (labels >= 0).any():
        raise ValueError(f"per_label: got {per_label} of {len(labels)} labels, expected some of both")
    order = torch.randperm(len(labels), generator=generator, device=generator.device)
    kinds = labels[labels >= 0].unique()
    return torch.cat([order[labels[order] == kind][:per_label] for kind in kinds])
