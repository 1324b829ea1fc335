"""Arrays as text."""

import pytest
import torch
from packed_numbers import unpack
from pullback.exchange.numbers import float_for, packed


@pytest.mark.parametrize(("kind", "rounding"), [("f2", 2**-11), ("f4", 2**-24)])
def test_packed_numbers_are_the_numbers_to_rounding(kind, rounding, generator):
    values = torch.randn(50, generator=generator, dtype=torch.float64)
    assert unpack(packed(values, kind)) == pytest.approx(values.numpy(), rel=rounding)


@pytest.mark.parametrize("bad", [torch.tensor([1e6]), torch.tensor([torch.nan])])
def test_numbers_that_do_not_fit_are_refused(bad):
    with pytest.raises(ValueError, match="values: got magnitudes to"):
        packed(bad, "f2")


def test_the_short_floats_are_taken_where_they_are_wanted_and_fit():
    small, large = torch.tensor([1.0]), torch.tensor([1e5])
    assert [float_for(v, short=s) for v, s in ((small, True), (large, True), (small, False))] == [
        "f2",
        "f4",
        "f4",
    ]
