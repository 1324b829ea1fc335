"""Load a published model by name: find or fetch its files, and build it with the project's own layers."""

from dataclasses import dataclass
from types import ModuleType

from torch import Tensor, nn
from torch.nn import functional as F

from companion.published import burgess, oddity, tiny_autoencoder, two_part
from companion.published.catalogue import Entry, entry
from companion.published.files import fetch, find_copy, read_state

_FAMILIES: dict[str, ModuleType] = {
    "two_part": two_part,
    "burgess": burgess,
    "oddity": oddity,
    "tiny_autoencoder": tiny_autoencoder,
}


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """A model that other people trained.

    Attributes:
        entry: what it is, how it was trained, its licence and citation.
        model: with a `decoder` (*batch, d) -> (*batch, D) and, but for the Oddity's, `encode_mean`; in
            evaluation mode, its parameters need no gradient.
        variant: how its layers were read, where the files leave it open.
    """

    entry: Entry
    model: nn.Module
    variant: dict

    def pictures(self, images: Tensor) -> Tensor:
        """Bring pictures (n, c, h, w) to the size that the model was trained on."""
        size = self.entry.image_shape[1:]
        if tuple(images.shape[-2:]) == size:
            return images
        return F.interpolate(images, size=size, mode="bilinear", antialias=True, align_corners=False)


def load(name: str, **variant) -> PublishedModel:
    """Load a published model.

    Args:
        name: one of `NAMES`.
        variant: other choices than the accepted ones, of a family whose files leave layers open:
            `activation`, `bends_first` and `statistics` of the disentangling models, `hidden` and `output` of
            the Oddity's decoder.

    Raises:
        ValueError: an unknown name or choice, or files that hold another model.
        FileNotFoundError: the files are not on this machine and could not be fetched.
    """
    found = entry(name)
    family, states = _FAMILIES[found.family], {}
    for role, file in found.files.items():
        path = fetch(name, file)
        states[role] = family.read(path.read_bytes()) if hasattr(family, "read") else read_state(name, path)
    chosen = {**found.variant, **variant}
    try:
        model = family.build(states, found.image_shape, **chosen)
    except TypeError as error:
        raise ValueError(f"{name}: got {', '.join(variant)}, expected other choices ({error})") from error
    return PublishedModel(found, model.eval().requires_grad_(False), chosen)


def is_available(name: str) -> bool:
    """Return whether all files of a published model are on this machine; nothing is fetched."""
    return all(find_copy(file) is not None for file in entry(name).files.values())
