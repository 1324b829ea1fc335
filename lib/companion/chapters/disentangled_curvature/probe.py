"""What does a code give away? The accuracy of a classifier that sees nothing else."""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

HIDDEN = (256, 256)


def probe_accuracy(
    train_codes: Tensor,
    train_labels: Tensor,
    test_codes: Tensor,
    test_labels: Tensor,
    *,
    epochs: int = 15,
    seed: int = 0,
) -> float:
    """Train a classifier of codes, with two hidden layers of 256, and measure its accuracy on other codes.

    The sizes are those of Jha et al. (2018); theirs has batch normalisation and LeakyReLU where this one has
    standardised inputs and ReLU. A high accuracy of the unspecified code is a leak: what should be in the
    specified code alone is in the other one too.

    Args:
        train_codes: (n, d).
        train_labels: (n,).
        test_codes: (m, d).
        test_labels: (m,).
        epochs: passes over the training codes.
        seed: of weights and order.

    Returns:
        share of test codes whose label is found, 0 to 1.
    """
    network = MLPClassifier(HIDDEN, batch_size=min(256, len(train_codes)), max_iter=epochs, random_state=seed)
    probe = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is the experiment's
        probe.fit(train_codes.cpu().numpy(), train_labels.cpu().numpy())
    return float(probe.score(test_codes.cpu().numpy(), test_labels.cpu().numpy()))
