"""The public VAEs: their weights give the map of a network that shares no code with the project."""

import pytest
import torch
from companion.published import burgess
from published_networks import BurgessVAE


@pytest.mark.parametrize("shape", [(1, 32, 32), (1, 64, 64), (3, 64, 64)], ids=str)
def test_posteriors_and_drawings_are_those_of_the_published_network(shape):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = BurgessVAE(shape[0], shape[1])
    model = burgess.build({"model": dict(network.state_dict())}, shape).eval()
    x = torch.rand(3, *shape, generator=torch.Generator().manual_seed(1))
    mean, log_variance = network.encode(x)
    found_mean, found_std = model.encode(x)
    torch.testing.assert_close(found_mean, mean)
    torch.testing.assert_close(found_std, torch.exp(0.5 * log_variance))
    torch.testing.assert_close(model.decode(mean), network.decode(mean))
    assert (model.latent_dim, model.likelihood) == (10, "bernoulli")


def test_weights_of_another_network_are_refused_by_name():
    with pytest.raises(ValueError, match=r"got no encoder\.mu_logvar_gen"):
        burgess.build({"model": {}}, (1, 32, 32))
    state = dict(BurgessVAE(1, 32).state_dict())
    with pytest.raises(ValueError, match=r"encoder\.conv_64\.weight: got none, expected shape"):
        burgess.build({"model": state}, (1, 64, 64))
    state["decoder.lin2.bias"] = torch.zeros(7)
    with pytest.raises(ValueError, match=r"decoder\.lin2\.bias: got \(7,\), expected shape \(256,\)"):
        burgess.build({"model": state}, (1, 32, 32))
