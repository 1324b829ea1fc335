"""Fixtures of the tests of the companion."""

import pytest
from companion import datasets


@pytest.fixture(scope="session")
def digits() -> datasets.Dataset:
    """The test split of MNIST; nobody changes it."""
    return datasets.load("mnist", "test")
