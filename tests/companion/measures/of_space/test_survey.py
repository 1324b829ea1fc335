"""Distances among codes: closed forms on flat and spherical decoders, and what parts and redraws share."""

import pytest
import torch
from companion.measures.of_space.survey import SurveySizes, affine_part, survey
from companion.measures.space import Space
from pullback import surfaces
from torch import nn

FINE = SurveySizes(n_segments=24, tol=1e-6)
ROWS = torch.arange(24)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def linear_space(scales, n=60):
    layer = nn.Linear(len(scales), 9, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.qr(normal(9, len(scales))).Q * torch.tensor(scales).double())
    return Space(nn.Sequential(layer, nn.Identity()), normal(n, len(scales), seed=1), torch.arange(n) % 3)


def sphere(n=24):
    codes = torch.pi / 2 + normal(n, 2).tanh()  # colatitude and longitude, away from poles and seam
    return Space(surfaces.SPHERE.immersion, codes, torch.arange(n) % 3)


def test_on_a_rigid_linear_decoder_all_distances_are_those_of_the_codes_in_its_unit():
    s = survey(linear_space([2.0, 2.0, 2.0]), ROWS)
    assert s.converged == 1
    for distances in (s.riemannian, s.straight, s.chord, s.flat):
        assert torch.allclose(distances, 2 * s.euclidean, atol=1e-9)


def test_distances_on_a_sphere_are_great_circles_and_chords():
    s = survey(sphere(), sizes=FINE)
    x = surfaces.SPHERE.immersion(s.space.codes)
    assert s.converged == 1
    assert torch.allclose(s.chord, torch.cdist(x, x), atol=1e-7)
    apart = s.chord > 0.1
    assert ((s.riemannian / (2 * (s.chord / 2).asin()))[apart] - 1).abs().max() < 1e-3
    assert (s.straight >= s.riemannian * (1 - 1e-6)).all()


def test_velocities_point_from_each_code_along_its_geodesics():
    """On a linear decoder geodesics are straight, so they leave towards the other code."""
    s = survey(linear_space([1.0, 3.0]), ROWS)
    z = s.space.codes
    expected = (z[None] - z[:, None]) / s.sizes.n_segments
    assert torch.allclose(s.velocities, expected, atol=1e-6)


def test_lengths_without_refinement_are_those_of_the_chords_which_are_shorter():
    coarse = survey(sphere(), sizes=SurveySizes(n_segments=4, refine=1, tol=1e-6))
    smooth = survey(sphere(), sizes=SurveySizes(n_segments=4, refine=4, tol=1e-6))
    apart = coarse.chord > 0.1
    assert (coarse.riemannian < smooth.riemannian)[apart].all()


def test_the_affine_part_of_an_affine_map_is_all_of_it_and_knows_of_unused_coordinates():
    codes, A = normal(30, 3), normal(3, 12, seed=2)
    codes[:, 1] = 4.0
    fitted = affine_part(codes, codes @ A + 7)
    other = normal(30, 3, seed=3) * torch.tensor([1.0, 0.0, 1.0])
    first, second = (torch.cdist(other @ B, other @ B) for B in (fitted, A))
    assert torch.allclose(first, second, atol=1e-6)
    assert fitted[1].abs().max() < 1e-9


def test_the_affine_map_is_fitted_to_all_codes_of_the_space_and_not_to_the_chosen_ones():
    space = sphere(60)
    few, fewer = survey(space, ROWS), survey(space, ROWS[:9])
    assert torch.allclose(few.flat[:9, :9], fewer.flat)
    assert not torch.allclose(survey(space.only(ROWS)).flat, few.flat)


def test_parts_measure_nothing_again_and_agree_with_a_survey_of_their_own():
    calls = []

    def first_coordinate(s):
        calls.append(len(s.space.codes))
        return s.space.codes[:, 0]

    whole, rows = survey(sphere()), torch.tensor([2, 5, 7, 11])
    part, nested = whole.part(rows), whole.part(rows).part(torch.tensor([3, 1]))
    assert torch.equal(part.at_codes(first_coordinate), whole.space.codes[rows, 0])
    assert torch.equal(nested.at_codes(first_coordinate), whole.space.codes[[11, 5], 0])
    assert calls == [24]
    own = survey(sphere(), rows)
    for name in ("riemannian", "euclidean", "straight", "chord", "flat"):
        assert torch.allclose(getattr(part, name), getattr(own, name), atol=1e-9), name
    assert torch.equal(part.space.labels, whole.space.labels[rows])


def test_planes_are_drawn_before_the_seed_and_only_with_a_generator():
    drawn = survey(sphere(), generator=torch.Generator().manual_seed(3))
    assert set(drawn.planes) == {"uniform", "data"}
    assert drawn.planes["data"].u.shape == (24, 4, 2)
    given = survey(sphere(), generator=torch.Generator().manual_seed(3), seed=5)
    assert given.seed == 5
    assert torch.equal(given.planes["uniform"].u, drawn.planes["uniform"].u)
    assert not survey(sphere()).planes


def test_there_are_no_planes_on_a_curve_nor_where_the_metric_is_singular():
    curve = Space(lambda z: torch.cat([z, z**2], -1), normal(9, 1))
    ignoring = Space(lambda z: z[..., :2] @ z.new_ones(2, 5).triu(), normal(9, 3))
    for space in (curve, ignoring):
        assert not survey(space, generator=torch.Generator().manual_seed(0)).planes


def test_a_redraw_changes_planes_and_seed_and_shares_what_was_measured():
    s = survey(sphere(), generator=torch.Generator().manual_seed(0))
    chord, again = s.chord, s.redrawn(7)
    assert again.chord is chord
    assert again.seed == 7
    assert not torch.equal(again.planes["uniform"].u, s.planes["uniform"].u)
    assert torch.equal(s.redrawn(7).planes["data"].u, again.planes["data"].u)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_distances_are_in_double_precision_whatever_the_codes_are_in(dtype):
    space = Space(nn.Linear(2, 5, dtype=dtype), normal(6, 2).to(dtype))
    s = survey(space)
    assert {s.riemannian.dtype, s.euclidean.dtype, s.chord.dtype, s.straight.dtype} == {torch.float64}
