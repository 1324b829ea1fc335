"""hyperbolic-paraboloid: the synthetic manifold of Shao, Kumar and Fletcher 2017, section 4.1."""

import numpy as np

from companion.datasets.dataset import Dataset
from companion.datasets.synthetic.drawn_surface import draw_points

SIZES = {"train": 50_000, "test": 10_000}


def load_paraboloid(split: str) -> Dataset:
    r"""Load points of the saddle: 50,000 to train, as in the document, and 10,000 to test.

    $$x = (z_1,\ z_2,\ z_1^2 - z_2^2), \qquad z \sim N(0, I)$$

    The points are not pixels: they are unbounded, and exact (there is no noise). The factors are `z1` and
    `z2`; all labels are 0. Source: Shao et al. 2017, section 4.1; the test points are ours.
    """
    return draw_points("hyperbolic-paraboloid", split, _draw, SIZES)


def _draw(generator: np.random.Generator, n: int):
    z1, z2 = generator.standard_normal((2, n))
    points = np.stack([z1, z2, z1**2 - z2**2], axis=-1)
    return points, np.zeros(n), {"z1": z1, "z2": z2}
