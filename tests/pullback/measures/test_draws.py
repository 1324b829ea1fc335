"""Draws of pairs and of rows by their classes: how many, which, and with what chances."""

import pytest
import torch
from problems import generator
from pullback.measures.draws import balanced_rows, class_rows, random_pairs, rows_up_to, two_others

UNEVEN = torch.tensor([2, 0, 2, -1, 0, 2, 0, 2, 5, -1])


def test_pairs_are_distinct_ordered_and_repeatable():
    pairs = random_pairs(10, 45, generator=generator(3))
    assert len({tuple(pair) for pair in pairs.tolist()}) == 45
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert torch.equal(pairs, random_pairs(10, 45, generator=generator(3)))


def test_pairs_are_uniform_over_the_points():
    pairs = random_pairs(50, 600, generator=generator(1))
    counts = pairs.flatten().bincount(minlength=50)
    assert counts.min() > 8
    assert counts.max() < 42


@pytest.mark.parametrize(("n_points", "n_pairs"), [(10, 46), (10, 0), (1, 1)])
def test_more_pairs_than_there_are_is_an_error(n_points, n_pairs):
    with pytest.raises(ValueError, match="n_pairs: got"):
        random_pairs(n_points, n_pairs, generator=generator())


def test_each_class_asked_for_gives_as_many_rows_and_none_twice():
    labels = torch.arange(40) % 4
    rows = class_rows(labels, [1, 3], 6, generator=generator())
    assert labels[rows].tolist() == [1] * 6 + [3] * 6
    assert len(rows.unique()) == 12
    with pytest.raises(ValueError, match="per_class: got 11, expected at most 10 of class 1"):
        class_rows(labels, [1], 11, generator=generator())


def test_shuffled_rows_are_the_same_rows_in_another_order():
    labels = torch.arange(40) % 4
    plain, mixed = (class_rows(labels, [1, 3], 6, generator=generator(), shuffle=s) for s in (False, True))
    assert sorted(plain.tolist()) == sorted(mixed.tolist())
    assert labels[mixed].tolist() != labels[plain].tolist()


def test_balanced_rows_hold_as_many_of_each_class_and_skip_the_small_ones():
    labels = torch.tensor([0] * 9 + [1] * 2 + [2] * 7 + [3] * 8)
    rows = balanced_rows(labels, 5, 10, generator=generator())
    assert labels[rows].bincount().tolist() == [5, 0, 5, 5]
    assert len(rows.unique()) == 15
    assert labels[balanced_rows(labels, 5, 2, generator=generator())].unique().tolist() == [0, 2]
    with pytest.raises(ValueError, match="per_class: got 10, expected at most 9"):
        balanced_rows(labels, 10, 2, generator=generator())


def test_every_label_gives_up_to_as_many_rows_and_the_unlabelled_none():
    rows = rows_up_to(UNEVEN, 3, generator=generator())
    assert UNEVEN[rows].tolist() == [0, 0, 0, 2, 2, 2, 5]
    assert len(rows.unique()) == len(rows)


def test_every_row_of_a_label_is_as_likely():
    draw = generator()
    draws = torch.cat([rows_up_to(UNEVEN, 1, generator=draw) for _ in range(2000)])
    counts = draws.bincount(minlength=10)[[0, 2, 5, 7]]
    assert (counts - 500).abs().max() < 100


def test_no_rows_and_no_labels_are_refused():
    with pytest.raises(ValueError, match="per_label: got 0"):
        rows_up_to(UNEVEN, 0, generator=generator())
    with pytest.raises(ValueError, match="per_label: got 2 of 3"):
        rows_up_to(-torch.ones(3), 2, generator=generator())


def test_the_two_others_are_different_from_the_point_and_from_each_other_and_any_pair_comes_up():
    found = two_others(4, 300, generator=generator())
    assert found.shape == (4, 300, 2)
    assert (found[..., 0] != found[..., 1]).all()
    assert (found != torch.arange(4)[:, None, None]).all()
    pairs = {tuple(pair) for pair in found[0].sort(-1).values.tolist()}
    assert pairs == {(1, 2), (1, 3), (2, 3)}
