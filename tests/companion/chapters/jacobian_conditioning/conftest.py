"""Codes that several tests of this chapter share."""

import pytest
import torch
from problems import generator

COVARIANCE = torch.tensor([[4.0, 1.2], [1.2, 0.5]], dtype=torch.float64)


@pytest.fixture
def codes():
    w = torch.randn(3000, 2, generator=generator(), dtype=torch.float64)
    return w @ torch.linalg.cholesky(COVARIANCE).mT + torch.tensor([3.0, -1.0])
