"""geomstats as an independent oracle, on its autograd backend, in an environment and a process of its own.

`make bench` builds it; without it these tests are skipped. On PyTorch geomstats 2.8 gives a
scalar curvature of 0 for the sphere, and importing it changes PyTorch's default dtype: it never is, here.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from problems import generator
from pullback import PullbackMetric, christoffels, ricci_tensor, scalar_curvature, sectional_curvature
from torch import nn

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-oracle" / "bin" / "python"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no geomstats here: run `make bench`")


def sphere(z):
    t, p = z.unbind(-1)
    return torch.stack([t.sin() * p.cos(), t.sin() * p.sin(), t.cos()], dim=-1)


def torus(z):
    t, p = z.unbind(-1)
    ring = 3 + t.cos()
    return torch.stack([ring * p.cos(), ring * p.sin(), t.sin()], dim=-1)


def network(d):
    shapes = [(6, d), (6, 6), (7, 6)]
    weights = [torch.randn(*s, dtype=torch.float64, generator=generator(i)) for i, s in enumerate(shapes)]
    layers = [nn.Linear(s[1], s[0], bias=False, dtype=torch.float64) for s in shapes]
    for layer, weight in zip(layers, weights):
        layer.weight.data = weight / 2
    return nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2]).requires_grad_(False)


SURFACES = {"sphere": (sphere, 2, 3), "torus": (torus, 2, 3), "network-2": (network(2), 2, 7)}
SURFACES["network-3"] = (network(3), 3, 7)


def places(d):
    z, u, v = torch.rand(3, 2, d, dtype=torch.float64, generator=generator(5))
    return 0.5 + z, u, v - u[:, [1, 0, *range(2, d)]]


@pytest.fixture(scope="module")
def known():
    """One process answers for all surfaces."""
    tasks = []
    for name, (function, d, ambient) in SURFACES.items():
        task = dict(zip("zuv", (t.tolist() for t in places(d))))
        task |= {"surface": name.split("-")[0], "ambient": ambient}
        if isinstance(function, nn.Module):
            task["weights"] = [p.tolist() for p in function.parameters()]
        tasks.append(task)
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "oracle_geomstats.py"],
        input=json.dumps(tasks),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GEOMSTATS_BACKEND": "autograd"},
    )
    answers = dict(zip(SURFACES, json.loads(done.stdout)))
    return {s: {q: torch.tensor(x, dtype=torch.float64) for q, x in a.items()} for s, a in answers.items()}


@pytest.mark.parametrize("surface", SURFACES)
def test_metric_and_christoffels_are_geomstats(known, surface):
    """`eq-pullback-metric`, `eq-christoffel`"""
    function, d, _ = SURFACES[surface]
    z, metric = places(d)[0], PullbackMetric(function)
    torch.testing.assert_close(metric.matrix(z), known[surface]["matrix"])
    torch.testing.assert_close(christoffels(metric, z), known[surface]["christoffels"], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("surface", SURFACES)
def test_curvatures_are_geomstats(known, surface):
    """`eq-sectional`, `eq-ricci`, `eq-scalar`"""
    function, d, _ = SURFACES[surface]
    (z, u, v), metric = places(d), PullbackMetric(function)
    found = {
        "sectional": sectional_curvature(metric, z, u, v),
        "ricci": ricci_tensor(metric, z),
        "scalar": scalar_curvature(metric, z),
    }
    for name, value in found.items():
        torch.testing.assert_close(value, known[surface][name], rtol=1e-7, atol=1e-9)
