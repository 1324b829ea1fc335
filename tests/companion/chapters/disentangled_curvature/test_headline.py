"""The headline's scores: none on a plane, those of a sphere on a sphere, and no curvature of rectifiers."""

import pytest
import torch
from companion.chapters.disentangled_curvature.headline import headline_readings
from companion.measures.space import Space
from pullback.surfaces import SPHERE
from torch import nn

POINTS = torch.arange(12)


def readings(immersion, codes, *, is_smooth=True):
    space = Space(immersion, codes, torch.arange(len(codes)) % 3)
    return headline_readings(space, torch.arange(15), POINTS, seed=0, is_smooth=is_smooth)


def test_a_plane_in_even_units_has_no_score_but_its_lengths():
    layer = nn.Linear(3, 6, bias=False, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(2 * torch.linalg.qr(torch.randn(6, 3, dtype=torch.float64)).Q)
    codes = torch.randn(30, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = readings(nn.Sequential(layer, nn.Identity()), codes)
    scores = ("c_hat", "saved", "curvature_geodesic", "curvature_straight")
    assert max(abs(found[name]) for name in scores) < 1e-8
    angles = ("angle_sparse", "angle_dense", "angle_at_0_5", "angle_at_a_tenth")
    assert max(found[name] for name in angles) < 1e-4
    assert found["speed_near"] == pytest.approx(2) == pytest.approx(found["speed_far"])
    distances = torch.pdist(2 * codes[:15])
    assert found["median_length"] == pytest.approx(distances.median().item(), rel=1e-6)


class Sphere(nn.Module):
    """The unit sphere in longitude and latitude, as a module that can be copied."""

    def forward(self, z):
        return SPHERE.immersion(z)


def test_on_a_sphere_the_curvature_is_one_in_every_plane_and_the_geodesic_is_shorter():
    codes = 0.4 + 1.2 * torch.rand(30, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = readings(Sphere(), codes)
    for planes in ("curvature_geodesic", "curvature_straight"):
        assert found[planes] == pytest.approx(found["median_length"] ** 2, rel=1e-3)
    assert 0 < found["saved"] < 0.2
    assert found["converged"] == 1


def test_of_a_decoder_with_rectifiers_no_curvature_is_given():
    network = nn.Sequential(nn.Linear(2, 20), nn.ReLU(), nn.Linear(20, 6)).double()
    codes = torch.randn(30, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = readings(network, codes, is_smooth=False)
    assert not {"curvature_geodesic", "curvature_straight"} & set(found)
    assert found["angle_sparse"] > 0


def test_where_a_jacobian_loses_rank_the_angles_are_left_out_and_the_rest_is_measured():
    layer = nn.Linear(3, 6, dtype=torch.float64)
    with torch.no_grad():
        layer.weight[:, 2] = layer.weight[:, 0]
    codes = torch.randn(30, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = readings(nn.Sequential(layer, nn.Identity()), codes)
    assert not {name for name in found if name.startswith(("angle", "curvature"))}
    assert {"c_hat", "saved", "speed_near"} <= set(found)
