"""What the widgets hand to the page: packed numbers, networks, fields, and the two forms of a widget."""

import base64
import json
import re

import numpy as np
import pytest
import torch
from companion.models.networks.mlp import mlp
from companion.widgets import ExploredModel, distance_unit_explorer, latent_explorer
from companion.widgets.fields import code_box, grid, label_field, metric_fields
from companion.widgets.inline import plain_html
from companion.widgets.packing import TYPES, network, packed
from pullback import gaussian_curvature
from torch import nn
from widget_pages import explored_models, explorer


def unpack(given: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(given["data"]), TYPES[given["type"]])


@pytest.mark.parametrize(("kind", "rounding"), [("f2", 2**-11), ("f4", 2**-24)])
def test_packed_numbers_are_the_numbers_to_rounding(kind, rounding, generator):
    values = torch.randn(50, generator=generator, dtype=torch.float64)
    assert unpack(packed(values, kind)) == pytest.approx(values.numpy(), rel=rounding)


@pytest.mark.parametrize("bad", [torch.tensor([1e6]), torch.tensor([torch.nan])])
def test_numbers_that_do_not_fit_are_refused(bad):
    with pytest.raises(ValueError, match="values: got magnitudes to"):
        packed(bad, "f2")


def test_a_described_network_computes_the_decoder():
    decoder = explored_models()[0].decoder
    z = torch.tensor([0.3, -0.7], dtype=torch.float64)
    h = z.numpy()
    for layer in network(decoder):
        weight = unpack(layer["weight"]).reshape(layer["rows"], layer["columns"]).astype(float)
        h = weight @ h + unpack(layer["bias"])
        h = np.tanh(h) if layer["activation"] == "tanh" else h
    assert h == pytest.approx(decoder(z).numpy(), rel=1e-2, abs=1e-2)


def test_affine_layers_without_a_bend_between_them_become_one():
    decoder = nn.Sequential(nn.Linear(2, 7), nn.Linear(7, 3, bias=False), nn.Linear(3, 4), nn.Tanh()).double()
    (layer,) = network(decoder)
    weight = unpack(layer["weight"]).reshape(4, 2).astype(float)
    z = np.array([0.3, -0.7])
    expected = decoder(torch.from_numpy(z)).detach().numpy()
    assert np.tanh(weight @ z + unpack(layer["bias"])) == pytest.approx(expected, rel=5e-3)


def on_maps(layer: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 36), nn.Unflatten(1, (4, 3, 3)), layer)


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.GELU()), "got the layer GELU, expected nn.Linear, then one of"),
        (nn.Sequential(nn.Tanh(), nn.Linear(2, 3)), "got the layer Tanh"),
        (nn.Sequential(nn.Linear(2, 3), nn.ELU(0.5)), "expected the activation's default settings"),
        (mlp(3, [4], 5), "got 3 latent coordinates, expected 2"),
        (on_maps(nn.ConvTranspose2d(4, 2, 2, groups=2)), "expected one group and no dilation"),
        (on_maps(nn.ConvTranspose2d(4, 2, 2, dilation=2)), "expected one group and no dilation"),
        (on_maps(nn.InstanceNorm2d(4, affine=True)), "expected no weights and no running statistics"),
        (on_maps(nn.BatchNorm2d(4).eval()), "got the layer BatchNorm2d, expected nn.Linear"),
        (on_maps(nn.Linear(3, 2)), "got the layer Linear, .* on unflattened maps"),
        (nn.Sequential(nn.Linear(2, 4), nn.InstanceNorm2d(4)), "got the layer InstanceNorm2d"),
    ],
)
def test_a_decoder_that_the_page_cannot_compute_is_refused(decoder, message):
    with pytest.raises(ValueError, match=message):
        network(decoder)


def test_fields_hold_the_measures_within_their_colour_range():
    metric = explored_models()[0].metric
    points = grid((-1.0, 1.0, -0.5, 1.5), 9)
    volume, curvature = metric_fields(metric, points)
    expected = metric.log_volume(points)
    assert unpack(volume["values"]).reshape(9, 9) == pytest.approx(
        expected.clamp(volume["low"], volume["high"]).numpy(), rel=2**-11, abs=1e-6
    )
    carried = gaussian_curvature(metric, points) * expected.exp()
    assert curvature["low"] == -curvature["high"]
    assert (np.sign(unpack(curvature["values"])) == carried.sign().flatten().numpy()).all()


def test_the_densest_label_is_that_of_the_codes_beside_it(generator):
    codes = torch.randn(200, 2, generator=generator, dtype=torch.float64)
    codes[:100, 0] -= 6
    labels = torch.tensor([3] * 100 + [8] * 100)
    field = label_field(codes, labels, grid((-8.0, 2.0, -5.0, 5.0), 11))
    values = unpack(field["values"]).reshape(11, 11)
    assert [field["names"][values[5, 2]], field["names"][values[5, 8]]] == ["3", "8"]
    weight = unpack(field["weight"]).reshape(11, 11)
    assert weight[5, 2] > 10 * max(weight[0, 5], 1)


def test_the_box_is_square_and_holds_the_codes(generator):
    codes = torch.randn(1000, 2, generator=generator) * torch.tensor([3.0, 1.0])
    left, right, bottom, top = code_box(codes)
    assert right - left == pytest.approx(top - bottom)
    inside = (codes[:, 0] > left) & (codes[:, 0] < right) & (codes[:, 1] > bottom) & (codes[:, 1] < top)
    assert inside.double().mean() > 0.95


def test_a_widget_is_live_in_jupyter_and_plain_html_elsewhere():
    widget = explorer()
    bundle, _ = widget._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html"} <= set(bundle)
    payload = re.search(r"<script type=\"application/json\">(.*)</script>", bundle["text/html"])[1]
    assert json.loads(payload) == json.loads(json.dumps(widget.data))


def test_data_cannot_end_the_script_that_holds_it():
    html = plain_html("kind", {"name": "</script><script>alert(1)"}, "A <title>.")
    assert html.count("</script>") == 1
    assert "A &lt;title&gt;." in html


def test_in_jupyter_the_library_answers_each_move():
    widget = explorer()
    widget.state = {"model": 0, "a": [-1.0, 0.0], "b": [1.0, 0.5], "loop": False}
    assert widget.library["converged"]
    assert 0 < widget.library["geodesic"] < widget.library["straight"]


def test_a_distance_unit_explorer_refuses_what_does_not_belong_together():
    with pytest.raises(ValueError, match="samples: got none"):
        distance_unit_explorer({})
    with pytest.raises(ValueError, match=r"samples: got shapes \(5, 2\), \(4, 4\), \(5,\) for a space"):
        distance_unit_explorer({"a space": (torch.zeros(5, 2), torch.zeros(4, 4), torch.zeros(5))})


def test_bad_models_are_refused():
    with pytest.raises(ValueError, match="models: got none"):
        latent_explorer([])
    flat = ExploredModel("flat", mlp(2, [4], 5), torch.zeros(7, 3))
    with pytest.raises(ValueError, match=r"codes: got shape \(7, 3\) for flat"):
        latent_explorer([flat])


def test_weights_beyond_the_short_floats_are_packed_in_long_ones():
    huge = nn.Linear(2, 3)
    with torch.no_grad():
        huge.weight.fill_(1e5)
    described = network(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 4)))
    assert {layer["weight"]["type"] for layer in described} == {"f2"}
    assert network(nn.Sequential(huge))[0]["weight"]["type"] == "f4"
