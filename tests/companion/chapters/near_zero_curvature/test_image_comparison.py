"""Agreement of images with themselves, with others, and by chance."""

import pytest
import torch
from companion.chapters.near_zero_curvature.image_comparison import compare_images
from torch import nn


def images(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def brightest(x):
    """A classifier that sees where an image is brightest."""
    return x[:, :4]


def blind_to_the_rest(x):
    return 3 * x[:, :4]


def test_images_agree_with_themselves():
    """`eq-perceptual-distance`"""
    x = images(5, 7, 20)
    found = compare_images(x, x, classifier=brightest, features=blind_to_the_rest)
    assert found.share == 1
    assert found.pixel.shape == found.perceptual.shape == found.first_labels.shape == (5, 7)
    assert found.pixel.abs().max() == 0
    assert found.relative_perceptual.abs().max() == 0
    assert torch.equal(found.first_labels, x[..., :4].argmax(-1))


def test_what_the_features_do_not_see_is_no_perceptual_distance():
    """`eq-perceptual-distance`"""
    x = images(50, 20)
    y = x.clone()
    y[:, 4:] += 1
    found = compare_images(x, y, classifier=brightest, features=blind_to_the_rest)
    assert found.share == 1
    assert found.perceptual.max() == 0
    torch.testing.assert_close(found.pixel, torch.full((50,), 4, dtype=torch.float64))


def test_distances_are_euclidean():
    """`eq-perceptual-distance`"""
    x, y = images(6, 9, seed=1), images(6, 9, seed=2)
    found = compare_images(x, y, classifier=brightest, features=blind_to_the_rest)
    for i in range(6):
        assert found.pixel[i].item() == pytest.approx(sum((x[i] - y[i]) ** 2).item() ** 0.5)
        squares = 9 * sum((x[i, :4] - y[i, :4]) ** 2)
        assert found.perceptual[i].item() == pytest.approx(squares.item() ** 0.5)


def test_the_scales_are_those_of_all_pairs():
    x, y = images(12, 9, seed=1), 1 + 2 * images(12, 9, seed=2)
    found = compare_images(x, y, classifier=brightest, features=blind_to_the_rest)
    pairs = torch.stack([(a - b).square().sum() for a in x for b in y])
    assert found.pixel_scale == pytest.approx(pairs.mean().sqrt().item())
    pairs = torch.stack([9 * (a - b)[:4].square().sum() for a in x for b in y])
    assert found.perceptual_scale == pytest.approx(pairs.mean().sqrt().item())


def test_chance_is_the_share_of_shuffled_images(generator):
    x = images(60, 5, seed=1) + torch.tensor([1.0, 0, 0, 0, 0])
    y = images(60, 5, seed=2) + torch.tensor([0.5, 0.5, 0, 0, 0])
    shares = [
        compare_images(x, y[torch.randperm(60, generator=generator)], classifier=brightest).share
        for _ in range(400)
    ]
    found = compare_images(x, y, classifier=brightest)
    assert found.chance == pytest.approx(sum(shares) / 400, abs=0.01)
    assert 0.2 < found.chance < 0.6


def test_independent_images_have_relative_distances_about_one():
    found = compare_images(images(500, 30, seed=1), images(500, 30, seed=2), classifier=brightest)
    assert (found.pixel / found.pixel_scale).mean().item() == pytest.approx(1, abs=0.03)
    assert found.relative_perceptual is None
    assert found.perceptual is None
    assert found.share == pytest.approx(found.chance, abs=0.06)


def test_chunks_change_nothing_and_no_gradient_is_kept():
    network = nn.Linear(8, 3, dtype=torch.float64)
    x, y = images(10, 8, seed=1), images(10, 8, seed=2)
    one = compare_images(x, y, classifier=network, features=network)
    many = compare_images(x, y, classifier=network, features=network, chunk=3)
    torch.testing.assert_close(one.perceptual, many.perceptual)
    assert torch.equal(one.first_labels, many.first_labels)
    assert not one.perceptual.requires_grad


@pytest.mark.parametrize(
    ("first", "second", "options", "message"),
    [
        (torch.zeros(2, 5), torch.zeros(3, 5), {}, "second: got shape"),
        (torch.zeros(5), torch.zeros(5), {}, "first: got shape"),
        (torch.zeros(2, 5), torch.full((2, 5), torch.nan), {}, "second: got images that are not finite"),
        (torch.zeros(2, 5), torch.zeros(2, 5), {"features": lambda x: x.sum()}, "features: got shape"),
        (torch.zeros(2, 5), torch.zeros(2, 5), {"chunk": 0}, "chunk: got 0"),
    ],
    ids=["shapes", "flat", "finite", "features", "chunk"],
)
def test_what_cannot_be_compared_is_refused(first, second, options, message):
    with pytest.raises(ValueError, match=message):
        compare_images(first, second, classifier=brightest, **options)
