"""The scores that the headline rests on, of one space, with the chapter's own measures."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from companion.chapters.disentangled_curvature.saturation import ray_speeds
from companion.chapters.disentangled_curvature.space_scores import SIZES, straight_plane_curvatures
from companion.measures.of_space.curvature import (
    has_curvature,
    neighbour_angle,
    sectional_data,
    unit,
    walked_angles,
)
from companion.measures.of_space.lengths import c_hat, class_gap, length_saved, misfit
from companion.measures.of_space.survey import Survey, survey
from companion.measures.space import Space

N_PLANES = 4
CREASED_STEPS = 80
"""Steps of the solver on decoders with rectifiers, where most pairs never come to rest: twice as many shorten
the published model of Jha et al. by 0.3 per cent more."""

HALF, TENTH = 0.5, 0.1
NEAR, FAR = 1.0, 16.0


def survey_of(space: Space, rows: Tensor, *, seed: int, is_smooth: bool) -> Survey:
    """Join a few codes by geodesics as the chapter does, in double precision, with planes at each of them.

    Args:
        space: codes and decoder.
        rows: (n,) the codes.
        seed: of planes, starts and shuffles.
        is_smooth: whether the decoder has no rectifiers; else the solver stops early.
    """
    sizes = replace(SIZES, n_planes=N_PLANES, max_steps=SIZES.max_steps if is_smooth else CREASED_STEPS)
    draw = torch.Generator().manual_seed(seed)
    return survey(space.double(), rows, sizes=sizes, generator=draw, seed=seed)


def angle_to_neighbours(space: Space, pool: Tensor, points: Tensor) -> tuple[float, float]:
    """Take `neighbour_angle`; NaN, twice, where a Jacobian loses rank and there is no tangent space of d."""
    try:
        return neighbour_angle(space, pool, points)
    except ValueError:
        return math.nan, math.nan


def headline_readings(
    space: Space, rows: Tensor, points: Tensor, *, seed: int, is_smooth: bool, s: Survey | None = None
) -> dict[str, float]:
    """Take residual correlation, tangent angles, the saving of geodesics, curvature, and speed along rays.

    Of a decoder with rectifiers every geodesic may bend in a crease, so that its length is an upper bound and
    the saving a lower one, and there is no curvature to measure: it sits in the creases.

    Args:
        space: codes and decoder.
        rows: (n,) the codes whose distances are taken, a few of each class.
        points: (m,) codes at which the space is looked at among all others.
        seed: of planes.
        is_smooth: whether the decoder has second derivatives nearly everywhere that count.
        s: what `survey_of` says of these rows, where it is known.

    Returns:
        name -> number; what has no value is left out, such as an angle that no walk reaches or the curvature
        of a space with a coordinate that does nothing.
    """
    space = space.double()
    s = survey_of(space, rows, seed=seed, is_smooth=is_smooth) if s is None else s
    length, here = unit(s).sqrt().item(), space.codes[points]
    towards = here.roll(1, 0)
    sparse, sparse_distance = angle_to_neighbours(space, rows, rows)
    dense, dense_distance = angle_to_neighbours(space, torch.arange(len(space.codes)), points)
    near, far = ray_speeds(space, points, (NEAR, FAR))
    found = {
        "c_hat": c_hat(s).item(),
        "misfit": misfit(s).item(),
        "saved": length_saved(s).item(),
        "converged": s.converged,
        "median_length": length,
        "class_gap": class_gap(s).item(),
        "angle_sparse": sparse,
        "sparse_distance": sparse_distance,
        "angle_dense": dense,
        "dense_distance": dense_distance,
        "angle_at_0_5": _walked(space, here, towards, HALF),
        "angle_at_a_tenth": _walked(space, here, towards, TENTH * length),
        "speed_near": near,
        "speed_far": far,
    }
    if is_smooth and has_curvature(s):
        found["curvature_geodesic"] = sectional_data(s).item()
        found["curvature_straight"] = straight_plane_curvatures(space, points, s, seed).median_size
    return {name: value for name, value in found.items() if value == value}


def _walked(space: Space, here: Tensor, towards: Tensor, step: float) -> float:
    try:
        return walked_angles(space.metric, here, towards, step).nanmean().item()
    except ValueError:
        return math.nan
