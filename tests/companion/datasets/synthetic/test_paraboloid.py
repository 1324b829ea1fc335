"""Points of the hyperbolic paraboloid."""

import math

import torch
from companion import datasets


def test_the_paraboloid_has_the_documents_size_and_law():
    data = datasets.load("hyperbolic-paraboloid", "train")
    x, y, z = data.images.view(50_000, 3).double().mT
    torch.testing.assert_close(z, x**2 - y**2, rtol=0, atol=1e-5)
    # Five standard errors of the mean, variance and covariance of independent standard normal draws.
    error = 5 / math.sqrt(50_000)
    assert abs(x.mean()) < error
    assert abs(y.var() - 1) < error * math.sqrt(2)
    assert abs((x * y).mean()) < error
    assert torch.equal(data.factors["z1"].double(), x)
