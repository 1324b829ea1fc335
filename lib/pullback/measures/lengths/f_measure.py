"""How well do clusters agree with classes? Three definitions of one name."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment

from pullback.extras import require


def f_measure(labels: ArrayLike, clusters: ArrayLike, *, definition: str = "best match") -> float:
    r"""Compare a partition with the true one, from 0 to 1 (`eq-f-measure`).

    $$F = \sum_i \frac{n_i}{n} \max_j F_{ij}, \qquad F_{ij} = \frac{2\, n_{ij}}{n_i + m_j}$$

    $n_{ij}$ points of class i lie in cluster j, of $n_i$ in the class and $m_j$ in the cluster, so that
    $F_{ij}$ is the harmonic mean of precision and recall. "best match" (Larsen and Aone 1999) gives each
    class its best cluster, which two classes may share; "matching" gives each class a cluster of its own, the
    assignment of greatest sum, and averages over classes; "pairs" is precision and recall of the pairs of
    points that are together.

    Args:
        labels: (n,) true classes.
        clusters: (n,) clusters, by any names.
        definition: "best match", "matching" or "pairs".

    Returns:
        the F-measure.

    Raises:
        ValueError: for an unknown definition.
        ImportError: without scikit-learn, the extra `clusters`.

    Example:
        >>> from pullback.measures import f_measure
        >>> labels, clusters = [0, 0, 1, 1], [7, 7, 7, 7]
        >>> [round(f_measure(labels, clusters, definition=name), 4) for name in ("best match", "pairs")]
        [0.6667, 0.5]
    """
    cluster = require("sklearn.metrics.cluster", "clusters")
    if definition == "pairs":
        (_, false_together), (false_apart, together) = cluster.pair_confusion_matrix(labels, clusters)
        return float(2 * together / max(1, 2 * together + false_together + false_apart))
    n = cluster.contingency_matrix(labels, clusters)
    scores = 2 * n / (n.sum(1, keepdims=True) + n.sum(0, keepdims=True))
    if definition == "best match":
        return float(np.average(scores.max(1), weights=n.sum(1)))
    if definition == "matching":
        return float(scores[linear_sum_assignment(-scores)].sum() / len(scores))
    raise ValueError(f"definition: got {definition!r}, expected 'best match', 'matching' or 'pairs'")
