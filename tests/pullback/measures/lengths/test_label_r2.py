"""R^2 of distances and labels: its chance level, its test and its comparison."""

import itertools

import pytest
import torch
from pullback.measures.lengths.label_r2 import compare_label_r2, label_r2


def cloud(n, d, generator):
    return torch.randn(n, d, dtype=torch.float64, generator=generator)


def distances(x):
    return (x[:, None] - x[None]).norm(dim=-1)


def groups(n_groups, size):
    return torch.arange(n_groups).repeat_interleave(size)


def by_hand(d, y):
    same = sum(d[i, j] ** 2 for i, j in itertools.product(range(len(y)), repeat=2) if y[i] == y[j])
    return 1 - same / (d**2).sum()


@pytest.mark.parametrize(("n_groups", "size", "chance"), [(4, 100, 0.75188), (10, 50, 0.90180)])
def test_the_chance_levels_of_table_2_are_shares_of_pairs(n_groups, size, chance, generator):
    """`eq-label-separation`"""
    d = distances(cloud(n_groups * size, 32, generator))
    measured = label_r2(d, groups(n_groups, size), generator=generator, n_permutations=9)
    assert measured.chance == pytest.approx(chance, abs=5e-6)


def test_the_chance_level_is_exactly_the_mean_over_all_orders_of_the_labels(generator):
    """`eq-label-separation`, for any distances at all."""
    d = torch.rand(6, 6, dtype=torch.float64, generator=generator)
    d = (d + d.mT).fill_diagonal_(0)
    labels = torch.tensor([0, 0, 1, 1, 1, 7])
    every = [by_hand(d, labels[list(order)]) for order in itertools.permutations(range(6))]
    measured = label_r2(d, labels, generator=generator)
    assert measured.chance == pytest.approx(torch.stack(every).mean().item(), abs=1e-12)
    torch.testing.assert_close(measured.r2, by_hand(d, labels))
    p = sum(value >= measured.r2 - 1e-12 for value in every) / len(every)
    assert measured.p_value.item() == pytest.approx(p.item(), abs=0.05)


def test_groups_without_any_extent_are_explained_entirely(generator):
    d = distances(cloud(5, 3, generator).repeat_interleave(4, dim=0))
    measured = label_r2(d, groups(5, 4), generator=generator, n_permutations=99)
    assert measured.r2.item() == 1
    assert measured.p_value.item() == pytest.approx(1 / 100)


def test_the_p_value_counts_the_observed_order_among_the_shuffles(generator):
    x = cloud(40, 3, generator) + 10.0 * groups(2, 20)[:, None]
    measured = label_r2(distances(x), groups(2, 20), generator=generator, n_permutations=19)
    assert measured.p_value.item() == pytest.approx(1 / 20)


def test_labels_without_meaning_have_uniform_p_values(generator):
    x = torch.randn(200, 24, 3, dtype=torch.float64, generator=generator)
    d = (x[:, :, None] - x[:, None]).norm(dim=-1)
    p = label_r2(d, groups(3, 8), generator=generator, n_permutations=99).p_value
    assert p.mean().item() == pytest.approx(0.5, abs=0.08)
    assert 0.02 < (p <= 0.1).double().mean() < 0.2


def test_neither_unit_nor_names_nor_order_matter(generator):
    x, labels = cloud(30, 4, generator), groups(3, 10)
    order = torch.randperm(30, generator=generator)
    plain = label_r2(distances(x), labels, generator=generator)
    other = label_r2(7 * distances(x[order]), 5 - labels[order], generator=generator)
    torch.testing.assert_close(other.r2, plain.r2)
    torch.testing.assert_close(other.standard_error, plain.standard_error)


def test_a_batch_of_matrices_shares_its_shuffles(generator):
    d = torch.stack([distances(cloud(20, 2, generator)) for _ in range(3)])
    seed = torch.Generator().manual_seed(5)
    batch = label_r2(d, groups(2, 10), generator=seed, n_permutations=50)
    for i in range(3):
        one = label_r2(d[i], groups(2, 10), generator=torch.Generator().manual_seed(5), n_permutations=50)
        torch.testing.assert_close(batch.null[i], one.null)
        torch.testing.assert_close(batch.leave_one_out[i], one.leave_one_out)


def test_leaving_a_point_out_is_measuring_without_it(generator):
    d, labels = distances(cloud(12, 2, generator)), torch.tensor([0] * 5 + [1] * 4 + [2] * 3)
    measured = label_r2(d, labels, generator=generator)
    for i in range(12):
        keep = torch.arange(12) != i
        one = label_r2(d[keep][:, keep], labels[keep], generator=generator, n_permutations=1)
        torch.testing.assert_close(measured.leave_one_out[i], one.excess)


def test_the_standard_error_is_the_scatter_over_draws_of_the_points(generator):
    x = cloud(300 * 40, 2, generator).reshape(300, 40, 2)
    x[:, :20, 0] += 1.0
    d = (x[:, :, None] - x[:, None]).norm(dim=-1)
    measured = label_r2(d, groups(2, 20), generator=generator, n_permutations=1)
    scatter = measured.excess.std().item()
    assert measured.standard_error.mean().item() == pytest.approx(scatter, rel=0.15)


def test_a_distance_that_knows_the_labels_beats_one_that_does_not(generator):
    x, labels = cloud(60, 8, generator), groups(3, 20)
    seen = x + 1.5 * torch.eye(8, dtype=torch.float64)[labels]
    found = compare_label_r2(distances(seen), distances(x), labels, generator=generator)
    assert found.difference.item() > 3 * found.standard_error.item() > 0
    assert found.p_value.item() == pytest.approx(1 / 1000)
    turned = compare_label_r2(distances(x), distances(seen), labels, generator=generator)
    torch.testing.assert_close(turned.difference, -found.difference)


def test_a_distance_compared_with_itself_differs_by_nothing(generator):
    d = distances(cloud(20, 3, generator))
    found = compare_label_r2(d, 3 * d, groups(4, 5), generator=generator, n_permutations=20)
    assert found.difference.abs() < 1e-12
    assert found.p_value.item() == 1


@pytest.mark.parametrize(
    ("d", "labels", "message"),
    [
        (torch.ones(3, 4), [0, 1, 1], "distances: got shape"),
        (torch.ones(3, 3), [0, 1, 1], "distances: got negative"),
        (torch.zeros(3, 3), [0, 1, 1], "distances: got negative"),
        (torch.tensor([[0.0, 1.0], [2.0, 0.0]]), [0, 1], "asymmetric"),
        (1 - torch.eye(3), [0, 1], "labels: got shape"),
        (1 - torch.eye(3), [0, 0, 0], "labels: got 1 kinds"),
        (1 - torch.eye(3), [0, 1, 2], "labels: got 3 kinds"),
    ],
    ids=["oblong", "diagonal", "zero", "asymmetric", "few", "all-same", "all-different"],
)
def test_what_cannot_be_compared_is_refused(d, labels, message, generator):
    with pytest.raises(ValueError, match=message):
        label_r2(d, torch.tensor(labels), generator=generator)


def test_no_shuffles_and_matrices_of_other_points_are_refused(generator):
    d = 1 - torch.eye(4)
    with pytest.raises(ValueError, match="n_permutations: got 0"):
        label_r2(d, groups(2, 2), generator=generator, n_permutations=0)
    with pytest.raises(ValueError, match="second: got shape"):
        compare_label_r2(d, 1 - torch.eye(5), groups(2, 2), generator=generator)
