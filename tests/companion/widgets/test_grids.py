"""Explorers of grids: what they hand to the page, and what they refuse."""

import pytest
import torch
from companion.widgets.grids import LARGEST, conditioning_explorer, rank_explorer
from packed_numbers import unpack
from problems import SWISS_ROLL, normal
from pullback import PullbackMetric
from pullback.measures.jacobian.jacobian_map import jacobian_map
from pullback.measures.rank_thresholds import spectra

BOX = (1.0, 3.0, 0.0, 5.0)


def test_maps_are_handed_over_with_one_scale_for_all():
    found = jacobian_map(SWISS_ROLL.metric, BOX, n=7)
    double = jacobian_map(PullbackMetric(lambda z: 2 * SWISS_ROLL.immersion(z)), BOX, n=7)
    data = conditioning_explorer({"roll": found, "double": double}).data
    first, second = data["maps"]
    assert (first["name"], first["rows"], first["columns"]) == ("roll", 7, 7)
    assert unpack(first["log_kappa"]).reshape(7, 7) == pytest.approx(found.log_kappa.numpy(), abs=2e-3)
    scale = data["scales"][0]
    assert scale["low"] < found.log_det.median() < double.log_det.median() < scale["high"]
    bounded = double.log_det.clamp(scale["low"], scale["high"])
    assert unpack(second["log_det"]).reshape(7, 7) == pytest.approx(bounded.numpy(), abs=5e-3)


def test_a_map_that_loses_rank_is_shown_as_the_largest_number():
    flat = PullbackMetric(lambda z: z[..., :1].expand(*z.shape[:-1], 3))
    data = conditioning_explorer(
        {"roll": jacobian_map(SWISS_ROLL.metric, BOX, n=4), "flat": jacobian_map(flat, BOX, n=4)}
    ).data
    kappa = unpack(data["maps"][1]["log_kappa"])
    assert (kappa > 30).all()
    assert (kappa <= LARGEST).all()


def test_ranks_are_counted_for_each_level_and_threshold():
    quiet, loud = normal(6, 3, 4, 5), normal(6, 3, 4, 5, seed=1)
    quiet[:, 1:] = 0
    levels, thresholds = [0.0, 0.5], [1e-8, 1e-2, 2.0]
    samples = [spectra(quiet), spectra(loud)]
    data = rank_explorer({"a code": samples}, levels, thresholds).data
    (sample,) = data["samples"]
    assert (data["count"], data["sizes"], data["chosen"]) == (6, [3, 4, 5], 1)
    for k, size in enumerate(data["sizes"]):
        counts = unpack(sample["ranks"][k]).reshape(2, 3, size + 1)
        assert (counts.sum(-1) == 6).all()
        for i, found in enumerate(samples):
            for j, threshold in enumerate(thresholds):
                ranks = found.ranks(threshold)[:, k]
                assert counts[i, j].tolist() == ranks.bincount(minlength=size + 1).tolist()
    strata = unpack(sample["strata"]).reshape(2, 3)
    assert strata[0, 0] == samples[0].n_strata(1e-8)


def test_nothing_to_explore_is_refused():
    with pytest.raises(ValueError, match="maps: got none"):
        conditioning_explorer({})
    with pytest.raises(ValueError, match="samples: got none"):
        rank_explorer({}, [0.0], [1e-3])
    one = [spectra(torch.ones(2, 2, 2, 2, dtype=torch.float64))]
    with pytest.raises(ValueError, match="samples: got 1 spectra of a code, expected 2, one per level"):
        rank_explorer({"a code": one}, [0.0, 0.1], [1e-3])
