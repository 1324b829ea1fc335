"""The numbers of a figure, read off the figure: as rows, and in words."""

import csv
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from companion import ledger
from companion.ledger.runs import figure_data
from companion.plotting.heat_maps import heat_map
from ledger_project import NOTEBOOK, QUICK, make_project


@pytest.fixture
def panel():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def column(axes, name, **of):
    found = figure_data.rows(axes.figure)
    return [row[name] for row in found if all(row[key] == value for key, value in of.items())]


def test_the_points_of_a_line_are_its_rows(panel):
    panel.plot([1, 2, 4], [0.5, 0.25, 0.125], label=r"VAE, $d = 2$")
    panel.axhline(3)
    assert column(panel, "x") == [1, 2, 4]
    assert column(panel, "y", series="VAE, d = 2", kind="line") == [0.5, 0.25, 0.125]
    assert "VAE, d = 2 0.5 at 1, 0.25 at 2, 0.125 at 4" in figure_data.in_words(panel.figure)


def test_a_long_line_is_told_by_its_ends_and_its_range(panel):
    x = np.arange(20)
    panel.plot(x, (x - 5.0) ** 2, label="square")
    assert "square from 25 at 0 to 196 at 19, within 0 to 196" in figure_data.in_words(panel.figure)


@pytest.mark.parametrize("shading", ["gouraud", "nearest"])
def test_a_field_has_a_row_for_each_place_and_its_colour_bar_names_it(panel, shading):
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 3, 4)
    values = x + 10 * y[:, None]
    mesh = panel.pcolormesh(x, y, values, shading=shading)
    panel.figure.colorbar(mesh).set_label(r"$\log\kappa(J)$")
    found = figure_data.rows(panel.figure)
    assert len(found) == values.size
    assert all(row["value"] == pytest.approx(row["x"] + 10 * row["y"], abs=1e-5) for row in found)
    assert {row["series"] for row in found} == {"log kappa(J)"}
    assert "log kappa(J) from -1 to 31" in figure_data.in_words(panel.figure)


def test_points_bars_and_bands_are_read(panel):
    panel.scatter([1, 2], [3, 4], label="seen")
    panel.bar([0, 1], [7, 8], label="ranks")
    panel.set_xticks([0, 1], ["S1", "S2"])
    panel.fill_between([0, 1], [0, 0], [1, 2], label="spread")
    assert column(panel, "y", kind="points") == [3, 4]
    assert column(panel, "x", kind="bars") == ["S1", "S2"]
    assert column(panel, "y", kind="bars") == [7, 8]
    assert max(column(panel, "y", kind="band")) == 2


def test_panels_go_by_title_or_number(panel):
    for number, axes in enumerate(plt.subplots(1, 2)[1]):
        axes.plot([0, 1], [0, number], label="line")
    axes.set_title("the second")
    assert {row["panel"] for row in figure_data.rows(axes.figure)} == {"1", "the second"}
    assert figure_data.in_words(axes.figure).startswith("Panel 1: line 0 at 0, 0 at 1. the second: line")
    plt.close(axes.figure)


def test_many_words_are_cut_short(panel):
    for number in range(60):
        panel.plot([0, 1], [number, 2], label=f"line {number}")
    words = figure_data.in_words(panel.figure)
    assert words.endswith(" ...")
    assert len(words.split()) == figure_data.MOST_WORDS + 1


def test_a_table_in_colours_has_a_row_for_each_cell_by_its_names(panel):
    heat_map(panel, np.array([[0.1, 0.9], [np.nan, 0.5]]), ["VAE", "GAN"], ["K", "R"], "agreement")
    seen = {(row["x"], row["y"]): row["value"] for row in figure_data.rows(panel.figure)}
    assert (seen["K", "VAE"], seen["R", "VAE"], seen["R", "GAN"]) == (0.1, 0.9, 0.5)
    assert np.isnan(seen["K", "GAN"])
    assert "agreement from 0.1 to 0.9" in figure_data.in_words(panel.figure)


def test_strips_of_pictures_have_no_rows(panel):
    panel.imshow(np.zeros((4, 9)))
    assert figure_data.rows(panel.figure) == []
    assert figure_data.in_words(panel.figure) == ""


def test_a_kept_figure_comes_with_what_is_drawn(panel, tmp_path):
    run = ledger.start(NOTEBOOK, QUICK, profile="quick", seed=0, root=make_project(tmp_path))
    panel.plot([1, 2], [0.1, np.nan], label="loss")
    run.figure(panel.figure, "map")
    path = run.finish()
    figure = json.loads(path.read_text())["figures"]["map"]
    rows = list(csv.DictReader((path.parent / figure["csv"]).read_text().splitlines()))
    assert [(row["series"], row["x"], row["y"]) for row in rows] == [
        ("loss", "1", "0.1"),
        ("loss", "2", "nan"),
    ]
    assert "loss 0.1 at 1" in figure["words"]
