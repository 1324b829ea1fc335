"""The decoder that the first author of Arvanitidis, Hansen and Hauberg (2018) published with his solvers."""

import io

import torch
from torch import Tensor, nn

NAMES = ("W0", "W1", "W2", "b0", "b1", "b2", "Wrbf", "centers", "gammas", "zeta", "data")
ACTIVATIONS = {"tanh": nn.Tanh, "softplus": nn.Softplus, "sigmoid": nn.Sigmoid, "linear": nn.Identity}


class RadialPrecision(nn.Module):
    r"""The standard deviation whose inverse square is a sum of bumps over centres of the codes.

    $$\sigma^a(z) = \Big( \sum_k W_{ka} e^{-\gamma_k \lVert z - c_k \rVert^2} + \zeta \Big)^{-1/2}$$

    Args:
        weight: (k, D), not negative.
        centres: (k, d).
        rates: (k,) gamma.
        floor: zeta, positive.
    """

    def __init__(self, weight: Tensor, centres: Tensor, rates: Tensor, floor: float):
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("centres", centres)
        self.register_buffer("rates", rates)
        self.floor = floor

    def forward(self, z: Tensor) -> Tensor:
        squares = (z[..., None, :] - self.centres).square().sum(-1)
        return (torch.exp(-self.rates * squares) @ self.weight + self.floor).rsqrt()


class OddityDecoder(nn.Module):
    """Mean and standard deviation of a picture given two coordinates, and the codes of the author's pictures.

    Args:
        mean: (*batch, d) -> (*batch, D).
        std: (*batch, d) -> (*batch, D).
        codes: (n, d).
        image_shape: channels, height, width.
    """

    def __init__(
        self, mean: nn.Sequential, std: RadialPrecision, codes: Tensor, image_shape: tuple[int, int, int]
    ):
        super().__init__()
        self.mean, self.std, self.image_shape = mean, std, image_shape
        self.latent_dim = codes.shape[-1]
        self.register_buffer("codes", codes)

    @property
    def decoder(self) -> nn.Sequential:
        """The mean."""
        return self.mean


def read(content: bytes) -> dict[str, Tensor]:
    """Read the arrays of the author's file.

    Raises:
        ValueError: an array is missing.
    """
    from scipy.io import loadmat

    arrays = loadmat(io.BytesIO(content))
    missing = [name for name in NAMES if name not in arrays]
    if missing:
        raise ValueError(f"arrays: got none of {', '.join(missing)}, expected {', '.join(NAMES)}")
    return {name: torch.from_numpy(arrays[name].astype("float32")) for name in NAMES}


def build(
    states: dict[str, dict[str, Tensor]],
    image_shape: tuple[int, int, int],
    *,
    hidden: str = "softplus",
    output: str = "tanh",
) -> OddityDecoder:
    """Build the decoder from the author's arrays.

    Args:
        states: "model" -> arrays.
        image_shape: channels, height, width.
        hidden: activation of both hidden layers, one of `ACTIVATIONS`.
        output: of the last layer.
    """
    arrays = states["model"]
    layers: list[nn.Module] = []
    for i, activation in enumerate((hidden, hidden, output)):
        weight, bias = arrays[f"W{i}"], arrays[f"b{i}"]
        layer = nn.Linear(*weight.shape)
        with torch.no_grad():
            layer.weight.copy_(weight.T)
            layer.bias.copy_(bias[0])
        layers += [layer, ACTIVATIONS[activation]()]
    std = RadialPrecision(
        arrays["Wrbf"], arrays["centers"], arrays["gammas"].flatten(), arrays["zeta"].item()
    )
    return OddityDecoder(nn.Sequential(*layers), std, arrays["data"], image_shape)
