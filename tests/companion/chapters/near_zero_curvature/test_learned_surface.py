"""A learned copy of a surface is measured as the surface is."""

import dataclasses
from importlib import import_module

import pytest
import torch
from companion.chapters.near_zero_curvature.learned_surface import learned_surface, spread
from companion.training import TrainingConfig
from pullback import surfaces
from torch import nn

module = import_module("companion.chapters.near_zero_curvature.learned_surface")
ENDS = torch.tensor([[-3.0, -3.0, 0.0], [3.0, -3.0, 0.0]], dtype=torch.float64)


def curve_length_of(path):
    return path.diff(dim=0).norm(dim=-1).sum().item()


class Perfect(nn.Module):
    """The saddle's own chart as encoder, and its immersion as decoder."""

    decoder = staticmethod(surfaces.HYPERBOLIC_PARABOLOID.immersion)

    def encode_mean(self, x):
        return x[..., :2]


@dataclasses.dataclass
class Trained:
    model: nn.Module


def test_a_perfect_copy_has_the_lengths_of_the_saddle(monkeypatch):
    monkeypatch.setattr(module, "load_or_train", lambda config: Trained(Perfect()))
    copy = learned_surface(TrainingConfig(), ENDS, n_segments=200)
    assert copy.saved == pytest.approx(0.609, abs=1e-3)
    assert copy.longer > 0.05
    assert copy.missed == 0
    assert copy.length == pytest.approx(7.63, abs=0.005)
    assert curve_length_of(copy.geodesic_path) == pytest.approx(copy.length, abs=1e-3)
    assert curve_length_of(copy.straight_path) == pytest.approx(19.49, abs=0.005)
    assert torch.equal(copy.geodesic_path[[0, -1]], ENDS)
    assert copy.converged
    assert spread([copy, copy], "saved").tolist() == [copy.saved] * 2
