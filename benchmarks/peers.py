"""The peers, each used as its authors ship it."""

import contextlib

import torch
from common import ACTIVATIONS, fill, weights
from torch import Tensor, nn

try:
    from stochman import nnj
    from stochman.curves import CubicSpline
    from stochman.geodesic import geodesic_minimizing_energy
    from stochman.manifold import EmbeddedManifold
except ImportError:
    nnj = None

STOCHMAN = nnj is not None
WHY_NOT = "stochman is not installed: run `make bench`"


def stochman_manifold(name: str, dtype: torch.dtype = torch.float32, *, sigmoid: bool = False):
    """Build the decoder of stochman's own layers, as the manifold it embeds."""
    sizes = [w.shape for w in weights(name)[::2]]
    act = getattr(nnj, ACTIVATIONS[name].__name__)
    layers = [nnj.Linear(sizes[0][1], sizes[0][0]), act(), nnj.Linear(*sizes[1][::-1]), act()]
    network = fill(nnj.Sequential(*layers, nnj.Linear(*sizes[2][::-1])), name, dtype)
    if sigmoid:
        network = nnj.Sequential(*network, nnj.Sigmoid())

    class Decoded(EmbeddedManifold):
        def embed(self, points: Tensor, jacobian: bool = False):
            return network(points, jacobian=jacobian)

    return Decoded()


def stochman_geodesics(
    manifold, z0: Tensor, z1: Tensor, *, knots: int = 5, steps: int = 150, points: int = 20
):
    """Connect pairs in one batch; the defaults are those of stochman's `connecting_geodesic`."""
    curve = CubicSpline(z0, z1, num_nodes=knots)
    geodesic_minimizing_energy(curve, manifold, max_iter=steps, eval_grid=points)
    return curve


def stochman_samples(curve, n_segments: int) -> Tensor:
    """Read stochman's curves at equally spaced parameters, in double precision."""
    with torch.no_grad(), contextlib.suppress(AttributeError):
        curve = curve.double()
    t = torch.linspace(0, 1, n_segments + 1, dtype=torch.float64)
    with torch.no_grad():
        return curve(t)


def plain_metric(network: nn.Module):
    """Pull back the metric as anyone would write it first: forward-mode Jacobians under vmap, J^T J."""
    jacobian = torch.func.vmap(torch.func.jacfwd(network))

    def matrix(z: Tensor) -> Tensor:
        j = jacobian(z)
        return j.mT @ j

    return matrix
