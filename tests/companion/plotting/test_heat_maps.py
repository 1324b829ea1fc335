"""A table as a map of colours whose cells open texts of their own."""

import re

import numpy as np
import pytest
from companion.plotting.heat_maps import clickable_map, column_ranks


def test_ranks_of_a_column_go_from_0_to_1_and_leave_gaps():
    ranks = column_ranks(np.array([[3.0, 5.0], [1.0, np.nan], [2.0, 5.0], [7.0, 5.0]]))
    assert ranks[:, 0].tolist() == pytest.approx([2 / 3, 0, 1 / 3, 1])
    assert np.isnan(ranks[1, 1])
    assert ranks[[0, 2, 3], 1].tolist() == [0.5] * 3


def test_each_button_of_a_map_opens_a_text_of_its_own_and_nothing_is_taken_for_markup():
    page = clickable_map(
        "m", np.array([[0.0, np.nan], [0.5, 1.0]]), ["a<b", "c"], ["x", "y"], [["1", "2"]] * 2
    )
    targets, texts = re.findall('popovertarget="([^"]+)"', page), re.findall('popover id="([^"]+)"', page)
    assert targets == texts
    assert len(set(targets)) == 4
    assert "a<b" not in page
    assert page.count("background:#") == 4
