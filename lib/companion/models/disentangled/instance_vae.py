"""The baselines of the disentangling models: VAEs with the same networks, plain or with a clustered prior."""

import torch
from torch import Tensor
from torch.nn import functional as F

from companion.models.batch import Batch
from companion.models.disentangled.two_part_code import IMPLIED_STD
from companion.models.networks.instance_conv import (
    first_width,
    initialised,
    instance_decoder,
    instance_encoder,
)
from companion.models.plain.likelihoods import kl_to_standard_normal
from companion.models.plain.vae import VAE
from companion.models.spec import ModelSpec


def build(
    spec: ModelSpec, *, separation: float = 12.0, brightness: float = 0.5, learns_noise: bool = False
) -> "InstanceVAE":
    """Make the untrained model that is named "vae-instance-conv" or "vae-clustered-conv".

    Unless the configuration says otherwise, the output is the sigmoid's and the Gaussian likelihood has the
    variance 1/2, so that the loss is the summed squared error plus the KL term, as in the public code of
    Shukla et al. (2019).

    Args:
        spec: shared settings.
        separation: distance of the clusters' centres from the origin, clustered prior only.
        brightness: mean of the pictures, at which the decoder's output starts; of a sigmoid alone.
        learns_noise: whether the Gaussian likelihood learns its standard deviation, where the configuration
            gives none.

    Raises:
        ValueError: a linear output that should start at a brightness.
    """
    is_linear = spec.output_activation == "linear"
    if is_linear and brightness != 0.5:
        raise ValueError(f"brightness: got {brightness}, expected 0.5, its default, for a linear output")
    encoder = instance_encoder(spec.image_shape, 2 * spec.latent_dim)
    first = initialised(torch.nn.Linear(spec.latent_dim, first_width(spec.image_shape)))
    decoder = instance_decoder(
        first, spec.image_shape, activation_name=spec.activation, brightness=brightness
    )
    if is_linear:
        decoder = decoder[:-1]
    options = {**spec.latent_options, "beta": spec.beta}
    if spec.noise_std is None and not learns_noise:
        options["noise_std"] = IMPLIED_STD
    if spec.name == "vae-clustered-conv":
        return ClusteredVAE(encoder, decoder, n_classes=spec.n_classes, separation=separation, **options)
    return InstanceVAE(encoder, decoder, **options)


class InstanceVAE(VAE):
    """A VAE with the networks of the disentangling models; the arguments are those of `VAE`."""

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Judge the reconstruction from the mean code: its summed squared error, and the KL term in nats."""
        mean, std = self.encode(x)
        error = (self.decoder(mean) - self.flat(x)).square().sum(-1)
        return {"squared_error": error, "kl": kl_to_standard_normal(self.centred(mean, labels), std)}

    def centred(self, mean: Tensor, labels: Tensor) -> Tensor:
        """Subtract the mean of the prior, which is zero unless a family has another prior."""
        return mean


class ClusteredVAE(InstanceVAE):
    r"""A VAE whose prior knows the label: separated classes, and no attempt to disentangle anything.

    $$p(z \mid y) = N(r\, u_y, I), \qquad \|u_y\| = 1$$

    The directions u_y are drawn once and as orthogonal as the latent dimension allows. One code holds
    class and appearance alike. It is the control for measures that might respond to the gaps between
    classes: where it scores like a disentangled model, disentanglement is not what was measured.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoder: (*batch, d) -> (*batch, D).
        n_classes: number of labels.
        separation: r, distance of the centres from the origin.
        options: the other arguments of `VAE`.

    Attributes:
        centres: (n_classes, d) means of the prior.
    """

    def __init__(self, encoder, decoder, *, n_classes: int, separation: float = 12.0, **options):
        super().__init__(encoder, decoder, **options)
        if n_classes < 2:
            raise ValueError(f"n_classes: got {n_classes}, expected 2 or more")
        directions = torch.randn(n_classes, self.latent_dim)
        if n_classes <= self.latent_dim:
            directions = torch.linalg.qr(directions.T).Q.T
        self.register_buffer("centres", separation * F.normalize(directions, dim=-1))

    def batch_loss(self, batch: Batch, *, generator: torch.Generator) -> Tensor:
        """Average -(reconstruction - beta * KL to the label's own prior) over the batch, a number."""
        mean, std = self.encode(batch.images)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
        kl = kl_to_standard_normal(self.centred(mean, batch.labels), std)
        return (self.beta * kl - self.log_likelihood(batch.images, mean + std * noise)).mean()

    def centred(self, mean: Tensor, labels: Tensor) -> Tensor:
        """Subtract the centre of the label's own prior; of a label without one, the nearest centre."""
        nearest = torch.cdist(mean, self.centres).argmin(-1)
        return mean - self.centres[torch.where(labels < len(self.centres), labels, nearest)]
