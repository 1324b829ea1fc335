"""The shapes of heads."""

import numpy as np
from companion.datasets.synthetic.head_model import make_head


def test_the_same_number_gives_the_same_head_and_another_one_another():
    first, again, other = make_head(5), make_head(5), make_head(6)
    np.testing.assert_array_equal(first.points, again.points)
    assert np.abs(first.points - other.points).max() > 0.05
    np.testing.assert_allclose(np.linalg.norm(first.normals, axis=-1), 1, atol=1e-12)
    outwards = (first.normals * first.points).sum(-1)
    assert (outwards > 0).mean() > 0.97
