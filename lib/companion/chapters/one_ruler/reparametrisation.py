"""Give the same decoded manifold other coordinates, or show the same pictures to another eye."""

import torch
from torch import Tensor, nn

from companion.measures.space import Space

WIDTH = 4


class Coupling(nn.Module):
    r"""A map that moves some coordinates by an amount that the others decide, and its inverse.

    $$y_a = x_a, \qquad y_b = x_b \, e^{s(x_a)} + t(x_a)$$

    s and t are sums of `WIDTH` hyperbolic tangents. However they look, the inverse is known:
    $x_b = (y_b - t(y_a))\, e^{-s(y_a)}$ (Dinh, Sohl-Dickstein and Bengio 2017, affine coupling).

    Args:
        kept: (d,) which coordinates are a; some are, some are not.
        strength: 0 is the identity; at 1 coordinates of unit spread move by about their spread.
        inverse: whether to go backwards.
        generator: of s and t, on the CPU.
    """

    def __init__(self, kept: Tensor, strength: float, *, generator: torch.Generator):
        super().__init__()
        n_a, n_b = int(kept.sum()), int((~kept).sum())
        for name, shape in {"A": (n_a, WIDTH), "c": (WIDTH,), "S": (WIDTH, n_b), "T": (WIDTH, n_b)}.items():
            drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
            scale = {"A": n_a**-0.5, "c": 1.0, "S": strength / 2, "T": strength}[name]
            self.register_buffer(name, drawn * scale * (1 if name in "Ac" else WIDTH**-0.5))
        self.register_buffer("kept", kept)

    def forward(self, x: Tensor, *, inverse: bool = False) -> Tensor:
        """Map points (*batch, d) forwards, or back."""
        a, b = x[..., self.kept], x[..., ~self.kept]
        hidden = torch.tanh(a @ self.A + self.c)
        s, t = hidden @ self.S, hidden @ self.T
        b = (b - t) * torch.exp(-s) if inverse else b * torch.exp(s) + t
        order = torch.cat([self.kept.nonzero()[:, 0], (~self.kept).nonzero()[:, 0]]).argsort()
        return torch.cat([a, b], dim=-1)[..., order]


class Diffeomorphism(nn.Module):
    """Smooth new coordinates of a latent space, invertible by formula.

    Args:
        couplings: applied one after the other, in units of the codes' spread.
        centre: (d,) mean of the codes.
        spread: (d,) standard deviation of the codes.
        backwards: whether calling the module is the inverse.
    """

    def __init__(self, couplings: list[Coupling], centre: Tensor, spread: Tensor, *, backwards: bool = False):
        super().__init__()
        self.couplings = nn.ModuleList(couplings)
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.backwards = backwards

    def forward(self, z: Tensor) -> Tensor:
        """Map points (*batch, d) to their new coordinates, or back."""
        u = (z - self.centre) / self.spread
        for coupling in reversed(self.couplings) if self.backwards else self.couplings:
            u = coupling(u, inverse=self.backwards)
        return u * self.spread + self.centre

    @property
    def inverse(self) -> "Diffeomorphism":
        """The way back."""
        return Diffeomorphism(list(self.couplings), self.centre, self.spread, backwards=not self.backwards)


def random_diffeomorphism(
    codes: Tensor, *, strength: float, generator: torch.Generator, n_couplings: int = 4
) -> Diffeomorphism:
    r"""Draw smooth new coordinates $w = \varphi(z)$ of a latent space, with $\varphi^{-1}$ by formula.

    With the codes moved along and the decoder made $f \circ \varphi^{-1}$, the decoded pictures, the manifold
    and every distance along it are what they were. A number that changes is a property of the coordinates.

    Args:
        codes: (n, d) codes, d of 2 or more, whose spread sets the scale.
        strength: of each coupling; 0 is the identity.
        generator: source of randomness, on the CPU.
        n_couplings: each moves every other coordinate, in turn.

    Raises:
        ValueError: for d = 1 or a negative strength.
    """
    d = codes.shape[-1]
    if codes.ndim != 2 or d < 2:
        raise ValueError(f"codes: got shape {tuple(codes.shape)}, expected (n, d) with d of 2 or more")
    if not strength >= 0:
        raise ValueError(f"strength: got {strength}, expected a number of at least 0")
    couplings = []
    order = torch.randperm(d, generator=generator)
    for k in range(n_couplings):
        kept = torch.zeros(d, dtype=torch.bool)
        kept[order[k % 2 :: 2]] = True
        couplings.append(Coupling(kept, strength, generator=generator))
    spread = codes.std(0).clamp_min(1e-6)
    return Diffeomorphism(couplings, codes.mean(0), spread).to(codes.dtype)


def disguises(
    space: Space, *, strength: float, factor: float, generator: torch.Generator, n_bends: int = 1
) -> dict[str, list[Space]]:
    """Look at a decoder and its codes in four kinds of other ways, with their images and deviations.

    Args:
        space: in double precision; its metric is taken to be the decoder's pullback.
        strength: of the random diffeomorphism.
        factor: by which coordinates, and pixels, are scaled.
        generator: of the diffeomorphisms and of the rotation.
        n_bends: number of diffeomorphisms.

    Returns:
        "bent": new smooth coordinates, several times; "scaled": coordinates times `factor`; "rotated": pixels
        turned by a random orthogonal matrix; "brighter": pixels times `factor`.
    """
    z, D = space.codes, space.decoder(space.codes[:1]).shape[-1]
    drawn = [random_diffeomorphism(z, strength=strength, generator=generator) for _ in range(n_bends)]
    rotation = torch.linalg.qr(torch.randn(D, D, generator=generator, dtype=torch.float64)).Q.to(z)
    return {
        "bent": [_renamed(space, phi(z), phi.inverse) for phi in drawn],
        "scaled": [_renamed(space, factor * z, _linear(torch.eye(z.shape[-1]).to(z) / factor))],
        "rotated": [_shown(space, rotation, 1.0)],
        "brighter": [_shown(space, factor * torch.eye(D).to(z), factor)],
    }


def _renamed(space: Space, codes: Tensor, back: nn.Module) -> Space:
    """Give the codes other names, which the decoder maps `back` first."""
    std = None if space.std is None else lambda w: space.std(back(w))
    return Space(nn.Sequential(back, space.decoder), codes, space.labels, images=space.images, std=std)


def _shown(space: Space, pixels: Tensor, size: float) -> Space:
    """Map all pixels; of the deviation the total is used, which a rotation leaves alone."""
    std = None if space.std is None else lambda z: size * space.std(z)
    images = None if space.images is None else space.images @ pixels.mT
    decoder = nn.Sequential(space.decoder, _linear(pixels))
    return Space(decoder, space.codes, space.labels, images=images, std=std)


def _linear(matrix: Tensor) -> nn.Linear:
    layer = nn.Linear(*matrix.shape, bias=False, dtype=matrix.dtype, device=matrix.device)
    layer.weight = nn.Parameter(matrix, requires_grad=False)
    return layer
