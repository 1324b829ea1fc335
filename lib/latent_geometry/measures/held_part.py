"""Does what is measured of a specified code depend on where the unspecified code is held?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from latent_geometry.measures.code_space import CodeSpace
from latent_geometry.measures.distance_survey import distance_survey
from latent_geometry.measures.space_scores import curvatures, drawn_points, walked_angle
from latent_geometry.models.disentangled import DisentangledModel


@dataclass(frozen=True)
class BriefReadings:
    """Three readings of a space, for where all of `SpaceScores` would take too long.

    Attributes:
        turn: mean tangent angle where the image has changed by a given amount, in degrees; NaN where no walk
            leads that far.
        size: median of |K| L^2 in planes that the codes span, L the median geodesic distance.
        c_hat: residual correlation.
        converged: share of the geodesics that were solved.
    """

    turn: float
    size: float
    c_hat: float
    converged: float


def brief_readings(space: CodeSpace, rows: Tensor, *, n_points: int, step: float, seed: int) -> BriefReadings:
    """Take three readings of a space.

    Args:
        space: codes and decoder.
        rows: (n,) the codes whose geodesic distances are taken, for the residual correlation and for L.
        n_points: codes at which tangent spaces and curvatures are taken, the same as in `score_space`.
        step: change of the image at which tangent spaces are compared with those at the codes.
        seed: of points and planes.
    """
    survey, points = distance_survey(space, rows), drawn_points(space, n_points, seed)
    return BriefReadings(
        turn=walked_angle(space, points, step),
        size=curvatures(space, points, survey, seed).median_size,
        c_hat=survey.c_hat(),
        converged=survey.converged,
    )


@torch.no_grad()
def held_at(model: DisentangledModel, space: CodeSpace, images: Tensor) -> list[CodeSpace]:
    """Hold the unspecified code where these images have it, one after the other, and not at its mean.

    $$f_i(s) = f(s, z_i)$$

    The specified codes stay what they are. Every picture that f_i draws of a code looks, as far as the model
    keeps its promise, as image i does, so a model that was trained on such pictures has seen its like; at
    the mean of z, where Shukla et al. (2019), Fig. 6, hold it, there need not be any picture.

    Args:
        model: in evaluation mode.
        space: as `code_space` makes it of the model.
        images: (k, c, h, w) or (k, D), in the model's dtype.

    Returns:
        k spaces, the given codes with one decoder an image.
    """
    held = model.encode_parts(images).unspecified
    return [CodeSpace(space.codes, space.labels, model.specified_decoder(z)) for z in held]
