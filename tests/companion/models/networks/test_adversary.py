"""The judge of pairs: when it learns, and what fools it."""

import torch
from companion.models.networks.adversary import fooling_loss, judge_step
from companion.models.networks.instance_conv import pair_discriminator
from disentangled_models import SQUARE
from torch import nn


def test_the_judge_learns_only_while_it_is_wrong_more_often_than_one_time_in_five():
    judge = nn.Linear(2, 2)
    with torch.no_grad():
        judge.weight.copy_(torch.tensor([[0.0, -1.0], [0.0, 1.0]]))
        judge.bias.zero_()
    before = judge.weight.clone()
    optimizer = torch.optim.SGD(judge.parameters(), lr=1.0)
    x, one = torch.zeros(8, 1), torch.ones(8, 1)
    judge_step(judge, optimizer, (x, one), (x, -one))
    assert torch.equal(judge.weight, before)
    judge_step(judge, optimizer, (x, -one), (x, one))
    assert not torch.equal(judge.weight, before)


def test_fooling_moves_the_image_and_not_the_judge():
    judge = pair_discriminator(SQUARE, width=4)
    first, second = torch.rand(3, 784), torch.rand(3, 784, requires_grad=True)
    loss = fooling_loss(judge, first, second)
    expected = -judge(torch.cat([first, second], dim=-1)).log_softmax(-1)[:, 1].mean()
    assert torch.allclose(loss, expected, atol=1e-6)
    loss.backward()
    assert second.grad.abs().max() > 0
    assert all(p.grad is None for p in judge.parameters())
