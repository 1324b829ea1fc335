"""How much of the picture is border: cut the content out, and set it anew into the frame."""

import torch
from torch import Tensor
from torch.nn import functional as F


def reframe(images: Tensor, height: int, width: int, *, threshold: float = 0.1) -> Tensor:
    """Stretch what is not black to a box of a given size in the middle of the frame, black around it.

    Args:
        images: (n, channels, h, w) in [0, 1].
        height: rows of the box, at most h; h leaves no border above or below.
        width: columns of the box, at most w.
        threshold: what is darker in every channel counts as black.

    Returns:
        (n, channels, h, w), bilinear between pixels. An image without content is returned as it is.

    Raises:
        ValueError: images of another shape, or a box that does not fit the frame.
    """
    if images.ndim != 4:
        raise ValueError(f"images: got shape {tuple(images.shape)}, expected (n, channels, h, w)")
    h, w = images.shape[-2:]
    for name, size, limit in (("height", height, h), ("width", width, w)):
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= limit:
            raise ValueError(f"{name}: got {size!r}, expected an integer from 1 to {limit}")
    content = (images > threshold).any(1)
    rows, in_rows = _source(content.any(-1), height)
    columns, in_columns = _source(content.any(-2), width)
    grid = torch.stack([columns[:, None, :].expand(-1, h, -1), rows[:, :, None].expand(-1, -1, w)], -1)
    drawn = F.grid_sample(images, grid.to(images.dtype), align_corners=False)
    drawn = drawn * (in_rows[:, None] & in_columns)
    empty = ~content.flatten(1).any(1)
    return torch.where(empty[:, None, None, None], images, drawn)


def _source(occupied: Tensor, box: int) -> tuple[Tensor, Tensor]:
    """Where each line of the frame looks, from -1 to 1 between its edges, and which lines are in the box.

    Lines look at pixels of the content only, never halfway to the black beside it.
    """
    full = occupied.shape[-1]
    start, stop = _extent(occupied)
    centres = torch.arange(full, device=occupied.device, dtype=torch.float64) + 0.5
    share = (centres - (full - box) / 2) / box
    place = start[:, None] + share * (stop - start)[:, None]
    place = place.clamp((start + 0.5)[:, None], (stop - 0.5)[:, None])
    return 2 * place / full - 1, (share > 0) & (share < 1)


def _extent(occupied: Tensor) -> tuple[Tensor, Tensor]:
    """First occupied place and one past the last of (n, length) flags."""
    length = occupied.shape[-1]
    flags = occupied.int()
    return flags.argmax(-1), length - flags.flip(-1).argmax(-1)
