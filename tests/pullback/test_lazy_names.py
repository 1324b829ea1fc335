"""Names of a package that load on first use."""

import pytest
from pullback import spsd
from pullback.lazy_names import gather


def test_unknown_names_are_no_part_of_the_package():
    assert "rank" in dir(spsd)
    with pytest.raises(AttributeError, match="ranc"):
        _ = spsd.ranc
    assert all(callable(getattr(spsd, name)) for name in spsd.__all__)


def test_a_name_loads_its_module_on_first_use():
    get, names, listed = gather("pullback", {"checks": "check_points FLOATING", "extras": "require"})
    assert names() == listed == ["FLOATING", "check_points", "require"]
    assert get("check_points").__module__ == "pullback.checks"


def test_a_name_that_its_module_would_hide_is_refused():
    with pytest.raises(ValueError, match="home: got 'checks' as a name and as a module of pullback"):
        gather("pullback", {"checks": "check_points", "extras": "checks"})
