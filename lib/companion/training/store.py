"""Load a trained model, or train it once."""

import platform
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from torch import Tensor

from companion import datasets, project_paths
from companion.datasets import Dataset
from companion.models import TrainableModel
from companion.training.checkpoint import REMEDY, DamagedCheckpointError, read_checkpoint, write_checkpoint
from companion.training.config import TrainingConfig
from companion.training.fitting import Seeds, evaluate, fit, initial_model
from companion.training.key import training_key


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

    model: TrainableModel
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
    Nothing is stored unless training has finished, so an interrupted call leaves nothing behind. A stored
    model that is damaged is trained again, with a warning.

    Args:
        config: the model, the data and the optimisation.
        progress: whether to show a bar with loss and time left on stderr.

    Returns:
        the model on `config`'s device.

    Raises:
        ValueError: damaged data file, or more training images asked for than there are.
        FileNotFoundError: the data set is not on this machine.
        FloatingPointError: training diverged.
        OSError: the checkpoint could not be written.
    """
    key = training_key(config)
    name = f"{config.dataset}_{config.model}_d{config.latent_dim}_seed{config.seed}_{key[:16]}"
    path = project_paths.checkpoints() / f"{name}.json"
    stored = _stored(path, key)
    if stored is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            stored = _stored(path, key, say=True)  # another process may have seen to it meanwhile
            if stored is None:
                _train(config, key, path, progress)
                stored = read_checkpoint(path, key)
    return _load(config, key, path, *stored)


def _stored(path: Path, key: str, *, say: bool = False) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Read what is stored, None where nothing is or where it is damaged; perhaps warn of the latter."""
    if not path.is_file():
        return None
    try:
        return read_checkpoint(path, key)
    except DamagedCheckpointError as error:
        if say:
            warnings.warn(f"{error}; this is done now", RuntimeWarning, stacklevel=3)
        return None


def _train(config: TrainingConfig, key: str, path: Path, progress: bool) -> None:
    device = config.resolved_device()
    data = datasets.load(config.dataset, "train")
    rows = _rows(config, data)
    images, labels = data.images[rows], data.labels[rows]
    n_classes = int(data.labels.max()) + 1
    model = initial_model(config, data.image_shape, n_classes).to(device)
    start = time.perf_counter()
    losses = fit(model, images.to(device), config, labels=labels, progress=progress)
    seconds = time.perf_counter() - start
    test = datasets.load(config.dataset, "test")
    seen = _of_classes(config, test)
    test_images, test_labels = test.images[seen].to(device), test.labels[seen]
    record = {
        "key": key,
        "config": config.to_dict(),
        "image_shape": list(data.image_shape),
        "n_classes": n_classes,
        "data_sha256": data.sha256,
        "history": {"loss": losses},
        "metrics": evaluate(model, test_images, Seeds.of(config.seed).evaluation, labels=test_labels),
        "seconds": seconds,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
    write_checkpoint(path, model.state_dict(), record)


def _rows(config: TrainingConfig, data: Dataset) -> Tensor:
    """Choose the training images: of the classes asked for, as many as asked for."""
    rows = _of_classes(config, data)
    if config.n_train is None:
        return rows
    if config.n_train > len(rows):
        raise ValueError(f"n_train: got {config.n_train}, expected at most {len(rows)} for {config.dataset}")
    draw = torch.Generator().manual_seed(Seeds.of(config.seed).subset)
    return rows[torch.randperm(len(rows), generator=draw)[: config.n_train]]


def _of_classes(config: TrainingConfig, data: Dataset) -> Tensor:
    if config.classes is None:
        return torch.arange(len(data))
    rows = torch.isin(data.labels, torch.tensor(config.classes)).nonzero().squeeze(-1)
    if not len(rows):
        raise ValueError(f"classes: got {list(config.classes)}, expected labels of {config.dataset}")
    return rows


def _load(
    config: TrainingConfig, key: str, path: Path, weights: dict[str, Tensor], record: dict[str, Any]
) -> TrainedModel:
    try:
        model = initial_model(config, tuple(record["image_shape"]), record["n_classes"])
        model.load_state_dict(weights)
        history, metrics = record["history"], record["metrics"]
        seconds, device = record["seconds"], record["device"]
    except (KeyError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise DamagedCheckpointError(f"{path}: not of this model ({reason:.200}); {REMEDY}") from error
    return TrainedModel(
        model=model.to(config.resolved_device()).eval().requires_grad_(False),
        config=config,
        history=history,
        metrics=metrics,
        key=key,
        path=path,
        seconds=seconds,
        device=device,
    )
