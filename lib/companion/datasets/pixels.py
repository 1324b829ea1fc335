"""From pictures in files to the tensor of a data set; large sets are decoded once and kept as bytes."""

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from companion import project_paths

DRAW_SEED = 0
DEEPEST = 2**16 - 1
MOST_PIXELS = 1 << 26
"""Of one picture: 200 MB while it is decoded. A file of a few bytes can ask for any number."""
MOST_BYTES = 1 << 28
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""What is decoded; Pillow knows others that start programs."""


def decode_picture(
    content: bytes, where: str, *, crop: int | None, size: int, mode: str = "RGB"
) -> np.ndarray:
    """Decode a picture, cut out its middle and resize that.

    Args:
        content: of a JPEG, PNG, ... file.
        where: the file, for the message.
        crop: side of the middle square, in pixels; None takes the largest one.
        size: side of the result; bilinear, with the antialiasing of Pillow.
        mode: "RGB" or "L"; what is transparent becomes white.

    Returns:
        (size, size, channels) bytes.

    Raises:
        ValueError: the content is no whole picture of 8 or 16 bits, or it is smaller than the crop.
    """
    from PIL import Image  # only sets of pictures in files wait for the import

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # measured below
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise ValueError(
                        f"{opened.width} x {opened.height} pixels, expected {MOST_PIXELS} at most"
                    )
                picture = _on_white(_in_bytes(opened)).convert(mode)
    # Whatever a decoder of Pillow makes of bytes that somebody else wrote.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{where}: damaged or no picture ({reason})") from error
    side = min(picture.size) if crop is None else crop
    if side > min(picture.size):
        raise ValueError(f"{where}: got a picture of {picture.size}, expected at least {side} pixels a side")
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    if side != size:
        square = square.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(square, np.uint8).reshape(size, size, -1)


def read_picture(path: Path) -> bytes:
    """Read a picture's file, if it is none of gigabytes.

    Raises:
        ValueError: it is larger than a picture.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(f"{path}: got {size} bytes, expected a picture of {MOST_BYTES} at most")
    return path.read_bytes()


def _in_bytes(picture):
    """Bring grey pictures of sixteen bits to eight: Pillow would cut off what is brighter than 255."""
    from PIL import Image

    if picture.mode == "F":
        raise ValueError("pixels are floating point numbers, expected whole ones of 8 or 16 bits")
    if not picture.mode.startswith("I"):
        return picture
    values = np.asarray(picture).astype(np.int64)
    if values.min() < 0 or values.max() > DEEPEST:
        raise ValueError(f"pixels are {values.min()} to {values.max()}, expected 8 or 16 bits")
    return Image.fromarray(np.round(values * (255 / DEEPEST)).astype(np.uint8))


def _on_white(picture):
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)


def decode_once(
    name: str, key: str, shape: tuple[int, int, int, int], pictures: Callable[[], Iterator[np.ndarray]]
) -> np.ndarray:
    """Keep the decoded pictures of a large set in the cache: an hour's decoding is done once.

    Args:
        name: the data set.
        key: what the pixels depend on: checksum of the source, crop, which pictures.
        shape: n, height, width, channels.
        pictures: makes the iterator over the n pictures (height, width, channels).

    Returns:
        (n, height, width, channels) bytes, read-only and mapped from the file rather than held in memory.

    Raises:
        ValueError: the kept file is damaged.
    """
    digest = hashlib.sha256(f"{key} {shape}".encode()).hexdigest()
    path = project_paths.data_cache() / name / f"pixels_{digest[:16]}.npy"
    seal = path.with_suffix(".sha256")
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not seal.is_file():
            _write(path, seal, shape, pictures)
    if not path.is_file() or _digest(path) != seal.read_text(encoding="utf-8").strip():
        raise ValueError(f"{path}: damaged; delete it and {seal.name}, and load the data set again")
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _write(
    path: Path, seal: Path, shape: tuple[int, ...], pictures: Callable[[], Iterator[np.ndarray]]
) -> None:
    from tqdm import tqdm

    part = path.with_suffix(".part.npy")
    try:
        kept = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
        for i, picture in enumerate(tqdm(pictures(), total=shape[0], desc=path.parent.name, disable=None)):
            kept[i] = picture
        kept.flush()
        del kept
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    seal.write_text(_digest(path) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_images(pixels: np.ndarray) -> Tensor:
    """Turn bytes (n, height, width, channels) into float32 images (n, channels, height, width) in [0, 1]."""
    whole = torch.from_numpy(np.require(pixels, requirements=["C", "W"]))
    return whole.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def draw_rows(rows: np.ndarray, limit: int | None) -> np.ndarray:
    """Draw some rows without replacement, in their order; the draw is the same every time.

    Args:
        rows: (n,) to draw from.
        limit: how many; None, or at least n, keeps all.
    """
    if limit is None or limit >= len(rows):
        return rows
    return np.sort(np.random.default_rng(DRAW_SEED).permutation(rows)[:limit])
