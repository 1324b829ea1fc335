"""Stand in for torch functions whose derivatives cannot be nested, while a map is differentiated.

In torch 2.13 the forward derivatives of some functions hold an intermediate result constant (the factors of
a linear solve, the mean and deviation of a layer norm), so that second derivatives come out wrong without a
word; others have no forward derivative of the second kind, or none at all, and raise.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class ExactDerivatives(TorchFunctionMode):
    """Within this context `torch` computes the functions below from ones that differentiate to any order.

    Values are the same up to rounding. It touches only the calls made inside the `with` block by this thread.
    """

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """Call the stand-in where there is one."""
        return _STAND_INS.get(function, function)(*args, **(kwargs or {}))


def _layer_norm(
    x: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    y = _standardise(x, tuple(range(-len(normalized_shape), 0)), eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def _instance_norm(
    x: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    channel = (1, -1, *[1] * (x.ndim - 2))
    if use_input_stats:
        y = _standardise(x, tuple(range(2, x.ndim)), eps)
    else:
        y = (x - running_mean.reshape(channel)) / (running_var.reshape(channel) + eps).sqrt()
    y = y if weight is None else y * weight.reshape(channel)
    return y if bias is None else y + bias.reshape(channel)


def _standardise(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    centred = x - x.mean(axes, keepdim=True)
    return centred / (centred.square().mean(axes, keepdim=True) + eps).sqrt()


def _silu(x: Tensor, inplace: bool = False) -> Tensor:
    return x * torch.sigmoid(x)


def _solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    if not left:
        return _solve(A.mT, B.mT).mT
    is_vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    X = torch.linalg.lu_solve(*torch.linalg.lu_factor(A), B[..., None] if is_vector else B)
    return X[..., 0] if is_vector else X


def _signed_diagonal(A: Tensor) -> Tensor:
    """Diagonal of U in A = P L U, the first entry carrying the sign of the permutation."""
    LU, pivots = torch.linalg.lu_factor(A)
    moved = pivots != torch.arange(1, A.shape[-1] + 1, device=A.device, dtype=pivots.dtype)
    sign = 1 - 2 * (moved.sum(-1) % 2)
    first = torch.zeros(A.shape[-1], dtype=A.dtype, device=A.device)
    first[0] = 1
    return LU.diagonal(dim1=-2, dim2=-1) * (1 + (sign[..., None] - 1) * first)


def _det(A: Tensor) -> Tensor:
    return _signed_diagonal(A).prod(-1)


def _slogdet(A: Tensor) -> torch.return_types.linalg_slogdet:
    diagonal = _signed_diagonal(A)
    return torch.return_types.linalg_slogdet((diagonal.sign().prod(-1), diagonal.abs().log().sum(-1)))


def _logdet(A: Tensor) -> Tensor:
    sign, logabsdet = _slogdet(A)
    return torch.where(sign > 0, logabsdet, torch.where(sign < 0, math.nan, -math.inf))


def _cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    return torch.linalg.vector_norm(x1[..., :, None, :] - x2[..., None, :, :], ord=p, dim=-1)


_STAND_INS: dict[Callable, Callable] = {
    F.layer_norm: _layer_norm,
    torch.layer_norm: lambda x, shape, weight=None, bias=None, eps=1e-5, cudnn_enable=True: _layer_norm(
        x, shape, weight, bias, eps
    ),
    F.instance_norm: _instance_norm,
    F.silu: _silu,
    torch.linalg.solve: _solve,
    torch.linalg.det: _det,
    torch.linalg.slogdet: _slogdet,
    torch.det: _det,
    torch.slogdet: _slogdet,
    torch.logdet: _logdet,
    Tensor.det: _det,
    Tensor.slogdet: _slogdet,
    Tensor.logdet: _logdet,
    torch.cdist: _cdist,
}
