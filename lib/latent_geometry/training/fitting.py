"""Minimise a model's loss over images, and measure what came out."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from latent_geometry.models import VAE, LatentModel, build_model
from latent_geometry.training.config import TrainingConfig

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


def initial_model(config: TrainingConfig, image_shape: tuple[int, int, int]) -> LatentModel:
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
        )


def fit(model: LatentModel, images: Tensor, config: TrainingConfig, *, progress: bool = True) -> list[float]:
    """Train a model in place with Adam.

    All images lie in one tensor on the model's device, and each step selects its rows: on small networks a
    data loader would cost more than the arithmetic.

    Args:
        model: changed in place, left in eval mode.
        images: (n, channels, height, width) or (n, D), on the model's device.
        config: epochs, batch size, learning rate, schedule and seed are used.
        progress: whether to show steps, loss and time left on stderr.

    Returns:
        mean loss of each epoch, in nats per image.

    Raises:
        FloatingPointError: the loss is not finite; the message names the step.
    """
    seeds, device = Seeds.of(config.seed), images.device
    order = torch.Generator().manual_seed(seeds.order)
    noise = torch.Generator(device).manual_seed(seeds.noise)
    flat, size = images.flatten(1), min(config.batch_size, len(images))
    steps_per_epoch = len(flat) // size
    n_steps = steps_per_epoch * config.epochs
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
    history, losses = [], torch.zeros(steps_per_epoch, device=device)
    title = f"{config.model} {config.dataset} d={config.latent_dim} seed={config.seed}"
    model.train().to(memory_format=torch.channels_last)  # a third less time where there are convolutions
    with (
        torch.backends.cudnn.flags(deterministic=True),
        tqdm(total=n_steps, desc=title, unit="step", disable=not progress, mininterval=0.5) as bar,
    ):
        for epoch in range(config.epochs):
            permutation = torch.randperm(len(flat), generator=order).to(device)
            for i in range(steps_per_epoch):
                step = epoch * steps_per_epoch + i
                for group in optimizer.param_groups:
                    group["lr"] = config.learning_rate * learning_rate_factor(config.schedule, step, n_steps)
                batch = flat.index_select(0, permutation[i * size : (i + 1) * size])
                optimizer.zero_grad()
                loss = model.loss(batch, generator=noise)
                loss.backward()
                optimizer.step()
                losses[i] = loss.detach()
                if step % CHECK_EVERY == 0 or i == steps_per_epoch - 1:
                    _check_finite(losses[: i + 1], epoch, steps_per_epoch, config)
                    bar.set_postfix(loss=f"{losses[i].item():.2f}", refresh=False)
                bar.update()
            history.append(losses.mean().item())
    model.eval()
    return history


def learning_rate_factor(schedule: str, step: int, n_steps: int) -> float:
    """Scale the learning rate at a step: "linear" goes up over the first tenth and down to zero."""
    if schedule == "constant":
        return 1.0
    warm_up = max(1, math.ceil(WARM_UP * n_steps))
    return min((step + 1) / warm_up, (n_steps - step) / max(1, n_steps - warm_up))


@torch.no_grad()
def evaluate(model: LatentModel, images: Tensor, seed: int) -> dict[str, float]:
    """Average over images: squared error, log likelihood, and the ELBO's terms of a VAE.

    Args:
        model: in eval mode.
        images: (n, channels, height, width), on the model's device.
        seed: of the ELBO's noise.

    Returns:
        `squared_error` of the decoded encoder's mean (summed over pixels), its `log_likelihood`, `noise_std`;
        of a VAE also `elbo`, `reconstruction` and `kl`. Nats per image.
    """
    noise = torch.Generator(images.device).manual_seed(seed)
    sums: dict[str, float] = {}
    for x in images.flatten(1).split(CHUNK):
        z = model.encode_mean(x)
        terms = {
            "squared_error": (model.decoder(z) - x).square().sum(-1),
            "log_likelihood": model.log_likelihood(x, z),
        }
        if isinstance(model, VAE):
            terms["reconstruction"], terms["kl"] = model.elbo_terms(x, generator=noise)
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + value.double().sum().item()
    means = {name: value / len(images) for name, value in sums.items()}
    if isinstance(model, VAE):
        means["elbo"] = means["reconstruction"] - means["kl"]
    return {**means, "noise_std": model.log_std.exp().item()}


def _check_finite(losses: Tensor, epoch: int, steps_per_epoch: int, config: TrainingConfig) -> None:
    is_finite = losses.isfinite()
    if not is_finite.all():
        i = int((~is_finite).nonzero()[0])
        raise FloatingPointError(
            f"the loss is {losses[i].item()} at step {epoch * steps_per_epoch + i} (epoch {epoch}); "
            f"lower learning_rate in {config}"
        )
