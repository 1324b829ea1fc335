"""What does a classifier see along a path of images, or in variations of one image?"""

from collections.abc import Callable
from dataclasses import dataclass

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


def path_summary(images: Tensor, logits: Tensor) -> dict[str, float]:
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


@dataclass(frozen=True)
class PathUncertainty:
    """The decoded straight line between two codes, for each pair.

    Attributes:
        entropy: (pairs,) mean entropy of a classifier's answer on the inner frames, nats.
        switches: (pairs,) how often its answer changes on the way.
        energy: (pairs,) energy of the decoded path over that of a straight line between its ends, at least 1.
    """

    entropy: Tensor
    switches: Tensor
    energy: Tensor


@torch.no_grad()
def path_uncertainty(
    decode: Callable[[Tensor], Tensor],
    classify: Callable[[Tensor], Tensor],
    z0: Tensor,
    z1: Tensor,
    *,
    n_frames: int = 11,
) -> PathUncertainty:
    r"""Decode straight lines between codes, and ask a classifier what it sees.

    The energy is $n \sum_i \lVert f_{i + 1} - f_i \rVert^2 / \lVert f_n - f_0 \rVert^2$ over n steps: 1 for a
    cross-fade of the end images, more for a path that turns or jumps.

    Args:
        decode: (*batch, d) -> (*batch, D).
        classify: (*batch, D) -> (*batch, classes), logits.
        z0: (pairs, d) first ends.
        z1: (pairs, d) second ends.
        n_frames: number of points on a line, both ends among them, at least 3.

    Returns:
        entropy, switches and energy.

    Raises:
        ValueError: for ends of unequal shape or fewer than three frames.
    """
    if z0.shape != z1.shape or z0.ndim != 2:
        raise ValueError(f"z1: got shape {tuple(z1.shape)}, expected (pairs, d) as z0, {tuple(z0.shape)}")
    if n_frames < 3:
        raise ValueError(f"n_frames: got {n_frames}, expected 3 or more")
    t = torch.linspace(0, 1, n_frames, dtype=z0.dtype, device=z0.device)[:, None]
    frames = decode(z0[:, None] + t * (z1 - z0)[:, None])
    logits = classify(frames)
    steps = frames.diff(dim=1).square().sum((-2, -1)) * (n_frames - 1)
    energy = steps / (frames[:, -1] - frames[:, 0]).square().sum(-1)
    return PathUncertainty(path_entropy(logits[:, 1:-1]), class_switches(logits), energy)
