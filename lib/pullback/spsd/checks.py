"""Check matrices and tell in one line what is wrong with them."""

import torch
from torch import Tensor

ROUNDING = 1e-5  # what float32 arithmetic leaves of a symmetry or a zero eigenvalue, relative, with a margin


def check_tensor(name: str, value: object, ndim: int, expected: str) -> Tensor:
    """Return `value` if it is a finite float32 or float64 tensor with `ndim` axes or more, none empty.

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    if not isinstance(value, Tensor):
        raise ValueError(f"{name}: got {type(value).__name__}, expected a float32 or float64 tensor")
    if value.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{name}: got dtype {str(value.dtype)[6:]}, expected float32 or float64")
    if value.ndim < ndim or 0 in value.shape[value.ndim - ndim :]:
        raise ValueError(f"{name}: got shape {tuple(value.shape)}, expected {expected}")
    if not torch.isfinite(value).all():
        n = int((~torch.isfinite(value)).sum())
        raise ValueError(f"{name}: got {n} NaN or infinite entries, expected finite values")
    return value


def check_symmetric(name: str, S: object) -> Tensor:
    """Return `S` if it is a tensor of symmetric matrices (*batch, n, n), up to float32 rounding.

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    S = check_tensor(name, S, 2, "(*batch, n, n)")
    if S.shape[-1] != S.shape[-2]:
        raise ValueError(f"{name}: got shape {tuple(S.shape)}, expected (*batch, n, n)")
    skew = (S - S.mT).abs().amax((-2, -1))
    wrong = skew > ROUNDING * S.abs().amax((-2, -1))
    if wrong.any():
        where = first(wrong)
        raise ValueError(
            f"{name}{where}: got |S - S^T| up to {float(skew[wrong][0]):.3g}, expected a symmetric matrix"
        )
    return S


def check_semidefinite(name: str, values: Tensor) -> Tensor:
    """Return ascending eigenvalues (*batch, n) if none is negative beyond float32 rounding.

    Raises:
        ValueError: naming the argument and the first matrix with a negative eigenvalue.
    """
    wrong = values[..., 0] < -ROUNDING * values[..., -1].abs()
    if wrong.any():
        low = float(values[..., 0][wrong][0])
        raise ValueError(
            f"{name}{first(wrong)}: got eigenvalue {low:.3g}, expected a positive semidefinite matrix"
        )
    return values


def check_alike(A: Tensor, B: Tensor, names: tuple[str, str] = ("A", "B")) -> None:
    """Raise unless two tensors of matrices have the same size and dtype.

    Raises:
        ValueError: naming the second argument, what was seen and what was expected.
    """
    if A.shape[-1] != B.shape[-1]:
        n = A.shape[-1]
        raise ValueError(f"{names[1]}: got shape {tuple(B.shape)}, expected (*batch, {n}, {n}) as {names[0]}")
    if A.dtype != B.dtype:
        raise ValueError(
            f"{names[1]}: got dtype {str(B.dtype)[6:]}, expected {str(A.dtype)[6:]}, that of {names[0]}"
        )


def check_samples(name: str, S: Tensor) -> Tensor:
    """Return `S` if it has an axis of samples: (*batch, N, n, n).

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    return check_tensor(name, S, 3, "(*batch, N, n, n)")


def check_positive(name: str, value: float) -> float:
    """Return `value` if it is a positive number.

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ValueError(f"{name}: got {value!r}, expected a positive number")
    return value


def first(wrong: Tensor) -> str:
    """Write the index of the first true entry as `[i, j]`, or nothing for a single one."""
    index = wrong.nonzero()[0].tolist()
    return str(index) if index else ""
