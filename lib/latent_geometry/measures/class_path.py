"""What does a classifier see along a path of images, or in variations of one image?"""

import torch
from torch import Tensor


def class_switches(logits: Tensor) -> Tensor:
    """Count the changes of the likeliest class between frames: (*batch, frames, classes) -> (*batch,)."""
    classes = logits.argmax(-1)
    return (classes[..., 1:] != classes[..., :-1]).sum(-1)


def switch_frame(logits: Tensor) -> Tensor:
    """Number the first frame, from 1, whose class is not the first one's; frames + 1 where none is.

    Args:
        logits: (*batch, frames, classes).

    Returns:
        (*batch,) integers.
    """
    classes = logits.argmax(-1)
    changed = classes != classes[..., :1]
    return torch.where(changed.any(-1), changed.int().argmax(-1), classes.shape[-1]) + 1


def path_entropy(logits: Tensor) -> Tensor:
    r"""Average the entropy of the classifier over the frames, in nats (`eq-path-entropy`).

    $$\bar H = -\frac{1}{T} \sum_t \sum_y p(y \mid x_t) \log p(y \mid x_t)$$

    Frames that look like no class in particular raise it. The classifier was trained on real images, so a
    frame that is none may still be judged surely.

    Args:
        logits: (*batch, frames, classes).

    Returns:
        (*batch,).
    """
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1).mean(-1)


def class_kept(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of variations (*batch, variations, classes) that are taken for the class (*batch,) meant."""
    return (logits.argmax(-1) == labels[..., None]).double().mean(-1)


def watched(images: Tensor, logits: Tensor) -> dict[str, float]:
    """Summarise paths of images (paths, frames, D) and what a classifier says of them.

    Args:
        images: (paths, frames, D).
        logits: (paths, frames, classes).

    Returns:
        means over the paths: `frame` of the first other class, `switches`, `entropy` in nats, and `jump`, the
        largest step from frame to frame over the mean step.
    """
    moves = (images[:, 1:] - images[:, :-1]).norm(dim=-1)
    return {
        "frame": switch_frame(logits).double().mean().item(),
        "switches": class_switches(logits).double().mean().item(),
        "entropy": path_entropy(logits).mean().item(),
        "jump": (moves.amax(-1) / moves.mean(-1)).mean().item(),
    }
