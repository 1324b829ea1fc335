"""A parametric head: an ellipsoid with features pressed into it, different for each identity.

The frame is the head's own, right-handed: x to the side, y up, z forward, the head about two units high.
"""

from dataclasses import dataclass

import numpy as np

N_POLAR, N_AZIMUTHS = 300, 480
"""Points of the grid on the sphere; at 128 pixels a side no pixel of the head stays empty."""


@dataclass(frozen=True)
class Head:
    """A surface as points.

    Attributes:
        points: (m, 3).
        normals: (m, 3), of length 1, outwards.
        albedo: (m,), what share of the light a point throws back.
    """

    points: np.ndarray
    normals: np.ndarray
    albedo: np.ndarray


class Sphere:
    """Directions (polar, azimuth) of the unit sphere, and smooth spots on its front."""

    def __init__(self):
        polar = (np.arange(N_POLAR) + 0.5) * np.pi / N_POLAR
        azimuth = 2 * np.pi * np.arange(N_AZIMUTHS) / N_AZIMUTHS
        self.azimuth = np.broadcast_to(azimuth, (N_POLAR, N_AZIMUTHS))
        self.x = np.sin(polar)[:, None] * np.sin(azimuth)
        self.y = np.broadcast_to(np.cos(polar)[:, None], self.x.shape)
        self.z = np.sin(polar)[:, None] * np.cos(azimuth)
        self.front = 1 / (1 + np.exp(-12 * self.z))

    def spot(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """Rise from 0 to 1 at (x, y) on the front; mirrored to -x as well."""
        sideways = np.exp(-(((self.x - x) / width) ** 2)) if x == 0 else self._both_sides(x, width)
        return sideways * np.exp(-(((self.y - y) / height) ** 2)) * self.front

    def _both_sides(self, x: float, width: float) -> np.ndarray:
        return np.exp(-((np.abs(self.x) - x) ** 2) / width**2)


def make_head(identity: int) -> Head:
    """Make the head of an identity; the same number gives the same head."""
    draw = np.random.default_rng([1, identity])
    sphere = Sphere()

    def vary(mean: float, spread: float) -> float:
        return mean + spread * float(draw.uniform(-1.7, 1.7))

    eye_x, eye_y, mouth_y = vary(0.31, 0.03), vary(0.10, 0.03), vary(-0.47, 0.035)
    nose_y, mouth_width, brow_y = vary(-0.14, 0.035), vary(0.19, 0.03), eye_y + vary(0.17, 0.02)
    relief = [
        (vary(0.20, 0.05), sphere.spot(0, nose_y, vary(0.11, 0.02), 0.13)),
        (vary(0.09, 0.03), sphere.spot(0, nose_y + 0.16, 0.07, 0.17)),
        (-vary(0.07, 0.02), sphere.spot(eye_x, eye_y, 0.14, 0.10)),
        (vary(0.05, 0.02), sphere.spot(eye_x, brow_y, 0.22, 0.06)),
        (vary(0.05, 0.03), sphere.spot(0.45, -0.16, 0.16, 0.16)),
        (vary(0.05, 0.02), sphere.spot(0, mouth_y, mouth_width, 0.07)),
        (vary(0.09, 0.04), sphere.spot(0, -0.80, vary(0.20, 0.05), 0.12)),
        (vary(0.12, 0.03), _ears(sphere, vary(0.03, 0.05))),
    ]
    radius = 1 + sum(height * shape for height, shape in relief)
    hair = _hair(sphere, line=vary(0.48, 0.12), length=vary(0.35, 0.4), phase=vary(0, 2))
    radius *= 1 + vary(0.08, 0.03) * hair
    below = np.clip(-sphere.y, 0, 1)
    taper = 1 - vary(0.25, 0.08) * below**1.6
    width, height, depth = vary(0.72, 0.05), vary(1.0, 0.05), vary(0.88, 0.05)
    points = np.stack(
        [
            sphere.x * radius * width * taper,
            sphere.y * radius * height,
            sphere.z * radius * depth * (1 - 0.15 * below),
        ],
        axis=-1,
    )
    skin, hair_tone = np.clip(vary(0.66, 0.14), 0.3, 0.92), np.clip(vary(0.3, 0.2), 0.05, 0.85)
    albedo = np.full(radius.shape, skin)
    paints = [
        (0.62 * skin, _inside(sphere.spot(0, mouth_y, 1.1 * mouth_width, 0.055))),
        (0.8 * hair_tone, _inside(sphere.spot(eye_x, brow_y, 0.15, vary(0.05, 0.015)))),
        (0.95, _inside(sphere.spot(eye_x, eye_y, 0.11, 0.055))),
        (vary(0.2, 0.08), _inside(sphere.spot(eye_x, eye_y, 0.05, 0.055))),
        (hair_tone, hair),
    ]
    if draw.random() < 0.3:
        beard = _inside(sphere.spot(0, -0.75, 0.6, 0.3)) * (1 - paints[0][1])
        paints.insert(0, (0.5 * (skin + hair_tone), beard))
    for tone, cover in paints:
        albedo = albedo + cover * (tone - albedo)
    return Head(points.reshape(-1, 3), _normals(points).reshape(-1, 3), albedo.ravel())


def _ears(sphere: Sphere, y: float) -> np.ndarray:
    side = np.exp(-(((np.abs(sphere.x) - 1) / 0.08) ** 2))
    return side * np.exp(-(((sphere.y - y) / 0.2) ** 2) - (sphere.z / 0.18) ** 2)


def _hair(sphere: Sphere, *, line: float, length: float, phase: float) -> np.ndarray:
    """Cover what lies above a wavy line that falls towards the back."""
    edge = line - (0.4 + length) / (1 + np.exp(10 * (sphere.z + 0.05)))
    edge = edge + 0.04 * np.sin(7 * sphere.azimuth + phase)
    return 1 / (1 + np.exp(-60 * (sphere.y - edge)))


def _inside(spot: np.ndarray) -> np.ndarray:
    """Give a spot an edge at about a third of its height."""
    return 1 / (1 + np.exp(-25 * (spot - 0.37)))


def _normals(points: np.ndarray) -> np.ndarray:
    """Find the outward normals of a surface (polar, azimuth, 3) that closes in the azimuth."""
    down = np.gradient(points, axis=0)
    around = (np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)) / 2
    normals = np.cross(down, around)
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)
