"""Training: the same seed gives the same weights, and nothing else of the process changes."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from companion import project_paths
from companion.models import TrainableModel
from companion.training import TrainingConfig, evaluate, fit, initial_model, load_or_train, store

TINY = TrainingConfig(latent_dim=2, hidden=(32,), epochs=2, batch_size=64, n_train=256, device="cpu")


@pytest.fixture
def home(monkeypatch, tmp_path, digits):
    """A root of its own, and the 10,000 test digits for both splits, which load faster."""
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.setattr(store.datasets, "load", lambda name, split: digits)
    return tmp_path


def stored():
    return sorted(path.suffix for path in project_paths.checkpoints().iterdir() if path.suffix != ".lock")


def weights(trained):
    return trained.model.state_dict()


def random_state():
    return np.random.get_state()[1].tolist()  # noqa: NPY002


def assert_equal_bits(a, b):
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


CONFIG = TrainingConfig(hidden=(32,), epochs=1, batch_size=64, device="cpu")


@pytest.mark.parametrize("model", ["vae-mlp", "vae-conv", "ae-mlp"])
def test_the_same_seed_gives_the_same_weights_to_the_bit(home, digits, model):
    config = dataclasses.replace(TINY, model=model, n_train=128, epochs=1)
    images = digits.images[:128]
    twins = [initial_model(config, digits.image_shape) for _ in range(2)]
    losses = [fit(twin, images, config, progress=False) for twin in twins]
    assert_equal_bits(twins[0].state_dict(), twins[1].state_dict())
    assert losses[0] == losses[1]
    other = dataclasses.replace(config, seed=1)
    assert not torch.equal(
        initial_model(other, digits.image_shape).encode_mean(images),
        initial_model(config, digits.image_shape).encode_mean(images),
    )


def test_a_second_call_loads_the_same_model_without_training(home, monkeypatch):
    first = load_or_train(TINY, progress=False)
    monkeypatch.setattr(store, "fit", None)
    second = load_or_train(TINY, progress=False)
    assert_equal_bits(weights(first), weights(second))
    assert (second.metrics, second.history, second.key) == (first.metrics, first.history, first.key)
    assert stored() == [".json", ".safetensors"]


def test_deleting_the_checkpoint_and_training_again_gives_the_same_bits(home):
    first = load_or_train(TINY, progress=False)
    for path in project_paths.checkpoints().iterdir():
        path.unlink()
    assert_equal_bits(weights(first), weights(load_or_train(TINY, progress=False)))


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_checkpoint_cut_short_is_trained_again_with_a_warning(home, suffix):
    first = load_or_train(TINY, progress=False)
    whole = first.path.with_suffix(suffix)
    whole.write_bytes(whole.read_bytes()[:300])
    with pytest.warns(RuntimeWarning, match="damaged checkpoint"):
        again = load_or_train(TINY, progress=False)
    assert_equal_bits(weights(first), weights(again))
    assert load_or_train(TINY, progress=False).metrics == first.metrics


def test_a_trained_model_is_ready_for_geometry(home):
    trained = load_or_train(TINY, progress=False)
    assert not trained.model.training
    assert not any(parameter.requires_grad for parameter in trained.model.parameters())
    record = json.loads(trained.path.read_text(encoding="utf-8"))
    assert TrainingConfig(**record["config"]) == TINY
    assert len(trained.history["loss"]) == 2
    assert {"elbo", "reconstruction", "kl", "squared_error"} <= trained.metrics.keys()


def test_training_improves_the_bound(home, digits):
    trained = load_or_train(dataclasses.replace(TINY, epochs=10), progress=False)
    untrained = initial_model(TINY, digits.image_shape).eval()
    assert trained.metrics["elbo"] > evaluate(untrained, digits.images, 0)["elbo"] + 50
    assert trained.history["loss"][-1] < trained.history["loss"][0]


def test_the_state_of_the_process_is_left_alone(home):
    before = torch.get_rng_state(), random_state(), torch.get_num_threads()
    load_or_train(TINY, progress=False)
    load_or_train(TINY, progress=False)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == random_state()
    assert before[2] == torch.get_num_threads()
    assert torch.get_default_dtype() == torch.float32


def test_on_a_gpu_convolutions_would_be_fast_repeatable_and_in_full_precision(home, monkeypatch):
    seen = []

    def look(self, batch, optimizers, generator):
        cudnn = torch.backends.cudnn
        seen.append((cudnn.enabled, cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32))
        return torch.zeros(())

    monkeypatch.setattr(TrainableModel, "training_step", look)
    load_or_train(TINY, progress=False)
    assert set(seen) == {(True, True, False, False)}


def test_the_images_are_not_changed(home, digits):
    before = digits.images.clone()
    load_or_train(TINY, progress=False)
    assert torch.equal(before, digits.images)


def test_a_diverging_loss_stops_with_step_and_configuration(home):
    config = dataclasses.replace(TINY, learning_rate=1e30, schedule="constant")
    with pytest.raises(FloatingPointError, match=r"at step \d+ \(epoch \d\); lower learning_rate") as error:
        load_or_train(config, progress=False)
    assert "learning_rate=1e+30" in str(error.value)
    assert stored() == []


def test_an_interrupt_leaves_nothing_and_the_next_call_finishes(home, monkeypatch):
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return 1.0

    with monkeypatch.context() as patch:
        patch.setattr("companion.training.fitting.learning_rate_factor", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_or_train(TINY, progress=False)
    assert stored() == []
    assert load_or_train(TINY, progress=False).path.is_file()


def test_more_training_images_than_there_are_is_refused(home):
    with pytest.raises(ValueError, match="n_train: got 10001, expected at most 10000 for mnist"):
        load_or_train(dataclasses.replace(TINY, n_train=10_001), progress=False)


def test_a_gpu_that_is_absent_is_refused(home, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="device: got 'cuda', but torch sees no GPU"):
        load_or_train(dataclasses.replace(TINY, device="cuda"), progress=False)


def test_the_bar_shows_loss_and_time_left_and_can_be_silenced(home, capsys):
    load_or_train(TINY, progress=True)
    shown = capsys.readouterr().err
    assert "vae-mlp mnist d=2 seed=0" in shown
    assert "loss=" in shown
    load_or_train(dataclasses.replace(TINY, seed=1), progress=False)
    assert capsys.readouterr().err == ""


def test_two_processes_asking_for_one_model_train_it_once(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    script = f"from companion.training import *; print(load_or_train({TINY!r}).seconds)"
    command = [sys.executable, "-c", script]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0] != ""
    assert sorted("loss=" in errors for _, errors in outputs) == [False, True]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_bits_twice(home, digits):
    config = dataclasses.replace(TINY, model="vae-conv", device="cuda")
    images = digits.images[:256].cuda()
    twins = [initial_model(config, digits.image_shape).cuda() for _ in range(2)]
    for twin in twins:
        fit(twin, images, config, progress=False)
    assert_equal_bits(twins[0].state_dict(), twins[1].state_dict())


def test_only_the_classes_asked_for_are_used(monkeypatch, tmp_path, digits):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.setattr(store.datasets, "load", lambda name, split: digits)
    seen = []
    monkeypatch.setattr(
        store, "fit", lambda model, images, config, labels, progress: seen.append(labels) or [0.0]
    )
    config = dataclasses.replace(CONFIG, classes=(3, 8), n_train=500)
    load_or_train(config, progress=False)
    assert set(seen[0].tolist()) == {3, 8}
    assert len(seen[0]) == 500
    with pytest.raises(ValueError, match=r"classes: got \[11\], expected labels of mnist"):
        load_or_train(dataclasses.replace(CONFIG, classes=(11,)), progress=False)
