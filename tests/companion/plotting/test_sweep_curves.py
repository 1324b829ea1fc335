"""Curves of a sweep as a picture."""

import io

from companion.plotting.sweep_curves import sweep_curves
from PIL import Image


def drawn(panels, **kw):
    return Image.open(io.BytesIO(sweep_curves(panels, parameter="n", **kw)))


def test_each_quantity_has_a_panel_beside_the_others():
    one = {"a": {"": {1: [1.0, 2.0], 2: [3.0]}}}
    assert drawn(one | {"b": one["a"]}, marks={}).width == 2 * drawn(one, marks={}).width


def test_a_mark_and_a_point_without_runs_change_only_what_they_should():
    curve = {"a": {"x 1": {1: [1.0], 2: [3.0]}, "x 2": {1: [2.0], 2: []}}}
    plain, marked = (drawn(curve, marks=marks).tobytes() for marks in ({}, {"a": 2.0}))
    assert plain != marked
    assert plain == drawn(curve, marks={"another": 2.0}).tobytes()
