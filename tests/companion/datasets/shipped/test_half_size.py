"""Sets at half their size."""

import pytest
import torch
from companion import datasets


@pytest.mark.parametrize("name", ["heads", "chairs-sh3d"])
def test_the_half_size_keeps_the_mean_of_every_square(name):
    whole, half = datasets.load(name, "test"), datasets.load(f"{name}-32", "test")
    assert half.image_shape == (1, 32, 32)
    assert torch.equal(half.labels, whole.labels)
    squares = whole.images.unflatten(-1, (32, 2)).unflatten(-3, (32, 2)).mean((-1, -3))
    torch.testing.assert_close(half.images, squares)
    assert datasets.data_checksum(half.name) == whole.sha256
