"""How a run begins: its name, folder and profile, and that a wrong start is refused."""

import pytest
from companion import ledger
from ledger_project import NOTEBOOK, QUICK


def test_the_runner_may_name_the_folder(project, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_RUN_DIR", str(tmp_path / "given"))
    run = ledger.start(NOTEBOOK, QUICK, profile="quick", seed=0, root=project)
    assert run.finish() == tmp_path / "given" / "result.json"


def test_profile_and_seed_may_stand_among_the_parameters(project):
    run = ledger.start(NOTEBOOK, {**QUICK, "profile": "quick", "seed": 7}, root=project)
    assert run.directory.name == "seed-7"
    assert run.profile == "quick"


def test_a_notebook_that_the_profile_does_not_name_runs_as_custom(project):
    run = ledger.start("01_pullback_metric", {}, profile="quick", seed=0, root=project)
    assert run.profile == "custom"


@pytest.mark.parametrize(
    ("notebook", "options", "message"),
    [
        (
            "02_near_zero",
            {"profile": "quick", "seed": 0},
            "notebook: got '02_near_zero', .* did you mean '02_near_zero_c",
        ),
        (NOTEBOOK, {"profile": "qiuck", "seed": 0}, "profile: got 'qiuck', .* did you mean 'quick'"),
        (NOTEBOOK, {"seed": 0}, "profile: got None, expected the name"),
        (NOTEBOOK, {"profile": "quick"}, "seed: got None, expected a whole number"),
        (NOTEBOOK, {"profile": "quick", "seed": 0.5}, "seed: got 0.5, expected a whole number"),
    ],
)
def test_a_wrong_start_is_refused(project, notebook, options, message):
    with pytest.raises(ValueError, match=message):
        ledger.start(notebook, QUICK, root=project, **options)
