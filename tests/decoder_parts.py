"""More parts of decoders: norms, attention, recurrence and layers of images as people write them."""

import torch
from decoder_blocks import Decoder, Maker, between, of_hidden, of_image, of_tokens
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize


class Gain(nn.Module):
    """A tensor of weights and a function of it and the input."""

    def __init__(self, shape: tuple[int, ...], function):
        super().__init__()
        self.weight, self.function = nn.Parameter(0.4 * torch.randn(shape)), function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.weight)


def weighted(shape: tuple[int, ...], function) -> Maker:
    """Give a maker of a module of one weight tensor."""
    return lambda: Gain(shape, function)


def hidden(part: Maker, out: int = 16) -> Maker:
    """Put a new part between two affine layers."""
    return lambda: between(part(), out)


def with_running_statistics(norm: nn.Module) -> nn.Module:
    """Give a norm statistics as training leaves them."""
    norm.running_mean.normal_(0, 0.3)
    norm.running_var.uniform_(0.5, 2)
    return norm


def adaptive(norm) -> Maker:
    """Scale and shift channels of an image by what the code says."""

    def forward(s: Decoder, z: Tensor) -> Tensor:
        scale, shift = s.style(z).reshape(-1, 2, 4, 1, 1).unbind(1)
        return s.out((norm(s.a(z).reshape(-1, 4, 4, 4)) * (1 + scale) + shift).flatten(1))

    return lambda: Decoder(forward, a=nn.Linear(3, 64), style=nn.Linear(3, 8), out=nn.Linear(64, 5))


def modulated(s: Decoder, z: Tensor) -> Tensor:
    """Convolve every image with its own demodulated kernel, as StyleGAN2 does."""
    n, style = len(z), s.style(z)
    kernel = s.conv.weight[None] * style[:, None, :, None, None]
    kernel = kernel * (kernel.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    images = s.a(z).reshape(1, n * 4, 4, 4)
    return F.conv2d(images, kernel.reshape(n * 3, 4, 3, 3), padding=1, groups=n).reshape(n, -1)


def rotary(x: Tensor) -> Tensor:
    """Attend with rotary positions."""
    angle = torch.arange(4, dtype=x.dtype)[:, None] * 10 ** -torch.arange(4, dtype=x.dtype)
    a, b = x.chunk(2, -1)
    q = torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)
    return F.scaled_dot_product_attention(q, q, x)


def linear_attention(x: Tensor) -> Tensor:
    """Attend by a kernel in place of softmax."""
    k = F.elu(x) + 1
    return k @ (k.mT @ x) / (k @ k.sum(1)[..., None])


def heads(x: Tensor, n: int) -> Tensor:
    """Split tokens of eight numbers into heads."""
    return x.reshape(len(x), 4, n, -1).transpose(1, 2)


def cells(part: nn.Module, x: Tensor) -> Tensor:
    """Run a cell by hand over the tokens."""
    state, outputs = None, []
    for token in x.unbind(1):
        state = part(token, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs, 1)


def decays(x: Tensor, w: Tensor) -> Tensor:
    """Sum tokens with decaying weights: a state space model."""
    state, outputs = torch.zeros_like(x[:, 0]), []
    for token in x.unbind(1):
        state = state * w.sigmoid() + token
        outputs.append(state.tanh())
    return torch.stack(outputs, 1)


def symmetric() -> nn.Module:
    """A layer whose weight is symmetric, by a parametrization of its own."""

    class Symmetric(nn.Module):
        def forward(self, w: Tensor) -> Tensor:
            return (w + w.mT) / 2

    layer = nn.Linear(16, 16)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    return layer


def images(function, out: int | None = None) -> Maker:
    """Apply a function to four channels of 4 x 4 pixels."""
    return of_image(lambda: Decoder(lambda s, x: function(x)))


MORE_NORMS: dict[str, Maker] = {
    "weight_norm of old": lambda: nn.Sequential(
        nn.Linear(3, 16), nn.Tanh(), torch.nn.utils.weight_norm(nn.Linear(16, 5))
    ),
    "spectral_norm of old": lambda: nn.Sequential(
        torch.nn.utils.spectral_norm(nn.Linear(3, 16)), nn.Tanh(), nn.Linear(16, 5)
    ),
    "orthogonal weights": hidden(lambda: parametrizations.orthogonal(nn.Linear(16, 16))),
    "a parametrization of one's own": hidden(symmetric),
    "BatchNorm1d trained": hidden(lambda: with_running_statistics(nn.BatchNorm1d(16))),
    "BatchNorm1d without weights": hidden(lambda: nn.BatchNorm1d(16, affine=False)),
    "BatchNorm2d trained": of_image(lambda: with_running_statistics(nn.BatchNorm2d(4))),
    "BatchNorm3d": lambda: nn.Sequential(
        nn.Linear(3, 64), nn.Unflatten(1, (2, 2, 4, 4)), nn.BatchNorm3d(2), nn.Tanh(), nn.Flatten()
    ),
    "SyncBatchNorm": hidden(lambda: nn.SyncBatchNorm(16)),
    "InstanceNorm with running statistics": of_image(
        lambda: with_running_statistics(nn.InstanceNorm2d(4, track_running_stats=True))
    ),
    "LayerNorm without weights": hidden(lambda: nn.LayerNorm(16, elementwise_affine=False)),
    "LayerNorm without bias": hidden(lambda: nn.LayerNorm(16, bias=False)),
    "GroupNorm of one group": of_image(lambda: nn.GroupNorm(1, 4)),
    "rms_norm": of_hidden(lambda h: F.rms_norm(h, (16,))),
    "RMSNorm by hand": of_hidden(lambda h: h * (h.square().mean(-1, keepdim=True) + 1e-6).rsqrt()),
    "PixelNorm": images(lambda x: x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()),
    "global response norm": images(
        lambda x: (lambda g: x * g / (g.mean(1, keepdim=True) + 1e-6))(
            torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
        )
    ),
    "dynamic tanh": hidden(weighted((16,), lambda x, w: w * torch.tanh(0.7 * x))),
    "AdaIN": adaptive(F.instance_norm),
    "conditional group norm": adaptive(lambda x: F.group_norm(x, 2)),
    "weight standardisation": of_image(
        weighted(
            (3, 4, 3, 3),
            lambda x, w: F.conv2d(
                x, (w - w.mean((1, 2, 3), True)) / w.std((1, 2, 3), keepdim=True), padding=1
            ),
        )
    ),
    "var_mean": of_hidden(
        lambda h: (lambda v, m: (h - m) / (v + 1e-5).sqrt())(*torch.var_mean(h, -1, keepdim=True))
    ),
}
MORE_ATTENTION: dict[str, Maker] = {
    "TransformerEncoder, norm first": of_tokens(
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu"),
            2,
            enable_nested_tensor=False,
        ),
        lambda part, x: part(x),
    ),
    "Transformer": of_tokens(
        lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True), lambda part, x: part(x, x)
    ),
    "attention by hand": of_tokens(nn.Identity, lambda part, x: (x @ x.mT / 3).softmax(-1) @ x),
    "rotary positions": of_tokens(nn.Identity, lambda part, x: rotary(x)),
    "linear attention": of_tokens(nn.Identity, lambda part, x: linear_attention(x)),
    "sigmoid attention": of_tokens(nn.Identity, lambda part, x: (x @ x.mT / 3).sigmoid() @ x),
    "attention with a mask": of_tokens(
        nn.Identity,
        lambda part, x: F.scaled_dot_product_attention(
            x, x, x, attn_mask=torch.eye(4, dtype=torch.bool) | torch.ones(4, 4).tril().bool()
        ),
    ),
    "attention with a bias": of_tokens(
        weighted((4, 4), lambda x, w: F.scaled_dot_product_attention(x, x, x, attn_mask=w)),
        lambda part, x: part(x),
    ),
    "grouped queries": of_tokens(
        nn.Identity,
        lambda part, x: F.scaled_dot_product_attention(
            heads(x, 4), heads(x[..., :4], 2), heads(x[..., 4:], 2), enable_gqa=True
        ),
    ),
    "one key for all heads": of_tokens(
        nn.Identity,
        lambda part, x: F.scaled_dot_product_attention(heads(x, 4), heads(x, 4)[:, :1], heads(x, 4)[:, :1]),
    ),
    "cross attention of learned queries": of_tokens(
        weighted((5, 8), lambda x, w: F.scaled_dot_product_attention(w.expand(len(x), -1, -1), x, x)),
        lambda part, x: part(x),
    ),
    "additive attention": of_tokens(
        weighted((8,), lambda x, w: (((x[:, :, None] + x[:, None]).tanh() @ w).softmax(-1)) @ x),
        lambda part, x: part(x),
    ),
}
MORE_RECURRENT: dict[str, Maker] = {
    "bidirectional GRU": of_tokens(
        lambda: nn.GRU(8, 4, batch_first=True, bidirectional=True), lambda part, x: part(x)[0]
    ),
    "LSTM of two layers": of_tokens(
        lambda: nn.LSTM(8, 4, 2, batch_first=True, dropout=0.1), lambda part, x: part(x)[0]
    ),
    "projected LSTM": of_tokens(
        lambda: nn.LSTM(8, 6, proj_size=3, batch_first=True), lambda part, x: part(x)[0]
    ),
    "RNN with relu": of_tokens(
        lambda: nn.RNN(8, 6, batch_first=True, nonlinearity="relu"), lambda part, x: part(x)[0]
    ),
    "GRUCell": of_tokens(lambda: nn.GRUCell(8, 6), cells),
    "LSTMCell": of_tokens(lambda: nn.LSTMCell(8, 6), cells),
    "RNNCell": of_tokens(lambda: nn.RNNCell(8, 6), cells),
    "state space": of_tokens(weighted((8,), decays), lambda part, x: part(x)),
    "running sums": of_tokens(nn.Identity, lambda part, x: x.cumsum(1).tanh()),
}
MORE_LAYERS: dict[str, Maker] = {
    "Conv1d": lambda: nn.Sequential(
        nn.Linear(3, 32), nn.Unflatten(1, (4, 8)), nn.Conv1d(4, 3, 3, dilation=2), nn.Tanh(), nn.Flatten()
    ),
    "ConvTranspose1d": lambda: nn.Sequential(
        nn.Linear(3, 16), nn.Unflatten(1, (4, 4)), nn.ConvTranspose1d(4, 3, 4, 2), nn.Tanh(), nn.Flatten()
    ),
    "Conv3d": lambda: nn.Sequential(
        nn.Linear(3, 54), nn.Unflatten(1, (2, 3, 3, 3)), nn.Conv3d(2, 3, 2), nn.Tanh(), nn.Flatten()
    ),
    "ConvTranspose3d": lambda: nn.Sequential(
        nn.Linear(3, 16), nn.Unflatten(1, (2, 2, 2, 2)), nn.ConvTranspose3d(2, 2, 2), nn.Tanh(), nn.Flatten()
    ),
    "depthwise and pointwise": of_image(
        lambda: nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 6, 1))
    ),
    "PixelUnshuffle": of_image(lambda: nn.PixelUnshuffle(2)),
    "ChannelShuffle": of_image(lambda: nn.ChannelShuffle(2)),
    "Upsample nearest-exact": of_image(lambda: nn.Upsample(scale_factor=2, mode="nearest-exact")),
    "interpolate area": images(lambda x: F.interpolate(x, size=3, mode="area")),
    "interpolate antialiased": images(
        lambda x: F.interpolate(x, size=3, mode="bilinear", antialias=True, align_corners=False)
    ),
    "Unfold": of_image(lambda: nn.Unfold(2)),
    "Fold": of_image(
        lambda: nn.Sequential(nn.Flatten(2), nn.Flatten(1), nn.Unflatten(1, (16, 4)), nn.Fold(3, 2))
    ),
    "ZeroPad2d": of_image(lambda: nn.ZeroPad2d(1)),
    "ConstantPad2d": of_image(lambda: nn.ConstantPad2d(1, 0.3)),
    "CircularPad2d": of_image(lambda: nn.CircularPad2d(1)),
    "AdaptiveMaxPool2d": of_image(lambda: nn.AdaptiveMaxPool2d(2)),
    "Softmax2d": of_image(lambda: nn.Softmax2d()),
    "blur": of_image(
        lambda: Decoder(
            lambda s, x: F.conv2d(x, x.new_ones(4, 1, 3, 3) / 9, padding=1, groups=4), a=nn.Identity()
        )
    ),
    "modulated convolution": lambda: Decoder(
        modulated, a=nn.Linear(3, 64), style=nn.Linear(3, 4), conv=nn.Conv2d(4, 3, 3)
    ),
    "squeeze and excitation": images(lambda x: x * x.mean((2, 3), keepdim=True).sigmoid()),
    "skip connection of channels": of_image(
        lambda: Decoder(lambda s, x: torch.cat([x, s.c(x).tanh()], 1), c=nn.Conv2d(4, 2, 3, padding=1))
    ),
    "filter in Fourier space": images(
        lambda x: torch.fft.irfft2(torch.fft.rfft2(x) * torch.linspace(0, 1, 3, dtype=x.dtype))
    ),
    "MaxUnpool2d": images(lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)),
    "channels last": images(lambda x: x.contiguous(memory_format=torch.channels_last).sin()),
}
