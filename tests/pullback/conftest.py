"""Fixtures of the tests of the library."""

import pytest
from convolutional_networks import NETWORKS


@pytest.fixture(params=NETWORKS, ids=str)
def convolutional(request):
    """Each of the small convolutional networks."""
    return NETWORKS[request.param]
