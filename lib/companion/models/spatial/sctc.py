"""Autoencoders with SCTC blocks and a code that keeps its height and width (Shrivastava et al. 2024)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from companion.models.networks.activations import activation
from companion.models.networks.convolutional import OnFlatImages
from companion.models.plain.autoencoder import AutoEncoder
from companion.models.spatial.framing import reframe
from companion.models.spec import ModelSpec

WIDTHS = (8, 16)
JUDGED = (
    100  # convolutions at full resolution are dear: all test images would cost more than a short training
)
BOTTLENECKS = {"relu": nn.ReLU, "linear": nn.Identity, "elu": nn.ELU, "leaky-relu": nn.LeakyReLU}


def build(
    spec: ModelSpec,
    *,
    widths: Sequence[int] = WIDTHS,
    bottleneck: str = "relu",
    noise: float = 0.1,
    content_size: int = 0,
) -> "SpatialAutoEncoder":
    """Make the untrained model that is named "cae-sctc" or "dae-sctc".

    Args:
        spec: the shared settings; `latent_dim` is height times width times channels of the code.
        widths: channels inside the two blocks of the encoder, the decoder's in reverse.
        bottleneck: what the code passes last: "relu", "linear", "elu" or "leaky-relu".
        noise: standard deviation of the noise on the images that "dae-sctc" learns to remove.
        content_size: side of the box to which the content of every training image is stretched, in pixels;
            the image's own side leaves no border, 0 leaves the images as they are.

    Raises:
        ValueError: a latent dimension that does not fill the grid, or a bad option.
    """
    shape = code_shape(spec)
    encoder = sctc_encoder(spec, widths, shape[0], bottleneck)
    decoder = sctc_decoder(spec, widths, shape)
    options = {**spec.latent_options, "code_shape": shape, "content_size": content_size}
    if spec.name == "cae-sctc":
        return SpatialAutoEncoder(encoder, decoder, **options)
    return DenoisingAutoEncoder(encoder, decoder, noise=noise, **options)


class SCTC(nn.Module):
    """A skip-connected triple of 3 x 3 convolutions: the first one's output skips the second.

    What the letters stand for is our reading; the document's figure of the block was not at hand.

    Args:
        n_in: channels of the input.
        width: channels inside.
        n_out: channels of the output, which passes no activation.
        activation_name: a name of `ACTIVATIONS`.
    """

    def __init__(self, n_in: int, width: int, n_out: int, *, activation_name: str):
        super().__init__()
        self.first = nn.Conv2d(n_in, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.third = nn.Conv2d(width, n_out, 3, padding=1)
        self.activation = activation(activation_name)

    def forward(self, x: Tensor) -> Tensor:
        h = self.activation(self.first(x))
        return self.third(h + self.activation(self.second(h)))


def code_shape(spec: ModelSpec) -> tuple[int, int, int]:
    """Find channels, height and width of the code: two halvings of the image, the rest in channels.

    Raises:
        ValueError: sides that cannot be halved twice, or a latent dimension that does not fill the grid.
    """
    height, width = spec.image_shape[1] // 4, spec.image_shape[2] // 4
    if spec.image_shape[1] % 4 or spec.image_shape[2] % 4 or not height * width:
        raise ValueError(f"image_shape: got {spec.image_shape}, expected sides that are multiples of 4")
    if spec.latent_dim % (height * width):
        raise ValueError(
            f"latent_dim: got {spec.latent_dim}, expected a multiple of {height * width}, the code's grid"
        )
    return spec.latent_dim // (height * width), height, width


def sctc_encoder(spec: ModelSpec, widths: Sequence[int], n_out: int, bottleneck: str) -> OnFlatImages:
    """Make the encoder: two SCTC blocks, each followed by a 2 x 2 maximum.

    Args:
        spec: image shape and activation.
        widths: channels inside the two blocks.
        n_out: channels of the result.
        bottleneck: the last activation.

    Returns:
        a map (*batch, D) -> (*batch, n_out * height * width), channels first.

    Raises:
        ValueError: other than two positive widths, or an unknown bottleneck.
    """
    first, second = _two(widths)
    blocks = (
        SCTC(spec.image_shape[0], first, first, activation_name=spec.activation),
        SCTC(first, second, n_out, activation_name=spec.activation),
    )
    between, last = activation(spec.activation), bottleneck_activation(bottleneck)
    # A maximum and a monotone activation may be swapped; this order costs less.
    layers = [blocks[0], nn.MaxPool2d(2), between, blocks[1], nn.MaxPool2d(2), last]
    return OnFlatImages(nn.Sequential(nn.Unflatten(1, spec.image_shape), *layers))


def sctc_decoder(spec: ModelSpec, widths: Sequence[int], shape: tuple[int, int, int]) -> nn.Sequential:
    """Make the decoder: the encoder mirrored, with transposed convolutions that double the sides.

    Args:
        spec: image shape, activation and output activation.
        widths: channels inside the encoder's two blocks.
        shape: channels, height, width of the code.

    Returns:
        a map (*batch, d) -> (*batch, D).

    Raises:
        ValueError: other than two positive widths.
    """
    first, second = _two(widths)
    layers = [
        nn.Unflatten(1, shape),
        nn.ConvTranspose2d(shape[0], second, 2, stride=2),
        activation(spec.activation),
        SCTC(second, second, second, activation_name=spec.activation),
        activation(spec.activation),
        nn.ConvTranspose2d(second, first, 2, stride=2),
        activation(spec.activation),
        SCTC(first, first, spec.image_shape[0], activation_name=spec.activation),
    ]
    decoder = nn.Sequential(OnFlatImages(nn.Sequential(*layers)))
    if spec.ends_in_sigmoid:
        decoder.append(nn.Sigmoid())
    return decoder


def bottleneck_activation(name: str) -> nn.Module:
    """Make the activation that a code passes.

    Raises:
        ValueError: for a name that is not in `BOTTLENECKS`.
    """
    if name not in BOTTLENECKS:
        raise ValueError(f"bottleneck: got {name!r}, expected one of {', '.join(BOTTLENECKS)}")
    return BOTTLENECKS[name]()


class SpatialAutoEncoder(AutoEncoder):
    """An autoencoder whose code is a block of numbers, flat in the order channel, height, width.

    Args:
        encoder: (*batch, D) -> (*batch, d).
        decoder: (*batch, d) -> (*batch, D).
        code_shape: channels, height, width; their product is d.
        content_size: side of the box to which the images' content is stretched in training, 0 for none.
        options: the other arguments of `LatentModel`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        *,
        code_shape: tuple[int, int, int],
        content_size: int = 0,
        **options,
    ):
        super().__init__(encoder, decoder, **options)
        self.code_shape = tuple(code_shape)
        self.content_size = content_size

    def code_tensor(self, z: Tensor) -> Tensor:
        """Show codes (*batch, d) as blocks (*batch, height, width, channels)."""
        return z.unflatten(-1, self.code_shape).movedim(-3, -1)

    def framed(self, x: Tensor) -> Tensor:
        """Set images (b, D) into the frame as training does."""
        x = self.flat(x)
        if not self.content_size:
            return x
        return reframe(x.unflatten(-1, self.image_shape), self.content_size, self.content_size).flatten(1)

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Average the negative log likelihood of the reconstructions of the framed images."""
        return super().loss(self.framed(x), generator=generator)

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Judge the codes of the first `JUDGED` framed images, whose mean stands for all of a chunk."""
        few = self.framed(x[:JUDGED])
        return mean_for_all(super().test_terms(few, labels[:JUDGED], generator=generator), len(x))


class DenoisingAutoEncoder(SpatialAutoEncoder):
    """Encode images with Gaussian noise on them, and judge the reconstruction by the clean ones.

    Args:
        encoder: (*batch, D) -> (*batch, d).
        decoder: (*batch, d) -> (*batch, D).
        noise: standard deviation of the noise.
        options: the other arguments of `SpatialAutoEncoder`.

    Raises:
        ValueError: noise that is no positive number.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Sequential, *, noise: float, **options):
        super().__init__(encoder, decoder, **options)
        if not 0 < noise < float("inf"):
            raise ValueError(f"noise: got {noise!r}, expected a positive number")
        self.noise = float(noise)

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Average $-\log p(x \mid z = h(x + \sigma \epsilon))$, $\epsilon \sim N(0, I)$ (Vincent 2008).

        Args:
            x: (*batch, channels, height, width) or (*batch, D).
            generator: source of the noise, on the device of x; torch's own one if None.

        Returns:
            ().
        """
        x = self.framed(x)
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        return -self.log_likelihood(x, self.encode(x + self.noise * noise)).mean()


def mean_for_all(terms: dict[str, Tensor], n: int) -> dict[str, Tensor]:
    """Give each of n images the mean of the terms (b,) of those that were judged."""
    return {name: value.mean().expand(n) for name, value in terms.items()}


def _two(widths: Sequence[int]) -> tuple[int, int]:
    if len(widths) != 2 or any(isinstance(w, bool) or not isinstance(w, int) or w < 1 for w in widths):
        raise ValueError(f"widths: got {widths!r}, expected two positive integers")
    return widths[0], widths[1]
