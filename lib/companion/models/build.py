"""Models by family and name, with the networks of the documents."""

import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from companion.models.spec import ModelSpec
from companion.models.trainable import TrainableModel
from companion.suggestions import expected_one_of

_FAMILIES = {
    "companion.models.plain.vae": ("vae-mlp", "vae-conv"),
    "companion.models.plain.public_vae": ("vae-public-mlp",),
    "companion.models.uncertain.rbf_vae": ("vae-rbf-mlp", "vae-rbf-conv"),
    "companion.models.uncertain.variance_vae": ("vae-variance-mlp", "vae-variance-conv"),
    "companion.models.uncertain.ensemble_vae": ("vae-ensemble-mlp",),
    "companion.models.plain.autoencoder": ("ae-mlp", "ae-conv"),
    "companion.models.plain.denoising": ("dae-mlp",),
    "companion.models.plain.flat_vae": ("vae-flat-mlp",),
    "companion.models.plain.gan": ("gan-mlp",),
    "companion.models.plain.classifier": ("classifier-mlp", "classifier-conv"),
    "companion.models.plain.identity_classifier": ("classifier-identity-conv",),
    "companion.models.disentangled.instance_vae": ("vae-instance-conv", "vae-clustered-conv"),
    "companion.models.disentangled.szabo": ("szabo-conv",),
    "companion.models.disentangled.mathieu": ("mathieu-conv",),
    "companion.models.disentangled.jha": ("jha-conv",),
    "companion.models.spatial.sctc": ("cae-sctc", "dae-sctc"),
    "companion.models.spatial.spatial_vae": ("vae-spatial",),
}
"""Module of a family, whose `build(spec, **options)` makes its models, and their names."""

_MODULE_OF = {name: module for module, names in _FAMILIES.items() for name in names}
MODELS = tuple(_MODULE_OF)


def build_model(
    name: str,
    image_shape: tuple[int, int, int],
    latent_dim: int,
    *,
    hidden: Sequence[int] = (512, 256),
    activation: str = "elu",
    likelihood: str = "gaussian",
    noise_std: float | None = None,
    output_activation: str | None = None,
    beta: float = 1.0,
    n_classes: int = 0,
    options: Mapping[str, Any] | None = None,
) -> TrainableModel:
    """Make an untrained model; its weights are drawn from torch's generator.

    Args:
        name: a name of `MODELS`.
        image_shape: channels, height, width.
        latent_dim: d.
        hidden: widths of the encoder's hidden layers, the decoder's in reverse; MLP only.
        activation: a name of `ACTIVATIONS`.
        likelihood: "gaussian" or "bernoulli".
        noise_std: standard deviation of the Gaussian likelihood, None learns it.
        output_activation: "linear" or "sigmoid"; None is the sigmoid for "bernoulli", linear for "gaussian".
        beta: weight of the KL term, VAE only.
        n_classes: number of labels of the data, for models that see labels.
        options: the family's own keywords.

    Returns:
        the model, in training mode. An MLP's `decoder` is an `nn.Sequential` of affine and elementwise
        modules.

    Raises:
        ValueError: for an unknown name or option.
    """
    check_model(name)
    check_options(name, options or {})
    spec = ModelSpec(
        name=name,
        image_shape=tuple(image_shape),
        latent_dim=latent_dim,
        hidden=tuple(hidden),
        activation=activation,
        likelihood=likelihood,
        noise_std=noise_std,
        output_activation=output_activation,
        beta=beta,
        n_classes=n_classes,
    )
    return _family(name).build(spec, **(options or {}))


def model_module(name: str) -> str:
    """Name the module of a model's family, dotted."""
    return _MODULE_OF[name]


def check_model(name: str) -> None:
    """Refuse a name that is no model's.

    Raises:
        ValueError: with the nearest name, if one is near, and the list of them.
    """
    if name not in MODELS:
        raise ValueError(f"model: got {name!r}; {expected_one_of(name, MODELS)}")


def check_options(name: str, options: Mapping[str, Any]) -> None:
    """Refuse options that a model's family does not have.

    Raises:
        ValueError: with the nearest name, if one is near, and the list of them.
    """
    known = list(inspect.signature(_family(name).build).parameters)[1:]
    for option in options:
        if option not in known:
            expected = expected_one_of(option, known) if known else "expected none"
            raise ValueError(f"options: got {option!r}; {expected} for {name}")


def _family(name: str) -> ModuleType:
    return import_module(_MODULE_OF[name])
