"""A small project and a run in it."""

import pytest
from companion import ledger
from ledger_project import NOTEBOOK, QUICK, make_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("COMPANION_RUN_DIR", raising=False)
    monkeypatch.delenv("COMPANION_COMMIT", raising=False)
    return make_project(tmp_path / "project")


@pytest.fixture
def run(project):
    return ledger.start(NOTEBOOK, QUICK, profile="quick", seed=0, root=project)
