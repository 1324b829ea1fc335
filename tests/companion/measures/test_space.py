"""The principal plane of a space of codes: its decoder, its directions, and what it refuses."""

import pytest
import torch
from companion.measures.space import CodeSpace, principal_plane
from pullback import distance
from torch import nn

LABELS = torch.zeros(400, dtype=torch.long)


@pytest.fixture
def space(generator) -> CodeSpace:
    """Codes that spread by 3 and 2 along two known directions of five, and by 0.1 along the others."""
    turn = torch.linalg.qr(torch.randn(5, 5, generator=generator, dtype=torch.float64)).Q
    spread = torch.tensor([0.1, 3.0, 0.1, 2.0, 0.1], dtype=torch.float64)
    codes = 7 + (torch.randn(400, 5, generator=generator, dtype=torch.float64) * spread) @ turn.T
    decoder = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 6)).double().requires_grad_(False)
    return CodeSpace(codes, LABELS, decoder)


def test_the_plane_decodes_its_codes_to_nearly_what_the_space_does(space):
    plane = principal_plane(space)
    assert plane.codes.shape == (400, 2)
    assert plane.codes.std(0).tolist() == pytest.approx([3.0, 2.0], rel=0.1)
    assert plane.codes.mean(0).tolist() == pytest.approx([0.0, 0.0], abs=1e-9)
    error = (plane.decoder(plane.codes) - space.decoder(space.codes)).norm(dim=-1)
    assert (
        error.max()
        < 0.3 * (space.decoder(space.codes) - space.decoder(space.codes.mean(0))).norm(dim=-1).max()
    )


def test_the_plane_is_that_of_the_codes_projected_to_it(space):
    """At mean + P w, P the eigenvectors of the covariance: their signs are free, the projector is not."""
    plane, mean = principal_plane(space), space.codes.mean(0)
    P = torch.linalg.eigh(space.codes.T.cov()).eigenvectors[:, -2:]
    projected = mean + (space.codes - mean) @ P @ P.T
    assert plane.decoder(plane.codes) == pytest.approx(space.decoder(projected), rel=1e-9, abs=1e-9)


def test_the_space_has_ways_that_are_not_longer_than_those_of_the_plane(space):
    plane, mean = principal_plane(space), space.codes.mean(0)
    P = torch.linalg.eigh(space.codes.T.cov()).eigenvectors[:, -2:]
    a, b = (mean + (space.codes[i] - mean) @ P @ P.T for i in (0, 1))
    within = distance(plane.metric, plane.codes[0], plane.codes[1], n_segments=24)
    assert distance(space.metric, a, b, n_segments=24) <= within * (1 + 1e-6)


@pytest.mark.parametrize("codes", [torch.zeros(9, 1), torch.zeros(1, 3), torch.zeros(4)])
def test_codes_that_span_no_plane_are_refused(codes):
    with pytest.raises(ValueError, match=r"codes: got shape \(.*\), expected \(n, d\), both 2 at least"):
        principal_plane(CodeSpace(codes, LABELS[: len(codes)], nn.Identity()))
