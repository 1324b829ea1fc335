"""Fixtures of the tests of positive semidefinite matrices."""

import pytest
import torch


@pytest.fixture
def tensors(generator):
    return torch.randn(5, 3, 4, 6, generator=generator, dtype=torch.float64)
