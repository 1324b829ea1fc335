"""Symmetric block-tridiagonal systems, and the dense matrices that they stand for."""

import torch


def systems(n, d, generator, *, batch=(3, 2), shift=4.0):
    """Diagonal blocks, blocks above them and right-hand sides of random systems."""
    A = torch.randn(*batch, n, d, d, dtype=torch.float64, generator=generator)
    diagonal = A @ A.mT + shift * d * torch.eye(d, dtype=torch.float64)
    upper = torch.randn(*batch, n - 1, d, d, dtype=torch.float64, generator=generator)
    rhs = torch.randn(*batch, n, d, dtype=torch.float64, generator=generator)
    return diagonal, upper, rhs


def dense(diagonal, upper):
    """The matrices (*batch, n d, n d)."""
    *batch, n, d, _ = diagonal.shape
    A = diagonal.new_zeros(*batch, n, d, n, d)
    for i in range(n):
        A[..., i, :, i, :] = diagonal[..., i, :, :]
    for i in range(n - 1):
        A[..., i, :, i + 1, :] = upper[..., i, :, :]
        A[..., i + 1, :, i, :] = upper[..., i, :, :].mT
    return A.reshape(*batch, n * d, n * d)
