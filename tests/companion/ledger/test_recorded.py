"""Tables of the recorded runs are put together over their seeds."""

import pytest
from companion import ledger
from companion.ledger.recorded import recorded_table
from ledger_project import NOTEBOOK, PAPER, make_project


@pytest.fixture
def recorded(tmp_path):
    root = make_project(tmp_path)
    for seed in (0, 1):
        run = ledger.start(NOTEBOOK, PAPER, profile="paper", seed=seed, root=root)
        run.table("grid", [{"model": "a", "value": seed + 0.5}, {"model": "b", "value": None}])
        run.directory = root / "book" / "recorded" / NOTEBOOK / f"seed-{seed}"
        run.finish()
    return root


def test_rows_come_with_their_seed_and_an_empty_value_stays_empty(recorded):
    rows = recorded_table(recorded, NOTEBOOK, "grid")
    assert [(r["seed"], r["model"], r["value"]) for r in rows] == [
        ("0", "a", "0.5"),
        ("0", "b", ""),
        ("1", "a", "1.5"),
        ("1", "b", ""),
    ]


def test_a_table_that_no_run_kept_or_no_run_at_all_gives_no_rows(recorded, tmp_path):
    assert recorded_table(recorded, NOTEBOOK, "other") == []
    assert recorded_table(recorded, "01_pullback_metric", "grid") == []


def test_a_table_that_was_too_large_to_record_is_left_out(recorded):
    (recorded / "book" / "recorded" / NOTEBOOK / "seed-1" / "grid.csv").unlink()
    assert {row["seed"] for row in recorded_table(recorded, NOTEBOOK, "grid")} == {"0"}
