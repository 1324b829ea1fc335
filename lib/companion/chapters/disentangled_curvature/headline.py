"""The scores that the headline rests on, of one space, with the chapter's own measures."""

from dataclasses import replace

import torch
from torch import Tensor

from companion.chapters.disentangled_curvature.saturation import ray_speeds
from companion.chapters.disentangled_curvature.space_scores import SIZES, straight_plane_curvatures
from companion.measures.of_space.curvature import neighbour_angle, sectional_data, unit, walked_angles
from companion.measures.of_space.lengths import c_hat, class_gap, length_saved, misfit
from companion.measures.of_space.survey import survey
from companion.measures.space import Space

N_PLANES = 4
HALF, TENTH = 0.5, 0.1
NEAR, FAR = 1.0, 16.0


def headline_readings(
    space: Space, rows: Tensor, points: Tensor, *, seed: int, is_smooth: bool
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

    Returns:
        name -> number; an angle that no walk reaches is left out.
    """
    space = space.double()
    draw = torch.Generator().manual_seed(seed)
    s = survey(space, rows, sizes=replace(SIZES, n_planes=N_PLANES), generator=draw, seed=seed)
    length, here = unit(s).sqrt().item(), space.codes[points]
    towards = here.roll(1, 0)
    sparse, sparse_distance = neighbour_angle(space, rows, rows)
    dense, dense_distance = neighbour_angle(space, torch.arange(len(space.codes)), points)
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
        "angle_at_0_5": walked_angles(space.metric, here, towards, HALF).nanmean().item(),
        "angle_at_a_tenth": walked_angles(space.metric, here, towards, TENTH * length).nanmean().item(),
        "speed_near": near,
        "speed_far": far,
    }
    if is_smooth:
        found["curvature_geodesic"] = sectional_data(s).item()
        found["curvature_straight"] = straight_plane_curvatures(space, points, s, seed).median_size
    return {name: value for name, value in found.items() if value == value}
