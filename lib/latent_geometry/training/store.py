"""Load a trained model, or train it once."""

import platform
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock

from latent_geometry import datasets, paths
from latent_geometry.models import LatentModel
from latent_geometry.training.checkpoint import read_checkpoint, write_checkpoint
from latent_geometry.training.config import TrainingConfig
from latent_geometry.training.fitting import Seeds, evaluate, fit, initial_model
from latent_geometry.training.key import training_key


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained model and how it came to be.

    Attributes:
        model: in eval mode, its parameters need no gradient.
        config: what was asked for.
        history: "loss" -> mean training loss of each epoch, nats per image.
        metrics: averages over the test images, see `training.evaluate`.
        key: digest of everything that decides the weights.
        path: the json beside the weights.
        seconds: what training took.
        device: "cpu" or the name of the GPU that it was trained on.
    """

    model: LatentModel
    config: TrainingConfig
    history: dict[str, list[float]]
    metrics: dict[str, float]
    key: str
    path: Path
    seconds: float
    device: str


def load_or_train(config: TrainingConfig, *, progress: bool = True) -> TrainedModel:
    """Load the model of a configuration from `checkpoints/`, or train it and store it there.

    Of several processes that ask for one model at the same time, one trains it and the others wait for it.
    Nothing is stored unless training has finished, so an interrupted call leaves nothing behind.

    Args:
        config: the model, the data and the optimisation.
        progress: whether to show a bar with loss and time left on stderr.

    Returns:
        the model on `config`'s device.

    Raises:
        ValueError: damaged checkpoint or data file, or more training images asked for than there are.
        FileNotFoundError: the data set is not on this machine.
        FloatingPointError: training diverged.
        OSError: the checkpoint could not be written.
    """
    key = training_key(config)
    name = f"{config.dataset}_{config.model}_d{config.latent_dim}_seed{config.seed}_{key[:16]}"
    path = paths.checkpoints() / f"{name}.json"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not path.is_file():
                _train(config, key, path, progress)
    return _load(config, key, path)


def _train(config: TrainingConfig, key: str, path: Path, progress: bool) -> None:
    device = config.resolved_device()
    data = datasets.load(config.dataset, "train")
    images = data.images
    if config.n_train is not None:
        if config.n_train > len(images):
            raise ValueError(
                f"n_train: got {config.n_train}, expected at most {len(images)} for {config.dataset}"
            )
        draw = torch.Generator().manual_seed(Seeds.of(config.seed).subset)
        images = images[torch.randperm(len(images), generator=draw)[: config.n_train]]
    model = initial_model(config, data.image_shape).to(device)
    start = time.perf_counter()
    losses = fit(model, images.to(device), config, progress=progress)
    seconds = time.perf_counter() - start
    test = datasets.load(config.dataset, "test").images
    record = {
        "key": key,
        "config": config.to_dict(),
        "image_shape": list(data.image_shape),
        "data_sha256": data.sha256,
        "history": {"loss": losses},
        "metrics": evaluate(model, test.to(device), Seeds.of(config.seed).evaluation),
        "seconds": seconds,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
    write_checkpoint(path, model.state_dict(), record)


def _load(config: TrainingConfig, key: str, path: Path) -> TrainedModel:
    weights, record = read_checkpoint(path, key)
    model = initial_model(config, tuple(record["image_shape"]))
    model.load_state_dict(weights)
    return TrainedModel(
        model=model.to(config.resolved_device()).eval().requires_grad_(False),
        config=config,
        history=record["history"],
        metrics=record["metrics"],
        key=key,
        path=path,
        seconds=record["seconds"],
        device=record["device"],
    )
