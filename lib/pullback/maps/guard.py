"""What a map may not do while it is evaluated: change its own state, or draw random numbers."""

import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_RANDOM = {
    getattr(home, name)
    for home, names in (
        (torch, "rand randn randint randperm normal bernoulli multinomial poisson"),
        (torch, "rand_like randn_like randint_like"),
        (Tensor, "normal_ uniform_ bernoulli_ random_ exponential_ geometric_ cauchy_ log_normal_"),
        (Tensor, "bernoulli multinomial"),
        (F, "gumbel_softmax _fractional_max_pool2d fractional_max_pool2d_with_indices"),
        (F, "_fractional_max_pool3d fractional_max_pool3d_with_indices"),
    )
    for name in names.split()
}
_HALF = (torch.float16, torch.bfloat16)
_DROPOUT = (
    F.dropout,
    F.alpha_dropout,
    F.dropout1d,
    F.dropout2d,
    F.dropout3d,
    F.feature_alpha_dropout,
    torch.dropout,
    torch.alpha_dropout,
    torch.feature_dropout,
    torch.feature_alpha_dropout,
)
_COUNTING = {kind.forward.__code__ for kind in (nn.modules.batchnorm._BatchNorm, nn.SyncBatchNorm)}
_POSITIONS = {F.batch_norm: 5, torch.batch_norm: 5, F.rrelu: 3, F.multi_head_attention_forward: 13}
"""Place of the argument `training` where it is not the third."""


class NotAMap(ValueError):
    """What a function does that no map of points does; the message names the operation and the remedy."""


class Guard(TorchFunctionMode):
    """Within this context batch normalisation and dropout in training mode, and random numbers, are refused.

    They are met before they have changed a buffer, whoever calls them: a module, a method, a function that
    holds a module. It touches only the calls made inside the `with` block by this thread.
    """

    def stand_in(self, function: Callable) -> Callable:
        """Return what is called in place of a function of torch: here the function itself."""
        return function

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """Refuse what no map does; call the stand-in where there is one."""
        kwargs = kwargs or {}
        if function is Tensor.add_ and sys._getframe(1).f_code in _COUNTING:
            return args[0]  # a batch normalisation counts its batches before it is asked for one
        _refuse(function, args, kwargs)
        result = self.stand_in(function)(*args, **kwargs)
        if isinstance(result, Tensor) and result.dtype in _HALF:
            raise NotAMap(
                f"computes in {result.dtype}, expected single or double precision, without autocast"
            )
        return result


def _refuse(function: Callable, args: tuple, kwargs: dict) -> None:
    if function in _RANDOM and kwargs.get("generator", kwargs.get("_random_samples")) is None:
        name = getattr(function, "__name__", str(function))
        raise NotAMap(f"draws random numbers ({name}), expected a map: the same image for the same point")
    if function in _DROPOUT or function in _POSITIONS:
        place = _POSITIONS.get(function, 2)
        training = kwargs.get("training", kwargs.get("train", args[place] if len(args) > place else False))
        if not training:
            return
        name = getattr(function, "__name__", str(function))
        if function in (F.batch_norm, torch.batch_norm):
            place = 1 if function is F.batch_norm else 3
            own = kwargs.get("running_mean", args[place] if len(args) > place else None)
            if own is None:
                return  # statistics of each batch and nothing kept: a norm over what the caller laid out
        elif function is F.multi_head_attention_forward:
            if not kwargs.get("dropout_p", args[10] if len(args) > 10 else 0.0):
                return
        elif function is not F.rrelu and not kwargs.get("p", args[1] if len(args) > 1 else 0.5):
            return
        raise NotAMap(f"got {name} in training mode, expected evaluation mode: eval()")
