"""Differentiate maps z -> x of whole batches in forward mode: d tangents, never D cotangents."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.maps.adjoint import Linearisation, join, record
from pullback.maps.branch import Branch
from pullback.maps.forward_mode import evaluation, follows_weights, is_traced
from pullback.maps.layers import Layer, is_linear, push_linear, push_second, push_tangents

Map = Callable[[Tensor], Tensor]
T = TypeVar("T")

# Bytes of one layer's tangents that stay in a core's second-level cache; a GPU wants big batches.
CACHE_BYTES = {"cpu": 1 << 21, "cuda": 1 << 28}


class DifferentiatedMap:
    """A map of points (*batch, d) -> (*batch, m) with its first and second derivatives in forward mode.

    Layers of an `nn.Sequential` are differentiated analytically, anything else automatically. Weights are
    constants unless told otherwise: no graph is built for them, and results are differentiable in `z` alone.

    Args:
        *functions: callables (n, d) -> (n, D) that map each point for itself; outputs of several are joined.
        name: what error messages call it.
        fold: replace a final affine layer by its QR factor, which keeps inner products and changes m.
        trainable: results are differentiable in the weights too, where gradients are switched on.
        scale: a factor of all outputs.
    """

    def __init__(
        self,
        *functions: Map | Branch,
        name: str = "immersion",
        fold: bool = False,
        trainable: bool = False,
        scale: float = 1.0,
    ) -> None:
        self.trainable, self.scale = trainable, scale
        self.branches = [
            function if isinstance(function, Branch) else Branch(function, name=name, fold=fold)
            for function in functions
        ]
        self.name = " and ".join(dict.fromkeys(branch.name for branch in self.branches))

    def value(self, z: Tensor) -> Tensor:
        """Map points (*batch, d) to (*batch, m)."""
        flat = z.reshape(-1, z.shape[-1])
        with evaluation(z, name=self.name, trainable=self.trainable):
            x = self._scaled(join([branch.run(branch.layers(flat), flat) for branch in self.branches]))
        return x.reshape(*z.shape[:-1], x.shape[-1])

    def value_and_jacobian(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Map points (*batch, d) to values (*batch, m) and Jacobians (*batch, m, d)."""
        parts = self._map_chunks(z, _basis(z), [], lambda x, tangents, _: (x, tangents.transpose(0, 1)))
        x, rows = (_concatenate([part[i] for part in parts], z) for i in range(2))
        return x, rows.mT

    def linearise(self, z: Tensor) -> Linearisation:
        """Evaluate values and tangents at points (n, d), in one chunk; keep what second derivatives need."""
        with evaluation(z, name=self.name, trainable=self.trainable):
            parts = []
            for branch in self.branches:
                layers = branch.layers(z)
                branch.check_second(layers, z)
                branch.check_way_back(layers, z)
                value, tangents, tape = record(layers, z, _basis(z))
                parts.append((branch.check_image(value, z), tangents, tape))
            return Linearisation(parts, self.scale)

    def width(self, z: Tensor) -> int:
        """Return the number of values of the largest layer, for one point."""
        flat = z.reshape(-1, z.shape[-1])
        with evaluation(z, name=self.name, trainable=self.trainable):
            widths = [branch.width(branch.layers(flat)) for branch in self.branches]
        return max(flat.shape[1], *widths, 1)

    def gram(self, z: Tensor) -> Tensor:
        """Evaluate J^T J at points (*batch, d): (*batch, d, d), from tangents that are still in cache."""
        parts = self._map_chunks(
            z, _basis(z), [], lambda _, t, __: torch.bmm(t.transpose(0, 1), t.permute(1, 2, 0)), values=False
        )
        return _concatenate(parts, z)

    def pushforward(self, z: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Map points and tangent vectors (*batch, d) to values and ambient vectors J v, both (*batch, m)."""
        x, first, _ = self.second_derivatives(z, v[None], [])
        return x, first[0]

    def second_derivatives(
        self, z: Tensor, directions: Tensor, pairs: list[tuple[int, int]]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Differentiate twice along pairs of directions, without the Hessian.

        Args:
            z: (*batch, d) points.
            directions: (k, *batch, d), or (k, 1, ..., d) for directions that all points share.
            pairs: q pairs (a, b) of indices of directions.

        Returns:
            values (*batch, m), J v_a (k, *batch, m) and H(v_a, v_b) (q, *batch, m).
        """
        directions = directions.reshape(len(directions), -1, z.shape[-1])
        parts = self._map_chunks(z, directions, pairs, lambda *jet: jet)
        x, first, second = (torch.cat([part[i] for part in parts], dim=-2) for i in range(3))
        m = x.shape[-1]
        return tuple(t.reshape(*t.shape[:-2], *z.shape[:-1], m) for t in (x, first, second))

    def value_jacobian_and_hessian(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map points (*batch, d) to values (*batch, m), J (*batch, m, d) and Hessians (*batch, m, d, d)."""
        d = z.shape[-1]
        i, j = torch.triu_indices(d, d, device="cpu").tolist()
        x, first, second = self.second_derivatives(z, _basis(z), list(zip(i, j)))
        position = torch.empty(d, d, dtype=torch.long, device=z.device)
        position[i, j] = position[j, i] = torch.arange(len(i), device=z.device)
        return x, first.movedim(0, -1), second.movedim(0, -1)[..., position]

    def _map_chunks(
        self,
        z: Tensor,
        directions: Tensor,
        pairs: list[tuple[int, int]],
        reduce: Callable[[Tensor, Tensor, Tensor], T],
        *,
        values: bool = True,
    ) -> list[T]:
        """Reduce values (c, m), tangents (k, c, m) and second derivatives (q, c, m) of chunks of c points."""
        flat = z.reshape(-1, z.shape[-1])
        shared = directions.shape[1] == 1
        with evaluation(z, directions, name=self.name, trainable=self.trainable):
            programs = [(branch, branch.layers(flat)) for branch in self.branches]
            for branch, layers in programs if pairs else ():
                branch.check_second(layers, flat)
            width = max(flat.shape[1], *(branch.width(layers) for branch, layers in programs), 1)
            size = _chunk_size(flat, width, len(directions) + len(pairs))
            parts = []
            for i, chunk in enumerate(flat.split(size)):
                tangents = directions if shared else directions[:, i * size : (i + 1) * size]
                jets = [_push(branch, layers, chunk, tangents, pairs, values) for branch, layers in programs]
                parts.append(reduce(*(self._scaled(join(column)) for column in zip(*jets))))
        return parts

    def _scaled(self, x: Tensor) -> Tensor:
        return x if self.scale == 1 else self.scale * x


def jacobian(immersion: Map, z: Tensor) -> Tensor:
    r"""Differentiate an immersion at points: J_ai = \partial_i f_a, in forward mode.

    Costs d tangents of the immersion per point, whatever D is.

    Args:
        immersion: callable (*batch, d) -> (*batch, D).
        z: (*batch, d) points.

    Returns:
        (*batch, D, d) Jacobians, the derivative axis last.

    Raises:
        ValueError: for points that are no finite (*batch, d) tensor and for an immersion that is not batched.

    Example:
        >>> from pullback.maps.differentiated_map import jacobian
        >>> jacobian(lambda z: torch.cat([z, z.square()], dim=-1), torch.tensor([1.0, 2.0])).tolist()
        [[1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [0.0, 4.0]]
    """
    return DifferentiatedMap(immersion).value_and_jacobian(check_points("z", z))[1]


def pushforward(immersion: Map, z: Tensor, v: Tensor) -> Tensor:
    """Map latent tangent vectors v at z to ambient ones, J v, without the Jacobian: one tangent per point.

    Args:
        immersion: callable (*batch, d) -> (*batch, D).
        z: (*batch, d) points.
        v: (*batch, d) tangent vectors.

    Returns:
        (*batch, D) ambient vectors.

    Raises:
        ValueError: for points or vectors of the wrong shape or dtype.

    Example:
        >>> from pullback.maps.differentiated_map import pushforward
        >>> z, v = torch.tensor([[1.0, 2.0], [1.0, 1.0]])
        >>> pushforward(lambda z: torch.cat([z, z.square()], dim=-1), z, v).tolist()
        [1.0, 1.0, 2.0, 4.0]
    """
    z, v = check_tangents(check_points("z", z), v=v)
    return DifferentiatedMap(immersion).pushforward(z, v)[1]


def _push(
    branch: Branch,
    layers: list[Layer],
    chunk: Tensor,
    tangents: Tensor,
    pairs: list[tuple[int, int]],
    values: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    h, second = chunk, chunk.new_zeros(len(pairs), 1, chunk.shape[1])
    traced = is_traced(chunk) or is_traced(tangents) or follows_weights()
    for i, layer in enumerate(layers):
        if pairs:
            h, tangents, second = push_second(layer, h, tangents, second, pairs)
        elif values or i + 1 < len(layers) or not is_linear(layer) or h.ndim != 2:
            # What an affine layer has just made is nobody else's.
            fresh = not traced and i > 0 and is_linear(layers[i - 1])
            h, tangents = push_tangents(layer, h, tangents, overwrite=fresh)
        else:
            # Nobody reads the values that a last affine layer would give.
            tangents = push_linear(layer, tangents)
            h = tangents[0].expand(len(h), -1)
    branch.check_image(h, chunk)
    if not pairs:
        second = h.new_zeros(0, *h.shape)
    return h, tangents.expand(-1, *h.shape), second.expand(-1, *h.shape)


def _basis(z: Tensor) -> Tensor:
    return torch.eye(z.shape[-1], dtype=z.dtype, device=z.device)[:, None, :]


def _concatenate(parts: list[Tensor], z: Tensor) -> Tensor:
    joined = parts[0] if len(parts) == 1 else torch.cat(parts)
    return joined.reshape(z.shape[:-1] + joined.shape[1:])


def _chunk_size(flat: Tensor, width: int, tangents: int) -> int:
    """Points whose tangents fit the cache, and at least as many as make 16 rows of a matrix product."""
    return max(1, 16 // tangents, cache_bytes(flat) // (width * tangents * flat.element_size()))


def cache_bytes(z: Tensor) -> int:
    """Return the bytes that a batch may take where z lies."""
    return CACHE_BYTES.get(z.device.type, CACHE_BYTES["cuda"])
