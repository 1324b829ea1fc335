"""Does what is measured of a specified code depend on what the unspecified code is fixed at?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pullback.curvature.riemann import sectional_curvature
from pullback.measures.curvature.curvature_sample import data_planes
from torch import Tensor

from companion.measures.of_space.curvature import walked_angles
from companion.measures.space import Space
from companion.models.disentangled.two_part_code import DisentangledModel


@dataclass(frozen=True)
class LocalReadings:
    """What is read at the points of a space alone, with no geodesic between them.

    Attributes:
        tangent_angle: mean tangent angle where the image has changed by a given amount, in degrees; NaN where
            no walk leads that far.
        scaled_curvature: median of |K| D^2 in planes that the codes span, D the median distance of the
            decoded points.
    """

    tangent_angle: float
    scaled_curvature: float


def local_readings(spaces: Sequence[Space], points: Tensor, *, step: float, seed: int) -> LocalReadings:
    """Read how a surface of codes turns and curves at some of them.

    Args:
        spaces: one for all points, or one for each of them; all with the same codes.
        points: (n,) rows of the codes, 3 at least.
        step: change of the image at which tangent spaces are compared with those at the points.
        seed: of the planes.

    Raises:
        ValueError: when there is neither one space nor one for each point.
    """
    if len(spaces) not in (1, len(points)):
        raise ValueError(f"spaces: got {len(spaces)}, expected 1 or one for each of {len(points)} points")
    codes = spaces[0].codes[points]
    towards = codes.roll(1, 0)
    planes = data_planes(codes.double(), 1, generator=torch.Generator().manual_seed(seed))
    angles, curvatures, images = [], [], []
    for space, own in zip(spaces, torch.arange(len(points)).chunk(len(spaces)), strict=True):
        here = space.only(points[own])
        angles.append(walked_angles(here.metric, codes[own], towards[own], step))
        images.append(here.decoder(codes[own]).detach().double())
        double = here.double()
        curvatures.append(
            sectional_curvature(double.metric, double.codes, *(u[own, 0] for u in planes)).abs()
        )
    apart = torch.pdist(torch.cat(images)).median()
    scaled = torch.cat(curvatures).median() * apart.square()
    return LocalReadings(torch.cat(angles).nanmean().item(), scaled.item())


@torch.no_grad()
def fixed_at(model: DisentangledModel, space: Space, images: Tensor) -> list[Space]:
    """Fix the unspecified code where these images have it, one after the other, and not at its mean.

    $$f_i(s) = f(s, z_i)$$

    The specified codes stay what they are. At the code of image i itself, f_i draws that image again, as well
    as the model can; at the mean of z, where Shukla et al. (2019), Fig. 6, fix it, there need not be any
    image.

    Args:
        model: in evaluation mode.
        space: as `code_space` makes it of the model.
        images: (k, c, h, w) or (k, D), in the model's dtype.

    Returns:
        k spaces, the given codes with one decoder per image.
    """
    return [space.with_decoder(model.specified_decoder(z)) for z in model.encode_parts(images).unspecified]
