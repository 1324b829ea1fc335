"""The precision network of radial basis functions: a decoder is unsure away from its centres."""

import math
from collections.abc import Callable

import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn


class RadialBasis(nn.Module):
    r"""Radial basis functions about centres, $v_k(z) = \exp(-\lambda_k \lVert z - c_k \rVert^2)$.

    Args:
        n_centres: K.
        latent_dim: d.

    Attributes:
        centres: (K, d).
        rates: (K,) lambda, positive.
    """

    def __init__(self, n_centres: int, latent_dim: int):
        super().__init__()
        self.register_buffer("centres", torch.zeros(n_centres, latent_dim))
        self.register_buffer("rates", torch.ones(n_centres))

    def forward(self, z: Tensor) -> Tensor:
        """Evaluate the functions (*batch, K) at points (*batch, d)."""
        squares = (z[..., None, :] - self.centres).square().sum(-1)
        return torch.exp(-self.rates * squares)

    def described(self, shape: tuple[int, ...], pack: Callable[[Tensor], dict]) -> dict:
        """Describe the layer in plain numbers, for a page."""
        sizes = {"kind": "rbf", "rows": len(self.rates), "columns": self.centres.shape[1]}
        return {**sizes, "centres": pack(self.centres), "rates": pack(self.rates)}


class InverseSquareRoot(nn.Module):
    """From precisions to standard deviations, elementwise: b ** (-1/2)."""

    activation_name = "rsqrt"  # as a page calls it

    def forward(self, precision: Tensor) -> Tensor:
        """Map positive numbers (*batch, D)."""
        return precision.rsqrt()


class Plus(nn.Module):
    """Add a constant."""

    def __init__(self, constant: float):
        super().__init__()
        self.constant = constant

    def forward(self, h: Tensor) -> Tensor:
        """Map (*batch, D)."""
        return h + self.constant


class PositiveDeconvolutions(nn.Module):
    """Two transposed convolutions of stride 2 without bias, from a small image to a large one.

    Where the weights are positive, positive images stay positive.

    Args:
        image_shape: channels, height, width of the large image; the small one has a quarter of its sides.
        n_channels: channels of the small image and of the one between.

    Shapes:
        (*batch, n_small) -> (*batch, D).
    """

    def __init__(self, image_shape: tuple[int, int, int], n_channels: int):
        super().__init__()
        channels, height, width = image_shape
        half = (height // 2, width // 2)
        self.small_shape = (n_channels, half[0] // 2, half[1] // 2)
        spare = [(half[i] - 2 * self.small_shape[1 + i], image_shape[1 + i] - 2 * half[i]) for i in range(2)]
        first, second = zip(*spare, strict=True)
        settings = {"stride": 2, "padding": 1, "bias": False}
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(n_channels, n_channels, 4, output_padding=first, **settings),
            nn.ConvTranspose2d(n_channels, channels, 4, output_padding=second, **settings),
        )
        with torch.no_grad():
            for layer in self.layers:
                layer.weight.uniform_(0.5, 1.5).div_(4 * n_channels)

    @property
    def n_small(self) -> int:
        """Number of entries of the small image."""
        return math.prod(self.small_shape)

    def forward(self, h: Tensor) -> Tensor:
        """Enlarge flat small images (*batch, n_small) to flat large ones (*batch, D)."""
        large = self.layers(h.reshape(-1, *self.small_shape)).flatten(1)
        return large.reshape(*h.shape[:-1], large.shape[-1])


def rbf_std(
    n_centres: int,
    latent_dim: int,
    ambient_dim: int,
    *,
    zeta: float,
    deconvolutions: PositiveDeconvolutions | None = None,
) -> nn.Sequential:
    r"""Make the standard deviation of a decoder from radial basis functions (`eq-rbf-precision`).

    $$\sigma(z) = \big(W v(z) + \zeta\big)^{-1/2}, \qquad W \ge 0, \; \zeta > 0$$

    Arvanitidis, Hansen and Hauberg (2018). Far from every centre sigma is at its upper bound, zeta^{-1/2}.
    With `deconvolutions` the positive matrix makes a small image, and positive filters enlarge it.

    Args:
        n_centres: K.
        latent_dim: d.
        ambient_dim: D.
        zeta: the least precision.
        deconvolutions: from small images to D numbers, for convolutional decoders.

    Returns:
        a map (*batch, d) -> (*batch, D); centres and weights are those of no data yet.

    Raises:
        ValueError: when zeta is not positive.
    """
    if not zeta > 0:
        raise ValueError(f"zeta: got {zeta}, expected a positive number")
    basis = RadialBasis(n_centres, latent_dim)
    if deconvolutions is None:
        layer = nn.Linear(n_centres, ambient_dim)
        with torch.no_grad():
            layer.weight.fill_(1 / n_centres)
            layer.bias.fill_(zeta)
        return nn.Sequential(basis, layer.requires_grad_(False), InverseSquareRoot())
    layer = nn.Linear(n_centres, deconvolutions.n_small, bias=False)
    nn.init.constant_(layer.weight, 1 / n_centres)
    return nn.Sequential(basis, layer, deconvolutions, Plus(zeta), InverseSquareRoot())


@torch.no_grad()
def place_centres(basis: RadialBasis, z: Tensor, *, bandwidth_scale: float, seed: int) -> None:
    r"""Set centres by k-means on codes, and the rates by the spread of each cluster (`eq-rbf-bandwidth`).

    $$\lambda_k = \tfrac12 \Big( \tfrac{a}{|C_k|} \sum_{z \in C_k} \lVert z - c_k \rVert \Big)^{-2}$$

    Arvanitidis, Hansen and Hauberg (2018). A cluster of one code has no spread and takes the mean of the
    others.

    Args:
        basis: changed in place.
        z: (n, d) codes, n of K or more.
        bandwidth_scale: a; the larger, the wider the functions.
        seed: of k-means.

    Raises:
        ValueError: for fewer codes than centres, or a scale that is not positive.
    """
    k = len(basis.centres)
    if len(z) < k:
        raise ValueError(f"n_centres: got {k} for {len(z)} codes, expected at most as many as codes")
    if not bandwidth_scale > 0:
        raise ValueError(f"bandwidth_scale: got {bandwidth_scale}, expected a positive number")
    found = KMeans(k, n_init=3, random_state=seed).fit(z.double().cpu().numpy())
    centres = torch.from_numpy(found.cluster_centers_).to(z)
    owner = torch.from_numpy(found.labels_).long().to(z.device)
    gaps = (z - centres[owner]).norm(dim=-1)
    size = torch.bincount(owner, minlength=k).to(z)
    spread = torch.zeros_like(size).index_add_(0, owner, gaps) / size
    spread[size == 1] = spread[size > 1].mean() if (size > 1).any() else 1.0
    basis.centres.copy_(centres)
    basis.rates.copy_(0.5 / (bandwidth_scale * spread).square())


@torch.no_grad()
def fit_weights(std: nn.Sequential, z: Tensor, squares: Tensor, *, n_steps: int) -> list[float]:
    r"""Fit W to squared errors by gradient ascent on the Gaussian likelihood within the positive cone.

    $$W \leftarrow W + \frac{W}{\sum_n v_k r_n^2} \odot \nabla_W \ell, \qquad
    \ell = \sum_n \big( \log \beta(z_n) - \beta(z_n) r_n^2 \big), \quad \beta = W v + \zeta$$

    The likelihood is concave in W. The scale in front of the gradient is the one with which a step of
    length 1 never leaves the cone nor lowers the likelihood, so that nothing need be clipped.

    Args:
        std: of `rbf_std` without deconvolutions, centres placed; W is changed in place.
        z: (n, d) codes.
        squares: (n, D) squared errors, positive.
        n_steps: steps.

    Returns:
        mean of l over codes and pixels before each step, and after the last.
    """
    basis, layer = std[0], std[1]
    v = basis(z)
    layer.weight.copy_((v.sum() / v.square().sum() / squares.mean(0))[:, None].expand_as(layer.weight))
    wanted = squares.mT @ v
    history = []
    for _ in range(n_steps):
        precision = layer(v)
        history.append(float((precision.log() - precision * squares).mean()))
        layer.weight.mul_((1 / precision).mT @ v / wanted.clamp_min(torch.finfo(v.dtype).tiny))
    precision = layer(v)
    return [*history, float((precision.log() - precision * squares).mean())]
