"""Names of a package that load on first use."""

import pytest
from pullback import spsd


def test_unknown_names_are_no_part_of_the_package():
    assert "rank" in dir(spsd)
    with pytest.raises(AttributeError, match="ranc"):
        _ = spsd.ranc
    assert all(callable(getattr(spsd, name)) for name in spsd.__all__)
