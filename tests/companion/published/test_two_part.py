"""The institute's models: their weights give the map of a network that shares no code with the project."""

import pytest
import torch
from companion.published import two_part
from published_networks import institute_networks

READ = {
    "szabo": {"activation": "relu", "bends_first": False},
    "mathieu": {"activation": "leaky-relu", "bends_first": True},
    "jha": {"activation": "relu", "bends_first": True},
}
SHAPE = (1, 28, 28)


def both(kind, statistics):
    slope = 0.2 if READ[kind]["activation"] == "leaky-relu" else 0.0
    networks = institute_networks(kind, slope=slope, bends_first=READ[kind]["bends_first"])
    states = {
        role: dict(net.state_dict()) for role, net in zip(("encoder", "decoder"), networks, strict=True)
    }
    model = two_part.build(states, SHAPE, statistics=statistics, **READ[kind]).eval()
    return model, networks


@pytest.mark.parametrize("statistics", ["own", "stored"])
@pytest.mark.parametrize("kind", READ)
def test_codes_and_drawings_are_those_of_the_published_network(kind, statistics):
    model, (encoder, decoder) = both(kind, statistics)
    for network in (encoder, decoder):
        network.train(statistics == "own")
    x = torch.rand(5, *SHAPE, generator=torch.Generator().manual_seed(1))
    s, z, *log_variance = encoder(x)
    parts = model.encode_parts(x)
    torch.testing.assert_close(parts.specified, s)
    torch.testing.assert_close(parts.unspecified, z)
    expected = torch.exp(0.5 * log_variance[0]) if log_variance else torch.zeros_like(z)
    torch.testing.assert_close(parts.std, expected)
    assert model.draws == (kind != "szabo")
    torch.testing.assert_close(model.decode_parts(s, z), decoder(s, z).flatten(1), atol=1e-5, rtol=1e-4)


def test_with_z_fixed_the_decoder_of_s_is_the_same_map_and_each_picture_is_its_own_batch():
    model, (_, decoder) = both("jha", "own")
    s, z = torch.randn(4, 16), torch.randn(16)
    drawn = model.specified_decoder(z)(s)
    torch.testing.assert_close(drawn, decoder(s, z.expand(4, 16)).flatten(1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(drawn[:1], model.specified_decoder(z)(s[:1]))


def test_published_weights_are_not_trained():
    with pytest.raises(NotImplementedError):
        both("jha", "own")[0].training_step(None, [], None)


def test_other_weights_or_choices_are_refused():
    encoder, decoder = institute_networks("jha")
    states = {"encoder": dict(encoder.state_dict()), "decoder": dict(decoder.state_dict())}
    with pytest.raises(ValueError, match="statistics: got 'mine', expected one of own, stored"):
        two_part.build(states, SHAPE, statistics="mine", **READ["jha"])
    with pytest.raises(ValueError, match="activation: got 'elu'"):
        two_part.build(states, SHAPE, statistics="own", activation="elu", bends_first=True)
    wrong = {**states, "decoder": {"a": torch.zeros(1)}}
    with pytest.raises(ValueError, match="weights: got none of class_output"):
        two_part.build(wrong, SHAPE, statistics="own", **READ["jha"])
    states["decoder"]["deconv_model.deconvolution_2.weight"] = torch.zeros(3, 3)
    with pytest.raises(ValueError, match=r"weights: got shape \(3, 3\)"):
        two_part.build(states, SHAPE, statistics="own", **READ["jha"])
