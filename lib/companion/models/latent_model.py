"""What autoencoders and variational autoencoders share: flat images, a decoder and a likelihood."""

import math
from abc import abstractmethod

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from companion.models.plain.likelihoods import bernoulli_log_likelihood, gaussian_log_likelihood
from companion.models.trainable import MakeOptimizer, TrainableModel

LIKELIHOODS = ("gaussian", "bernoulli")
INITIAL_STD = 0.25
NOISE_RATE_FACTOR = 10.0


class LatentModel(TrainableModel):
    """An encoder and a decoder between images and a latent space.

    Args:
        encoder: (*batch, D) -> (*batch, n_out), see the subclass.
        decoder: (*batch, d) -> (*batch, D), the mean of the image given the latent point. It ends in
            `nn.Sigmoid` where the output activation is the sigmoid.
        image_shape: channels, height, width; their product is D.
        latent_dim: d.
        likelihood: "gaussian" or "bernoulli"; the latter needs a decoder that ends in `nn.Sigmoid`.
        noise_std: standard deviation of the Gaussian likelihood; None learns one number for all pixels.

    Attributes:
        log_std: (), log of the Gaussian likelihood's standard deviation.

    Raises:
        ValueError: unknown likelihood, or a Bernoulli likelihood of a decoder without sigmoid.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        *,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        likelihood: str = "gaussian",
        noise_std: float | None = None,
    ):
        super().__init__(image_shape)
        if likelihood not in LIKELIHOODS:
            raise ValueError(f"likelihood: got {likelihood!r}, expected one of {', '.join(LIKELIHOODS)}")
        if likelihood == "bernoulli" and not isinstance(decoder[-1], nn.Sigmoid):
            raise ValueError(
                f"decoder: got one that ends in {type(decoder[-1]).__name__}, "
                "expected nn.Sigmoid for the likelihood 'bernoulli'"
            )
        self.encoder = encoder
        self.decoder = decoder
        self.latent_dim = latent_dim
        self.likelihood = likelihood
        log_std = torch.tensor(math.log(INITIAL_STD if noise_std is None else noise_std))
        is_learned = likelihood == "gaussian" and noise_std is None
        if is_learned:
            self.log_std = nn.Parameter(log_std)
        else:
            self.register_buffer("log_std", log_std)

    def optimizers(self, make: MakeOptimizer) -> list[Optimizer]:
        """Make one optimiser, in which the learned noise moves faster than the weights.

        Its logarithm has some units to go, a weight a few hundredths; at one rate a short training would end
        with the noise where it began.
        """
        if not isinstance(self.log_std, nn.Parameter):
            return super().optimizers(make)
        weights = [p for p in self.parameters() if p.requires_grad and p is not self.log_std]
        return [make([{"params": weights}, {"params": [self.log_std], "rate_factor": NOISE_RATE_FACTOR}])]

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Encode images: the latent point, or the mean and standard deviation of its distribution."""

    @abstractmethod
    def encode_mean(self, x: Tensor) -> Tensor:
        """Encode images to one latent point each, (*batch, d)."""

    @property
    def output_activation(self) -> str:
        """`"sigmoid"` or `"linear"`: what the decoder ends in."""
        return "sigmoid" if isinstance(self.decoder[-1], nn.Sigmoid) else "linear"

    def decode(self, z: Tensor) -> Tensor:
        """Decode latent points (*batch, d) to mean images (*batch, channels, height, width)."""
        return self.decoder(z).unflatten(-1, self.image_shape)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Log likelihood of images given latent points, in nats.

        Args:
            x: (*batch, channels, height, width) or (*batch, D).
            z: (*batch, d).

        Returns:
            (*batch,).
        """
        if self.likelihood == "bernoulli":
            return bernoulli_log_likelihood(self.flat(x), self.decoder[:-1](z))
        return gaussian_log_likelihood(self.flat(x), self.decoder(z), self.log_std)

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Judge the decoded code: its summed squared error, its log likelihood in nats, and `noise_std`."""
        z = self.encode_mean(x)
        return {
            "squared_error": (self.decoder(z) - self.flat(x)).square().sum(-1),
            "log_likelihood": self.log_likelihood(x, z),
            "noise_std": self.log_std.exp().expand(len(x)),
        }
