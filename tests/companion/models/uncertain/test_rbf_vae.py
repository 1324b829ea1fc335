"""A decoder that is unsure far from the codes."""

import pytest
import torch
from companion.models import build_model
from problems import normal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.mark.parametrize("name", ["vae-rbf-mlp", "vae-rbf-conv"])
def test_doubt_is_small_on_the_codes_and_at_its_bound_far_away(name, trained, digits):
    model = trained[name]
    codes = model.encode_mean(digits.images[:256].double())
    on = model.std(codes).median()
    away = model.std(codes * 1e3 + 1e3)
    assert on < 0.5
    torch.testing.assert_close(away, torch.full_like(away, 1e3), rtol=1e-3, atol=0)
    assert all((weight >= 0).all() for weight in model.decoder_std.parameters())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("vae-rbf-mlp", {"zeta": 0.0}, "zeta: got 0.0, expected a positive number"),
        ("vae-rbf-mlp", {"min_std": 0.0}, "min_std: got 0.0, expected a positive number"),
        ("vae-rbf-mlp", {"n_centers": 8}, "did you mean 'n_centres'"),
    ],
    ids=["zeta", "min_std", "misspelt"],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        build_model(name, (1, 28, 28), 2, options=options)


def test_a_second_stage_can_be_done_again_with_other_centres(trained, digits):
    model, x = trained["vae-rbf-mlp"], digits.images[:256].double()
    other = model.refitted(x, n_centres=5, bandwidth_scale=1.0, generator=torch.Generator().manual_seed(0))
    z = normal(4, 2)
    assert len(other.std[0].centres) == 5
    assert torch.equal(other.mean(z), model.mean(z))
    assert len(model.std[0].centres) == 8
    torch.testing.assert_close(other.std(z * 1e3), model.std(z * 1e3))
