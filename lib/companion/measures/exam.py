"""The exam that a model passes before its geometry is measured; the rule was written before any result.

A model has learned when it draws test pictures with less than half of the error of the mean picture, from a
code that spreads along two axes at least, and, where it claims a code of the class, when a classifier that
sees that code alone is right nine times in ten. What fails has a geometry too, but not that of a model of the
pictures: it is reported as failed, and measured no further.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from companion.measures.posterior_collapse import active_axes, code_variances

EXPLAINED, AXES, PROBE = 0.5, 2, 0.9


@dataclass(frozen=True)
class Exam:
    """What a model showed.

    Attributes:
        explained: share of the pictures' variance that its drawings explain.
        axes: principal axes along which its codes spread by more than a tenth of the widest spread.
        probe: share of pictures whose class is found from the code of the class; None where there is none.
    """

    explained: float
    axes: int
    probe: float | None = None

    @property
    def is_passed(self) -> bool:
        """Whether the model has learned, by the rule above."""
        knows_class = self.probe is None or self.probe >= PROBE
        return self.explained >= EXPLAINED and self.axes >= AXES and knows_class


@torch.no_grad()
def examine(drawn: Tensor, images: Tensor, codes: Tensor, *, probe: float | None = None) -> Exam:
    r"""Judge drawings of test pictures.

    $$R^2 = 1 - \sum_n \lVert \hat x_n - x_n \rVert^2 / \sum_n \lVert x_n - \bar x \rVert^2$$

    Args:
        drawn: (n, D) the model's drawings.
        images: (n, D) the pictures.
        codes: (n, d) their codes, of which the widest principal axis counts as 1.
        probe: share of right answers of a classifier of codes, where the model has a code of the class.
    """
    total = (images - images.mean(0)).square().sum()
    explained = 1 - (drawn - images).square().sum() / total
    variances = code_variances(codes.double())
    axes = active_axes(variances / variances[0]) if variances[0] > 0 else 0
    return Exam(explained.item(), axes, probe)
