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
    "celeba-6000": {
        "images": "51c0b8c4f95d7e47a9e5c28008c839d390c3d280649f940f6bde78762a9eed3e",
        "labels": "a15ada7da8a288fd300df8db0a7bf2fb4f26b7f91da6f348a929dd4cfadea340",
        "partition": "2ed1883e797719f87282b322a3d6f66c79db3e9d43ede0d239ab61c8873efb2e",
        "factors": "3c0182080a953dfb442a5223df956e1bd8d72803e2fb160e0a8e14cd117a21f0",
    },
    "svhn-1083": {
        "images": "4bb768ab9111c02a5dc8fb453f09f9c05e79fac14cfab8ca8773d8473782ed1a",
        "labels": "dc6e53bd650c4c205389f1fe40d47641a1e6ed43d47316f8f5e43c7b46c7dc9d",
        "partition": "49941d40f6173d78bb8a08530bd3ea89a723803101618ab1b65b75d4b727437e",
        "factors": "8e9673e61f493c72d4c9235bdd7e2af9caef483a4a3ce11cc9316f3a1bba6824",
    },
    "sprites": {
        "images": "ea4a05385d2a06860c569fa941ed9ed5a2bc630b26f7cc76bfd863ace4fbdd98",
        "labels": "d99ea327761b24b6fafbf230e88542eb03c2ab296b9f3835ffedacbb098bbb38",
        "partition": "c86ebd004793bd9b2bfd4508058b6429b7faf512243480928f4e82e8dbcb4452",
        "factors": "6e78c83ad2b20f9aa25383d50c9c882367c793147cf03cc9fde81b8251946212",
    },
    "cars3d-2el": {
        "images": "3ffea1f2c34944223a98a0368c07885590e26993c173a5b6ddeb7dfa02542484",
        "labels": "6c5bfde9f747852ff587346ee56cc9533b216c78bd2b64a49ec99386f2ffa3fa",
        "partition": "a4a363675e6b706ba2a37e830f90fa76390bb2eb777d71e2fdcdb00c05a66b67",
        "factors": "3b0e0d0253fc48c9f95490b1c8a15d342bb6120c106cd96a4e2d88d43662e2bb",
    },
    "coil-20": {
        "images": "9235524f006ad4c42694eae751e4ab82ebb76aea7ce2612ee566e16fc58b52a1",
        "labels": "35049b23ee21c3eac769e31734e51a64b8072276517170093a3fddccd6b9e358",
        "partition": "840c6733f7bbb43559977a38b1b8175f76ac427b41f0beb56432da2633efa2df",
        "factors": "4c123138f8f1488d2e5c740c6385820f4c463c4d885f44a929f0f1b12376426b",
    },
}

MADE = {"hyperbolic-paraboloid": 1, "circle-1000": 1, "two-clusters-2d": 1, "heads": 1}
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
    "cars3d": {"nips2015-analogy-data.tar.gz": "md5:4e866a7919c1beedf53964e6f7a23686"},
}
"""Archives as their authors published them, which only the reader can fetch: file -> kind and checksum."""

SUBSETS = {
    "celeba-20k": "celeba",
    "svhn-extra": "svhn",
    "sprites-20k": "sprites",
    "chairs-sh3d-32": "chairs-sh3d",
    "heads-32": "heads",
    "cars3d-2el-32": "cars3d-2el",
    "sprites-20k-30": "sprites",
}
"""Sets that are read from another set's archives or made from another set."""


def data_checksum(name: str) -> str:
    """Combine the checksums of a data set's raw files into one, without reading the files."""
    name = SUBSETS.get(name, name)
    if name in MADE:
        parts = [f"{name}, edition {MADE[name]}"]
    elif name in RAW_SHA256:
        parts = RAW_SHA256[name].values()
    else:
        parts = PUBLISHED[name].values()
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
    if seen != expected and path.suffix == ".txt":
        seen = hashlib.new(kind, of_text(path.read_bytes()), usedforsecurity=False).hexdigest()
    if seen != expected:
        raise ValueError(
            f"{path}: another version, or damaged: its {kind} is {seen[:12]}..., expected "
            f"{expected[:12]}...; {remedy}"
        )
    return seen


def of_text(content: bytes) -> bytes:
    """Give a text the ends of lines of its authors, without the mark that some editors begin with."""
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


def file_checksum(path: Path, kind: str = "sha256") -> str:
    """Digest a file, however large."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()
