"""A decoder in a file: what stands in it, planes of more coordinates, and what is refused."""

import json

import pytest
import torch
from packed_numbers import unpack
from pullback import PullbackMetric, export
from torch import nn


def decoder(d: int = 2, *, seed: int = 0) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(d, 12), nn.Tanh(), nn.Linear(12, 9))


@pytest.fixture
def codes(generator):
    return torch.randn(200, 2, generator=generator)


def test_the_file_holds_the_decoder_its_codes_and_the_colours_of_the_plane(codes, tmp_path):
    own = decoder()
    before = [p.clone() for p in own.parameters()]
    path = export(
        own, codes, (codes[:, 0] > 0).long(), tmp_path / "a.json", name="mine", image_shape=(1, 3, 3)
    )
    content = json.loads(path.read_text())
    assert (content["format"], content["shape"], content["model"]["name"]) == (
        "pullback-decoder",
        [1, 3, 3],
        "mine",
    )
    assert unpack(content["model"]["codes"]).reshape(-1, 2) == pytest.approx(codes.numpy(), rel=1e-6)
    volume, _, labels = content["model"]["fields"]
    assert (volume["name"], labels["names"]) == ("log volume", ["0", "1"])
    assert all(torch.equal(p, q) for p, q in zip(before, own.parameters(), strict=True))
    assert own[0].weight.dtype == torch.float32
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_of_more_coordinates_the_plane_of_the_codes_is_written(generator, tmp_path):
    own = decoder(5)
    codes = torch.randn(300, 5, generator=generator) * torch.tensor([3.0, 2.0, 0.01, 0.01, 0.01])
    content = json.loads(export(own, codes, path=tmp_path / "a.json").read_text())
    plane = torch.tensor(unpack(content["model"]["codes"]).reshape(-1, 2).copy())
    lengths = [torch.pdist(points[:50].double()) for points in (plane, codes)]
    assert torch.allclose(*lengths, atol=0.1)  # the plane that is left out is thin
    first = content["model"]["networks"][0][0]
    assert (first["kind"], first["columns"], first["rows"]) == ("affine", 2, 12)


def test_the_metric_of_the_plane_is_that_of_the_decoder_along_it(generator, tmp_path):
    own, codes = decoder(3).double(), torch.randn(60, 3, generator=generator).double()
    content = json.loads(export(own, codes, path=tmp_path / "a.json").read_text())
    left, _, bottom, _ = content["model"]["box"]
    centre = codes.mean(0)
    directions = torch.linalg.svd(codes - centre, full_matrices=False).Vh[:2].mT
    corner = centre + directions @ torch.tensor([left, bottom], dtype=torch.float64)
    g = directions.mT @ PullbackMetric(own).matrix(corner) @ directions
    volume = content["model"]["fields"][0]
    expected = 0.5 * torch.logdet(g).clamp(2 * volume["low"], 2 * volume["high"]).item()
    assert unpack(volume["values"])[0] == pytest.approx(expected, abs=2e-3)


def test_pictures_say_their_shape_themselves(codes, tmp_path):
    own = nn.Sequential(*decoder(), nn.Unflatten(1, (1, 3, 3)), nn.Sigmoid())
    assert json.loads(export(own, codes, path=tmp_path / "a.json").read_text())["shape"] == [1, 3, 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": torch.zeros(5)}, r"codes: got shape \(5,\), expected \(n, d\)"),
        ({"codes": torch.zeros(2, 2)}, "n > 2 and d > 1"),
        ({"codes": torch.full((5, 2), torch.nan)}, "of finite numbers"),
        ({"codes": torch.randn(5, 3)}, "decoder: got .* for codes of shape"),
        ({"labels": torch.zeros(3)}, r"labels: got shape \(3,\), expected \(200,\)"),
        ({"decoder": nn.Sequential(nn.Linear(2, 3), nn.Mish())}, "got the layer Mish"),
        ({"decoder": lambda z: z}, "got the layer function"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line_and_leaves_no_file(codes, tmp_path, change, message):
    given = {"decoder": decoder(), "codes": codes, "labels": None} | change
    with pytest.raises(ValueError, match=message) as error:
        export(given["decoder"], given["codes"], given["labels"], tmp_path / "a.json")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
