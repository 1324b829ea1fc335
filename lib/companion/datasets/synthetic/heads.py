"""heads: rendered heads, identity x yaw x light, the declared stand-in for Multi-PIE."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from companion.datasets.checksums import data_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.pixels import decode_once, to_images
from companion.datasets.synthetic.head_model import Head, make_head

N_IDENTITIES = 40
YAWS = np.arange(-90, 91, 15)
"""Degrees, as the thirteen cameras of Multi-PIE at the height of the head."""
LIGHTS = np.array([-70, -35, 0, 35, 70])
"""Degrees to the side, in the frame of the room, which the head turns in."""
SIZE, FINER, SCALE = 64, 2, 0.38
AMBIENT, BACKGROUND, LIGHT_HEIGHT = 0.2, 0.5, 0.3
TEST_EVERY = 5


def load_heads(split: str) -> Dataset:
    """Load the heads: 40 identities x 13 yaws x 5 lights, 64 x 64 grey.

    They are rendered on the first call, within some seconds, and kept in the cache. Every fifth identity is
    for testing. The labels are the identities; the factors are `identity`, and `yaw` and `light` in radians.
    """
    shape = (N_IDENTITIES * len(YAWS) * len(LIGHTS), SIZE, SIZE, 1)
    pixels = decode_once("heads", _code_digest(), shape, _pictures)
    identity, yaw, light = np.indices((N_IDENTITIES, len(YAWS), len(LIGHTS))).reshape(3, -1)
    is_test = identity % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    labels = torch.from_numpy(identity[kept].astype(np.int64))
    factors = {
        "identity": labels,
        "yaw": torch.from_numpy(np.deg2rad(YAWS[yaw[kept]]).astype(np.float32)),
        "light": torch.from_numpy(np.deg2rad(LIGHTS[light[kept]]).astype(np.float32)),
    }
    return Dataset(to_images(pixels[kept]), labels, factors, "heads", split, data_checksum("heads"))


def render_head(head: Head, yaw: float, lights: np.ndarray) -> np.ndarray:
    """Draw a head turned by an angle, by parallel projection, under each light on its own.

    A point's brightness is its albedo times (ambient + (1 - ambient) max(0, n . l)); there are no cast
    shadows. Of the points that meet one pixel the nearest is seen.

    Args:
        head: the surface.
        yaw: in radians; the head turns to its left, the viewer's right, as it grows.
        lights: (k,) angles of the light, in radians, towards the viewer's right.

    Returns:
        (k, 64, 64) in [0, 1].
    """
    side = SIZE * FINER
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    points, normals = head.points @ turn.T, head.normals @ turn.T
    seen = np.flatnonzero(normals[:, 2] > 0)
    seen = seen[np.argsort(points[seen, 2], kind="stable")]
    columns = np.floor((0.5 + SCALE * points[seen, 0]) * side).astype(int)
    rows = np.floor((0.5 - SCALE * points[seen, 1]) * side).astype(int)
    inside = (np.minimum(rows, columns) >= 0) & (np.maximum(rows, columns) < side)
    nearest = np.full(side * side, -1)
    nearest[(rows * side + columns)[inside]] = seen[inside]
    covered = nearest >= 0
    directions = np.stack([np.sin(lights), np.full_like(lights, LIGHT_HEIGHT), np.cos(lights)])
    directions = directions / np.linalg.norm(directions, axis=0)
    shade = AMBIENT + (1 - AMBIENT) * np.clip(normals[nearest[covered]] @ directions, 0, 1)
    images = np.full((len(lights), side * side), BACKGROUND)
    images[:, covered] = (head.albedo[nearest[covered], None] * shade).T
    return images.reshape(-1, SIZE, FINER, SIZE, FINER).mean((2, 4)).clip(0, 1)


def _pictures() -> Iterator[np.ndarray]:
    for identity in range(N_IDENTITIES):
        head = make_head(identity)
        for yaw in np.deg2rad(YAWS):
            images = render_head(head, yaw, np.deg2rad(LIGHTS))
            yield from np.round(255 * images).astype(np.uint8)[..., None]


def _code_digest() -> str:
    """Digest the code that renders, so that an edit is never answered by older pictures."""
    sources = (Path(__file__), Path(__file__).with_name("head_model.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
