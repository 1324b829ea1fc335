"""The factorial of baselines: which VAEs, and which disentangling models, are trained and measured alike.

A headline says that disentangled spaces score above *the* VAE. Which VAE is a choice, and the document leaves
most of it open. So every combination of the choices that its public code, its text and its models' code allow
is trained by one recipe, that of the public code: Adam at a constant 1e-3, batches of 128, all 60,000 images,
and looked at after 1, 5, 20 and 100 passes of one run.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from companion.models.disentangled.two_part_code import IMPLIED_STD
from companion.suggestions import expected_one_of
from companion.training import TrainingConfig

DATASET = "mnist"
DISENTANGLED = ("szabo", "mathieu", "jha")
LEVELS = {
    "network": ("mlp", "conv", *DISENTANGLED),
    "output": ("linear", "sigmoid"),
    "noise": ("fixed", "learned", "bernoulli", "own"),
    "latent_dim": (16, 20, 80),
    "activation": ("relu", "elu"),
}
"""Choices and their values; "own" is the noise of the disentangling models, whose losses have one each."""

TITLES = {
    "mlp": "MLP",
    "conv": "conv.",
    "szabo": "Szabó",
    "mathieu": "Mathieu",
    "jha": "Jha",
    "fixed": "σ² = 1/2",
    "learned": "σ learned",
    "bernoulli": "Bernoulli",
    "own": "own noise",
    "relu": "ReLU",
    "elu": "ELU",
}
RECIPE = {"batch_size": 128, "learning_rate": 1e-3, "schedule": "constant", "device": "cpu"}
PUBLIC_WIDTHS = (450, 200)


@dataclass(frozen=True)
class Cell:
    """One model of the factorial.

    Attributes:
        network: "mlp", that of the document's public code; "conv", that of the disentangling models with
            instance normalisation; or a disentangling model, which has the latter.
        output: "linear" or "sigmoid".
        noise: variance of the likelihood: "fixed" at 1/2, "learned", or "bernoulli"; "own" for a
            disentangling model.
        latent_dim: of the space that is measured; of a disentangling model that of s, and z has as many.
        activation: of the decoder, "relu" or "elu"; the encoders are always ReLU.
        seed: of the training.
    """

    network: str
    output: str
    noise: str
    latent_dim: int
    activation: str
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in LEVELS.items():
            value = getattr(self, name)
            if value not in known:
                raise ValueError(f"{name}: got {value!r}; {expected_one_of(str(value), map(str, known))}")
        if not _is_possible(self.network, self.output, self.noise):
            raise ValueError(f"cell: got {self.name}, expected noise that goes with network and output")

    @property
    def is_disentangled(self) -> bool:
        """Whether it is one of the disentangling models."""
        return self.network in DISENTANGLED

    @property
    def name(self) -> str:
        """The choices, joined by hyphens; without the seed."""
        return "-".join(str(getattr(self, name)) for name in LEVELS)

    @property
    def title(self) -> str:
        """What tables and figures call it, without the seed."""
        return ", ".join(TITLES.get(str(getattr(self, name)), str(getattr(self, name))) for name in LEVELS)

    @classmethod
    def parse(cls, name: str, seed: int = 0) -> "Cell":
        """Read a name back.

        Raises:
            ValueError: for another form, or an unknown value.
        """
        words = name.split("-")
        if len(words) != len(LEVELS) or not words[3].isdigit():
            raise ValueError(f"cell: got {name!r}, expected {'-'.join(LEVELS).upper()}")
        network, output, noise, latent_dim, activation = words
        return cls(network, output, noise, int(latent_dim), activation, seed)

    def config(self) -> TrainingConfig:
        """Make the configuration that it is trained by."""
        shared: dict[str, Any] = {
            "dataset": DATASET,
            "seed": self.seed,
            "activation": self.activation,
            **RECIPE,
        }
        if self.is_disentangled:
            parts = {"latent_dim": 2 * self.latent_dim, "options": {"specified_dim": self.latent_dim}}
            return TrainingConfig(model=f"{self.network}-conv", **parts, **shared)
        shared |= {"latent_dim": self.latent_dim, "output_activation": self.output}
        if self.noise == "bernoulli":
            shared["likelihood"] = "bernoulli"
        elif self.noise == "fixed":
            shared["noise_std"] = IMPLIED_STD
        if self.network == "mlp":
            return TrainingConfig(model="vae-public-mlp", hidden=PUBLIC_WIDTHS, **shared)
        own = {"learns_noise": True} if self.noise == "learned" else {}
        return TrainingConfig(model="vae-instance-conv", options=own, **shared)


def cells_of(choices: Mapping[str, Any], seeds: Sequence[int] = (0,)) -> list[Cell]:
    """List all cells of some choices, each a value or a list of values; impossible ones are left out.

    Raises:
        ValueError: an unknown or missing choice, or an unknown value.
    """
    for name in choices:
        if name not in LEVELS:
            raise ValueError(f"choice: got {name!r}; {expected_one_of(name, LEVELS)}")
    missing = [name for name in LEVELS if name not in choices]
    if missing:
        raise ValueError(f"choices: got none of {', '.join(missing)}, expected all of {', '.join(LEVELS)}")
    values = [choices[name] if isinstance(choices[name], list) else [choices[name]] for name in LEVELS]
    found = []
    for combination in itertools.product(*values):
        if _is_possible(*combination[:3]):
            found += [Cell(*combination, seed) for seed in seeds]
    return found


def _is_possible(network: str, output: str, noise: str) -> bool:
    if network in DISENTANGLED:
        return output == "sigmoid" and noise == "own"
    return noise != "own" and (noise, output) != ("bernoulli", "linear")
