"""Code spaces and surveys of their distances: on flat decoders everything is known."""

import pytest
import torch
from companion.chapters.disentangled_curvature.distance_survey import affine_part, distance_survey
from companion.measures.space import CodeSpace, balanced_rows, code_space
from companion.training import TrainingConfig, initial_model
from pullback import PullbackMetric, surfaces
from torch import nn

ROWS = torch.arange(24)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def flat_space(scales, *, gap=0.0):
    """Codes of three classes under a linear decoder that stretches the coordinates by `scales`."""
    d = len(scales)
    layer = nn.Linear(d, 9, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.qr(normal(9, d)).Q * torch.tensor(scales, dtype=torch.float64))
    labels = torch.arange(60) % 3
    codes = normal(60, d, seed=1) + gap * torch.nn.functional.one_hot(labels, d)
    return CodeSpace(codes, labels, nn.Sequential(layer, nn.Identity()))


@pytest.fixture(scope="module")
def stretched():
    return distance_survey(flat_space([1.0, 3.0, 9.0]), ROWS)


def test_a_rigid_linear_decoder_is_flat_by_every_reading():
    survey = distance_survey(flat_space([2.0, 2.0, 2.0]), ROWS)
    assert survey.converged == 1
    assert torch.allclose(survey.riemannian, 2 * survey.euclidean, atol=1e-9)
    for pairs in ("all", "within", "between"):
        assert abs(survey.c_hat(pairs)) < 1e-9
        assert survey.misfit(pairs) < 1e-5
    euclidean, riemannian = survey.mean_distances(50, seed=0)
    assert riemannian / euclidean == pytest.approx(2)


def test_a_stretched_linear_decoder_is_as_flat_but_scores_until_its_coordinates_are_fitted(stretched):
    assert stretched.c_hat() > 0.1
    assert stretched.c_hat(ruler="flat") == pytest.approx(stretched.c_hat(), abs=1e-9)
    assert stretched.c_hat(against="flat") < 1e-9
    assert torch.allclose(stretched.riemannian, stretched.flat, atol=1e-9)


def test_the_affine_part_of_an_affine_map_is_all_of_it_and_knows_of_unused_coordinates():
    codes, A = normal(30, 3), normal(3, 12, seed=2)
    codes[:, 1] = 4.0
    fitted = affine_part(codes, codes @ A + 7)
    other = normal(30, 3, seed=3) * torch.tensor([1.0, 0.0, 1.0])
    assert torch.allclose(
        torch.cdist(other @ fitted, other @ fitted), torch.cdist(other @ A, other @ A), atol=1e-6
    )
    assert fitted[1].abs().max() < 1e-9


def test_distances_on_a_sphere_are_great_circles_to_one_per_cent():
    class Sphere(nn.Module):
        def forward(self, z):
            return surfaces.SPHERE.immersion(z)

    codes = torch.pi / 2 + normal(60, 2).tanh()  # colatitude and longitude, away from poles and seam
    survey = distance_survey(CodeSpace(codes, torch.arange(60) % 3, Sphere()), ROWS)
    assert survey.converged == 1
    points = surfaces.SPHERE.immersion(codes[ROWS])
    exact = (points @ points.mT).clamp(-1, 1).acos()
    apart = exact > 0.1
    assert ((survey.riemannian / exact)[apart] - 1).abs().max() < 0.01


def test_a_gap_alone_explains_the_score_of_well_separated_classes_and_none_of_a_single_cloud():
    apart = distance_survey(flat_space([1.0, 3.0, 9.0], gap=60.0), ROWS)
    assert apart.class_gap() > 10
    assert apart.c_hat_of_gap(seed=0) < 0.2
    together = distance_survey(flat_space([1.0, 3.0, 9.0]), ROWS)
    assert together.class_gap() == pytest.approx(1, abs=0.15)
    assert together.c_hat_of_gap(seed=0) > 0.8


def test_misfit_is_the_residual_of_a_straight_line_in_units_of_the_mean(stretched):
    i, j = torch.triu_indices(24, 24, offset=1)
    x, y = stretched.euclidean[i, j], stretched.riemannian[i, j]
    design = torch.stack([x, torch.ones_like(x)], dim=-1)
    residual = y - design @ torch.linalg.lstsq(design, y[:, None]).solution[:, 0]
    expected = residual.square().mean().sqrt() / y.mean()
    assert stretched.misfit() == pytest.approx(expected.item())


def test_a_few_codes_drawn_at_random_score_about_as_many_do(stretched):
    assert stretched.c_hat_of_few(24, seed=0) == pytest.approx(stretched.c_hat())
    assert stretched.c_hat_of_few(12, seed=0) == pytest.approx(stretched.c_hat(), rel=0.3)


def test_clusters_far_apart_are_found_and_permuted_labels_are_not():
    survey = distance_survey(flat_space([1.0, 1.0, 1.0], gap=40.0), ROWS)
    assert survey.f_score("riemannian", seed=0, n_init=5) == 100
    shuffled = survey.labels[torch.randperm(24, generator=torch.Generator().manual_seed(0))]
    assert survey.f_score("euclidean", seed=0, n_init=5, labels=shuffled) < 75


def test_pairs_of_an_unknown_kind_are_refused(stretched):
    with pytest.raises(ValueError, match="pairs: got 'inside'"):
        stretched.c_hat("inside")


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


def test_balanced_rows_hold_as_many_of_each_class_and_skip_the_small_ones():
    labels = torch.tensor([0] * 9 + [1] * 2 + [2] * 7 + [3] * 8)
    rows = balanced_rows(labels, 5, 10, generator=torch.Generator().manual_seed(0))
    assert labels[rows].bincount().tolist() == [5, 0, 5, 5]
    assert len(rows.unique()) == 15
    assert labels[balanced_rows(labels, 5, 2, generator=torch.Generator())].unique().tolist() == [0, 2]
    with pytest.raises(ValueError, match="per_class: got 10, expected at most 9"):
        balanced_rows(labels, 10, 2, generator=torch.Generator())
