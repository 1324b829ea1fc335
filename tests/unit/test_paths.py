"""Where the project keeps its files."""

from pathlib import Path

from latent_geometry import paths


def test_the_environment_variable_moves_every_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_GEOMETRY_HOME", str(tmp_path))
    assert paths.root() == tmp_path
    for folder in (paths.checkpoints(), paths.results(), paths.data_cache()):
        assert tmp_path in folder.parents


def test_without_it_the_root_is_the_checkout(monkeypatch, root):
    monkeypatch.delenv("LATENT_GEOMETRY_HOME", raising=False)
    assert paths.root() == root
    assert paths.results() == root / "results"


def test_asking_for_a_folder_makes_none(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_GEOMETRY_HOME", str(tmp_path / "home"))
    assert isinstance(paths.checkpoints(), Path)
    assert not (tmp_path / "home").exists()
