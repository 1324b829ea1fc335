"""Turn the files in which some real sets are passed on into the arrays that `datasets.load` reads.

    python workflow/pack_arrays.py SOURCES --out FOLDER [--only celeba-6000 svhn-1083 ...]

looks for the source files anywhere under SOURCES, writes FOLDER/NAME.npz for each set found, and prints
the checksums of its arrays. Then COMPANION_DATA=FOLDER makes them available. Keep FOLDER outside of the
project: these pictures may be used for research but not passed on with it.
"""

import argparse
import hashlib
import io
import lzma
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.io
from companion.datasets.folders.user_arrays import contents
from PIL import Image

TEST_EVERY = 5
VIEWS = ("back", "left", "front", "right")
ANIMATIONS = ("spellcast", "thrust", "walk", "slash", "shoot", "hurt")


def by_group(groups: np.ndarray) -> np.ndarray:
    """Put every fifth group into partition 2, for testing, and the others into 0."""
    return np.where(groups % TEST_EVERY == TEST_EVERY - 1, 2, 0)


def tiles(archive: np.lib.npyio.NpzFile) -> np.ndarray:
    """Cut WebP mosaics, one a group, into their tiles (groups, tiles, height, width, 3)."""
    rows, columns, height, width = archive["grid"]
    content, offsets = archive["webp"].tobytes(), archive["offset"]
    mosaics = [
        np.asarray(Image.open(io.BytesIO(content[start:end])).convert("RGB"))
        for start, end in pairwise(offsets)
    ]
    cut = np.stack(mosaics).reshape(-1, rows, height, columns, width, 3)
    return cut.swapaxes(2, 3).reshape(-1, rows * columns, height, width, 3)


def celeba_6000(path: Path) -> dict[str, np.ndarray]:
    """CelebA, 200 people x 30."""
    archive = np.load(path)
    attributes = {f"factor.{name}": flag for name, flag in zip(archive["attr_names"], archive["attr"].T)}
    return {
        "images": tiles(archive).reshape(-1, 64, 64, 3),
        "labels": np.unique(archive["identity"], return_inverse=True)[1],
        "partition": archive["partition"],
        "factor.identity": archive["identity"],
        "factor.picture": archive["image_id"],
        "factor.partition": archive["partition"],
        **attributes,
    }


def svhn_1083(path: Path) -> dict[str, np.ndarray]:
    """The first 1,083 training digits of SVHN."""
    archive = np.load(path)
    photograph = archive["image"].astype(np.int64)
    return {
        "images": archive["X"],
        "labels": archive["y"],
        "partition": by_group(photograph - 1),
        "factor.photograph": photograph,
    }


def sprites(path: Path) -> dict[str, np.ndarray]:
    """Sprites, character by character; the split's numbers count from 1."""
    archive = np.load(path)
    low, high = np.frombuffer(lzma.decompress(archive["xz"].tobytes()), np.uint8).reshape(archive["shape"])
    _, poses, characters, height, width = archive["shape"]
    pixels = archive["palette"][low + (high.astype(np.uint16) << 8)]
    partition = np.full(characters, 255)
    for number, part in enumerate(("train", "val", "test")):
        partition[archive[f"{part}_idx1"].astype(np.int64) - 1] = number
    animation = np.array([ANIMATIONS.index(name) for name in archive["clip_animation"]])
    view = np.array([VIEWS.index(name) for name in archive["clip_view"]])
    clip = archive["clip"]
    of_pose = {"clip": clip, "frame": archive["frame"], "animation": animation[clip], "view": view[clip]}
    of_character = dict(zip(archive["label_names"], archive["labels"].T))
    return {
        "images": pixels.swapaxes(0, 1).reshape(-1, height, width, 3),
        "labels": np.repeat(np.arange(characters), poses),
        "partition": np.repeat(partition, poses),
        **{f"factor.{name}": np.tile(values, characters) for name, values in of_pose.items()},
        **{f"factor.{name}": np.repeat(values, poses) for name, values in of_character.items()},
    }


def cars3d(path: Path) -> dict[str, np.ndarray]:
    """Cars3D at two elevations."""
    archive = np.load(path)
    pixels = tiles(archive)
    identity, elevation, azimuth = np.indices((len(pixels), 2, 24)).reshape(3, -1)
    return {
        "images": pixels.reshape(-1, 64, 64, 3),
        "labels": identity,
        "partition": by_group(identity),
        "factor.identity": identity,
        "factor.elevation": np.deg2rad(archive["elevation"])[elevation].astype(np.float32),
        "factor.azimuth": np.deg2rad(archive["azimuth"])[azimuth].astype(np.float32),
    }


def coil_20(path: Path) -> dict[str, np.ndarray]:
    """COIL-20 at 32 x 32, column by column in the file, rounded to bytes."""
    pixels = scipy.io.loadmat(path)["X"].reshape(-1, 32, 32).swapaxes(1, 2)
    identity, azimuth = np.indices((20, 72)).reshape(2, -1)
    return {
        "images": np.round(255 * pixels).astype(np.uint8)[..., None],
        "labels": identity,
        "partition": by_group(identity),
        "factor.identity": identity,
        "factor.azimuth": np.deg2rad(5.0 * azimuth).astype(np.float32),
    }


SOURCES = {
    "celeba-6000": ("celeba_200ids_x30_64.npz", celeba_6000),
    "svhn-1083": ("svhn_train_first1083_32.npz", svhn_1083),
    "sprites": ("reed_sprites_672x178_60.npz", sprites),
    "cars3d-2el": ("reed_cars3d_183x2x24_64.npz", cars3d),
    "coil-20": ("COIL20.mat", coil_20),
}


def pack(name: str, source: Path, out: Path) -> dict[str, str]:
    """Write the arrays of one set, in the types that the loader promises; give their checksums."""
    arrays = SOURCES[name][1](source)
    types = {"images": np.uint8, "partition": np.uint8}
    typed = {
        key: values.astype(types.get(key, np.float32 if values.dtype.kind == "f" else np.int64))
        for key, values in arrays.items()
    }
    out.mkdir(parents=True, exist_ok=True)
    part = out / f"{name}.part.npz"
    np.savez_compressed(part, **typed)
    part.replace(out / f"{name}.npz")
    return {key: hashlib.sha256(content).hexdigest() for key, content in contents(typed).items()}


def main() -> None:
    """Read the command line and pack what is found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sources", type=Path, help="folder under which the source files lie")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the arrays, outside of the project"
    )
    parser.add_argument(
        "--only", nargs="+", choices=list(SOURCES), default=list(SOURCES), help="sets to pack"
    )
    options = parser.parse_args()
    for name in options.only:
        file = SOURCES[name][0]
        found = next(iter(sorted(options.sources.rglob(file))), None)
        if found is None:
            print(f"{name}: {file} is nowhere under {options.sources}; left out")
            continue
        for part, sha256 in pack(name, found, options.out).items():
            print(f"{name} {part} {sha256}")


if __name__ == "__main__":
    main()
