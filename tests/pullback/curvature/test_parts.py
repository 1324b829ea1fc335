"""What keeps second derivatives of every output takes bounded memory, and gives the same."""

import resource
import warnings

import pytest
import torch
from problems import generator
from pullback import PullbackMetric, christoffels, gaussian_curvature, sectional_curvature
from pullback.curvature import parts
from torch import nn


def decoder(outputs):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, outputs), nn.Sigmoid())


MEASURES = [
    gaussian_curvature,
    christoffels,
    lambda metric, z: sectional_curvature(metric, z, torch.ones_like(z), z + 2),
]


@pytest.mark.parametrize("measure", MEASURES, ids=["gaussian", "christoffels", "sectional"])
def test_parts_give_what_the_whole_gives_in_its_shape(measure, monkeypatch):
    metric, z = PullbackMetric(decoder(50).double()), torch.randn(5, 7, 2, generator=generator(3)).double()
    whole = measure(metric, z)
    monkeypatch.setitem(parts.MOST_BYTES, "cpu", 50 * 6 * 8 * 4)
    monkeypatch.setattr(parts, "_FEW", 16)
    calls = []
    differentiate = metric.feature_map._map_chunks
    monkeypatch.setattr(
        metric.feature_map,
        "_map_chunks",
        lambda z, *a, **k: calls.append(len(z)) or differentiate(z, *a, **k),
    )
    torch.testing.assert_close(measure(metric, z), whole)
    assert max(calls) <= 5
    assert sum(calls) == 35


def test_parts_halve_where_there_is_no_room(monkeypatch):
    metric, z = PullbackMetric(decoder(50).double()), torch.randn(40, 2, generator=generator(3)).double()
    whole = gaussian_curvature(metric, z)
    monkeypatch.setitem(parts.MOST_BYTES, "cpu", 50 * 6 * 8 * 20)
    monkeypatch.setattr(parts, "_FEW", 16)
    differentiate = metric.feature_map._map_chunks

    def short_of_memory(z, *arguments, **options):
        if len(z) > 8:
            raise MemoryError
        return differentiate(z, *arguments, **options)

    monkeypatch.setattr(metric.feature_map, "_map_chunks", short_of_memory)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.testing.assert_close(gaussian_curvature(metric, z), whole)
    assert any("no room in memory for 20 at once" in str(warning.message) for warning in told)


def test_curvature_of_many_points_takes_no_gigabytes():
    """4,000 points of 3 x 32 x 32 pixels, whose second derivatives alone would take 400 MB, several times."""
    metric, z = PullbackMetric(decoder(3 * 32 * 32)), torch.randn(4000, 2, generator=generator(3))
    gaussian_curvature(metric, z[:64])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert gaussian_curvature(metric, z).shape == (4000,)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000  # kilobytes


def test_a_graph_of_the_points_is_kept():
    metric, z = PullbackMetric(decoder(50).double()), torch.randn(40, 2, generator=generator(3)).double()
    z.requires_grad_()
    assert gaussian_curvature(metric, z).sum().requires_grad
