"""A space of codes, its principal plane, and the spaces of models."""

from dataclasses import replace

import pytest
import torch
from companion.measures.space import Space, code_space, principal_plane
from companion.training import TrainingConfig, initial_model
from pullback import EuclideanMetric, PullbackMetric, distance
from torch import nn

LABELS = torch.zeros(400, dtype=torch.long)


@pytest.fixture
def space(generator) -> Space:
    """Codes that spread by 3 and 2 along two known directions of five, and by 0.1 along the others."""
    turn = torch.linalg.qr(torch.randn(5, 5, generator=generator, dtype=torch.float64)).Q
    spread = torch.tensor([0.1, 3.0, 0.1, 2.0, 0.1], dtype=torch.float64)
    codes = 7 + (torch.randn(400, 5, generator=generator, dtype=torch.float64) * spread) @ turn.T
    decoder = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 6)).double().requires_grad_(False)
    return Space(decoder, codes, LABELS)


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
        principal_plane(Space(nn.Identity(), codes, LABELS[: len(codes)]))


def test_rows_keep_what_is_known_of_their_codes(space):
    images = torch.arange(400.0)[:, None]
    rows = torch.tensor([3, 1])
    few = replace(space, labels=torch.arange(400), images=images).only(rows)
    assert torch.equal(few.codes, space.codes[rows])
    assert few.labels.tolist() == few.images[:, 0].tolist() == [3, 1]
    assert few.metric is space.metric
    assert Space(space.decoder, space.codes).only(rows).labels is None


def test_the_metric_is_the_pullback_unless_it_is_given(space):
    z = space.codes[:3]
    J = torch.func.vmap(torch.func.jacfwd(space.decoder))(z)
    assert torch.allclose(space.metric.matrix(z), J.mT @ J)
    flat = EuclideanMetric()
    assert replace(space, metric=flat).metric is flat


def test_another_decoder_brings_its_own_metric_and_no_images_or_deviation(space):
    full = replace(space, images=torch.zeros(400, 6), std=torch.ones_like, metric=EuclideanMetric())
    other = full.with_decoder(nn.Sequential(nn.Identity(), space.decoder))
    assert torch.allclose(other.metric.matrix(space.codes[:2]), space.metric.matrix(space.codes[:2]))
    assert other.images is None
    assert other.std is None
    assert other.codes is space.codes


def test_the_space_of_a_disentangling_model_is_that_of_the_specified_code():
    config = TrainingConfig(model="jha-conv", latent_dim=20, options={"specified_dim": 12}, device="cpu")
    model = initial_model(config, (1, 28, 28), 10).eval()
    images, labels = torch.rand(5, 1, 28, 28), torch.arange(5)
    space = code_space(model, images, labels)
    parts = model.encode_parts(images)
    assert torch.allclose(space.codes, parts.specified, atol=1e-6)
    expected = model.decode_parts(parts.specified, parts.unspecified.mean(0).expand(5, 8))
    assert torch.allclose(space.decoder(space.codes), expected, atol=1e-5)
    assert not space.codes.requires_grad
    double = space.double()
    assert double.decoder(double.codes).dtype == torch.float64
    assert space.decoder(space.codes).dtype == torch.float32
    assert PullbackMetric(space.decoder).matrix(space.codes[:1]).shape == (1, 12, 12)


def test_the_space_of_a_vae_is_its_whole_code():
    model = initial_model(TrainingConfig(model="vae-mlp", latent_dim=3, device="cpu"), (1, 28, 28), 10).eval()
    images = torch.rand(5, 1, 28, 28)
    space = code_space(model, images, torch.arange(5))
    assert torch.allclose(space.codes, model.encode_mean(images), atol=1e-6)
    assert space.only(torch.tensor([2])).codes.shape == (1, 3)
