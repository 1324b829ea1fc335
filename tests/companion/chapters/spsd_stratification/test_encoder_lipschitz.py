"""The steepest slope of an encoder."""

import pytest
import torch
from companion.chapters.spsd_stratification.encoder_lipschitz import encoder_slopes
from companion.measures.displacement import mean_distance
from problems import normal

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_slope_of_a_linear_encoder_is_its_norm_in_units_of_the_spreads():
    A, x = normal(3, 6), normal(15, 6, seed=1)
    slopes = encoder_slopes(lambda rows: rows @ A.T, x, n_steps=60)
    expected = torch.linalg.matrix_norm(A, 2) * mean_distance(x) / mean_distance(x @ A.T)
    torch.testing.assert_close(slopes, expected.expand(15), rtol=1e-4, atol=0)
    torch.testing.assert_close(
        encoder_slopes(lambda rows: 7 * rows @ A.T, 3 * x, n_steps=60), slopes, rtol=1e-4, atol=0
    )


def test_the_slope_is_that_of_each_image():
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], dtype=torch.float64)
    slopes = encoder_slopes(lambda rows: rows.square(), x, n_steps=40)
    scale = mean_distance(x) / mean_distance(x.square())
    torch.testing.assert_close(slopes[1:], torch.tensor([2.0, 4.0], dtype=torch.float64) * scale)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: encoder_slopes(lambda x: x, normal(1, 3)), "x: got shape"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
