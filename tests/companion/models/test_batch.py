"""Partners of the images of a step."""

import torch
from companion.models import Pool


def pool(n=3000, n_classes=3, seed=0):
    labels = torch.randint(n_classes, (n,), generator=torch.Generator().manual_seed(seed)) * 7
    return Pool(torch.arange(float(n))[:, None], labels)


def test_a_partner_of_the_same_class_has_the_label_and_every_one_of_them_is_as_likely():
    everything, generator = pool(n=60), torch.Generator().manual_seed(1)
    batch = everything.batch(torch.arange(60).repeat(500))
    rows = batch.same_class(generator).squeeze(-1).long()
    assert torch.equal(everything.labels[rows], batch.labels)
    for label in everything.labels.unique():
        counts = rows[batch.labels == label].bincount(minlength=60)[everything.labels == label].double()
        assert counts.min() > 0
        chi2 = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
        assert chi2 < 3 * len(counts)


def test_an_independent_partner_ignores_labels():
    everything = pool()
    batch = everything.batch(torch.arange(3000))
    rows = batch.independent(torch.Generator().manual_seed(1)).squeeze(-1).long()
    agreement = (everything.labels[rows] == batch.labels).double().mean()
    assert abs(agreement - 1 / 3) < 0.05
