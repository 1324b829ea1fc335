"""Train pass by pass: a model that can be looked at on the way, stopped, and continued from a file."""

import io
from pathlib import Path

import torch
from torch import Tensor

from companion.models import Pool
from companion.training.checkpoint import DamagedCheckpointError, write_atomically
from companion.training.config import TrainingConfig
from companion.training.fitting import Seeds, initial_model, make_optimizer


class ContinuedTraining:
    """A training at a constant rate, whose first k passes are those of `fit` with k epochs.

    A schedule that falls to zero makes another model of each number of passes; at a constant rate one run
    goes through all of them.

    Args:
        config: `epochs` and `n_train` are not used.
        images: (n, channels, height, width) on the CPU.
        labels: (n,) integer labels.

    Attributes:
        model: in evaluation mode between passes.
        passes: how many there have been.

    Raises:
        ValueError: a schedule that is not constant.
    """

    def __init__(self, config: TrainingConfig, images: Tensor, labels: Tensor):
        if config.schedule != "constant":
            raise ValueError(f"schedule: got {config.schedule!r}, expected 'constant' to continue a training")
        seeds = Seeds.of(config.seed)
        self.model = initial_model(config, tuple(images.shape[1:]), int(labels.max()) + 1)
        self.model = self.model.to(memory_format=torch.channels_last).eval()
        self.passes = 0
        self._optimizers = self.model.optimizers(lambda p, **own: make_optimizer(config, p, **own))
        self._order = torch.Generator().manual_seed(seeds.order)
        self._noise = torch.Generator().manual_seed(seeds.noise)
        self._pool = Pool(images.flatten(1), labels)
        self._size = min(config.batch_size, len(images))

    def advance(self) -> float:
        """Go once through the images, and return the mean loss, in nats per image.

        Raises:
            FloatingPointError: the loss is not finite.
        """
        self.model.train()
        permutation = torch.randperm(len(self._pool.images), generator=self._order)
        losses = [
            self.model.training_step(self._pool.batch(rows), self._optimizers, self._noise)
            for rows in permutation.split(self._size)
            if len(rows) == self._size
        ]
        self.model.eval()
        self.passes += 1
        mean = torch.stack(losses).mean().item()
        if mean != mean or abs(mean) == float("inf"):
            raise FloatingPointError(f"the loss is {mean} in pass {self.passes}; lower learning_rate")
        return mean

    def save(self, path: Path) -> None:
        """Write all that the next pass depends on, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        torch.save(self._state(), content)
        write_atomically(path, content.getvalue())

    def restore(self, path: Path) -> None:
        """Go on from a file that `save` wrote.

        Raises:
            DamagedCheckpointError: the file is damaged, or of another model.
        """
        try:
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            for optimizer, content in zip(self._optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(content)
            self._order.set_state(state["order"])
            self._noise.set_state(state["noise"])
            self.passes = state["passes"]
        except Exception as error:  # torch.load has no error of its own
            reason = f"could not be continued ({type(error).__name__})"
            raise DamagedCheckpointError(
                f"{path}: {reason}; delete it, the training then starts anew"
            ) from error

    def _state(self) -> dict:
        return {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "order": self._order.get_state(),
            "noise": self._noise.get_state(),
            "passes": self.passes,
        }
