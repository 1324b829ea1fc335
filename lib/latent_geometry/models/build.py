"""Models by family and name, with the networks of the documents."""

import difflib
import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from latent_geometry.models.spec import ModelSpec
from latent_geometry.models.trainable import TrainableModel

_FAMILIES = {
    "latent_geometry.models.vae": ("vae-mlp", "vae-conv"),
    "latent_geometry.models.rbf_vae": ("vae-rbf-mlp", "vae-rbf-conv"),
    "latent_geometry.models.variance_vae": ("vae-variance-mlp", "vae-variance-conv"),
    "latent_geometry.models.ensemble_vae": ("vae-ensemble-mlp",),
    "latent_geometry.models.autoencoder": ("ae-mlp", "ae-conv"),
    "latent_geometry.models.denoising": ("dae-mlp",),
    "latent_geometry.models.flat_vae": ("vae-flat-mlp",),
    "latent_geometry.models.gan": ("gan-mlp",),
    "latent_geometry.models.classifier": ("classifier-mlp", "classifier-conv"),
    "latent_geometry.models.identity_classifier": ("classifier-identity-conv",),
    "latent_geometry.models.instance_vae": ("vae-instance-conv", "vae-clustered-conv"),
    "latent_geometry.models.szabo": ("szabo-conv",),
    "latent_geometry.models.mathieu": ("mathieu-conv",),
    "latent_geometry.models.jha": ("jha-conv",),
    "latent_geometry.models.sctc": ("cae-sctc", "dae-sctc"),
    "latent_geometry.models.spatial_vae": ("vae-spatial",),
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
        raise ValueError(f"model: got {name!r}; {_hint(name, MODELS)}expected one of {', '.join(MODELS)}")


def check_options(name: str, options: Mapping[str, Any]) -> None:
    """Refuse options that a model's family does not have.

    Raises:
        ValueError: with the nearest name, if one is near, and the list of them.
    """
    known = list(inspect.signature(_family(name).build).parameters)[1:]
    for option in options:
        if option not in known:
            expected = f"one of {', '.join(known)}" if known else "none"
            raise ValueError(f"options: got {option!r}; {_hint(option, known)}expected {expected} for {name}")


def _family(name: str) -> ModuleType:
    return import_module(_MODULE_OF[name])


def _hint(seen: object, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(seen), known, n=1)
    return f"did you mean {near[0]!r}? " if near else ""
