"""What is done to decoders after they are written: hooks, patches, LoRA, traces, precision, and outputs."""

import copy
import functools
import types
from collections import namedtuple
from collections.abc import Callable

import numpy as np
import torch
from decoder_blocks import Decoder, Maker, between
from decoder_models import with_autograd
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize, prune
from torch.utils.checkpoint import checkpoint


def plain() -> nn.Sequential:
    """A decoder of torch's own layers, in double precision."""
    return between(nn.Tanh()).double().eval()


def normed() -> nn.Sequential:
    """A decoder with a layer norm, in double precision."""
    return nn.Sequential(nn.Linear(3, 16), nn.LayerNorm(16), nn.SiLU(), nn.Linear(16, 5)).double().eval()


def changed(change: Callable[[nn.Sequential], object]) -> Maker:
    """Do something to a decoder; what the change returns takes its place, if anything."""

    def make():
        net = plain()
        out = change(net)
        return net if out is None or not callable(out) else out

    return make


def around(call: Callable) -> Maker:
    """A function of a decoder and points."""
    return lambda: functools.partial(call, plain())


def forward_doubled(net: nn.Sequential) -> None:
    """Replace the `forward` of a layer's instance."""
    own = net[0].forward
    net[0].forward = lambda x: 2 * own(x)


def forward_bound(net: nn.Sequential) -> None:
    """Replace the `forward` of a layer's instance by a method."""
    net[1].forward = types.MethodType(lambda self, x: x.sin(), net[1])


class Twice(nn.Linear):
    """A layer of torch whose class was changed afterwards."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


class Called(nn.Tanh):
    """An activation that does more when it is called than in `forward`."""

    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) + x


class LowRank(nn.Module):
    """LoRA: a frozen layer and a change of low rank."""

    def __init__(self, layer: nn.Linear):
        super().__init__()
        self.layer = layer
        self.down, self.up = nn.Linear(layer.in_features, 2, bias=False), nn.Linear(2, layer.out_features)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + self.up(self.down(x))


class LowRankWeight(nn.Module):
    """LoRA as a parametrization of the weight."""

    def __init__(self, rows: int, columns: int):
        super().__init__()
        self.up, self.down = nn.Parameter(torch.randn(rows, 2)), nn.Parameter(torch.randn(2, columns))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.up @ self.down


class WithTangent(torch.autograd.Function):
    """A function of one's own with derivatives both ways."""

    @staticmethod
    def forward(x):
        return x.sin()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0].cos()

    @staticmethod
    def jvp(ctx, t):
        return t * ctx.saved_tensors[0].cos()


class Backwards(torch.autograd.Function):
    """A function of one's own with a derivative backwards alone."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0].cos()


def exported(make: Maker) -> Maker:
    """Export with any number of points."""

    def export():
        n = torch.export.Dim("n", min=1, max=10**5)
        z = torch.randn(3, 3, dtype=torch.float64)
        return torch.export.export(make(), (z,), dynamic_shapes=({0: n},)).module()

    return export


def counts(net: nn.Module, z: Tensor) -> Tensor:
    """Count calls in a buffer."""
    if not hasattr(net, "calls"):
        net.register_buffer("calls", torch.zeros(()))
    net.calls += 1
    return net(z)


def rounded(net: nn.Module, z: Tensor) -> Tensor:
    """Round, and let gradients pass as if not."""
    x = net(z)
    return x + (x.round() - x).detach()


def quantised(net: nn.Module, z: Tensor) -> Tensor:
    """Look the nearest word of a codebook up, and let gradients pass."""
    x = net(z)
    book = torch.linspace(-1, 1, 40, dtype=x.dtype).reshape(8, 5)
    return x + (book[torch.cdist(x, book).argmin(-1)] - x).detach()


def scripted_once(net: nn.Module, z: Tensor) -> Tensor:
    """Autocast inside the decoder."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return net(z.float()).to(z.dtype)


Output = namedtuple("Output", "sample extra")

WRAPPERS: dict[str, Maker] = {
    "forward of the instance": changed(forward_doubled),
    "forward bound to the instance": changed(forward_bound),
    "class of an instance changed": changed(lambda net: setattr(net[0], "__class__", Twice)),
    "a subclass of a layer": lambda: nn.Sequential(Twice(3, 8), nn.Tanh(), Twice(8, 5)),
    "__call__ of one's own": lambda: nn.Sequential(nn.Linear(3, 8), Called(), nn.Linear(8, 5)),
    "forward hook": changed(lambda net: net[1].register_forward_hook(lambda m, i, x: x * 2).id and None),
    "forward pre-hook": changed(
        lambda net: net[2].register_forward_pre_hook(lambda m, i: (i[0].sin(),)).id and None
    ),
    "hook of the whole": changed(lambda net: net.register_forward_hook(lambda m, i, x: x.sin()).id and None),
    "hook that only reads": changed(
        lambda net: net[1].register_forward_hook(lambda m, i, x: None).id and None
    ),
    "LoRA": lambda: nn.Sequential(LowRank(nn.Linear(3, 8)), nn.Tanh(), LowRank(nn.Linear(8, 5))),
    "LoRA as parametrization": changed(
        lambda net: (
            parametrize.register_parametrization(net[2], "weight", LowRankWeight(5, 16)).double() and None
        )
    ),
    "pruned": changed(lambda net: prune.l1_unstructured(net[2], "weight", 0.5) and None),
    "tied weights": lambda: Decoder(
        lambda s, z: F.linear(torch.tanh(s.a(z)), s.a.weight.mT), a=nn.Linear(3, 16)
    ),
    "frozen": changed(lambda net: net.requires_grad_(False)),
    "deep copy": changed(copy.deepcopy),
    "averaged weights": changed(lambda net: torch.optim.swa_utils.AveragedModel(net).eval()),
    "DataParallel": changed(lambda net: nn.DataParallel(net)),
    "functional_call": changed(
        lambda net: (
            lambda z: torch.func.functional_call(net, {k: 2 * v for k, v in net.state_dict().items()}, (z,))
        )
    ),
    "a method": changed(lambda net: types.SimpleNamespace(decode=net.forward).decode),
    "partial": around(lambda net, z: net(z)),
    "no_grad": changed(torch.no_grad()),
    "autograd.Function with jvp": around(lambda net, z: WithTangent.apply(net(z))),
    "torch.jit.trace": changed(lambda net: torch.jit.trace(net, torch.zeros(2, 3).double())),
    "torch.jit.script": changed(torch.jit.script),
    "torch.jit.freeze": changed(lambda net: torch.jit.freeze(torch.jit.script(net))),
    "torch.fx": changed(torch.fx.symbolic_trace),
    "torch.compile": changed(lambda net: torch.compile(net, backend="eager")),
    "torch.export": exported(plain),
    "torch.export of a layer norm": exported(normed),
    "torch.jit.trace of a layer norm": lambda: torch.jit.trace(normed(), torch.zeros(2, 3).double()),
    "torch.fx of a layer norm": lambda: torch.fx.symbolic_trace(normed()),
    "torch.compile of a layer norm": lambda: torch.compile(normed(), backend="eager"),
    "autocast switched off": around(lambda net, z: torch.autocast("cpu", enabled=False)(net)(z)),
    "autocast inside": around(scripted_once),
    "a copy at every call": around(lambda net, z: copy.deepcopy(net).float()(z.float()).to(z.dtype)),
    "sparse weights": around(lambda net, z: torch.sparse.mm(net[2].weight.to_sparse(), net[:2](z).mT).mT),
    "gradients inside (autograd.grad)": lambda: Decoder(with_autograd, a=nn.Linear(3, 8), b=nn.Linear(8, 5)),
    "checkpoint": around(lambda net, z: checkpoint(net, z, use_reentrant=False)),
    "full backward hook": changed(
        lambda net: net[1].register_full_backward_hook(lambda m, i, o: None).id and None
    ),
    "autograd.Function without jvp": around(lambda net, z: Backwards.apply(net(z))),
    "inference_mode": changed(torch.inference_mode()),
    "detach": around(lambda net, z: net(z.detach())),
    "NumPy inside": around(lambda net, z: torch.from_numpy(np.tanh(net(z).detach().numpy()))),
    "a number read off": around(lambda net, z: net(z) * (1 + abs(z.sum().item()))),
    "straight-through rounding": around(rounded),
    "vector quantisation": around(quantised),
    "noise": around(lambda net, z: net(z) + 0.1 * torch.randn(len(z), 5, dtype=z.dtype)),
    "a sample of a Normal": around(lambda net, z: torch.distributions.Normal(net(z), 0.1).rsample()),
    "Gumbel softmax": around(lambda net, z: F.gumbel_softmax(net(z))),
    "dropout in training mode": around(lambda net, z: F.dropout(net(z), 0.2)),
    "FractionalMaxPool2d": around(
        lambda net, z: F.fractional_max_pool2d(
            torch.einsum("ni,nj->nij", net(z), net(z))[:, None], 2, (3, 3)
        ).flatten(1)
    ),
    "batch normalisation of the batch": around(
        lambda net, z: F.batch_norm(net(z), torch.zeros(5).double(), torch.ones(5).double(), training=True)
    ),
    "mean over the batch": around(lambda net, z: net(z) - net(z).mean(0)),
    "a buffer that counts": around(counts),
    "a tuple": around(lambda net, z: (net(z), None)),
    "a named tuple": around(lambda net, z: Output(net(z), None)),
    "a dictionary": around(lambda net, z: {"sample": net(z)}),
    "a distribution": around(lambda net, z: torch.distributions.Normal(net(z), 1.0)),
    "the first of a tuple": around(lambda net, z: Output(net(z), None).sample),
    "pictures": around(lambda net, z: net(z)[:, None, :, None]),
    "no batch": around(lambda net, z: net(z)[0]),
    "half precision": around(lambda net, z: net(z).half()),
    "integers": around(lambda net, z: (255 * net(z)).long()),
    "complex numbers": around(lambda net, z: torch.fft.rfft(net(z))),
    "several points of each point": around(lambda net, z: net(z).repeat(2, 1)),
}
