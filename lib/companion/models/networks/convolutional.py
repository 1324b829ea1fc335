"""The convolutional networks of Shao, Kumar and Fletcher (2017), Table 1, for any image size."""

from torch import Tensor, nn

from companion.models.networks.activations import activation

WIDTHS = (32, 32, 64, 64)
N_HIDDEN = 256


class OnFlatImages(nn.Module):
    """Apply an image network to flat vectors with any number of leading axes.

    Args:
        body: a map (n, *shape_in) -> (n, *shape_out).

    Shapes:
        (*batch, n_in) -> (*batch, n_out), where the last axis is flattened and `body` unflattens it itself.
    """

    def __init__(self, body: nn.Sequential):
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        flat = self.body(x.reshape(-1, x.shape[-1])).flatten(1)
        return flat.reshape(*x.shape[:-1], flat.shape[-1])

    @property
    def as_sequential(self) -> nn.Sequential:
        """Show the same map of (n, n_in) as a chain of torch's layers, flat at its end, weights shared."""
        return nn.Sequential(*self.body, nn.Flatten())


def conv_encoder(
    image_shape: tuple[int, int, int], n_out: int, *, activation_name: str = "elu"
) -> OnFlatImages:
    """Make the encoder: four 4 x 4 convolutions of stride 2, one hidden layer of 256, one affine layer.

    Batch normalisation and the activation follow every layer but the last. In `eval` mode the normalisation
    is a fixed affine map, so no point's image depends on the other points of its batch.

    Args:
        image_shape: channels, height, width; 16 pixels a side at least.
        n_out: size of the output.
        activation_name: a name of `ACTIVATIONS`.

    Returns:
        a map (*batch, D) -> (*batch, n_out), D = channels * height * width.
    """
    channels, sizes = image_shape[0], _sizes(image_shape)
    layers: list[nn.Module] = [nn.Unflatten(1, image_shape)]
    for width in WIDTHS:
        convolution = nn.Conv2d(channels, width, 4, stride=2, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(width), activation(activation_name)]
        channels = width
    height, width = sizes[-1]
    layers += [nn.Flatten(), nn.Linear(channels * height * width, N_HIDDEN, bias=False)]
    layers += [nn.BatchNorm1d(N_HIDDEN), activation(activation_name), nn.Linear(N_HIDDEN, n_out)]
    return OnFlatImages(nn.Sequential(*layers))


def conv_decoder(
    n_in: int, image_shape: tuple[int, int, int], *, activation_name: str = "elu"
) -> OnFlatImages:
    """Make the decoder: the encoder mirrored with transposed convolutions, and one more to the channels.

    The last transposed convolution has stride 1. A kernel of even size changes the side by one pixel then,
    so the layer before it makes one more, or one less where the side is odd. The table leaves strides and
    padding open.

    Args:
        n_in: latent dimension.
        image_shape: channels, height, width; 16 pixels a side at least.
        activation_name: a name of `ACTIVATIONS`.

    Returns:
        a map (*batch, n_in) -> (*batch, D), D = channels * height * width, without output activation.
    """
    sizes = _sizes(image_shape)
    height, width = sizes[-1]
    layers: list[nn.Module] = [nn.Linear(n_in, N_HIDDEN, bias=False), nn.BatchNorm1d(N_HIDDEN)]
    layers += [activation(activation_name), nn.Linear(N_HIDDEN, WIDTHS[-1] * height * width, bias=False)]
    layers += [nn.Unflatten(1, (WIDTHS[-1], height, width)), nn.BatchNorm2d(WIDTHS[-1])]
    layers += [activation(activation_name)]
    channels = WIDTHS[-1]
    for n_filters, source, target in zip(WIDTHS[::-1], sizes[:0:-1], sizes[-2::-1]):
        missing = tuple(after - 2 * before for before, after in zip(source, target))
        is_last = target == sizes[0]
        extra = tuple(1 - one for one in missing) if is_last else missing
        transposed = nn.ConvTranspose2d(
            channels, n_filters, 4, stride=2, padding=1, output_padding=extra, bias=False
        )
        layers += [transposed, nn.BatchNorm2d(n_filters), activation(activation_name)]
        channels = n_filters
    layers += [nn.ConvTranspose2d(channels, image_shape[0], 4, padding=tuple(1 + one for one in extra))]
    return OnFlatImages(nn.Sequential(*layers))


def _sizes(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Heights and widths before the first and after each convolution."""
    if len(image_shape) != 3 or min(image_shape[1:]) < 16:
        raise ValueError(
            f"image_shape: got {image_shape}, expected (channels, height, width), 16 pixels a side"
        )
    sizes = [tuple(image_shape[1:])]
    for _ in WIDTHS:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes
