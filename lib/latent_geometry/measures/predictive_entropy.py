"""How sure is a classifier of what an image shows?"""

import torch
from torch import Tensor


def predictive_entropy(logits: Tensor) -> Tensor:
    r"""Take the entropy of a classifier's answer, in nats: 0 where it is sure (`eq-predictive-entropy`).

    $$H = -\sum_c p_c \log p_c, \qquad p = \mathrm{softmax}(\text{logits})$$

    Args:
        logits: (*batch, n_classes).

    Returns:
        (*batch,), at most the logarithm of the number of classes.
    """
    log_p = torch.log_softmax(logits, dim=-1)
    return -(log_p.exp() * log_p).sum(-1)
