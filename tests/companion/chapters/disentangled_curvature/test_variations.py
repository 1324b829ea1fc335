"""Variations of an image: what is kept, what is redrawn, and from where."""

import pytest
import torch
from companion.chapters.disentangled_curvature.variations import (
    class_gaussian,
    informative_coordinates,
    variations,
)
from companion.training import TrainingConfig, initial_model


def model_of(name, **options):
    return initial_model(
        TrainingConfig(model=name, latent_dim=6, device="cpu", options=options), (1, 28, 28), 10
    ).eval()


def test_the_donors_give_the_unspecified_code_and_the_image_its_specified_one():
    model = model_of("jha-conv", specified_dim=4)
    images, donors = torch.rand(2, 784), torch.rand(3, 784)
    made = variations(model, images, donors)
    s, z = model.encode_parts(images).specified, model.encode_parts(donors).unspecified
    assert made.shape == (2, 3, 784)
    assert torch.allclose(made[1, 2], model.decode_parts(s[1], z[2]), atol=1e-5)


def test_of_another_model_the_coordinates_named_are_kept():
    model = model_of("vae-mlp")
    images, donors = torch.rand(2, 784), torch.rand(3, 784)
    everything = variations(model, images, donors, kept=torch.arange(6))
    assert torch.allclose(everything[:, 0], model.decoder(model.encode_mean(images)), atol=1e-6)
    assert torch.allclose(everything[:, 0], everything[:, 2])
    with pytest.raises(ValueError, match="kept: got None for a VAE"):
        variations(model, images, donors)


def test_the_coordinate_that_is_the_class_informs_most_and_an_unused_one_least():
    labels = torch.arange(300) % 3
    codes = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    codes[:, 2] = 5 * labels + 0.1 * codes[:, 2]
    codes[:, 0] = codes[:, 0] + labels
    codes[:, 3] = 7.0
    assert informative_coordinates(codes, labels, 4).tolist() == [2, 0, 1, 3]


def test_draws_of_a_class_have_its_mean_and_covariance():
    A = torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    codes = torch.randn(500, 2, generator=torch.Generator().manual_seed(0)) @ A.T + 3
    drawn = class_gaussian(codes, 200000, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(drawn.mean(0), codes.mean(0), atol=0.03)
    assert torch.allclose(drawn.T.cov(), codes.T.cov(), atol=0.05)
