"""The key of a training: what changes it, and what does not."""

import dataclasses
import re
import shutil

import pytest
import torch
from companion.training import TrainingConfig, training_key
from companion.training import key as key_module
from companion.training.key import code_digest

CONFIG = TrainingConfig(device="cpu")


@pytest.fixture
def package(tmp_path):
    """A copy of the packages' code that a test may edit."""
    shutil.copytree(
        key_module.LIBRARY, tmp_path / "lib", ignore=shutil.ignore_patterns("data", "__pycache__")
    )
    return tmp_path / "lib" / "companion"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        {"latent_dim": 3},
        {"seed": 1},
        {"hidden": (512, 255)},
        {"activation": "tanh"},
        {"epochs": 11},
        {"learning_rate": 1e-4},
        {"n_train": 100},
        {"dataset": "fashion-mnist"},
        {"model": "ae-mlp"},
        {"beta": 2},
        {"noise_std": 0.1},
        {"likelihood": "bernoulli"},
        {"optimizer": "sgd"},
        {"betas": (0.5, 0.99)},
        {"weight_decay": 1e-5},
        {"classes": (0, 1)},
    ],
)
def test_every_setting_changes_the_key(change):
    assert training_key(dataclasses.replace(CONFIG, **change)) != training_key(CONFIG)


def test_every_field_of_the_configuration_is_in_the_key(monkeypatch):
    fields = {field.name for field in dataclasses.fields(TrainingConfig)}
    assert CONFIG.to_dict().keys() == fields
    assert training_key(dataclasses.replace(CONFIG, beta=1)) == training_key(CONFIG)


def test_auto_counts_as_the_device_it_stands_for(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training_key(dataclasses.replace(CONFIG, device="auto")) == training_key(CONFIG)


def test_other_data_and_another_torch_change_the_key(monkeypatch):
    before = training_key(CONFIG)
    with monkeypatch.context() as patch:
        patch.setattr(torch, "__version__", "9.9")
        assert training_key(CONFIG) != before
    monkeypatch.setattr(key_module, "data_checksum", lambda name: "other")
    assert training_key(CONFIG) != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("models/plain/likelihoods.py", "- 1)", "+ 1)"),
        ("models/networks/mlp.py", "sizes[i + 1]", "sizes[i + 1] "),
        ("models/trainable.py", "loss.backward()", "(2 * loss).backward()"),
        ("training/fitting.py", "WARM_UP = 0.1", "WARM_UP = 0.2"),
        ("datasets/shipped/chairs.py", "TEST_EVERY = 5", "TEST_EVERY = 6"),
    ],
)
def test_an_edit_of_family_fitting_or_loader_changes_the_key_if_it_changes_the_code(package, file, old, new):
    def digest():
        return code_digest("vae-conv", "chairs-sh3d", package.parent)

    before = digest()
    assert before == code_digest("vae-conv", "chairs-sh3d")
    replace(package / file, old, new)
    assert (digest() != before) == (new.strip() != old)


def test_another_family_or_data_set_does_not_change_the_key(package):
    def digest():
        return code_digest("vae-mlp", "mnist", package.parent)

    before = digest()
    (package / "models" / "plain" / "another.py").write_text("X = 1\n", encoding="utf-8")
    replace(
        package / "models" / "plain" / "autoencoder.py", "-self.log_likelihood", "-2 * self.log_likelihood"
    )
    replace(package / "models" / "build.py", "_FAMILIES = {", "_FAMILIES = {'a': (),")
    replace(package / "datasets" / "shipped" / "chairs.py", "TEST_EVERY = 5", "TEST_EVERY = 6")
    assert digest() == before


def test_models_and_loaders_import_from_modules_so_that_the_digest_can_follow():
    for folder in ("models", "datasets"):
        for path in (key_module.LIBRARY / "companion" / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert f"from companion.{folder} import" not in text, path.name


def test_a_file_that_is_moved_renamed_or_split_does_not_change_the_key(package):
    before = code_digest("vae-mlp", "mnist", package.parent)
    room = package / "models" / "likelihood_room"
    room.mkdir()
    (room / "__init__.py").write_text("", encoding="utf-8")
    text = (package / "models" / "plain" / "likelihoods.py").read_text(encoding="utf-8")
    first, name, rest = text.partition("def kl_to_standard_normal")
    assert rest
    (room / "of_images.py").write_text(first, encoding="utf-8")
    imports = "import math\n\nimport torch\nfrom torch import Tensor\n\n\n"
    (room / "of_codes.py").write_text(imports + name + rest, encoding="utf-8")
    (package / "models" / "plain" / "likelihoods.py").unlink()
    old = re.compile(r"from companion\.models\.plain\.likelihoods import (\(.*?\)|[^\n]*)", re.DOTALL)
    rooms = ("of_images", "of_codes")
    new = "\n".join(f"from companion.models.likelihood_room.{name} import *" for name in rooms)
    for path in package.rglob("*.py"):
        path.write_text(old.sub(new, path.read_text(encoding="utf-8")), encoding="utf-8")
    assert code_digest("vae-mlp", "mnist", package.parent) == before


def test_comments_and_docstrings_and_other_parts_do_not_change_the_key(package):
    before = code_digest("vae-mlp", "mnist", package.parent)
    replace(package / "models" / "plain" / "vae.py", '"""The variational', '"""A variational')
    replace(package / "training" / "fitting.py", "CHECK_EVERY", "# a comment\nCHECK_EVERY")
    (package.parent / "pullback" / "metrics" / "another.py").write_text("X = 1\n", encoding="utf-8")
    replace(package / "plotting" / "figures.py", "import", "import sys\nimport")
    assert code_digest("vae-mlp", "mnist", package.parent) == before
