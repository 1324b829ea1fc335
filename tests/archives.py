"""Tiny archives in the formats of published sets."""

import io
import tarfile

import numpy as np
from companion.datasets import checksums
from PIL import Image

CELEBA_PARTITION = [0] * 6 + [1] * 2 + [2] * 4
CELEBA_IDENTITY = [3, 3, 1, 1, 5, 5, 2, 2, 4, 4, 4, 7]
CORNER, MIDDLE = (250, 10, 10), (90, 120, 220)


def publish(monkeypatch, name, folder):
    """Let the checksums of these files be the published ones."""
    known = {
        file: f"{kind}:{checksums.file_checksum(folder / file, kind)}"
        for file, kind in ((file, text.split(":")[0]) for file, text in checksums.PUBLISHED[name].items())
        if (folder / file).is_file()
    }
    monkeypatch.setitem(checksums.PUBLISHED, name, known)


def aligned_picture(i):
    """178 x 218 pixels: red outside of the middle 148 x 148, whose left part grows darker with i."""
    picture = np.full((218, 178, 3), CORNER, np.uint8)
    picture[35:183, 15:163] = MIDDLE
    picture[35:183, 15:89] = np.array(MIDDLE) - 5 * i
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=98, subsampling=0)
    return content.getvalue()


def png(picture) -> bytes:
    """Encode pixels as PNG."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def add(archive, name, content):
    """Put a file into a tar archive."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
