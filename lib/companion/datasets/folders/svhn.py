"""SVHN, cropped digits (Netzer et al. 2011), from the reader's own copy: non-commercial use, not shipped."""

import numpy as np
import torch

from companion.datasets.checksums import check_archive, data_checksum
from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_files import find
from companion.datasets.pixels import to_images

REMEDY = "fetch it from the authors' page, ufldl.stanford.edu/housenumbers (non-commercial use only)"
TRAINING = {"svhn": "train_32x32.mat", "svhn-extra": "extra_32x32.mat"}
TESTING = "test_32x32.mat"


def load_svhn(split: str) -> Dataset:
    """Load digits of house numbers: 73,257 to train, 26,032 to test, 32 x 32 RGB; the labels are 0 to 9."""
    return _load("svhn", split)


def load_svhn_extra(split: str) -> Dataset:
    """Load the 531,131 easier digits to train, the set's usual 26,032 to test; it takes 6.5 GB."""
    return _load("svhn-extra", split)


def _load(name: str, split: str) -> Dataset:
    files = {"train": [TRAINING[name]], "test": [TESTING], "all": [TRAINING[name], TESTING]}[split]
    parts = [_read(file) for file in files]
    images = torch.cat([to_images(pixels) for pixels, _ in parts])
    labels = torch.from_numpy(np.concatenate([digits for _, digits in parts]))
    return Dataset(images, labels, {}, name, split, data_checksum(name))


def _read(file: str) -> tuple[np.ndarray, np.ndarray]:
    """Read one archive: bytes (n, 32, 32, 3) and digits (n,); in the archive the label 10 means 0."""
    from scipy.io import loadmat  # only this set waits for the import

    path = find("svhn", file, REMEDY)
    check_archive(path, "svhn", REMEDY)
    arrays = loadmat(path, variable_names=("X", "y"))
    return arrays["X"].transpose(3, 0, 1, 2), arrays["y"].ravel().astype(np.int64) % 10
