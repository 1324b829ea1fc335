"""Minimise a model's loss over images, and measure what came out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer
from tqdm import tqdm

from companion.models import Pool, TrainableModel, build_model
from companion.training.config import TrainingConfig

CHECK_EVERY = 25
CHUNK = 1000
WARM_UP = 0.1


@dataclass(frozen=True)
class Seeds:
    """Independent seeds for each use of randomness, all from the configuration's one."""

    weights: int
    subset: int
    order: int
    noise: int
    evaluation: int

    @classmethod
    def of(cls, seed: int) -> "Seeds":
        """Spread one seed."""
        return cls(*map(int, np.random.SeedSequence(seed).generate_state(5)))


def initial_model(
    config: TrainingConfig, image_shape: tuple[int, int, int], n_classes: int = 0
) -> TrainableModel:
    """Make the untrained model of a configuration; torch's own generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(Seeds.of(config.seed).weights)
        return build_model(
            config.model,
            image_shape,
            config.latent_dim,
            hidden=config.hidden,
            activation=config.activation,
            likelihood=config.likelihood,
            noise_std=config.noise_std,
            output_activation=config.output_activation,
            beta=config.beta,
            n_classes=n_classes,
            options=config.options,
        )


def fit(
    model: TrainableModel,
    images: Tensor,
    config: TrainingConfig,
    *,
    labels: Tensor | None = None,
    progress: bool = True,
) -> list[float]:
    """Train a model in place.

    All images lie in one tensor on the model's device, and each step selects its rows: on small networks a
    data loader would cost more than the arithmetic.

    Args:
        model: changed in place, left in eval mode.
        images: (n, channels, height, width) or (n, D), on the model's device.
        config: epochs, batch size, optimiser, schedule and seed are used.
        labels: (n,) integer labels; zeros if None.
        progress: whether to show steps, loss and time left on stderr.

    Returns:
        mean loss of each epoch, in nats per image.

    Raises:
        FloatingPointError: the loss is not finite; the message names the step.
    """
    seeds, device = Seeds.of(config.seed), images.device
    order = torch.Generator().manual_seed(seeds.order)
    noise = torch.Generator(device).manual_seed(seeds.noise)
    size = min(config.batch_size, len(images))
    labels = torch.zeros(len(images), dtype=torch.int64) if labels is None else labels
    pool = Pool(images.flatten(1), labels.to(device))
    steps_per_epoch = len(images) // size
    n_steps = steps_per_epoch * config.epochs
    optimizers = model.optimizers(lambda parameters, **own: make_optimizer(config, parameters, **own))
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    peaks = [group["lr"] for group in groups]
    history, losses = [], torch.zeros(steps_per_epoch, device=device)
    title = f"{config.model} {config.dataset} d={config.latent_dim} seed={config.seed}"
    model.train().to(memory_format=torch.channels_last)  # a third less time where there are convolutions
    with (  # what `flags` is not told, it sets to its own defaults: it would turn cuDNN off
        torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False),
        tqdm(total=n_steps, desc=title, unit="step", disable=not progress, mininterval=0.5) as bar,
    ):
        for epoch in range(config.epochs):
            permutation = torch.randperm(len(images), generator=order).to(device)
            for i in range(steps_per_epoch):
                step = epoch * steps_per_epoch + i
                factor = learning_rate_factor(config.schedule, step, n_steps)
                for group, peak in zip(groups, peaks, strict=True):
                    group["lr"] = peak * factor
                batch = pool.batch(permutation[i * size : (i + 1) * size])
                losses[i] = model.training_step(batch, optimizers, noise)
                if step % CHECK_EVERY == 0 or i == steps_per_epoch - 1:
                    _check_finite(losses[: i + 1], epoch, steps_per_epoch, config)
                    bar.set_postfix(loss=f"{losses[i].item():.2f}", refresh=False)
                bar.update()
            history.append(losses.mean().item())
    model.eval()
    model.finish(pool.images, pool.labels, generator=noise, progress=progress)
    return history


def make_optimizer(config: TrainingConfig, parameters: Iterable[Tensor | dict], **own) -> Optimizer:
    """Make the configuration's optimiser for some parameters; a family may set its `own` lr or betas."""
    settings = {"lr": config.learning_rate, "weight_decay": config.weight_decay, "fused": True}
    rate = own.get("lr", config.learning_rate)
    parameters = [
        {**part, "lr": rate * part.get("rate_factor", 1.0)} if isinstance(part, dict) else part
        for part in parameters
    ]
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, **{**settings, **own})
    return torch.optim.Adam(parameters, **{**settings, "betas": config.betas, **own})


def learning_rate_factor(schedule: str, step: int, n_steps: int) -> float:
    """Scale the learning rate at a step: "linear" goes up over the first tenth and down to zero."""
    if schedule == "constant":
        return 1.0
    warm_up = max(1, math.ceil(WARM_UP * n_steps))
    return min((step + 1) / warm_up, (n_steps - step) / max(1, n_steps - warm_up))


@torch.no_grad()
def evaluate(
    model: TrainableModel, images: Tensor, seed: int, *, labels: Tensor | None = None
) -> dict[str, float]:
    """Average what a model says of its own fit, its `test_terms`, over images that it has not seen.

    Args:
        model: in eval mode.
        images: (n, channels, height, width), on the model's device.
        seed: of whatever the terms draw.
        labels: (n,) integer labels; zeros if None.

    Returns:
        name -> mean. Of an autoencoder `squared_error` (summed over pixels), `log_likelihood` and
        `noise_std`, of a VAE also `elbo`, `reconstruction` and `kl`, nats per image.
    """
    noise = torch.Generator(images.device).manual_seed(seed)
    labels = torch.zeros(len(images), dtype=torch.int64) if labels is None else labels
    sums: dict[str, float] = {}
    for x, y in zip(images.flatten(1).split(CHUNK), labels.to(images.device).split(CHUNK), strict=True):
        for name, value in model.test_terms(x, y, generator=noise).items():
            sums[name] = sums.get(name, 0.0) + value.double().sum().item()
    return {name: value / len(images) for name, value in sums.items()}


def _check_finite(losses: Tensor, epoch: int, steps_per_epoch: int, config: TrainingConfig) -> None:
    is_finite = losses.isfinite()
    if not is_finite.all():
        i = int((~is_finite).nonzero()[0])
        raise FloatingPointError(
            f"the loss is {losses[i].item()} at step {epoch * steps_per_epoch + i} (epoch {epoch}); "
            f"lower learning_rate in {config}"
        )
