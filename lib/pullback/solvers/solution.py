"""What every solver hands back."""

from typing import NamedTuple

from torch import Tensor


class Solution(NamedTuple):
    """Curves of P pairs and how the solver left each of them.

    Attributes:
        curve: (P, n + 1, d).
        converged: (P,) bool.
        n_steps: (P,) int.
        residual: (P,).
        energy: (P,) discrete energy, or None if the solver does not know it.
        trace: (P, T + 1) energies after each step, the last one repeated once a pair has stopped; or None.
        margin: (P,) by how much the next best start that led elsewhere is longer, relatively; or None.
    """

    curve: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    energy: Tensor | None = None
    trace: Tensor | None = None
    margin: Tensor | None = None
