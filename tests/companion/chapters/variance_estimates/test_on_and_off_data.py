"""A field on the data and off them."""

import pytest
from companion.chapters.variance_estimates.on_and_off_data import off_minus_on
from problems import normal
from pullback.measures.support import Support

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_a_step_field_has_its_step_between_on_and_off_the_data():
    codes = 0.3 * normal(200, 2)
    support = Support(codes)
    found = off_minus_on(
        lambda z: (support.distance(z) > 2 * support.radius).double() * 5, support, (-3, 3, -3, 3)
    )
    assert found == pytest.approx(5)
    with pytest.raises(ValueError, match="0 off it"):
        off_minus_on(lambda z: z[:, 0], support, (-0.1, 0.1, -0.1, 0.1))
