"""The explorer of latent spaces."""

import pytest
import torch
from companion.models.networks.mlp import mlp
from companion.widgets import ExploredModel, latent_explorer
from widget_pages import explorer


def test_in_jupyter_the_library_answers_each_move():
    widget = explorer()
    widget.state = {"model": 0, "a": [-1.0, 0.0], "b": [1.0, 0.5], "loop": False}
    assert widget.library["converged"]
    assert 0 < widget.library["geodesic"] < widget.library["straight"]


def test_bad_models_are_refused():
    with pytest.raises(ValueError, match="models: got none"):
        latent_explorer([])
    flat = ExploredModel("flat", mlp(2, [4], 5), torch.zeros(7, 3))
    with pytest.raises(ValueError, match=r"codes: got shape \(7, 3\) for flat"):
        latent_explorer([flat])
