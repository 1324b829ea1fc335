"""Variational autoencoders whose decoder also has a standard deviation, fitted in a second stage."""

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from companion.models.plain.likelihoods import diagonal_gaussian_log_likelihood
from companion.models.plain.vae import VAE

CHUNK = 4096


class TwoStageVAE(VAE):
    r"""A VAE with decoder x = mean(z) + std(z) eps, eps normal: first the mean, then the standard deviation.

    The epochs train encoder and mean under a constant standard deviation. Then both are held, and the
    standard deviation is fitted to the errors of the mean at codes drawn from the posterior
    (Arvanitidis, Hansen and Hauberg 2018, section 4). With a pixel that never errs the likelihood has no
    upper bound, so the squared errors are those of images blurred by noise of `min_std`; no standard
    deviation is asked to be smaller.

    Args:
        encoder: (*batch, D) -> (*batch, 2 d).
        decoder: (*batch, d) -> (*batch, D), the mean.
        decoder_std: (*batch, d) -> (*batch, D), positive.
        min_std: standard deviation of the blur, in units of the images.
        options: the other arguments of `VAE`.

    Attributes:
        is_finished: (), whether the second stage has been done; before, the likelihood is that of `VAE`.

    Raises:
        ValueError: for another likelihood than the Gaussian one.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        decoder_std: nn.Sequential,
        *,
        min_std: float,
        **options,
    ):
        super().__init__(encoder, decoder, **options)
        if self.likelihood != "gaussian":
            raise ValueError(f"likelihood: got {self.likelihood!r}, expected 'gaussian'")
        if not min_std > 0:
            raise ValueError(f"min_std: got {min_std}, expected a positive number")
        self.decoder_std = decoder_std
        self.min_std = float(min_std)
        self.register_buffer("is_finished", torch.tensor(False))

    @property
    def mean(self) -> nn.Sequential:
        """The decoder's mean as a map (*batch, d) -> (*batch, D)."""
        return self.decoder

    @property
    def std(self) -> nn.Sequential:
        """The decoder's standard deviation as a map (*batch, d) -> (*batch, D)."""
        return self.decoder_std

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Log density (*batch,) of images given latent points, with `std` once that is fitted."""
        if not self.is_finished:
            return super().log_likelihood(x, z)
        return diagonal_gaussian_log_likelihood(self.flat(x), self.decoder(z), self.decoder_std(z))

    def finish(
        self, images: Tensor, labels: Tensor, *, generator: torch.Generator, progress: bool = False
    ) -> None:
        """Fit the standard deviation to all training images (n, D)."""
        with torch.no_grad():
            parts = [self.encode(x) for x in images.split(CHUNK)]
            means, spreads = (torch.cat(part) for part in zip(*parts, strict=True))
            noise = torch.randn(means.shape, generator=generator, dtype=means.dtype, device=means.device)
            z = means + spreads * noise
            decoded = [self.decoder(codes) for codes in z.split(CHUNK)]
            squares = (images - torch.cat(decoded)).square_() + self.min_std**2
        self.fit_std(means, z, squares, generator=generator)
        self.is_finished.fill_(True)

    @abstractmethod
    def fit_std(self, means: Tensor, z: Tensor, squares: Tensor, *, generator: torch.Generator) -> None:
        """Fit `decoder_std`.

        Args:
            means: (n, d) means of the posteriors.
            z: (n, d) a draw of each.
            squares: (n, D) squared errors of the mean at z.
            generator: source of randomness.
        """


def fit_by_gradient(
    std: nn.Sequential,
    z: Tensor,
    squares: Tensor,
    *,
    n_steps: int,
    learning_rate: float,
    generator: torch.Generator,
    project: Callable[[], None] | None = None,
    batch_size: int = 256,
) -> None:
    r"""Fit a standard deviation by Adam on the Gaussian likelihood, $\log \sigma + r^2 / 2 \sigma^2$.

    The rate falls linearly to zero.

    Args:
        std: (b, d) -> (b, D), changed in place.
        z: (n, d) codes.
        squares: (n, D) squared errors.
        n_steps: steps.
        learning_rate: of the first step.
        generator: source of the batches.
        project: called after each step, to put weights back where they may be.
        batch_size: codes per step.

    Raises:
        FloatingPointError: sigma fell to zero at some pixel, where the likelihood has no bound.
    """
    weights = [weight for weight in std.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(weights, lr=learning_rate)
    with torch.enable_grad():
        for step in range(n_steps):
            optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / n_steps)
            rows = torch.randint(len(z), (batch_size,), generator=generator, device=z.device)
            sigma = std(z[rows])
            loss = (sigma.log() + 0.5 * squares[rows] / sigma.square()).mean()
            if not loss.isfinite():
                raise FloatingPointError(
                    f"the standard deviation fell to zero at step {step} of {n_steps}, "
                    f"learning rate {learning_rate:g}; expected a smaller rate"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if project is not None:
                with torch.no_grad():
                    project()
