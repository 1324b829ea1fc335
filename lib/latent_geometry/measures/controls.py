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


def principal_component_decoder(images: Tensor, codes: Tensor) -> nn.Sequential:
    r"""Fit the linear decoder $f(z) = A z + b$ that spans the leading principal components of the images.

    Its image is a flat d-dimensional plane, so straight latent lines are geodesics of it. The axes are scaled so that
    the principal scores have the standard deviations of the codes' own coordinates, largest to largest.

    Args:
        images: (n, D) flat images.
        codes: (m, d) codes that the decoder will be used on.

    Returns:
        an affine network (*batch, d) -> (*batch, D) with the codes' dtype.

    Raises:
        ValueError: when there are fewer images or pixels than latent dimensions.
    """
    d = codes.shape[-1]
    if min(images.shape) < d:
        raise ValueError(f"images: got shape {tuple(images.shape)}, expected at least {d} images and pixels")
    pca = PCA(d, svd_solver="covariance_eigh").fit(images.double().numpy())
    scores = torch.from_numpy(pca.explained_variance_).sqrt()
    spread = codes.double().std(dim=0)
    scale = torch.empty_like(spread)
    scale[spread.argsort(descending=True)] = scores
    order = torch.empty(d, dtype=torch.long)
    order[spread.argsort(descending=True)] = torch.arange(d)
    layer = nn.Linear(d, images.shape[-1], dtype=codes.dtype)
    with torch.no_grad():
        components = torch.from_numpy(pca.components_)[order]
        layer.weight.copy_((components * (scale / spread.clamp_min(1e-6))[:, None]).T)
        layer.bias.copy_(torch.from_numpy(pca.mean_))
    return nn.Sequential(layer).eval()
