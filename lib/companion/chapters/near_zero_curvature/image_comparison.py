"""Do two images show the same thing? The answers of a classifier, distance in pixels and in its features."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from pullback.checks import check_tensor
from torch import Tensor

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ImageComparison:
    """Two lists of images, compared one by one.

    Attributes:
        first_labels: (*batch,) what the classifier sees in the first images.
        second_labels: (*batch,) what it sees in the second.
        pixel: (*batch,) Euclidean distances in pixels.
        perceptual: (*batch,) Euclidean distances of the classifier's features; None without features.
        pixel_scale: root mean square pixel distance of a first image to all second ones.
        perceptual_scale: the same in features; None without features.
    """

    first_labels: Tensor
    second_labels: Tensor
    pixel: Tensor
    perceptual: Tensor | None
    pixel_scale: float
    perceptual_scale: float | None

    @property
    def share(self) -> float:
        """Share of the pairs in which the classifier sees the same label."""
        return (self.first_labels == self.second_labels).double().mean().item()

    @property
    def chance(self) -> float:
        """The share that agrees if the second images are shuffled, on average."""
        count = int(max(self.first_labels.max(), self.second_labels.max())) + 1
        first, second = (
            labels.flatten().bincount(minlength=count).double() / labels.numel()
            for labels in (self.first_labels, self.second_labels)
        )
        return (first @ second).item()

    @property
    def relative_perceptual(self) -> Tensor | None:
        """Perceptual distance over its scale, (*batch,); None without features."""
        return None if self.perceptual is None else self.perceptual / self.perceptual_scale


def compare_images(
    first: Tensor,
    second: Tensor,
    *,
    classifier: Map,
    features: Map | None = None,
    chunk: int = 1024,
) -> ImageComparison:
    r"""Compare images decoded along two paths, or of two answers, pair by pair (`eq-perceptual-distance`).

    $$\lVert x - y \rVert \quad \text{and} \quad \lVert \varphi(x) - \varphi(y) \rVert$$

    The distance of the features phi, which a classifier computes before it decides, weighs what matters for
    telling images apart; the distance in pixels weighs all pixels alike.

    Args:
        first: (*batch, D) flat images.
        second: (*batch, D) flat images, to be compared with those at the same place.
        classifier: callable (n, D) -> (n, n_classes), logits or probabilities.
        features: phi, callable (n, D) -> (n, m); no perceptual distance without.
        chunk: images that go through the networks at a time.

    Returns:
        Labels and distances with the scales that make them comparable.

    Raises:
        ValueError: for images of different shape or not finite, and for a network that does not take them
            one by one.
    """
    for name, images in (("first", first), ("second", second)):
        if check_tensor(name, images).ndim < 2 or not images.numel():
            raise ValueError(f"{name}: got shape {tuple(images.shape)}, expected (*batch, D)")
        if not images.isfinite().all():
            raise ValueError(f"{name}: got images that are not finite, expected finite ones")
    if first.shape != second.shape:
        raise ValueError(f"second: got shape {tuple(second.shape)}, expected {tuple(first.shape)} as first")
    batch = first.shape[:-1]
    x, y = first.flatten(0, -2), second.flatten(0, -2)
    labels = (_apply("classifier", classifier, images, chunk).argmax(-1) for images in (x, y))
    seen, perceptual, perceptual_scale = (x, y), None, None
    if features is not None:
        seen = tuple(_apply("features", features, images, chunk) for images in (x, y))
        perceptual, perceptual_scale = (seen[0] - seen[1]).norm(dim=-1).reshape(batch), _scale(*seen)
    return ImageComparison(
        *(each.reshape(batch) for each in labels),
        pixel=(x - y).norm(dim=-1).reshape(batch),
        perceptual=perceptual,
        pixel_scale=_scale(x, y),
        perceptual_scale=perceptual_scale,
    )


def _scale(x: Tensor, y: Tensor) -> float:
    """Root mean square distance of all of x (n, D) to all of y (n, D), without making the pairs."""
    x, y = x.double(), y.double()
    scatter = (x - x.mean(0)).square().sum(-1).mean() + (y - y.mean(0)).square().sum(-1).mean()
    return (scatter + (x.mean(0) - y.mean(0)).square().sum()).sqrt().item()


def _apply(name: str, network: Map, images: Tensor, chunk: int) -> Tensor:
    if chunk < 1:
        raise ValueError(f"chunk: got {chunk}, expected 1 or more")
    with torch.no_grad():
        parts = [network(part) for part in images.split(chunk)]
    for part, source in zip(parts, images.split(chunk)):
        if part.ndim != 2 or len(part) != len(source):
            raise ValueError(
                f"{name}: got shape {tuple(part.shape)}, expected ({len(source)}, m), a row for each image"
            )
    return torch.cat(parts)
