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
from torch.nn.attention import SDPBackend, sdpa_kernel

from pullback.maps.forward_mode import one_thread
from pullback.maps.guard import Guard


class ExactDerivatives(Guard):
    """Within this context `torch` computes the functions below from ones that differentiate to any order.

    Values are the same up to rounding. Attention takes its mathematical kernel, the one of torch's that has
    forward derivatives. Everything else touches only the calls made inside the `with` block by this thread.
    """

    def __enter__(self):
        """Choose the kernel of attention, which is one choice for all threads: one thread at a time."""
        self._turn = one_thread()
        self._turn.__enter__()
        self._kernel = sdpa_kernel(SDPBackend.MATH)
        self._kernel.__enter__()
        return super().__enter__()

    def __exit__(self, *error):
        """Give the choice of kernels back."""
        super().__exit__(*error)
        self._kernel.__exit__(*error)
        self._turn.__exit__(*error)

    def stand_in(self, function: Callable) -> Callable:
        """Return the function that is called in place of one of torch's."""
        return _STAND_INS.get(function, function)


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


def _native_layer_norm(x: Tensor, shape: Sequence[int], weight, bias, eps: float) -> tuple[Tensor, ...]:
    axes = tuple(range(-len(shape), 0))
    mean = x.mean(axes, keepdim=True)
    rate = ((x - mean).square().mean(axes, keepdim=True) + eps).rsqrt()
    return _layer_norm(x, shape, weight, bias, eps), mean, rate


def _batch_norm(
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    # In training mode the guard lets pass only what keeps no statistics: a norm over the batch as laid out.
    channel = (1, -1, *[1] * (x.ndim - 2))
    if training:
        y = _standardise(x, (0, *range(2, x.ndim)), eps)
    else:
        y = (x - running_mean.reshape(channel)) * (running_var.reshape(channel) + eps).rsqrt()
    y = y if weight is None else y * weight.reshape(channel)
    return y if bias is None else y + bias.reshape(channel)


def _activation(formula: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Let a formula for y = phi(x) answer calls with `inplace=True` as torch's function does."""

    def stand_in(x: Tensor, *settings, inplace: bool = False, **named) -> Tensor:
        if settings and isinstance(settings[-1], bool):
            *settings, inplace = settings
        # In place, what the formula was given must outlive the change for the way back.
        return x.copy_(formula(x.clone(), *settings, **named)) if inplace else formula(x, *settings, **named)

    return stand_in


def _rrelu(
    x: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    return F.leaky_relu(x, (lower + upper) / 2, inplace=inplace)


def _glu(x: Tensor, dim: int = -1) -> Tensor:
    value, gate = x.chunk(2, dim)
    return value * gate.sigmoid()


def _pdist(x: Tensor, p: float = 2.0) -> Tensor:
    i, j = torch.triu_indices(len(x), len(x), offset=1, device=x.device)
    return torch.linalg.vector_norm(x[i] - x[j], ord=p, dim=-1)


def _cholesky(A: Tensor, upper: bool = False) -> Tensor:
    return torch.linalg.cholesky(A, upper=upper)


def _cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    identity = torch.eye(L.shape[-1], dtype=L.dtype, device=L.device).expand(L.shape)
    return torch.cholesky_solve(identity, L, upper=upper)


def _solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False):
    info = torch.zeros(A.shape[:-2], dtype=torch.int32, device=A.device)
    return torch.return_types.linalg_solve_ex((_solve(A, B, left=left), info))


def _solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    if not left:
        return _solve(A.mT, B.mT).mT
    is_vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    X = torch.linalg.lu_solve(*torch.linalg.lu_factor(A), B[..., None] if is_vector else B)
    return X[..., 0] if is_vector else X


def _signed_diagonal(A: Tensor) -> Tensor:
    """Diagonal of U in A = P L U, the first entry carrying the sign of the permutation."""
    LU, pivots, _ = torch.linalg.lu_factor_ex(A)  # of a singular matrix too, whose determinant is 0
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
    torch.native_layer_norm: _native_layer_norm,
    F.batch_norm: _batch_norm,
    F.silu: _activation(lambda x: x * x.sigmoid()),
    F.mish: _activation(lambda x: x * F.softplus(x).tanh()),
    F.hardswish: _activation(lambda x: x * (x + 3).clamp(0, 6) / 6),
    F.hardsigmoid: _activation(lambda x: (x + 3).clamp(0, 6) / 6),
    F.elu: _activation(F.elu),
    F.celu: _activation(F.celu),
    F.selu: _activation(F.selu),
    F.rrelu: _rrelu,
    F.glu: _glu,
    F.pdist: _pdist,
    torch.linalg.solve: _solve,
    torch.linalg.solve_ex: _solve_ex,
    torch.cholesky: _cholesky,
    Tensor.cholesky: _cholesky,
    torch.cholesky_inverse: _cholesky_inverse,
    Tensor.cholesky_inverse: _cholesky_inverse,
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
