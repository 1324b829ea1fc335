"""Where the data are: the nearest code, and what lies within its reach."""

import pytest
import torch
from problems import generator
from pullback.measures.support import Support, distance_to_nearest_code, medians_by_distance


def test_the_nearest_of_a_lattice_of_codes_is_found_by_rounding():
    """`eq-nearest-code`."""
    lattice = torch.cartesian_prod(torch.arange(5.0), torch.arange(5.0)).double()
    z = 4 * torch.rand(6, 7, 2, generator=generator(), dtype=torch.float64)
    measured = distance_to_nearest_code(z, lattice)
    assert measured.shape == (6, 7)
    torch.testing.assert_close(measured, (z - z.round()).norm(dim=-1))
    assert distance_to_nearest_code(lattice, lattice).max() == 0


def test_medians_are_taken_within_each_ring_and_are_missing_where_no_point_lies():
    distance = torch.tensor([[0.1, 0.2, 0.3], [1.5, 1.6, 3.0]])
    values = torch.tensor([[1.0, 2.0, 9.0], [4.0, 6.0, 8.0]])
    medians = medians_by_distance(values, distance, torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]))
    assert medians[:2].tolist() == [2, 5]
    assert medians[2].isnan()
    assert medians[3] == 8


@pytest.mark.parametrize("codes", [torch.zeros(0, 2), torch.zeros(4, 3), torch.zeros(2)], ids=str)
def test_codes_of_another_space_are_refused(codes):
    with pytest.raises(ValueError, match="codes: got shape"):
        distance_to_nearest_code(torch.zeros(5, 2), codes)


def test_medians_need_a_distance_for_every_value():
    with pytest.raises(ValueError, match="values: got shape"):
        medians_by_distance(torch.zeros(3), torch.zeros(4), torch.arange(3.0))


def test_the_support_of_a_grid_is_what_lies_within_its_spacing():
    """`eq-support`."""
    axis = torch.arange(5.0, dtype=torch.float64)
    support = Support(torch.cartesian_prod(axis, axis))
    assert support.radius == pytest.approx(1)
    z = torch.tensor([[2.0, 2.0], [5.0, 2.0], [5.1, 2.0], [9.0, 2.0]], dtype=torch.float64)
    assert support.holds(z).tolist() == [True, True, False, False]
    assert support.share(z).item() == pytest.approx(0.5)
    torch.testing.assert_close(support.distance(z[3]), torch.tensor(5.0, dtype=torch.float64))
    with pytest.raises(ValueError, match="two codes or more"):
        Support(z[:1])
