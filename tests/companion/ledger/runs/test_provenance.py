"""Where a result comes from: commit and device."""

import subprocess

from companion.ledger.runs.provenance import commit, device_name
from ledger_project import commit_project


def test_the_commit_is_that_of_the_checkout_and_only_what_decides_results_makes_it_dirty(project):
    assert commit(project) == (None, None)
    head = commit_project(project)
    assert commit(project) == (head, False)
    (project / "book" / "intro.md").write_text("prose")
    assert commit(project) == (head, False)
    (project / "workflow" / "profiles.yml").write_text("quick: {}")
    assert commit(project) == (head, True)


def test_a_copy_without_git_takes_its_commit_from_the_environment(project, monkeypatch):
    monkeypatch.setenv("COMPANION_COMMIT", "abc123-dirty")
    assert commit(project) == ("abc123", True)


def test_without_git_installed_there_is_no_commit(project, monkeypatch):
    commit_project(project)

    def absent(*arguments, **options):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", absent)
    assert commit(project) == (None, None)


def test_the_cpu_is_named_whatever_torch_has():
    assert device_name("cpu").startswith("cpu (")
