"""Everything that decides what a trained model is."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from companion.datasets import check_name
from companion.models import ACTIVATIONS, LIKELIHOODS, check_model, check_options
from companion.suggestions import expected_one_of

OUTPUT_ACTIVATIONS = ("linear", "sigmoid")
SCHEDULES = ("linear", "constant")
OPTIMIZERS = ("adam", "sgd")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class TrainingConfig:
    """A model, its data and its optimisation.

    Equal configurations give equal weights to the bit on one machine and device. The sums of
    convolutional models also depend, in their last digits, on how many threads share them
    (`torch.set_num_threads`).

    Attributes:
        model: a name of `companion.models.MODELS`.
        dataset: a name of `companion.datasets.NAMES`.
        latent_dim: d.
        hidden: widths of the encoder's hidden layers, the decoder's in reverse; MLP only.
        activation: "elu", "tanh", "sigmoid", "softplus" or "relu".
        likelihood: "gaussian" or "bernoulli".
        noise_std: standard deviation of the Gaussian likelihood; None learns one number.
        output_activation: "linear" or "sigmoid"; None is linear for "gaussian", else the sigmoid.
        beta: weight of the KL term; VAE only.
        epochs: passes over the training images.
        batch_size: images per step, at most all; what is left of an epoch is dropped.
        optimizer: "adam" or "sgd", plain gradient descent.
        learning_rate: the optimiser's, the largest one of the schedule.
        betas: Adam's decay rates of the first and second moment.
        weight_decay: weight of half the squared norm of all parameters, added to the loss.
        schedule: "linear" rises over the first tenth of the steps, then falls to zero; or "constant".
        n_train: number of training images, drawn without replacement by the seed; None is all.
        classes: labels of the images that are used, in training and evaluation; None is all.
        options: keywords of the model's family, see its `build`.
        seed: of weights, subset, order and noise.
        device: "cpu", "cuda", or "auto", which is "cuda" where there is one.

    Raises:
        ValueError: a value of the wrong type or out of range.
    """

    model: str = "vae-mlp"
    dataset: str = "mnist"
    latent_dim: int = 2
    hidden: tuple[int, ...] = (512, 256)
    activation: str = "elu"
    likelihood: str = "gaussian"
    noise_std: float | None = None
    output_activation: str | None = None
    beta: float = 1.0
    epochs: int = 10
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    schedule: str = "linear"
    n_train: int | None = None
    classes: tuple[int, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    seed: int = 0
    device: str = "auto"

    def __post_init__(self):
        check_model(self.model)
        check_name(self.dataset)
        self._check_choice("activation", tuple(ACTIVATIONS))
        self._check_choice("likelihood", LIKELIHOODS)
        self._check_choice("schedule", SCHEDULES)
        self._check_choice("optimizer", OPTIMIZERS)
        self._check_choice("device", DEVICES)
        if self.output_activation is not None:
            self._check_choice("output_activation", OUTPUT_ACTIVATIONS)
        if self.likelihood == "bernoulli" and self.output_activation == "linear":
            raise ValueError(
                "output_activation: got 'linear', expected 'sigmoid' for the likelihood 'bernoulli'"
            )
        for name, least in {"latent_dim": 1, "epochs": 1, "batch_size": 2, "seed": 0}.items():
            self._check_integer(name, getattr(self, name), least)
        if self.n_train is not None:
            self._check_integer("n_train", self.n_train, 2)
        self._check_integers("hidden", least=1)
        if self.classes is not None:
            self._check_integers("classes", least=0)
        self._check_betas()
        if not isinstance(self.options, Mapping):
            raise ValueError(f"options: got {self.options!r}, expected names and values")
        check_options(self.model, self.options)
        object.__setattr__(self, "options", dict(self.options))
        self._check_number("weight_decay", may_be_zero=True)
        self._check_number("beta", may_be_zero=True)
        self._check_number("learning_rate")
        if self.noise_std is not None:
            self._check_number("noise_std")

    def _check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in choices:
            raise ValueError(f"{name}: got {value!r}; {expected_one_of(value, choices)}")

    def _check_integer(self, name: str, value: Any, least: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name}: got {value!r}, expected an integer of at least {least}")

    def _check_integers(self, name: str, least: int) -> None:
        values = getattr(self, name)
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"{name}: got {values!r}, expected a sequence of integers")
        for value in values:
            self._check_integer(name, value, least)
        object.__setattr__(self, name, tuple(values))

    def _check_betas(self) -> None:
        betas = self.betas
        is_pair = isinstance(betas, (list, tuple)) and len(betas) == 2
        if not is_pair or not all(isinstance(b, (int, float)) and 0 <= b < 1 for b in betas):
            raise ValueError(f"betas: got {betas!r}, expected two numbers from 0 to below 1")
        object.__setattr__(self, "betas", tuple(map(float, betas)))

    def _check_number(self, name: str, *, may_be_zero: bool = False) -> None:
        value = getattr(self, name)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or value < 0 or (value == 0 and not may_be_zero):
            least = "of at least 0" if may_be_zero else "above 0"
            raise ValueError(f"{name}: got {value!r}, expected a number {least}")
        object.__setattr__(self, name, float(value))

    def to_dict(self) -> dict[str, Any]:
        """List names and values, ready for json."""
        classes = None if self.classes is None else list(self.classes)
        lists = {"hidden": list(self.hidden), "betas": list(self.betas), "classes": classes}
        return {**dataclasses.asdict(self), **lists}

    def resolved_device(self) -> torch.device:
        """Decide on the device.

        Raises:
            ValueError: "cuda" is asked for and there is none.
        """
        has_cuda = torch.cuda.is_available()
        if self.device == "cuda" and not has_cuda:
            raise ValueError("device: got 'cuda', but torch sees no GPU; expected 'cpu' or 'auto'")
        return torch.device("cuda" if has_cuda and self.device != "cpu" else "cpu")
