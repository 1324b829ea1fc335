"""Blocks that people build decoders from, each as a small decoder of three coordinates: name -> its maker."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

Maker = Callable[[], nn.Module]


class Decoder(nn.Module):
    """A function of the module itself and the points, with the parts that it uses."""

    def __init__(self, function: Callable[..., Tensor], **parts: nn.Module):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, z: Tensor) -> Tensor:
        return self.function(self, z)


def between(part: nn.Module, out: int = 16) -> nn.Module:
    """Put a part between two affine layers."""
    return nn.Sequential(nn.Linear(3, 16), part, nn.Linear(out, 5))


def of_hidden(function: Callable[[Tensor], Tensor], out: int = 16) -> Maker:
    """Apply a function between two affine layers, in a `forward` of its own."""
    return lambda: Decoder(lambda s, z: s.b(function(s.a(z))), a=nn.Linear(3, 16), b=nn.Linear(out, 5))


def for_its_effect(name: str) -> Maker:
    """Call an activation in place and use what it leaves behind, not what it returns."""

    def forward(s: Decoder, z: Tensor) -> Tensor:
        h = s.a(z)
        if name.endswith("_"):
            getattr(h, name)()
        else:
            s.act(h)
        return s.b(h)

    act = nn.Identity() if name.endswith("_") else getattr(nn, name)(inplace=True)
    return lambda: Decoder(forward, a=nn.Linear(3, 16), act=act, b=nn.Linear(16, 5))


def of_image(part: Callable[[], nn.Module]) -> Maker:
    """Apply a layer to four channels of 4 x 4 pixels."""
    return lambda: nn.Sequential(
        nn.Linear(3, 64), nn.Unflatten(1, (4, 4, 4)), part(), nn.Tanh(), nn.Flatten()
    )


def of_tokens(part: Callable[[], nn.Module], call: Callable[[nn.Module, Tensor], Tensor]) -> Maker:
    """Apply a part to four tokens of eight numbers."""
    return lambda: Decoder(
        lambda s, z: call(s.part, s.a(z).reshape(-1, 4, 8)).flatten(1), a=nn.Linear(3, 32), part=part()
    )


def of_gram(function: Callable[[Tensor], Tensor]) -> Maker:
    """Apply a function to a positive definite matrix (4, 4) of every point."""

    def forward(s: Decoder, z: Tensor) -> Tensor:
        A = s.a(z).reshape(-1, 4, 4)
        return function(A @ A.mT + torch.eye(4, dtype=A.dtype)).flatten(1)

    return lambda: Decoder(forward, a=nn.Linear(3, 16))


SMOOTH = "ELU GELU LogSigmoid Sigmoid SiLU Mish Softplus Softsign Tanh Tanhshrink CELU SELU"
KINKED = "Hardshrink Hardsigmoid Hardtanh Hardswish LeakyReLU PReLU ReLU ReLU6 RReLU Softshrink"
IN_PLACE = "ELU SiLU Mish ReLU Hardswish CELU SELU LeakyReLU ReLU6 Hardsigmoid RReLU Hardtanh"
EFFECTS = ["SiLU", "ELU", "Mish", "Hardswish", "ReLU", "SELU", "CELU"]
METHODS = ["tanh_", "sigmoid_", "relu_", "sin_", "exp_", "square_"]
ACTIVATIONS: dict[str, Maker] = {
    **{n: (lambda n=n: between(getattr(nn, n)())) for n in f"{SMOOTH} {KINKED}".split()},
    **{f"{n} in place": (lambda n=n: between(getattr(nn, n)(inplace=True))) for n in IN_PLACE.split()},
    **{f"{n} for its effect": for_its_effect(n) for n in EFFECTS},
    **{f"{n} for its effect": for_its_effect(n) for n in METHODS},
    **{n: (lambda n=n: between(getattr(nn, n)(dim=-1))) for n in ["Softmin", "Softmax", "LogSoftmax"]},
    "GELU tanh": lambda: between(nn.GELU(approximate="tanh")),
    "GLU": lambda: between(nn.GLU(), 8),
    "Threshold": lambda: between(nn.Threshold(0.1, 0.1)),
    "sine": of_hidden(lambda h: torch.sin(3 * h)),
    "Fourier features": of_hidden(lambda h: torch.cat([h[:, :8].sin(), h[:, :8].cos()], -1)),
    "radial": of_hidden(lambda h: torch.exp(-h.square())),
    "cubic spline": of_hidden(lambda h: h.clamp(min=0) ** 3 + h),
}
NORMS: dict[str, Maker] = {
    "LayerNorm": lambda: between(nn.LayerNorm(16)),
    "RMSNorm": lambda: between(nn.RMSNorm(16)),
    "GroupNorm": lambda: between(nn.GroupNorm(4, 16)),
    "BatchNorm1d": lambda: between(nn.BatchNorm1d(16)),
    "BatchNorm2d": of_image(lambda: nn.BatchNorm2d(4)),
    "InstanceNorm2d": of_image(lambda: nn.InstanceNorm2d(4, affine=True)),
    "GroupNorm of images": of_image(lambda: nn.GroupNorm(2, 4)),
    "LayerNorm of images": of_image(lambda: nn.LayerNorm([4, 4, 4])),
    "LocalResponseNorm": of_image(lambda: nn.LocalResponseNorm(2)),
    "normalize": of_hidden(lambda h: F.normalize(h, dim=-1)),
    "group_norm": of_hidden(lambda h: F.group_norm(h, 2)),
    "native_layer_norm": of_hidden(lambda h: torch.native_layer_norm(h, [16], None, None, 1e-5)[0]),
    "batch_norm within points": of_hidden(
        lambda h: F.batch_norm(h.reshape(1, -1, 8), None, None, training=True).reshape(h.shape)
    ),
    "by hand": of_hidden(lambda h: (h - h.mean(-1, True)) / (h.var(-1, keepdim=True) + 1e-5).sqrt()),
    "weight_norm": lambda: nn.Sequential(
        parametrizations.weight_norm(nn.Linear(3, 16)), nn.Tanh(), nn.Linear(16, 5)
    ),
    "spectral_norm": lambda: nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(3, 16)), nn.Tanh(), nn.Linear(16, 5)
    ),
}
ATTENTION: dict[str, Maker] = {
    "TransformerEncoderLayer": of_tokens(
        lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), lambda part, x: part(x)
    ),
    "TransformerDecoderLayer": of_tokens(
        lambda: nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), lambda part, x: part(x, x)
    ),
    "MultiheadAttention": of_tokens(
        lambda: nn.MultiheadAttention(8, 2, batch_first=True), lambda part, x: part(x, x, x)[0]
    ),
    "MultiheadAttention without weights": of_tokens(
        lambda: nn.MultiheadAttention(8, 2, batch_first=True),
        lambda part, x: part(x, x, x, need_weights=False)[0],
    ),
    "scaled_dot_product_attention": of_tokens(
        nn.Identity, lambda part, x: F.scaled_dot_product_attention(x, x, x)
    ),
    "causal attention": of_tokens(
        nn.Identity, lambda part, x: F.scaled_dot_product_attention(x, x, x, is_causal=True)
    ),
}
RECURRENT: dict[str, Maker] = {
    n: of_tokens(lambda n=n: getattr(nn, n)(8, 6, batch_first=True), lambda part, x: part(x)[0])
    for n in ["RNN", "GRU", "LSTM"]
}
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "Conv2d": lambda: nn.Conv2d(4, 3, 3, padding=1),
    "Conv2d reflect": lambda: nn.Conv2d(4, 3, 3, padding=1, padding_mode="reflect"),
    "Conv2d circular": lambda: nn.Conv2d(4, 3, 3, padding=1, padding_mode="circular"),
    "Conv2d same": lambda: nn.Conv2d(4, 3, 3, padding="same"),
    "Conv2d groups and stride": lambda: nn.Conv2d(4, 4, 3, groups=2, stride=2, padding=1),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 3, 4, 2, 1),
    "ConvTranspose2d with output padding": lambda: nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1),
    "PixelShuffle": lambda: nn.PixelShuffle(2),
    "AvgPool2d": lambda: nn.AvgPool2d(2),
    "MaxPool2d": lambda: nn.MaxPool2d(2),
    "LPPool2d": lambda: nn.LPPool2d(2, 2),
    "AdaptiveAvgPool2d": lambda: nn.AdaptiveAvgPool2d(2),
    "ReflectionPad2d": lambda: nn.ReflectionPad2d(1),
    "ReplicationPad2d": lambda: nn.ReplicationPad2d(1),
    "Dropout2d": lambda: nn.Dropout2d(0.5),
    **{
        f"Upsample {m}": (lambda m=m: nn.Upsample(scale_factor=2, mode=m))
        for m in ("nearest", "bilinear", "bicubic")
    },
}
ALGEBRA: dict[str, Maker] = {
    name: of_gram(function)
    for name, function in {
        "inv": torch.linalg.inv,
        "pinv": torch.linalg.pinv,
        "cholesky": torch.linalg.cholesky,
        "torch.cholesky": torch.cholesky,
        "cholesky_inverse": lambda A: torch.cholesky_inverse(torch.linalg.cholesky(A)),
        "cholesky_inverse method": lambda A: torch.linalg.cholesky(A).cholesky_inverse(),
        "cholesky_solve": lambda A: torch.cholesky_solve(A.tanh(), torch.linalg.cholesky(A)),
        "solve": lambda A: torch.linalg.solve(A, A.tanh()),
        "solve_ex": lambda A: torch.linalg.solve_ex(A, A.tanh())[0],
        "lu_solve": lambda A: torch.linalg.lu_solve(*torch.linalg.lu_factor(A), A.tanh()),
        "solve_triangular": lambda A: torch.linalg.solve_triangular(A.tril(), A.tanh(), upper=False),
        "lstsq": lambda A: torch.linalg.lstsq(A, A.tanh()).solution,
        "det": lambda A: torch.linalg.det(A)[:, None],
        "slogdet": lambda A: torch.linalg.slogdet(A)[1][:, None],
        "logdet": lambda A: torch.logdet(A)[:, None],
        "eigvalsh": torch.linalg.eigvalsh,
        "square root by eigh": lambda A: (lambda w, V: V @ (w.sqrt()[..., None] * V.mT))(
            *torch.linalg.eigh(A)
        ),
        "svdvals": torch.linalg.svdvals,
        "qr": lambda A: torch.linalg.qr(A)[1],
        "matrix_exp": lambda A: torch.linalg.matrix_exp(A / 10),
        "cdist": lambda A: torch.cdist(A, A.tanh() + 1),
        "pdist": lambda A: torch.stack([F.pdist(a) for a in A]),
        "logsumexp": lambda A: A.logsumexp(-1),
        "cumprod": lambda A: A.cumprod(-1),
        "rfft": lambda A: torch.fft.rfft(A).abs(),
        "sort": lambda A: A.sort(-1).values,
        "cosine_similarity": lambda A: F.cosine_similarity(A, A.tanh(), -1),
        "lgamma": lambda A: torch.lgamma(A.square() + 1),
        "erfinv": lambda A: torch.erfinv(A.tanh() * 0.9),
        "atan2": lambda A: torch.atan2(A, A.square() + 1),
    }.items()
}
SHAPES: dict[str, Maker] = {
    "residual": of_hidden(lambda h: h + torch.tanh(h)),
    "hypernetwork": lambda: Decoder(
        lambda s, z: torch.einsum("nij,nj->ni", s.a(z).reshape(-1, 5, 4), s.b(z).tanh()),
        a=nn.Linear(3, 20),
        b=nn.Linear(3, 4),
    ),
    "Bilinear": lambda: Decoder(
        lambda s, z: s.b(s.a(z).tanh(), s.a(z)), a=nn.Linear(3, 6), b=nn.Bilinear(6, 6, 5)
    ),
    "conditional": lambda: Decoder(
        lambda s, z: s.a(torch.cat([z, z.new_ones(len(z), 2)], -1)).tanh(), a=nn.Linear(5, 7)
    ),
    "mean of a Normal": lambda: Decoder(
        lambda s, z: torch.distributions.Normal(s.a(z).tanh(), 1.0).mean, a=nn.Linear(3, 7)
    ),
    "probabilities of a Bernoulli": lambda: Decoder(
        lambda s, z: torch.distributions.Bernoulli(logits=s.a(z)).probs, a=nn.Linear(3, 7)
    ),
    "z changed in place": lambda: Decoder(lambda s, z: s.a(z.mul_(2)).sin_(), a=nn.Linear(3, 7)),
}
WITHOUT: dict[str, Maker] = {
    "grid_sample": lambda: Decoder(
        lambda s, z: F.grid_sample(
            z.new_ones(len(z), 1, 8, 8), s.a(z).tanh().reshape(-1, 2, 4, 2), align_corners=False
        ).flatten(1),
        a=nn.Linear(3, 16),
    ),
    "Bessel": of_hidden(torch.special.bessel_j0),
}
"""Functions without the derivative that they should have."""
