"""Untrained models of every family, small ones with seeded weights."""

import torch
from companion.models import build_model
from problems import generator


def model_of(name, image_shape=(1, 28, 28), latent_dim=3, **options):
    """A model of any family, in double precision and evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(name, image_shape, latent_dim, **options).double().eval()


def two_dimensional_model(name, **options):
    """A narrow model of two latent dimensions in training mode; the options are its family's."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(
            name, (1, 28, 28), 2, hidden=(40, 20), activation="tanh", likelihood="bernoulli", options=options
        ).double()


def flat_images(n=16, seed=0):
    """Random images of 28 x 28 pixels in a row."""
    return torch.rand(n, 784, generator=generator(seed), dtype=torch.float64)


def spatial_model(name, image_shape=(1, 28, 28), channels=5, **options):
    """A model whose code is a block of so many channels."""
    places = (image_shape[1] // 4) * (image_shape[2] // 4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(name, image_shape, places * channels, activation="relu", **options).double().eval()


def pictures(*shape, seed=0):
    """Random images in double precision."""
    return torch.rand(*shape, generator=generator(seed), dtype=torch.float64)


def small_spatial_model(name, **options):
    """A spatial model of images of 8 x 8 pixels with three channels."""
    return spatial_model(name, (1, 8, 8), 3, **options)
