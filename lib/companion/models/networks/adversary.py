"""The game of the adversarial disentangling models: a judge of pairs of images, and how to fool it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

ADVERSARIAL_BETAS = (0.5, 0.999)
GOOD_ENOUGH = 0.8
FAKE, TRUE = 0, 1

Pair = tuple[Tensor, Tensor]


def judge_step(judge: nn.Module, optimizer: Optimizer, true: Pair, fake: Pair) -> None:
    """Teach the judge to tell true pairs from fake ones, unless it is right four times in five already.

    Args:
        judge: (n, 2 D) -> (n, 2) logits.
        optimizer: of the judge's parameters.
        true: two batches (b, D), row by row of one class.
        fake: two batches (b, D) that the judge should refuse.
    """
    pairs = torch.cat([torch.cat(true, dim=-1), torch.cat(fake, dim=-1)])
    labels = torch.tensor([TRUE, FAKE], device=pairs.device).repeat_interleave(len(true[0]))
    logits = judge(pairs)
    if (logits.argmax(-1) == labels).float().mean() < GOOD_ENOUGH:
        optimizer.zero_grad()
        F.cross_entropy(logits, labels).backward()
        optimizer.step()


def fooling_loss(judge: nn.Module, first: Tensor, second: Tensor) -> Tensor:
    """Cross-entropy of the judge's verdict on pairs (b, D), (b, D) with "true"; its own weights stay out."""
    logits = torch.func.functional_call(
        judge, {k: v.detach() for k, v in judge.named_parameters()}, (torch.cat([first, second], dim=-1),)
    )
    return F.cross_entropy(logits, torch.full((len(first),), TRUE, device=first.device))
