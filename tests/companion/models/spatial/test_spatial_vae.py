"""The VAE whose code is a block."""

import pytest
import torch
from small_models import spatial_model


def test_the_code_of_a_vae_with_a_relu_is_what_its_decoder_sees():
    model = spatial_model("vae-spatial", options={"bottleneck": "relu"})
    z = torch.randn(3, 245, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    T = model.code_tensor(z)
    assert T.min() == 0
    torch.testing.assert_close(model.decoder(z), model.decoder(T.movedim(-1, -3).flatten(1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spatial_model("vae-spatial", options={"widths": (8,)}), r"widths: got \(8,\), expected two"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
