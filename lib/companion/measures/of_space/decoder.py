"""What the decoder does at each code: how far and how evenly it stretches, and how well it says its error."""

import torch
from pullback.measures.jacobian.conditioning import jacobian_conditioning, jacobian_rank
from torch import Tensor

from companion.measures.of_space.survey import Survey


def log_det(s: Survey) -> Tensor:
    """Take the median of log det G over d, the size of the metric per dimension (`eq-condition-number`).

    Ramirez, Gallego and Puerta (2020) draw maps of it. Minus infinity where J loses rank.
    """
    return s.at_codes(conditioning)[:, 0].median() / s.space.codes.shape[-1]


def log_kappa(s: Survey) -> Tensor:
    """Take the median logarithm of the condition number of J (`eq-condition-number`).

    Ramirez, Gallego and Puerta (2020).
    """
    return s.at_codes(conditioning)[:, 1].median()


def rank_share(s: Survey) -> Tensor:
    """Average the rank of J over d (`eq-jacobian-rank`). Shukla et al. (2019)."""
    return s.at_codes(ranks).mean()


def calibration(s: Survey) -> Tensor:
    r"""Compare the squared error of the decoded codes with the variance that the model gives.

    $$\log_{10} \frac{\sum_n \lVert x_n - f(z_n) \rVert^2}{\sum_n \lVert \sigma(z_n) \rVert^2}$$

    0 for errors of the size that the model says. After Arvanitidis, Hansen and Hauberg (2018).
    """
    return (s.at_codes(squared_errors).mean() / s.at_codes(variances).mean()).log10()


def conditioning(s: Survey) -> Tensor:
    """Measure log det G and the logarithm of the condition number of J at each code, (n, 2)."""
    found = jacobian_conditioning(s.space.metric, s.space.codes)
    return torch.stack([found.log_det, found.log_kappa], dim=-1)


def ranks(s: Survey) -> Tensor:
    """Measure the rank of J over d at each code, (n,)."""
    z = s.space.codes
    tolerance = z.new_tensor([s.sizes.rank_tolerance])
    return jacobian_rank(s.space.metric, z, tolerance)[:, 0].double() / z.shape[-1]


def squared_errors(s: Survey) -> Tensor:
    """Measure the squared error of each decoded code, summed over pixels, (n,)."""
    return (s.space.images - s.space.decoder(s.space.codes)).square().sum(-1)


def variances(s: Survey) -> Tensor:
    """Take the variance that the model gives at each code, summed over pixels, (n,)."""
    return s.space.std(s.space.codes).square().sum(-1)
