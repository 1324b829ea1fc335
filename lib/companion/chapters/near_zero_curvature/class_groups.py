"""Draw as many points of every group, as tables of distances and means between groups need them."""

import torch
from torch import Tensor

from companion.datasets import Dataset


def balanced_rows(labels: Tensor, per_label: int, *, generator: torch.Generator) -> Tensor:
    """Draw the same number of rows of every label, uniformly and without replacement.

    Args:
        labels: (n,) integer labels; rows with a negative one belong to no group.
        per_label: rows a label; labels with fewer give all they have.
        generator: source of randomness, on the CPU.

    Returns:
        (m,) rows, those of the smallest label first.

    Raises:
        ValueError: when no row has a label, or none is asked for.
    """
    if per_label < 1 or not (labels >= 0).any():
        raise ValueError(f"per_label: got {per_label} of {len(labels)} labels, expected some of both")
    order = torch.randperm(len(labels), generator=generator)
    kinds = labels[labels >= 0].unique()
    return torch.cat([order[labels[order] == kind][:per_label] for kind in kinds])


def low_and_high_thirds(values: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Split rows by a value: those in the lowest third, and those in the highest.

    Args:
        values: (n,) any quantity, such as the ink of each image.
        rows: (m,) three rows at least.

    Raises:
        ValueError: for fewer than three rows.
    """
    if len(rows) < 3:
        raise ValueError(f"rows: got {len(rows)}, expected 3 or more")
    ordered, third = rows[values[rows].argsort()], len(rows) // 3
    return ordered[:third], ordered[-third:]


def document_groups(data: Dataset) -> Tensor:
    """Name the groups that Shao, Kumar and Fletcher (2017) compare: labels, or hair by mouth on CelebA.

    Returns:
        (n,) groups; -1 for faces whose hair is neither black nor blond, or both. CelebA has four: black
        hair and closed mouth, black and open, blond and closed, blond and open.
    """
    if "Black_Hair" not in data.factors:
        return data.labels
    black, blond = (data.factors[f"{colour}_Hair"] == 1 for colour in ("Black", "Blond"))
    groups = 2 * blond.long() + (data.factors["Mouth_Slightly_Open"] == 1).long()
    return torch.where(black ^ blond, groups, -1)
