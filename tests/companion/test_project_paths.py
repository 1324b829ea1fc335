"""Where the project keeps its files."""

from pathlib import Path

from companion import project_paths


def test_the_environment_variable_moves_every_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    assert project_paths.root() == tmp_path
    for folder in (project_paths.checkpoints(), project_paths.results(), project_paths.data_cache()):
        assert tmp_path in folder.parents


def test_without_it_the_root_is_the_checkout(monkeypatch, root):
    monkeypatch.delenv("COMPANION_HOME", raising=False)
    assert project_paths.root() == root
    assert project_paths.results() == root / "results"


def test_asking_for_a_folder_makes_none(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    assert isinstance(project_paths.checkpoints(), Path)
    assert not (tmp_path / "home").exists()
