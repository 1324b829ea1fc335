"""A training pass by pass is the same training, also when it is stopped and continued from a file."""

import dataclasses

import pytest
import torch
from companion.training import TrainingConfig, fit, initial_model
from companion.training.checkpoint import DamagedCheckpointError
from companion.training.continuing import ContinuedTraining

CONFIG = TrainingConfig(hidden=(32,), batch_size=64, schedule="constant", device="cpu")
RIVALS = dataclasses.replace(
    CONFIG, model="mathieu-conv", latent_dim=6, options={"specified_dim": 3, "judge_width": 4}
)


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


def passes(config, digits, n):
    training = ContinuedTraining(config, digits.images[:200], digits.labels[:200])
    for _ in range(n):
        training.advance()
    return training


def test_two_passes_are_a_training_of_two_epochs_at_a_constant_rate(digits):
    config = dataclasses.replace(CONFIG, epochs=2)
    whole = initial_model(config, digits.image_shape)
    fit(whole, digits.images[:200], config, labels=digits.labels[:200], progress=False)
    training = passes(config, digits, 2)
    assert training.passes == 2
    assert torch.equal(weights(training.model), weights(whole))
    assert not training.model.training


@pytest.mark.parametrize("config", [CONFIG, RIVALS], ids=["one optimiser", "three"])
def test_a_stopped_training_goes_on_from_its_file_as_if_nothing_had_been(config, digits, tmp_path):
    path, straight = tmp_path / "new" / "state.pt", passes(config, digits, 3)
    passes(config, digits, 1).save(path)
    again = ContinuedTraining(config, digits.images[:200], digits.labels[:200])
    again.restore(path)
    assert again.passes == 1
    again.advance()
    again.advance()
    assert torch.equal(weights(again.model), weights(straight.model))


def test_a_damaged_file_or_one_of_another_model_is_refused_in_one_line(digits, tmp_path):
    path, training = tmp_path / "state.pt", passes(CONFIG, digits, 0)
    path.write_bytes(b"nothing")
    with pytest.raises(DamagedCheckpointError, match="delete it, the training then starts anew"):
        training.restore(path)
    passes(dataclasses.replace(CONFIG, latent_dim=5), digits, 0).save(path)
    with pytest.raises(DamagedCheckpointError, match=r"state\.pt: could not be continued"):
        training.restore(path)


def test_a_schedule_that_falls_to_zero_is_refused(digits):
    with pytest.raises(ValueError, match="schedule: got 'linear', expected 'constant'"):
        ContinuedTraining(dataclasses.replace(CONFIG, schedule="linear"), digits.images, digits.labels)
