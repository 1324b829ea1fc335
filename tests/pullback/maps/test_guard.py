"""What is no map of points is refused by name, before it has changed anything."""

import pytest
import torch
from problems import generator
from pullback import PullbackMetric
from pullback.maps.guard import Guard, NotAMap
from torch import nn
from torch.nn import functional as F

Z = torch.randn(5, 2, dtype=torch.float64, generator=generator(3))


def normed(norm):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 8), norm, nn.Tanh(), nn.Linear(8, 6)).double()


@pytest.mark.parametrize("how", ["module", "lambda", "method", "sliced"])
def test_a_batch_normalisation_in_training_mode_is_refused_and_keeps_its_statistics(how):
    net = normed(nn.BatchNorm1d(8))
    net(Z)
    kept = {k: v.clone() for k, v in net.state_dict().items()}
    function = {
        "module": net,
        "lambda": lambda z: net(z),
        "method": net.forward,
        "sliced": lambda z: net(z)[:, :],
    }[how]
    metric = PullbackMetric(function)
    for call in (metric.matrix, metric.features):
        with pytest.raises(ValueError, match="in training mode, expected evaluation mode: eval"):
            call(Z)
    for k, v in net.state_dict().items():
        assert torch.equal(v, kept[k]), k
    net.eval()
    torch.testing.assert_close(metric.matrix(Z), PullbackMetric(net).matrix(Z))
    net.train()
    for call in (metric.matrix, metric.features):  # a mode that is changed later is met as well
        with pytest.raises(ValueError, match="in training mode"):
            call(Z)
    for k, v in net.state_dict().items():
        assert torch.equal(v, kept[k]), k


X = torch.randn(5, 3, dtype=torch.float64, generator=generator(4))
ZERO, ONE = torch.zeros(3).double(), torch.ones(3).double()


@pytest.mark.parametrize(
    "call",
    [
        lambda: F.dropout(X),
        lambda: F.dropout(X, 0.5, True),
        lambda: F.dropout(X, training=True),
        lambda: torch.dropout(X, 0.5, True),
        lambda: torch.dropout(X, p=0.5, train=True),
        lambda: F.rrelu(X, 0.1, 0.3, True),
        lambda: F.batch_norm(X, ZERO.clone(), ONE.clone(), None, None, True),
        lambda: F.batch_norm(X, running_mean=ZERO.clone(), running_var=ONE.clone(), training=True),
        lambda: torch.batch_norm(X, None, None, ZERO.clone(), ONE.clone(), True, 0.1, 1e-5, False),
    ],
)
def test_training_mode_is_met_in_every_place_of_a_call(call):
    with Guard(), pytest.raises(NotAMap, match="in training mode, expected evaluation mode"):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: F.dropout(X, 0.5, False),
        lambda: F.dropout(X, 0.0, True),
        lambda: F.dropout(X, training=False),
        lambda: F.rrelu(X, 0.1, 0.3),
        lambda: F.batch_norm(X, ZERO, ONE),
        lambda: F.batch_norm(X, None, None, None, None, True),
        lambda: F.batch_norm(X, running_mean=None, running_var=None, training=True),
        lambda: torch.batch_norm(X, None, None, None, None, True, 0.1, 1e-5, False),
    ],
)
def test_what_computes_the_same_for_every_batch_as_laid_out_passes(call):
    expected = call()
    with Guard():
        assert torch.equal(call(), expected)


@pytest.mark.parametrize("part", [nn.Dropout(0.3), nn.AlphaDropout(0.3), nn.RReLU()])
def test_dropout_in_training_mode_is_refused_behind_a_function_too(part):
    net = normed(part)
    with pytest.raises(ValueError, match="in training mode, expected evaluation mode: eval"):
        PullbackMetric(lambda z: net(z)).matrix(Z)
    assert PullbackMetric(lambda z: net.eval()(z)).matrix(Z).isfinite().all()


@pytest.mark.parametrize(
    ("draw", "name"),
    [
        (lambda z: z + torch.randn(len(z), 2, dtype=z.dtype), "randn"),
        (lambda z: z + torch.randn_like(z), "randn_like"),
        (lambda z: torch.bernoulli(z.sigmoid()) + z, "bernoulli"),
        (lambda z: F.gumbel_softmax(z, dim=-1), "gumbel_softmax"),
        (lambda z: z + torch.empty_like(z).normal_(), "normal_"),
        (lambda z: torch.normal(z, 1.0), "normal"),
    ],
)
def test_random_numbers_are_named(draw, name):
    state = torch.get_rng_state()
    with pytest.raises(ValueError, match=rf"draws random numbers \({name}\)"):
        PullbackMetric(draw).matrix(Z)
    assert torch.equal(torch.get_rng_state(), state)


def test_noise_from_a_generator_of_the_map_is_the_same_for_the_same_point():
    def noisy(z):
        fixed = torch.randn(1, 2, dtype=z.dtype, generator=torch.Generator().manual_seed(1))
        return torch.cat([z, fixed * z.sin()], -1)

    assert PullbackMetric(noisy).matrix(Z).isfinite().all()


def test_noise_that_no_name_gives_away_is_seen_by_two_images_of_one_point():
    lstm = nn.LSTM(2, 3, num_layers=2, dropout=0.5, batch_first=True).double()
    with pytest.raises(ValueError, match="the same point has two images"):
        PullbackMetric(lambda z: lstm(z[:, None])[0].flatten(1)).matrix(Z)


def test_a_map_that_counts_its_calls_is_refused_and_its_count_given_back():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, z):
            self.calls += 1
            return torch.cat([z, z**2], -1)

    counter = Counter()
    with pytest.raises(ValueError, match=r"changes Counter.calls when it is called"):
        PullbackMetric(counter).matrix(Z)
    assert counter.calls == 0


def test_a_buffer_that_a_first_call_lays_down_is_no_side_effect_but_one_that_counts_is():
    class Lazy(nn.Module):
        def forward(self, z):
            if not hasattr(self, "ramp"):
                self.register_buffer("ramp", torch.ones(2, dtype=z.dtype))
            return torch.cat([z * self.ramp, z**2], -1)

    class Counting(Lazy):
        def forward(self, z):
            x = super().forward(z)
            self.ramp[0] += 1e-9
            return x

    torch.testing.assert_close(
        PullbackMetric(Lazy()).matrix(Z), PullbackMetric(lambda z: torch.cat([z, z**2], -1)).matrix(Z)
    )
    with pytest.raises(ValueError, match=r"changes Counting.ramp when it is called"):
        PullbackMetric(Counting()).matrix(Z)


@pytest.mark.parametrize("how", ["autocast", "half"])
def test_half_precision_inside_is_refused(how):
    net = normed(nn.Identity()).float()

    def decode(z):
        if how == "half":
            return net(z).half().float()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return net(z).float()

    with pytest.raises(
        ValueError, match=r"immersion: computes in torch\.b?float16, expected single or double"
    ):
        PullbackMetric(decode).matrix(Z.float())


def test_a_norm_over_the_batch_shows_by_the_batch():
    with pytest.raises(ValueError, match="a point's image changes with the batch"):
        PullbackMetric(lambda z: z - z.mean(0)).matrix(Z)
    with pytest.raises(ValueError, match="a point's image changes with the batch"):
        PullbackMetric(lambda z: z.cumsum(0)).matrix(Z)  # the first point's does not


def test_a_millionth_of_the_batch_shows_by_the_derivative():
    with pytest.raises(ValueError, match="a point's derivative changes with the batch"):
        PullbackMetric(lambda z: 1 + 1e-6 * (z - z.mean(0))).matrix(Z)


def test_outside_of_the_guard_nothing_is_refused():
    with pytest.raises(NotAMap), Guard():
        torch.rand(2)
    assert torch.rand(2, generator=torch.Generator().manual_seed(0)).shape == (2,)


def test_a_map_that_counts_with_whole_numbers_of_its_own_is_measured_as_it_computes():
    def scaled(z):
        n = torch.zeros((), dtype=torch.long)
        for _ in range(3):
            n.add_(1)
        return n * z

    metric = PullbackMetric(scaled)
    torch.testing.assert_close(metric.features(Z), 3 * Z)
    torch.testing.assert_close(metric.matrix(Z), 9 * torch.eye(2, dtype=Z.dtype).expand(len(Z), 2, 2))
