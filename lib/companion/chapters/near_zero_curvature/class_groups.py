"""The groups that the document compares, and how the distances between them reach its claims."""

import torch
from pullback.measures.lengths.label_r2 import LabelR2Difference
from torch import Tensor

from companion.datasets import Dataset


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


def separation_numbers(compared: LabelR2Difference) -> dict[str, float]:
    """Name the numbers behind Shao, Kumar and Fletcher (2017), Table 2: first geodesic, second straight."""
    return {
        "geodesic": compared.first.r2.item(),
        "linear": compared.second.r2.item(),
        "geodesic_over_linear": compared.difference.item(),
        "geodesic_excess": compared.first.excess.item(),
        "linear_excess": compared.second.excess.item(),
    }


def separation_tests(compared: LabelR2Difference) -> list[float]:
    """List both p-values, then the difference and its standard error, of a single pair of matrices."""
    parts = (compared.first.p_value, compared.second.p_value, compared.difference, compared.standard_error)
    return [part.item() for part in parts]
