"""What a network makes of a surface that is known: straight lines and geodesics on its copy."""

from dataclasses import dataclass

import torch
from pullback.curves.discrete_curve import linear_interpolation
from pullback.measures.lengths.length_ratio import length_ratio
from pullback.metrics.pullback import PullbackMetric
from torch import Tensor

from companion.training import TrainingConfig, load_or_train


@dataclass(frozen=True)
class LearnedSurface:
    """One training's copy of a surface, between two points.

    Attributes:
        saved: share of the straight latent line's length that the geodesic saves on the copy.
        longer: how much longer than the straight line the geodesic is in the latent plane, as a share.
        missed: mean distance of the decoded ends from the points that were encoded.
        length: length of the geodesic on the copy.
        converged: whether the geodesic converged.
        straight_path: (n + 1, D) the decoded straight line.
        geodesic_path: (n + 1, D) the decoded geodesic.
    """

    saved: float
    longer: float
    missed: float
    length: float
    converged: bool
    straight_path: Tensor
    geodesic_path: Tensor


def learned_surface(config: TrainingConfig, ends: Tensor, *, n_segments: int = 50) -> LearnedSurface:
    """Train a VAE on samples of a surface, encode two of its points, and compare the ways between the codes.

    Shao, Kumar and Fletcher (2017), section 4.1 and Fig. 2, report one training on the saddle.

    Args:
        config: the training; a finished one is loaded.
        ends: (2, D) points of the surface.
        n_segments: segments of the geodesic.
    """
    model = load_or_train(config).model.cpu().double()
    ends = ends.double()
    codes = model.encode_mean(ends)
    lengths = length_ratio(PullbackMetric(model.decoder), *codes[:, None], n_segments=n_segments)
    in_plane = lengths.solution.curve.diff(dim=1).norm(dim=-1).sum() / (codes[1] - codes[0]).norm()
    return LearnedSurface(
        saved=lengths.shorter.item(),
        longer=in_plane.item() - 1,
        missed=(model.decoder(codes) - ends).norm(dim=-1).mean().item(),
        length=lengths.geodesic.item(),
        converged=bool(lengths.solution.converged.all()),
        straight_path=model.decoder(linear_interpolation(*codes, n_segments)),
        geodesic_path=model.decoder(lengths.solution.curve[0]),
    )


def spread(surfaces: list[LearnedSurface], field: str) -> Tensor:
    """Collect one field of several trainings, (n,) in double precision."""
    return torch.tensor([float(getattr(one, field)) for one in surfaces], dtype=torch.float64)
