"""What every family of models is built from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelSpec:
    """The settings that all families share; a family's own ones are keywords of its `build`.

    Attributes:
        name: the model's name, such as "vae-conv".
        image_shape: channels, height, width; points that are no images have shape (1, 1, D).
        latent_dim: d.
        hidden: widths of the encoder's hidden layers, the decoder's in reverse; MLP only.
        activation: a name of `ACTIVATIONS`.
        likelihood: "gaussian" or "bernoulli".
        noise_std: standard deviation of the Gaussian likelihood, None learns it.
        output_activation: "linear" or "sigmoid"; None is the sigmoid for "bernoulli", linear for "gaussian".
        beta: weight of the KL term, VAE only.
        n_classes: number of labels of the data, for models that see labels.
    """

    name: str
    image_shape: tuple[int, int, int]
    latent_dim: int
    hidden: tuple[int, ...] = (512, 256)
    activation: str = "elu"
    likelihood: str = "gaussian"
    noise_std: float | None = None
    output_activation: str | None = None
    beta: float = 1.0
    n_classes: int = 0

    @property
    def network(self) -> str:
        """The last part of the name: "mlp" or "conv"."""
        return self.name.rsplit("-", 1)[-1]

    @property
    def ends_in_sigmoid(self) -> bool:
        """Whether the decoder's last layer is the sigmoid."""
        default = "sigmoid" if self.likelihood == "bernoulli" else "linear"
        return (self.output_activation or default) == "sigmoid"

    @property
    def latent_options(self) -> dict:
        """The keywords of `LatentModel`."""
        names = ("image_shape", "latent_dim", "likelihood", "noise_std")
        return {name: getattr(self, name) for name in names}
