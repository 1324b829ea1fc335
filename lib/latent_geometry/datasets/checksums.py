"""Checksums of the raw data: any mirror's compression is welcome, no other content is."""

import hashlib
from pathlib import Path

RAW_SHA256 = {
    "mnist": {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    "chairs-sh3d": {
        "images": "41db747f43855d0a60af4f1a0450762f3ca9230a85ed7bdeae82da8154489a5c",
        "azimuth": "2082e7f12843e8dc0b25fb3a38c9b1b32fd22d91f03578d3100a18c41978818b",
        "elevation": "0f506deb85323137cb2ac0247b9281dc0266ae4584a9eb030798be2c0e44924d",
        "identity": "4cb938370fb82c83540513af61c3476780fa26813efb816a3054d1dc94073632",
    },
    "orl-faces": {
        "ORL_faces": "9af88f3ac6c9119eff5db2695a87f3aa3f5fb3208ad65c1e0c2957aa51870207",
    },
}

MADE = {"hyperbolic-paraboloid": 1, "circle-1000": 1, "two-clusters-2d": 1}
"""Sets that code makes, with the edition of their definition; it rises when the points change."""

PUBLISHED = {
    "celeba": {
        "img_align_celeba.zip": "sha256:46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74",
        "list_attr_celeba.txt": "md5:75e246fa4810816ffd6ee81facbd244c",
        "identity_CelebA.txt": "md5:32bd1bd63d3c78cd57e08160ec5ed1e2",
        "list_eval_partition.txt": "md5:d32c9cbf5e040fd4025c592c306e6668",
    },
    "svhn": {
        "train_32x32.mat": "sha256:435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
        "test_32x32.mat": "sha256:cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
        "extra_32x32.mat": "sha256:a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3",
    },
}
"""Archives as their authors published them, which only the reader can fetch: file -> kind and checksum."""

SUBSETS = {"celeba-20k": "celeba", "svhn-extra": "svhn"}
"""Sets that are read from another set's archives."""


def data_checksum(name: str) -> str:
    """Combine the checksums of a data set's raw files into one, without reading the files."""
    if name in MADE:
        parts = [f"{name}, edition {MADE[name]}"]
    elif name in RAW_SHA256:
        parts = RAW_SHA256[name].values()
    else:
        parts = PUBLISHED[SUBSETS.get(name, name)].values()
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def check(raw: bytes | memoryview, name: str, part: str, path: Path, remedy: str) -> None:
    """Compare raw data with the checksum of one part of a data set.

    Args:
        raw: the uncompressed content.
        name: the data set.
        part: the raw file or array.
        path: where it was read from, for the message.
        remedy: what the user can do, for the message.

    Raises:
        ValueError: when they differ.
    """
    seen, expected = hashlib.sha256(raw).hexdigest(), RAW_SHA256[name][part]
    if seen != expected:
        raise ValueError(
            f"{path}: damaged: the sha256 of {part} is {seen[:12]}..., expected {expected[:12]}...; {remedy}"
        )


def check_archive(path: Path, name: str, remedy: str) -> str:
    """Compare a whole file, as it was published, with its checksum.

    Args:
        path: of the file; its name is the one in `PUBLISHED`.
        name: the data set.
        remedy: what the user can do, for the message.

    Returns:
        the checksum.

    Raises:
        ValueError: when they differ.
    """
    kind, expected = PUBLISHED[name][path.name].split(":")
    seen = file_checksum(path, kind)
    if seen != expected:
        raise ValueError(
            f"{path}: damaged: its {kind} is {seen[:12]}..., expected {expected[:12]}...; {remedy}"
        )
    return seen


def file_checksum(path: Path, kind: str = "sha256") -> str:
    """Digest a file, however large."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()
