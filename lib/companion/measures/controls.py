"""Decoders that a headline must be compared with: the same network untrained, and a linear one."""

import copy

import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn


def untrained_copy(decoder: nn.Module, *, seed: int) -> nn.Module:
    """Copy a network with freshly drawn weights: what its shape does before it has seen any data.

    Args:
        decoder: any network whose layers have `reset_parameters`, as torch's own do.
        seed: of the fresh weights; the process's random state is left alone.

    Returns:
        a new network on the same device, with the same dtype, in evaluation mode.
    """
    fresh = copy.deepcopy(decoder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for module in fresh.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
    return fresh.eval()


def principal_component_decoder(images: Tensor, latent_dim: int) -> nn.Sequential:
    r"""Fit the linear decoder $f(z) = A z + b$ that spans the leading principal components of the images.

    Its image is a flat plane: every straight latent line is a geodesic of it. Codes of unit variance decode
    to images with the variances of the components.

    Args:
        images: (n, D) flat images.
        latent_dim: d, the number of components.

    Returns:
        an affine network (*batch, d) -> (*batch, D) in double precision.

    Raises:
        ValueError: when there are fewer images or pixels than latent dimensions.
    """
    if min(images.shape) < latent_dim:
        raise ValueError(f"images: got shape {tuple(images.shape)}, expected {latent_dim} images and pixels")
    pca = PCA(latent_dim, svd_solver="covariance_eigh").fit(images.double().numpy())
    layer = nn.Linear(latent_dim, images.shape[-1], dtype=torch.float64)
    with torch.no_grad():
        components = pca.components_ * pca.explained_variance_[:, None] ** 0.5
        layer.weight.copy_(torch.from_numpy(components.T))
        layer.bias.copy_(torch.from_numpy(pca.mean_))
    return nn.Sequential(layer).eval()
