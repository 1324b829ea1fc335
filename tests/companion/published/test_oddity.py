"""The Oddity author's decoder, against its formulas in NumPy."""

import io

import numpy as np
import pytest
import torch
from companion.published import oddity
from scipy.io import savemat

SHAPE = (1, 2, 3)


@pytest.fixture
def arrays():
    draw = np.random.default_rng(0)
    sizes = {"W0": (2, 5), "W1": (5, 4), "W2": (4, 6), "b0": (1, 5), "b1": (1, 4), "b2": (1, 6)}
    found = {name: draw.normal(size=size) for name, size in sizes.items()}
    found |= {"Wrbf": draw.random((3, 6)), "centers": draw.normal(size=(3, 2)), "gammas": draw.random((1, 3))}
    return found | {"zeta": np.array([[1e-3]]), "data": draw.normal(size=(7, 2))}


def written(arrays):
    content = io.BytesIO()
    savemat(content, arrays)
    return content.getvalue()


def test_mean_and_standard_deviation_are_those_of_the_authors_formulas(arrays):
    model = oddity.build({"model": oddity.read(written(arrays))}, SHAPE).requires_grad_(False)
    z = arrays["data"]
    h = np.log1p(np.exp(z @ arrays["W0"] + arrays["b0"]))
    h = np.log1p(np.exp(h @ arrays["W1"] + arrays["b1"]))
    mean = np.tanh(h @ arrays["W2"] + arrays["b2"])
    squares = ((z[:, None] - arrays["centers"]) ** 2).sum(-1)
    precision = np.exp(-arrays["gammas"] * squares) @ arrays["Wrbf"] + 1e-3
    np.testing.assert_allclose(model.mean(model.codes), mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.std(model.codes), precision**-0.5, rtol=1e-4)
    assert model.decoder is model.mean
    assert model.latent_dim == 2


def test_far_from_all_centres_the_deviation_is_that_of_the_floor(arrays):
    model = oddity.build({"model": oddity.read(written(arrays))}, SHAPE)
    far = model.std(torch.full((1, 2), 1e3))
    torch.testing.assert_close(far, torch.full((1, 6), 1e-3**-0.5))


def test_a_file_without_its_arrays_is_refused(arrays):
    del arrays["Wrbf"]
    with pytest.raises(ValueError, match="arrays: got none of Wrbf"):
        oddity.read(written(arrays))
