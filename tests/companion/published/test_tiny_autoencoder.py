"""The tiny autoencoder, against its layers written out as functions of its named tensors."""

import pytest
import torch
from companion.published import tiny_autoencoder
from torch.nn import functional as F

SHAPE = (3, 16, 16)
POOLED = {"encoder": (11, 12, 13), "decoder": (3, 4, 5)}


def conv(w, name, x, stride=1):
    return F.conv2d(x, w[f"{name}.weight"], w.get(f"{name}.bias"), stride, w[f"{name}.weight"].shape[-1] // 2)


def block(w, i, x):
    if f"{i}.pool.0.weight" in w:
        h = conv(w, f"{i}.pool.0", x)
        h = torch.relu(F.group_norm(h, 4, w[f"{i}.pool.1.weight"], w[f"{i}.pool.1.bias"]))
        x = x + conv(w, f"{i}.pool.3", h)
    h = x
    for k in (0, 2, 4):
        h = conv(w, f"{i}.conv.{k}", h if k == 0 else torch.relu(h))
    return torch.relu(h + x)


def encode(w, x):
    x = block(w, 1, conv(w, "0", x))
    for first in (2, 6, 10):
        x = conv(w, str(first), x, 2)
        for i in (1, 2, 3):
            x = block(w, first + i, x)
    return conv(w, "14", x)


def decode(w, z):
    x = torch.relu(conv(w, "1", 3 * torch.tanh(z / 3)))
    for first in (3, 8, 13):
        for i in range(3):
            x = block(w, first + i, x)
        x = conv(w, str(first + 4), x.repeat_interleave(2, -1).repeat_interleave(2, -2))
    return conv(w, "19", block(w, 18, x))


def weights(part, channels=5):
    draw = torch.Generator().manual_seed(len(part))
    found = {}

    def add(name, n_in, n_out, size=3, bias=True):
        shape = (n_out, n_in, size, size)
        found[f"{name}.weight"] = torch.randn(shape, generator=draw) / (n_in * size**2) ** 0.5
        if bias:
            found[f"{name}.bias"] = 0.1 * torch.randn(n_out, generator=draw)

    ends = {"encoder": (("0", 3, 64), ("14", 64, channels)), "decoder": (("1", channels, 64), ("19", 64, 3))}
    for end in ends[part]:
        add(*end)
    for name in {"encoder": ("2", "6", "10"), "decoder": ("7", "12", "17")}[part]:
        add(name, 64, 64, bias=False)
    places = {"encoder": (1, 3, 4, 5, 7, 8, 9, 11, 12, 13), "decoder": (3, 4, 5, 8, 9, 10, 13, 14, 15, 18)}
    for i in places[part]:
        for k in (0, 2, 4):
            add(f"{i}.conv.{k}", 64, 64)
        if i in POOLED[part]:
            add(f"{i}.pool.0", 64, 256, 1, bias=False)
            add(f"{i}.pool.3", 256, 64, 1, bias=False)
            found[f"{i}.pool.1.weight"] = torch.rand(256, generator=draw)
            found[f"{i}.pool.1.bias"] = torch.rand(256, generator=draw)
    return found


def test_codes_and_pictures_are_those_of_the_layers_written_out():
    states = {part: weights(part) for part in ("encoder", "decoder")}
    model = tiny_autoencoder.build(states, SHAPE).eval()
    x = torch.rand(2, *SHAPE, generator=torch.Generator().manual_seed(0))
    z = encode(states["encoder"], x)
    assert (model.latent_dim, model.code_shape) == (20, (5, 2, 2))
    torch.testing.assert_close(model.encode_mean(x), z.flatten(1), atol=1e-4, rtol=1e-4)
    drawn = decode(states["decoder"], z).flatten(1)
    torch.testing.assert_close(model.decoder(z.flatten(1)), drawn, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(model.decoder(z.flatten(1)[None]), drawn[None], atol=1e-4, rtol=1e-4)


def test_weights_of_another_network_are_refused_in_one_line():
    states = {"encoder": weights("encoder"), "decoder": weights("decoder")}
    del states["decoder"]["7.weight"]
    with pytest.raises(ValueError, match="decoder: got other weights than this network's") as caught:
        tiny_autoencoder.build(states, SHAPE)
    assert "\n" not in str(caught.value)
