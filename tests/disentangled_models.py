"""Untrained disentangling models and their baselines."""

import dataclasses

import torch
from companion.models import Pool
from companion.training import TrainingConfig, initial_model

FAMILIES = ("szabo-conv", "mathieu-conv", "jha-conv")
BASELINES = ("vae-instance-conv", "vae-clustered-conv")
CONFIG = TrainingConfig(model="jha-conv", latent_dim=24, epochs=1, batch_size=64, device="cpu")
SQUARE = (1, 28, 28)


def disentangled_model(name, shape=SQUARE, **options):
    """A model of ten labels with a code of 24 numbers, 8 in the baselines."""
    d = 24 if name in FAMILIES else 8
    return initial_model(dataclasses.replace(CONFIG, model=name, latent_dim=d, options=options), shape, 10)


def one_step(model, images, labels, sgd=0.05):
    """The gradients' owners: which networks one optimiser alone changes."""
    changed = []
    for active in range(len(model.optimizers(lambda p, **own: torch.optim.SGD(list(p), lr=0.0)))):
        optimizers = model.optimizers(lambda p, **own: torch.optim.SGD(list(p), lr=0.0))
        optimizers[active].param_groups[0]["lr"] = sgd
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        model.training_step(
            Pool(images, labels).batch(torch.arange(32)), optimizers, torch.Generator().manual_seed(0)
        )
        now = dict(model.named_parameters())
        changed.append({n.split(".")[0] for n in before if not torch.equal(before[n], now[n])})
    return changed
