"""What the figures and tables promise the reader."""

import matplotlib as mpl
import numpy as np
import pytest
import torch
from companion import plotting


def test_geodesics_are_solid_straight_lines_dotted_and_unconverged_curves_dashed():
    _, ax = plotting.figure()
    curves = torch.rand(2, 5, 2)
    plotting.draw_curves(ax, curves, converged=torch.tensor([True, False]))
    plotting.draw_curves(ax, curves, kind="straight")
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "None", ":", ":", "None"]


def test_an_unknown_kind_of_curve_is_refused():
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match="kind: got 'dotted'"):
        plotting.draw_curves(ax, torch.rand(1, 5, 2), kind="dotted")


def test_a_field_has_equal_aspect_and_a_named_colour_bar_centred_on_zero_where_it_diverges():
    fig, ax = plotting.figure()
    plotting.latent_field(ax, lambda z: z[..., 0] + 0.5, (-1, 1, 0, 1), "$K$", n=20, diverging=True, clip=0)
    assert ax.get_aspect() == 1
    assert ax.collections[0].get_clim() == pytest.approx((-1.5, 1.5))
    assert fig.axes[1].get_ylabel() == "$K$"


def test_a_field_puts_its_values_where_they_belong():
    _, ax = plotting.figure()
    plotting.latent_field(ax, lambda z: z[..., 0] + 10 * z[..., 1], (0, 1, 0, 2), "f", n=3, clip=0)
    values = ax.collections[0].get_array().reshape(3, 3)
    assert values[0, 2] == pytest.approx(1)
    assert values[2, 0] == pytest.approx(20)


def test_a_field_on_a_grid_keeps_its_box_and_shows_the_codes():
    _, ax = plotting.figure()
    plotting.grid_field(ax, torch.rand(5, 5), (-1, 1, 0, 2), "$u$", codes=torch.zeros(7, 2))
    assert ax.get_xlim() == (-1, 1)
    assert ax.get_ylim() == (0, 2)
    assert len(ax.lines[0].get_xdata()) == 7
    assert ax.collections[0].get_array().size == 25


def test_rows_of_ranges_draw_what_is_there_one_under_the_other():
    _, ax = plotting.figure()
    full = {"range": [0.0, 4.0], "central": [1.0, 3.0], "median": 2.0}
    plotting.range_rows(ax, [[("vae", full), ("gan", {"range": None, "median": 2.5})], [("dae", full)]])
    heights = [line.get_ydata()[0] for line in ax.lines]
    assert len(heights) == 3 + 1 + 3
    assert heights[0] > heights[3] > heights[4] == -1
    assert ax.get_yticks().tolist() == [0, -1]


def test_film_strips_show_every_image_of_every_row():
    fig = plotting.film_strips([torch.rand(4, 6)] * 2, ["a", "b"], (2, 3), groups=2)
    assert [ax.images[0].get_array().shape for ax in fig.axes] == [(2, 4 * 3 + 3)] * 2


def test_film_strips_show_colours_as_they_are():
    red = torch.zeros(3, 2, 2)
    red[1:] = 1  # 1 is ink: all of green and blue is taken away
    fig = plotting.film_strips([red.flatten()[None]], ["red"], (3, 2, 2), groups=1)
    assert np.allclose(fig.axes[0].images[0].get_array(), [1.0, 0.0, 0.0])


def test_the_box_round_codes_holds_most_of_them():
    z = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0))
    left, right, bottom, top = plotting.bounding_box(z)
    inside = (z[:, 0] > left) & (z[:, 0] < right) & (z[:, 1] > bottom) & (z[:, 1] < top)
    assert inside.double().mean() > 0.97


def test_the_style_begins_with_the_colour_of_the_vae():
    with mpl.rc_context():
        plotting.use_style()
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"][0] == plotting.COLOURS["vae"]
