"""What a run will take: proportional where it is said to be, and by this machine's receipts."""

import json

import pytest
from companion.profiles import all_profiles
from companion.run_costs import COSTS, duration, estimate, shares

RULES = """
images: {mnist: 60000, faces: 300}
common: {passes: {unit: passes}, sets: {keys: [mnist, faces]}}
notebooks:
  one:
    time:
      - {seconds: 30, grows: [epochs, n_train]}
      - {seconds: 20, grows: [sets, sizes]}
      - {seconds: 10, grows: [passes]}
      - {seconds: 5, grows: [widths]}
"""
QUICK = "{epochs: 2, n_train: 0, sets: {mnist: 1}, sizes: {mnist: 3000}, passes: [1, 4], widths: [8], "
QUICK += "dataset: mnist}"


@pytest.fixture
def project(tmp_path):
    for folder in ("notebooks", "workflow"):
        (tmp_path / folder).mkdir()
    (tmp_path / "notebooks" / "parameters.yml").write_text(RULES)
    profiles = f"quick:\n  one: {QUICK}\nsmoke:\n  one: {{epochs: 1}}\npaper:\n  one: {{epochs: 20}}\n"
    (tmp_path / "workflow" / "profiles.yml").write_text(profiles)
    quick, smoke = {"seconds": 100, "peak_memory_mb": 900}, {"seconds": 7, "peak_memory_mb": 500}
    content = {"machine": "one core", "runs": {"one": {"quick": quick, "smoke": smoke}}}
    (tmp_path / COSTS).write_text(json.dumps(content))
    return tmp_path


def seconds(project, profile="quick", **changes):
    return estimate(project, "one", profile, changes).seconds


def test_a_profile_on_record_takes_what_it_took(project):
    assert seconds(project) == pytest.approx(100)
    assert seconds(project, "smoke") == pytest.approx(7)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"epochs": 4}, 130),  # its 30 seconds twice
        ({"n_train": 30000}, 85),  # 0 is all of the 60,000
        ({"dataset": "faces"}, 70.15),  # of which there are 300
        ({"epochs": 4, "n_train": 30000}, 100),  # their product
        ({"passes": [10]}, 110),  # a list of passes takes their sum
        ({"widths": [8, 16, 32]}, 110),  # another as many times as it has entries
        ({"widths": []}, 95),
        ({"sets": {"mnist": 2, "faces": 5}}, 100 - 20 + 40 + 20 * 5 * 300 / 3000),  # key by key
        ({"unrelated": 7}, 100),
    ],
)
def test_what_grows_grows_as_it_is_said_to(project, changes, expected):
    assert seconds(project, **changes) == pytest.approx(expected)


def test_a_profile_that_is_on_no_record_is_estimated_from_the_quick_run(project):
    assert seconds(project, "paper") == pytest.approx(100 - 30 + 300)


def test_receipts_of_this_machine_say_how_fast_it_is(project):
    folder = project / "results" / "custom" / "one" / "seed-0"
    folder.mkdir(parents=True)
    receipt = {"notebook": "one", "profile": "quick", "seconds": 260.0, "parameters": {"epochs": 4}}
    (folder / "receipt.json").write_text(json.dumps(receipt))
    (folder.parent / "seed-1").mkdir()
    (folder.parent / "seed-1" / "receipt.json").write_text("{")
    found = estimate(project, "one", "quick", {})
    assert found.here
    assert found.seconds == pytest.approx(200)  # twice as slow
    assert str(found) == "about 3 min by earlier runs here, 0.9 GB of memory"


def test_a_notebook_that_is_on_no_record_has_no_estimate(project):
    assert estimate(project, "two", "quick", {}) is None
    assert shares(project, "two") == {}


def test_the_share_of_a_parameter_is_that_of_the_parts_that_grow_with_it(project):
    assert shares(project, "one")["epochs"] == pytest.approx(0.3)
    assert shares(project, "one")["widths"] == pytest.approx(0.05)


def test_parts_of_the_projects_time_name_parameters_and_fit_into_the_whole(root):
    for notebook, spec in all_profiles(root)["quick"].items():
        found = shares(root, notebook)
        assert set(found) <= set(spec)
        assert all(0 < share < 1 for share in found.values())
        assert estimate(root, notebook, "quick", {}) is not None


@pytest.mark.parametrize(("given", "said"), [(0.2, "1 s"), (61, "61 s"), (130, "2 min"), (7200, "2.0 h")])
def test_times_are_written_for_a_reader(given, said):
    assert duration(given) == said
