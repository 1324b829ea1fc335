"""Does what is measured of a specified code depend on where the unspecified code is held?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pullback.curvature.riemann import sectional_curvature
from pullback.measures.curvature.curvature_sample import data_planes
from torch import Tensor

from companion.chapters.disentangled_curvature.space_scores import walked_angles
from companion.measures.space import CodeSpace
from companion.models.disentangled.two_part_code import DisentangledModel


@dataclass(frozen=True)
class LocalReadings:
    """What is read at the points of a space alone, with no geodesic between them.

    Attributes:
        turn: mean tangent angle where the image has changed by a given amount, in degrees; NaN where no walk
            leads that far.
        size: median of |K| D^2 in planes that the codes span, D the median distance of the decoded points.
    """

    turn: float
    size: float


def local_readings(spaces: Sequence[CodeSpace], points: Tensor, *, step: float, seed: int) -> LocalReadings:
    """Read how a surface of codes bends at some of them.

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
    turns, sizes, images = [], [], []
    for space, own in zip(spaces, torch.arange(len(points)).chunk(len(spaces)), strict=True):
        here = CodeSpace(codes[own], space.labels[points[own]], space.decoder)
        turns.append(walked_angles(here.metric, here.codes, towards[own], step))
        images.append(here.decoder(here.codes).detach().double())
        double = here.double()
        sizes.append(sectional_curvature(double.metric, double.codes, *(u[own, 0] for u in planes)).abs())
    apart = torch.pdist(torch.cat(images)).median()
    size = torch.cat(sizes).median() * apart.square()
    return LocalReadings(turn=torch.cat(turns).nanmean().item(), size=size.item())


@torch.no_grad()
def held_at(model: DisentangledModel, space: CodeSpace, images: Tensor) -> list[CodeSpace]:
    """Hold the unspecified code where these images have it, one after the other, and not at its mean.

    $$f_i(s) = f(s, z_i)$$

    The specified codes stay what they are. At the code of image i itself, f_i draws that image again, as well
    as the model can; at the mean of z, where Shukla et al. (2019), Fig. 6, hold it, there need not be any
    image.

    Args:
        model: in evaluation mode.
        space: as `code_space` makes it of the model.
        images: (k, c, h, w) or (k, D), in the model's dtype.

    Returns:
        k spaces, the given codes with one decoder an image.
    """
    held = model.encode_parts(images).unspecified
    return [CodeSpace(space.codes, space.labels, model.specified_decoder(z)) for z in held]
