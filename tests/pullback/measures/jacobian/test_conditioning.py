"""Rank, condition and magnitude of a Jacobian whose singular values are known."""

import torch
from problems import normal
from pullback import PullbackMetric
from pullback.measures.jacobian.conditioning import jacobian_rank

DOUBLE = torch.float64


def test_ranks_count_the_singular_values_above_each_tolerance():
    """`eq-jacobian-rank` with singular values 10, 1 and 0.01."""
    A = torch.linalg.qr(normal(8, 3)).Q * torch.tensor([10.0, 1.0, 0.01], dtype=DOUBLE)
    ranks = jacobian_rank(PullbackMetric(lambda z: z @ A.mT), normal(2, 3), torch.tensor([1e-4, 1e-2, 0.5]))
    assert ranks.tolist() == [[3, 2, 1]] * 2


def test_a_dead_unit_costs_a_rank_at_every_tolerance():
    metric = PullbackMetric(lambda z: torch.stack([z[..., 0], z[..., 1].relu(), z[..., 2]], dim=-1))
    z = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]], dtype=DOUBLE)
    assert jacobian_rank(metric, z, torch.tensor([1e-12])).tolist() == [[3], [2]]
