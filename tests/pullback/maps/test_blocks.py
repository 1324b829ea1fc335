"""The blocks that people build decoders from: value, Jacobian and second derivatives, against differences."""

import json

import decoder_fuzz
import pytest
import torch
from block_checks import REFUSED, WORKS, Outcome, examine, points
from decoder_table import BLOCKS, outcome, recorded
from torch import nn

# Of random decoders; the recorded run has thousands.
SEEDS = range(24)


pytestmark = pytest.mark.filterwarnings("ignore")  # of torch, about its own kernels and forms of modules


@pytest.mark.parametrize("key", BLOCKS, ids=" ".join)
def test_a_block_is_what_the_table_in_the_book_says(key):
    found = outcome(key)
    assert found.verdict == recorded()[key].verdict, found
    assert bool(found.reason) == bool(recorded()[key].reason)


def test_the_table_in_the_book_has_all_blocks_and_no_others():
    assert list(recorded()) == list(BLOCKS)


def test_the_checks_of_blocks_see_a_derivative_that_is_wrong(monkeypatch):
    """A control: with its probe the library refuses, without it the checks object."""
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 5)).double()
    assert examine(net, points()) == Outcome(WORKS)
    assert examine(lambda z: net(z.detach()), points()).verdict == REFUSED
    monkeypatch.setattr("pullback.maps.branch.disagreement", lambda *arguments, **options: None)
    with pytest.raises(AssertionError, match="Jacobian"):
        examine(lambda z: net(z.detach()), points())


def test_the_checks_of_random_decoders_see_an_error_of_a_thousandth():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 5)).double()
    with torch.no_grad():
        for pair in zip(*(decoder_fuzz.quotients(net, points(), share) for share in (1.0, 0.5))):
            assert not decoder_fuzz.says_nothing(pair)
            assert not decoder_fuzz.is_off(pair[1], pair, 1e-5)
            assert decoder_fuzz.is_off(1.001 * pair[1], pair, 1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_decoder_is_right_or_refused_in_one_line(seed):
    found = decoder_fuzz.outcome(seed)
    assert found.verdict not in (decoder_fuzz.WRONG, decoder_fuzz.TRACEBACK), found


def test_the_recorded_run_met_no_wrong_number_and_no_traceback():
    summary = json.loads(decoder_fuzz.SUMMARY.read_text(encoding="utf-8"))
    assert summary["wrong"] == []
    assert not {decoder_fuzz.WRONG, decoder_fuzz.TRACEBACK} & summary["verdicts"].keys()
    assert sum(summary["verdicts"].values()) == summary["decoders"] == 10_000
    assert summary["verdicts"][decoder_fuzz.RIGHT] > summary["decoders"] / 2


def test_a_seed_builds_the_same_decoder_again():
    (one, z, told), (other, y, again) = (decoder_fuzz.build(5, torch.float64) for _ in range(2))
    assert told == again
    assert torch.equal(z, y)
    torch.testing.assert_close(one(z.clone()), other(y.clone()))
