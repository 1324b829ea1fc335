"""What lies between two codes: images that a classifier knows, or something in between?"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from latent_geometry.measures.class_path import class_switches, path_entropy


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
