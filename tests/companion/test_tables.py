"""Tables of numbers on the pages."""

import pytest
import torch
from companion import ledger
from companion.tables import Markup, table


def test_a_table_formats_numbers_tensors_and_estimates_and_leaves_text():
    estimate = ledger.t_interval([1.0, 2.0, 3.0])
    html = table("name | x :: .2f | y :: .1f", [["row", torch.tensor(1.239), estimate]])
    for part in ("<td>row", "1.24", "2.0 (-0.5 to 4.5)", "<th>x"):
        assert part in html


def test_a_row_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="rows: got one of 1 cells, expected 2"):
        table("a | b", [["x"]])


def test_text_cannot_become_markup_but_markup_stays():
    html = table("a < b | c", [["x & <i>y</i>", Markup("<svg></svg>")]])
    assert "x &amp; &lt;i&gt;y&lt;/i&gt;" in html
    assert "a &lt; b" in html
    assert "<svg></svg>" in html
