"""The mathematics: metrics, connection, curvature, curves, statistics. Knows no model, data set or plot."""

import torch

# By default a GPU's convolutions round single precision to ten bits (TF32), too coarse for what is
# differentiated twice. Matrix products are exact unless somebody asks for less.
torch.backends.cudnn.allow_tf32 = False
