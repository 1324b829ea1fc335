"""How many cells of a code differ."""

import pytest
import torch
from companion.chapters.spsd_stratification.distinct_cells import distinct_cells
from companion.chapters.spsd_stratification.latent_tensors import latent_tensors, noisy
from companion.models import build_model
from problems import normal
from pullback.measures.rank_thresholds import spectra

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_equal_cells_count_once_and_bound_the_rank_of_the_channels():
    T = normal(3, 7, 7, 60)
    T[1, 2:4, 1:4] = T[1, 0, 0]
    T[2] = T[2, :1, :1]
    assert distinct_cells(T).tolist() == [49, 43, 1]
    assert spectra(T[:2]).ranks(1e-12)[:, 2].tolist() == [48, 42]
    assert distinct_cells(1e-5 * T).tolist() == [49, 43, 1]


def test_cells_that_see_only_black_are_equal_until_noise_tells_them_apart():
    model = build_cae()
    x = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    x[0, 0, 4:24, 20:24] = 1
    k = distinct_cells(latent_tensors(model, x)).item()
    assert k < 49
    assert spectra(latent_tensors(model, x)).ranks(1e-12)[0, 2] == k - 1
    assert distinct_cells(latent_tensors(model, noisy(x, 1e-3, seed=0))).item() == 49


def build_cae():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        options = {"bottleneck": "linear"}
        return (
            build_model("cae-sctc", (1, 28, 28), 49 * 60, activation="relu", options=options).double().eval()
        )


@pytest.mark.parametrize(("T", "resolution"), [(torch.zeros(7, 7, 3), 1e-6), (torch.zeros(1, 7, 7, 3), 0.0)])
def test_cells_of_no_block_are_refused(T, resolution):
    with pytest.raises(ValueError, match=r"T: got shape|resolution: got 0"):
        distinct_cells(T, resolution=resolution)
