"""Models by short names, trained alike, and every measure taken of each."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from pullback.measures.draws import balanced_rows
from pullback.metrics.pullback import ExpectedPullbackMetric, PullbackMetric
from torch import Tensor, nn

from companion import datasets
from companion.chapters.one_ruler.measures import RECORDED_AS
from companion.chapters.one_ruler.readings import Readings, take_readings, without_facets
from companion.datasets import Dataset
from companion.measures.controls import untrained_copy
from companion.measures.of_space.survey import SurveySizes
from companion.measures.space import Space, code_space
from companion.models import ACTIVATIONS, LatentModel, TrainableModel, check_model
from companion.models.disentangled.two_part_code import DisentangledModel
from companion.training import TrainedModel, TrainingConfig, load_or_train

N_POOL = 2000
ADVERSARIAL = ("szabo-conv", "mathieu-conv")
PARTS = (*ADVERSARIAL, "jha-conv")
INSTANCE_NORM = (*PARTS, "vae-instance-conv", "vae-clustered-conv")
SIGMOID, LINEAR = "sigmoid", "linear"
USUAL = {"gan-mlp": "tanh"}  # activations of kinds that do not learn with `elu` unless another is asked for
VARIANTS = {"mean": "mean alone", "untrained": "untrained"}
DEPTHS = ("shallow", "deep")
TITLES = {
    "vae-mlp": "VAE",
    "ae-mlp": "AE",
    "dae-mlp": "DAE",
    "gan-mlp": "GAN",
    "vae-flat-mlp": "flat VAE",
    "vae-rbf-mlp": "RBF-VAE",
    "vae-ensemble-mlp": "ensemble",
    "ae-conv": "conv. AE",
    "vae-conv": "conv. VAE",
    "vae-instance-conv": "conv. VAE*",
    "vae-clustered-conv": "clustered VAE*",
    "szabo-conv": "Szabó*",
    "mathieu-conv": "Mathieu*",
    "jha-conv": "Jha*",
}


@dataclass(frozen=True)
class GridModel:
    """One row of the grid.

    Attributes:
        kind: a name of `models.MODELS`.
        latent_dim: dimension of the space that is measured; of a disentangling model that of s.
        activation: of decoder and encoder, "" for the usual one of the kind.
        variant: "", "mean" for a metric that leaves out what the decoder says about its uncertainty, or
            "untrained" for fresh weights at the codes of the trained model.
        depth: of a fully connected network, "shallow" with one hidden layer, "deep" with each twice, or "".
    """

    kind: str
    latent_dim: int
    activation: str = ""
    variant: str = ""
    depth: str = ""

    def __post_init__(self):
        object.__setattr__(self, "activation", self.activation or self.usual_activation)

    @property
    def usual_activation(self) -> str:
        """The activation of its kind, unless another is asked for."""
        return USUAL.get(self.kind, "elu")

    @property
    def is_usual(self) -> bool:
        """Whether it has the usual activation and depth."""
        return self.activation == self.usual_activation and not self.depth

    @property
    def output(self) -> str:
        """The last layer: a sigmoid of generators and with instance normalisation, else linear."""
        return SIGMOID if self.kind == "gan-mlp" or self.kind in INSTANCE_NORM else LINEAR

    @classmethod
    def parse(cls, name: str) -> "GridModel":
        """Read a name such as "vae-mlp:16", "vae-mlp:16:tanh", "vae-mlp:2:deep" or "vae-rbf-mlp:2:mean".

        Raises:
            ValueError: for another form, an unknown kind or activation, a depth of a network that has no
                hidden layers to choose.
        """
        kind, *rest = name.split(":")
        check_model(kind)
        said = {"activation": tuple(ACTIVATIONS), "variant": tuple(VARIANTS), "depth": DEPTHS}
        words = {what: word for word in rest[1:] for what, known in said.items() if word in known}
        if not rest or not rest[0].isdigit() or len(words) < len(rest) - 1:
            extras = " or :".join([*VARIANTS, *DEPTHS, "ACTIVATION"])
            raise ValueError(f"model: got {name!r}, expected KIND:DIMENSION and perhaps :{extras}")
        if "depth" in words and not kind.endswith("-mlp"):
            raise ValueError(f"model: got {name!r}, expected a depth for a fully connected model alone")
        return cls(kind, int(rest[0]), **words)

    @property
    def title(self) -> str:
        """What tables call it, such as "VAE, d = 16, tanh"."""
        extra = [] if self.activation == self.usual_activation else [self.activation]
        extra += [self.depth] if self.depth else []
        extra += [VARIANTS[self.variant]] if self.variant else []
        return ", ".join([f"{TITLES.get(self.kind, self.kind)} {self.latent_dim}", *extra])

    @property
    def causes(self) -> dict[str, str]:
        """What could decide a reading, by the name of the cause."""
        kind = f"{self.kind}, {self.variant}" if self.variant else self.kind
        built = {"model": kind, "activation": self.activation, "output": self.output}
        return built | {"dimension": str(self.latent_dim), "depth": self.depth or "usual"}

    def widths(self, hidden: tuple[int, ...]) -> tuple[int, ...]:
        """Hidden layers of the encoder at this depth, where the usual ones are `hidden`."""
        each_twice = tuple(width for width in hidden for _ in range(2))
        return {"shallow": hidden[:1], "deep": each_twice}.get(self.depth, hidden)


@dataclass(frozen=True)
class GridTraining:
    """How the models of a grid are trained.

    Attributes:
        hidden: widths of the fully connected encoders, the decoders' in reverse.
        epochs: passes of the fully connected models. A set of fewer images than `n_train` is gone through
            more often, so that no model is behind the others for want of data.
        n_train: images that they see; 0 is all.
        conv_epochs: passes of the convolutional models, likewise.
        conv_train: images that those see; 0 is all.
        flatness: weight of the flat model's penalty.
        seed: of weights, subset, order and noise.
        device: "auto", "cpu" or "cuda".
    """

    hidden: tuple[int, ...] = (256, 128)
    epochs: int = 5
    n_train: int = 12000
    conv_epochs: int = 1
    conv_train: int = 12000
    flatness: float = 0.1
    seed: int = 0
    device: str = "auto"

    def config(self, model: GridModel, dataset: str) -> TrainingConfig:
        """Make a model's configuration: what all share, and what its family needs to learn at all.

        The families with instance normalisation have the networks of the chapter on disentangled spaces and a
        fraction of its training: by default 12,000 images at a rate of 1e-3, there up to 300,000 at 3e-3, and
        with it another curvature. A generator has no likelihood to choose the range of its pixels, so it ends
        in a sigmoid, and learns with tanh.
        """
        shared = {"dataset": dataset, "seed": self.seed, "device": self.device, "model": model.kind}
        shared |= {"activation": model.activation, "latent_dim": model.latent_dim}
        if model.kind.endswith("-conv"):
            own = _passes(self.conv_epochs, self.conv_train, dataset)
            own |= {"batch_size": 32, "learning_rate": 1e-3}
            if model.kind in PARTS:
                own |= {"latent_dim": 2 * model.latent_dim, "options": {"specified_dim": model.latent_dim}}
            if model.kind in ADVERSARIAL:
                own["options"] |= {"generator_steps": 1, "judge_width": 16}
            return TrainingConfig(**{**shared, **own})
        own = _passes(self.epochs, self.n_train, dataset) | {"hidden": model.widths(self.hidden)}
        if model.kind == "gan-mlp":
            own |= {"output_activation": SIGMOID, "betas": (0.5, 0.999)}
            own |= {"learning_rate": 4e-3, "epochs": 2 * own["epochs"]}
        own["options"] = {
            "vae-flat-mlp": {"flatness": self.flatness},
            "vae-ensemble-mlp": {"n_decoders": 4},
        }.get(model.kind, {})
        return TrainingConfig(**{**shared, **own})


@dataclass(frozen=True, eq=False)
class GridCell:
    """One model on one data set, measured.

    Attributes:
        model: which.
        dataset: on which data.
        trained: the training.
        readings: of every measure.
    """

    model: GridModel
    dataset: str
    trained: TrainedModel
    readings: Readings

    @property
    def title(self) -> str:
        """What tables call it; the data set is named where it is not MNIST."""
        return self.model.title + ("" if self.dataset == "mnist" else f", {self.dataset}")

    def value(self, measure: str) -> float | None:
        """The value of one reading, None where there is none."""
        return self.readings[measure].value

    @property
    def is_control(self) -> bool:
        """Whether the decoder has learned nothing."""
        return self.model.variant == "untrained"

    def rows(self) -> list[dict[str, Any]]:
        """One row per measure, ready for a table on disk."""
        head = {"dataset": self.dataset, **self.model.causes, "title": self.title}
        readings = self.readings.readings.items()
        return [{**head, "ruler": RECORDED_AS.get(name, name), **asdict(r)} for name, r in readings]


def labelled_pictures(dataset: str, *, seed: int) -> Dataset:
    """Take up to `N_POOL` test images, or training images where those of the test show other things."""
    test, train = datasets.load(dataset, "test"), datasets.load(dataset, "train")
    data = test if set(test.labels.tolist()) <= set(train.labels.tolist()) else train
    rows = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:N_POOL]
    return replace(data, images=data.images[rows], labels=data.labels[rows])


def measure_cell(
    model: GridModel,
    dataset: str,
    training: GridTraining,
    sizes: SurveySizes,
    *,
    n_classes: int,
    per_class: int,
    seed: int,
    pictures: Mapping[str, Dataset],
) -> GridCell:
    """Train a model, or load it, and take every measure of it at codes of the same images as for all others.

    Args:
        model: the row of the grid.
        dataset: the data.
        training: how it is trained.
        sizes: how much is measured.
        n_classes: classes whose images are measured.
        per_class: images of each.
        seed: of the images, the planes and the starts.
        pictures: data set -> images to draw from, as `labelled_pictures` gives them.
    """
    trained = load_or_train(training.config(model, dataset), progress=False)
    data = pictures[dataset]
    rows = balanced_rows(data.labels, per_class, n_classes, generator=torch.Generator().manual_seed(seed))
    space = space_of(trained.model.cpu().double(), model, data, rows, seed=seed)
    found = take_readings(space, generator=torch.Generator().manual_seed(seed), sizes=sizes)
    return GridCell(model, dataset, trained, without_facets(found) if model.activation == "relu" else found)


def space_of(network: TrainableModel, model: GridModel, data: Dataset, rows: Tensor, *, seed: int) -> Space:
    """Find the space of a trained model that is measured.

    A generator has no encoder, so its codes are draws from its prior, without labels. Of a model that knows
    its uncertainty the metric is the expected one, unless the row asks for the mean alone.

    Args:
        network: in double precision and evaluation mode.
        model: its row of the grid.
        data: images and labels to draw from.
        rows: (n,) those that are measured.
        seed: of the draws from the prior.
    """
    images = data.images.double()
    if not isinstance(network, LatentModel):
        draw = torch.Generator().manual_seed(seed)
        return Space(network.decoder, network.prior(len(rows), images, generator=draw))
    in_parts = isinstance(network, DisentangledModel)
    if in_parts:  # the unspecified code is fixed at its mean over all images
        space = code_space(network, images, data.labels).only(rows)
    else:
        space = code_space(network, images[rows], data.labels[rows])
    if model.variant == "untrained":
        return space.with_decoder(untrained_copy(space.decoder, seed=seed))
    if in_parts:  # the decoder of s alone answers with an average look, and not with the picture
        return space
    space = replace(space, images=images[rows].flatten(1))
    if hasattr(network, "std") and model.variant != "mean":
        stacked = hasattr(network, "stacked")
        expected = ExpectedPullbackMetric(network.mean, network.std)
        metric = PullbackMetric(network.stacked) if stacked else expected
        return replace(space, metric=metric, std=network.std)
    if isinstance(network.log_std, nn.Parameter):
        size, wide = network.log_std.exp(), math.prod(network.image_shape)
        return replace(space, std=lambda z: size.expand(len(z), wide))
    return space


def _passes(epochs: int, n: int, dataset: str) -> dict[str, int | None]:
    """All images where fewer are there than asked for, as often as makes up for it."""
    size = len(datasets.load(dataset, "train"))
    if 0 < n < size:
        return {"epochs": epochs, "n_train": n}
    return {"epochs": math.ceil(epochs * max(n / size, 1)), "n_train": None}
