"""Read back what is packed for a page."""

import base64

import numpy as np
from pullback.exchange.numbers import TYPES


def unpack(given: dict) -> np.ndarray:
    """Return the numbers, flat, in the type they were packed in."""
    return np.frombuffer(base64.b64decode(given["data"]), TYPES[given["type"]])
