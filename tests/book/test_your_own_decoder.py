"""The code of the page about your own decoder is run as printed, on a decoder with a known answer."""

import re
import sys
import warnings
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file

BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RADIUS = 2.0
FLOAT32 = 2e-3


class Decoder(torch.nn.Module):
    """Map the plane onto a sphere, by stereographic projection; the checkpoint tells its radius."""

    def __init__(self):
        super().__init__()
        self.radius = torch.nn.Parameter(torch.ones(()))

    def forward(self, z):
        square = z.square().sum(-1, keepdim=True)
        return self.radius * torch.cat([2 * z, square - 1], dim=-1) / (1 + square)


@pytest.fixture
def blocks(root):
    text = (root / "book" / "your_own_decoder.md").read_text(encoding="utf-8")
    return BLOCK.findall(text)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with two checkpoints of a decoder that is no part of this project."""
    project = ModuleType("my_project")
    project.Decoder = Decoder
    monkeypatch.setitem(sys.modules, "my_project", project)
    monkeypatch.chdir(tmp_path)
    weights = {"radius": torch.tensor(RADIUS)}
    torch.save(weights, "decoder.pt")
    save_file(weights, "decoder.safetensors")
    torch.manual_seed(0)


def great_circles(z0, z1):
    x0, x1 = (Decoder()(z).detach().double() for z in (z0, z1))
    return RADIUS * (x0 * x1).sum(-1).clamp(-1, 1).arccos()


def test_the_first_piece_of_code_has_ten_lines(blocks):
    kind, code = blocks[0]
    assert kind == "python"
    assert len([line for line in code.splitlines() if line]) == 10


def test_ten_lines_measure_a_sphere(blocks, elsewhere, capsys):
    space = {}
    exec(blocks[0][1], space)
    assert "all 5 curves converged" in capsys.readouterr().out
    z0, z1, paths, metric = (space[name] for name in ("z0", "z1", "paths", "metric"))
    torch.testing.assert_close(paths.length.double(), great_circles(z0, z1), rtol=FLOAT32, atol=0)
    matrix = space["distance_matrix"](metric, z0).double()
    torch.testing.assert_close(matrix, great_circles(z0[:, None], z0), rtol=FLOAT32, atol=FLOAT32)
    curvature = space["gaussian_curvature"](metric, z0)
    torch.testing.assert_close(curvature, torch.full((5,), 1 / RADIUS**2), rtol=FLOAT32, atol=0)


def run_all(blocks):
    """Run every piece of code; gives the names that it leaves and pairs of printed and real messages."""
    space, messages = {}, []
    for (kind, code), (after, printed) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "python" and after == "text":
            with pytest.raises((ValueError, TypeError)) as raised:
                exec(code, space)
            messages.append((printed.strip(), f"{raised.type.__name__}: {raised.value}"))
        elif kind == "python":
            with warnings.catch_warnings():
                warnings.filterwarnings(
                    "ignore", message=".*geodesics did not converge", category=UserWarning
                )
                exec(code, space)
    return space, messages


def test_every_piece_of_code_runs_or_fails_with_the_message_that_is_printed(blocks, elsewhere):
    messages = run_all(blocks)[1]
    assert len(messages) == sum(kind == "text" for kind, _ in blocks) > 5
    assert [printed for printed, _ in messages] == [real for _, real in messages]


def test_a_condition_and_an_uncertain_decoder_are_measured_as_what_they_are(blocks, elsewhere):
    space = run_all(blocks)[0]
    z, both = space["z0"], space["both"]

    def gram(function):
        J = torch.autograd.functional.jacobian(lambda z: function(z[None])[0], z[0])
        return J.T @ J

    conditional = gram(lambda z: space["conditional"](z, space["seven"][None]))
    torch.testing.assert_close(space["of_sevens"].matrix(z)[0], conditional, rtol=1e-4, atol=1e-5)
    expected = gram(lambda z: both(z)[0]) + gram(lambda z: (both(z)[1] / 2).exp())
    torch.testing.assert_close(space["expected"].matrix(z)[0], expected, rtol=1e-4, atol=1e-5)
