"""Whole decoders of several kinds: splines, flows, hypernetworks, differential equations, distributions."""

import torch
from decoder_blocks import Decoder, Maker, of_hidden
from torch import Tensor, distributions, nn
from torch.nn import functional as F


def cubic(x: Tensor) -> Tensor:
    """Evaluate twelve cubic B-splines on [-2, 2] by de Boor's recursion."""
    knots = torch.linspace(-3.2, 3.2, 17, dtype=x.dtype)
    x = x.tanh()[..., None] * 2
    basis = ((x >= knots[:-1]) & (x < knots[1:])).to(x.dtype)
    for k in range(1, 4):
        left = (x - knots[: -k - 1]) / (knots[k:-1] - knots[: -k - 1])
        right = (knots[k + 1 :] - x) / (knots[k + 1 :] - knots[1:-k])
        basis = left * basis[..., :-1] + right * basis[..., 1:]
    return basis


def rational_spline(x: Tensor) -> Tensor:
    """Map by a monotone rational quadratic spline of four bins, found by `searchsorted`."""
    at = torch.linspace(-2, 2, 5, dtype=x.dtype)
    to = torch.tensor([-2.0, -0.4, 0.1, 1.1, 2.0], dtype=x.dtype)
    slope = torch.tensor([1.0, 0.7, 0.9, 1.4, 1.0], dtype=x.dtype)
    x = 2 * x.tanh()
    k = torch.searchsorted(at, x.detach().contiguous()).clamp(1, 4) - 1
    s, share = (to[k + 1] - to[k]) / (at[k + 1] - at[k]), (x - at[k]) / (at[k + 1] - at[k])
    below = s + (slope[k + 1] + slope[k] - 2 * s) * share * (1 - share)
    return to[k] + (to[k + 1] - to[k]) * (s * share**2 + slope[k] * share * (1 - share)) / below


def runge_kutta(s: Decoder, z: Tensor) -> Tensor:
    """Follow a neural differential equation for unit time in eight steps."""
    h = s.a(z)
    for _ in range(8):
        k1 = s.f(h).tanh()
        k2 = s.f(h + k1 / 16).tanh()
        h = h + k2 / 8
    return s.b(h)


def equilibrium(s: Decoder, z: Tensor) -> Tensor:
    """Iterate a contraction to its fixed point."""
    h, x = torch.zeros(len(z), 8, dtype=z.dtype), s.a(z)
    for _ in range(40):
        h = torch.tanh(0.3 * s.f(h) + x)
    return h


def coupling(s: Decoder, z: Tensor) -> Tensor:
    """Run two affine couplings, as RealNVP does."""
    a, b = s.a(z).chunk(2, -1)
    b = b * torch.exp(s.f(a).tanh()) + s.g(a)
    a = a * torch.exp(s.g(b).tanh()) + s.f(b)
    return torch.cat([a, b], -1)


def planar(s: Decoder, z: Tensor) -> Tensor:
    """Push through a planar flow."""
    h, w = s.a(z), s.f.weight[:1]
    return h + w * torch.tanh(h @ w.mT + 0.3)


def experts(hard: bool) -> Maker:
    """Mix four experts by a gate, or take the best two."""

    def forward(s: Decoder, z: Tensor) -> Tensor:
        gate, said = s.gate(z), s.said(z).reshape(-1, 4, 5).tanh()
        if hard:
            top = gate.topk(2)
            chosen = said.gather(1, top.indices[..., None].expand(-1, -1, 5))
            return (top.values.softmax(-1)[..., None] * chosen).sum(1)
        return torch.einsum("ne,nei->ni", gate.softmax(-1), said)

    return lambda: Decoder(forward, gate=nn.Linear(3, 4), said=nn.Linear(3, 20))


def gradient_of_energy(s: Decoder, z: Tensor) -> Tensor:
    """Answer with the gradient of a scalar, by `torch.func.grad`."""
    return torch.func.vmap(torch.func.grad(lambda x: s.b(s.a(x).tanh()).square().sum()))(z)


def with_autograd(s: Decoder, z: Tensor) -> Tensor:
    """Answer with the gradient of a scalar, by `torch.autograd.grad`."""
    with torch.enable_grad():
        x = z if z.requires_grad else z.detach().requires_grad_()
        energy = s.b(s.a(x).tanh()).square().sum()
        return torch.autograd.grad(energy, x, create_graph=True)[0]


def coordinates(s: Decoder, z: Tensor) -> Tensor:
    """Evaluate a field of sines at the pixels of a grid: an implicit representation."""
    grid = torch.cartesian_prod(*[torch.linspace(-1, 1, 4, dtype=z.dtype)] * 2).expand(len(z), -1, -1)
    h = torch.cat([grid, z[:, None].expand(-1, 16, -1)], -1)
    return s.b(torch.sin(3 * s.f(torch.sin(3 * s.a(h))))).flatten(1)


def splats(s: Decoder, z: Tensor) -> Tensor:
    """Draw five Gaussian blobs on a grid."""
    grid = torch.cartesian_prod(*[torch.linspace(-1, 1, 5, dtype=z.dtype)] * 2)
    where, size, ink = s.a(z).reshape(-1, 5, 4).split([2, 1, 1], -1)
    square = (grid - where[:, :, None]).square().sum(-1)
    return (ink.sigmoid() * torch.exp(-square * size.exp())).sum(1)


def graph(s: Decoder, z: Tensor) -> Tensor:
    """Pass messages around a ring of four nodes, by `index_add`."""
    h, i = s.a(z).reshape(-1, 4, 4), torch.tensor([1, 2, 3, 0])
    return (h + torch.zeros_like(h).index_add(1, i, h.tanh())).sin().flatten(1)


def field(function) -> Maker:
    """Give the decoder of a function with the parts that several of these use."""
    return lambda: Decoder(function, a=nn.Linear(3, 8), f=nn.Linear(8, 8), b=nn.Linear(8, 5))


def given(function) -> Maker:
    """Give the decoder of a function of six numbers that an affine layer makes."""
    return lambda: Decoder(lambda s, z: function(s.a(z)), a=nn.Linear(3, 6))


MODELS: dict[str, Maker] = {
    "B-splines (KAN)": of_hidden(lambda h: cubic(h[:, :8]).flatten(1)[:, :16] + h),
    "Chebyshev polynomials (KAN)": of_hidden(lambda h: torch.cos(3 * torch.acos(0.9 * h.tanh()))),
    "Hermite polynomials": of_hidden(lambda h: (h**3 - 3 * h) * torch.exp(-h.square() / 2)),
    "rational quadratic spline": of_hidden(rational_spline),
    "look-up between knots": of_hidden(
        lambda h: (lambda k, x: torch.lerp(k.sin(), (k + 1).sin(), x - k))(h.detach().floor(), h)
    ),
    "neural differential equation": field(runge_kutta),
    "deep equilibrium": field(equilibrium),
    "affine couplings": lambda: Decoder(coupling, a=nn.Linear(3, 8), f=nn.Linear(4, 4), g=nn.Linear(4, 4)),
    "planar flow": field(planar),
    "mixture of experts": experts(hard=False),
    "mixture of the best two experts": experts(hard=True),
    "FiLM": lambda: Decoder(
        lambda s, z: s.b(s.f(s.a(z).tanh()) * s.c(z) + s.d(z)),
        a=nn.Linear(3, 8),
        f=nn.Linear(8, 8),
        b=nn.Linear(8, 5),
        c=nn.Linear(3, 8),
        d=nn.Linear(3, 8),
    ),
    "hypernetwork by functional_call": lambda: Decoder(
        lambda s, z: torch.func.vmap(
            lambda w, x: torch.func.functional_call(s.b, {"weight": w.reshape(5, 3)}, (x,))
        )(s.a(z), z),
        a=nn.Linear(3, 15),
        b=nn.Linear(3, 5, bias=False),
    ),
    "radial basis functions": lambda: Decoder(
        lambda s, z: s.a(torch.exp(-(z[:, None] - s.c.weight).square().sum(-1))),
        a=nn.Linear(6, 5),
        c=nn.Linear(3, 6),
    ),
    "Gaussian process": lambda: Decoder(
        lambda s, z: (1 + torch.cdist(z, s.c.weight + 3)) * torch.exp(-torch.cdist(z, s.c.weight + 3)),
        c=nn.Linear(3, 6),
    ),
    "implicit representation": lambda: Decoder(
        coordinates, a=nn.Linear(5, 8), f=nn.Linear(8, 8), b=nn.Linear(8, 2)
    ),
    "Gaussian splats": lambda: Decoder(splats, a=nn.Linear(3, 20)),
    "messages on a graph": lambda: Decoder(graph, a=nn.Linear(3, 16)),
    "gradient of an energy": field(gradient_of_energy),
    "embedding of a class": lambda: Decoder(
        lambda s, z: s.a(torch.cat([z, s.e(torch.full((len(z),), 3))], -1)).tanh(),
        a=nn.Linear(5, 7),
        e=nn.Embedding(4, 2),
    ),
    "one-hot condition": lambda: Decoder(
        lambda s, z: s.a(torch.cat([z, F.one_hot(torch.full((len(z),), 1), 4).to(z.dtype)], -1)).tanh(),
        a=nn.Linear(7, 7),
    ),
    "complex numbers inside": of_hidden(
        lambda h: (torch.complex(h[:, :8], h[:, 8:]).exp() * 1j).abs().repeat(1, 2)
    ),
    "homogeneous coordinates": given(lambda h: h[:, :5] / (h[:, 5:].square() + 1)),
    "stereographic projection": given(lambda h: 2 * h / (1 + h.square().sum(-1, keepdim=True))),
    "hyperbolic exponential": given(
        lambda h: h * (lambda r: torch.tanh(r) / r)(h.norm(dim=-1, keepdim=True) + 1e-3)
    ),
    "nothing but indexing": given(lambda h: h[:, [0, 2, 1, 5]] * h[:, 1:5]),
    "vmap inside": given(lambda h: torch.vmap(lambda x: x.sin() * x.sum())(h)),
    "scan with where": given(lambda h: torch.where(h > 0, h.sin(), h.expm1())),
    "maximum of halves": given(lambda h: torch.maximum(*h.chunk(2, -1)) + h[:, :3].square()),
}
DISTRIBUTIONS: dict[str, Maker] = {
    "mean of a Beta": given(lambda h: distributions.Beta(h.exp() + 1, 2 + h.square()).mean),
    "mean of a Gamma": given(lambda h: distributions.Gamma(h.exp() + 1, h.square() + 1).mean),
    "mean of a LogNormal": given(lambda h: distributions.LogNormal(h, 0.1 + h.square()).mean),
    "mean of a StudentT": given(lambda h: distributions.StudentT(3.0, h.tanh(), 1.0).mean),
    "mean of a Laplace": given(lambda h: distributions.Laplace(h.tanh(), 1.0).mean),
    "mean of a NegativeBinomial": given(lambda h: distributions.NegativeBinomial(4.0, logits=h).mean),
    "probabilities of a Categorical": given(lambda h: distributions.Categorical(logits=h).probs),
    "mean of a mixture": given(
        lambda h: distributions.MixtureSameFamily(
            distributions.Categorical(logits=h[:, :3]), distributions.Normal(h[:, 3:], 1.0)
        ).mean[:, None]
    ),
    "mean of an Independent": given(
        lambda h: distributions.Independent(distributions.Normal(h.sin(), 1.0), 1).mean
    ),
    "mean of a ContinuousBernoulli": given(lambda h: distributions.ContinuousBernoulli(logits=4 + h).mean),
    "mode of a Dirichlet": given(lambda h: distributions.Dirichlet(h.exp() + 1).mode),
    "quantile of a Normal": given(
        lambda h: distributions.Normal(h, h.exp()).icdf(torch.tensor(0.8, dtype=h.dtype))
    ),
}
