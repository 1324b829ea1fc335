"""Networks with seeded weights that several tests share."""

import torch
from torch import nn


def network(seed=0):
    """A decoder of two coordinates to forty, smooth and nowhere singular."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 40), nn.Sigmoid()).double()
