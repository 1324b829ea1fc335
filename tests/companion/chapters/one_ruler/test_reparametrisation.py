"""Other coordinates that are undone by formula, and other eyes that see the same picture."""

import pytest
import torch
from companion.chapters.one_ruler.reparametrisation import disguises, random_diffeomorphism
from companion.measures.space import Space
from torch import nn

DOUBLE = torch.float64


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_new_coordinates_are_undone_and_keep_their_orientation(d):
    codes = torch.randn(50, d, generator=seeded(), dtype=DOUBLE) * torch.arange(1.0, d + 1)
    bend = random_diffeomorphism(codes, strength=0.7, generator=seeded(2))
    assert torch.allclose(bend.inverse(bend(codes)), codes, atol=1e-10)
    assert (torch.linalg.det(torch.func.vmap(torch.func.jacfwd(bend))(codes)) > 0).all()
    design = torch.cat([codes, codes.new_ones(50, 1)], dim=1)
    left = bend(codes) - design @ torch.linalg.lstsq(design, bend(codes)).solution
    assert left.square().sum() > 0.01 * bend(codes).square().sum()


def test_without_strength_the_coordinates_are_the_old_ones():
    codes = torch.randn(9, 2, generator=seeded(), dtype=DOUBLE)
    assert torch.allclose(random_diffeomorphism(codes, strength=0.0, generator=seeded())(codes), codes)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="codes: got"):
        random_diffeomorphism(torch.zeros(4, 1), strength=1.0, generator=seeded())
    with pytest.raises(ValueError, match="strength: got"):
        random_diffeomorphism(torch.zeros(4, 2), strength=-1.0, generator=seeded())


@pytest.fixture(scope="module")
def ways():
    codes = torch.randn(9, 2, generator=seeded(), dtype=DOUBLE)
    layer = nn.Linear(2, 5, dtype=DOUBLE).requires_grad_(False)
    images = torch.randn(9, 5, generator=seeded(1), dtype=DOUBLE)
    space = Space(layer, codes, images=images, std=lambda z: z.square().sum(-1, keepdim=True).expand(-1, 5))
    return space, disguises(space, strength=0.5, factor=3.0, generator=seeded(2), n_bends=2)


def test_in_other_coordinates_the_pictures_and_their_deviations_are_the_same(ways):
    """`eq-reparametrisation`"""
    space, found = ways
    for other in (*found["bent"], *found["scaled"]):
        assert not torch.allclose(other.codes, space.codes)
        assert torch.allclose(other.decoder(other.codes), space.decoder(space.codes), atol=1e-9)
        assert torch.allclose(other.std(other.codes), space.std(space.codes), atol=1e-9)
        assert other.images is space.images


@pytest.mark.parametrize(("kind", "size"), [("rotated", 1.0), ("brighter", 3.0)])
def test_to_another_eye_errors_and_deviations_grow_alike(ways, kind, size):
    space, (other,) = ways[0], ways[1][kind]
    assert other.codes is space.codes
    errors = [(s.images - s.decoder(s.codes)).norm(dim=-1) for s in (space, other)]
    assert torch.allclose(errors[1], size * errors[0])
    assert torch.allclose(other.std(other.codes), size * space.std(space.codes))
