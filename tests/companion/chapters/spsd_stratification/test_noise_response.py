"""How reconstructions and codes respond to noise."""

import pytest
import torch
from companion.chapters.spsd_stratification.latent_tensors import noisy
from companion.chapters.spsd_stratification.noise_response import noise_response, psnr
from companion.measures.displacement import displacement
from problems import normal
from small_models import small_spatial_model

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_psnr_of_a_uniform_error_is_its_decibels():
    """`eq-psnr`: an error of a tenth everywhere is 20 dB, of a hundredth 40 dB."""
    x = normal(3, 20)
    torch.testing.assert_close(psnr(x + 0.1, x), torch.full((3,), 20.0, dtype=torch.float64))
    torch.testing.assert_close(psnr(x - 0.01, x), torch.full((3,), 40.0, dtype=torch.float64))
    assert psnr(x + 0.1, x, peak=10.0)[0].item() == pytest.approx(40)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: psnr(normal(2, 3), normal(2, 4)), "reconstruction: got shape"),
        (lambda: psnr(normal(2, 3), normal(2, 3), peak=0), "peak: got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_noise_nothing_moves_unless_the_code_is_drawn_anew(generator):
    x = torch.rand(40, 1, 8, 8, generator=generator, dtype=torch.float64)
    settings = {"n_axes": 3, "epsilon": 1e-3, "seed": 1}
    model = small_spatial_model("vae-spatial", options={"widths": (6, 8)})
    means = noise_response(model, x, [0.0, 0.5], **settings)
    drawn = noise_response(model, x, [0.0], sampled=True, **settings)
    assert means.displacement[0] == 0
    assert means.angle[0] < 1e-2
    assert means.displacement[1] > 0
    assert means.angle[1] > means.angle[0]
    assert drawn.displacement[0] > 0.5
    assert drawn.angle[0] > 5


def test_the_response_is_of_the_images_at_each_level_and_of_as_many_points_as_asked_for(generator):
    x = torch.rand(30, 1, 8, 8, generator=generator, dtype=torch.float64)
    model = small_spatial_model("cae-sctc", options={"widths": (6, 8)})
    response = noise_response(model, x, [0.0, 0.3], n_axes=2, epsilon=1e-3, seed=4, n_points=20)
    seen = noisy(x, 0.3, seed=4)
    expected = psnr(model.decoder(model.encode(seen)), x.flatten(1)).mean().item()
    assert response.psnr[1] == pytest.approx(expected)
    assert response.points[1].shape == (20, 2 * 2**2 + 3**2)
    moved = displacement(model.encode(x), model.encode(seen)).mean().item()
    assert response.displacement[1] == pytest.approx(moved)


def test_the_ends_are_the_first_level_and_the_last(generator):
    x = torch.rand(20, 1, 8, 8, generator=generator, dtype=torch.float64)
    model = small_spatial_model("cae-sctc", options={"widths": (6, 8)})
    rising = noise_response(model, x, [0.0, 0.3, 0.9], n_axes=2, epsilon=1e-3, seed=4)
    alone = noise_response(model, x, [0.9], n_axes=2, epsilon=1e-3, seed=4)
    ends = rising.ends("displacement", "psnr")
    assert ends["displacement"] == {"clean": 0, "most_noise": alone.displacement[0]}
    assert ends["psnr"] == {"clean": rising.psnr[0], "most_noise": alone.psnr[0]}
